"""How much of the pipeline truth stands in for."""

from enum import StrEnum, unique

__all__ = ["TruthFrom"]


@unique
class TruthFrom(StrEnum):
    """The last stage that truth stands in for; those before it are replaced with it."""

    NOTHING = "nothing"
    DETECTIONS = "detections"
    TRACKS = "tracks"
    TRAJECTORIES = "trajectories"
