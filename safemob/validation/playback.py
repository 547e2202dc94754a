"""One film through the pipeline, with everything that each stage said."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from safemob.adapters.sources.video_file import VideoFile
from safemob.individual.arrays import Floats
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.image.detection import Detections
from safemob.individual.image.tracking import GroundGatedTracker, Tracks
from safemob.individual.ports import Detector, Tracker
from safemob.individual.safety.conflict import SAFEMOB_1, assess
from safemob.individual.safety.encounter import Encounter, EncounterEngine
from safemob.individual.safety.moment import Moment
from safemob.site import Site
from safemob.taxonomy import Severity
from safemob.validation.expected import Expected
from safemob.validation.stand_ins import TrueDetector, TrueTracker, walk_true_states
from safemob.validation.truth_from import TruthFrom
from safemob.worker.pipeline import Pipeline

__all__ = ["Look", "Played", "play"]

_DRAWS = 40
"""How often encounters are measured again within their uncertainty: a likelihood is good to 0.08 or better."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Look(Ephemeral):
    """What the tracker was given of one frame.

    Attributes:
        time_s: of the frame.
        detections: N road users, riders joined with what they ride.
        places: (N, 2) where they roughly stand, m; NaN where that is not known.
    """

    time_s: float
    detections: Detections
    places: Floats


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Played(Ephemeral):
    """A whole film.

    Attributes:
        looks: at every frame; none where truth stands in for trajectories.
        moments: every frame as it left the pipeline.
    """

    looks: tuple[Look, ...]
    moments: tuple[Moment, ...]

    @property
    def encounters(self) -> list[tuple[Encounter, Severity]]:
        """All that were found."""
        return [found for moment in self.moments for found in moment.encounters]


def play(video: Path, site: Site, expected: Expected, detector: Detector, truth_from: TruthFrom) -> Played:
    """Carry a film through the pipeline that `analyse` runs.

    Args:
        video: the film.
        site: its site.
        expected: its truth.
        detector: finds road users, unless truth stands in for it.
        truth_from: the last stage that truth stands in for.

    Raises:
        VideoError: if the film cannot be played.
    """
    if truth_from is TruthFrom.TRAJECTORIES:
        return Played(looks=(), moments=_assess_truth(expected, site))
    if truth_from is not TruthFrom.NOTHING:
        detector = TrueDetector(expected)
    tracker = _Tap(TrueTracker(expected) if truth_from is TruthFrom.TRACKS else GroundGatedTracker())
    pipeline = Pipeline(site, detector, preset=SAFEMOB_1, tracker=tracker, draws=_DRAWS)
    moments = tuple(pipeline.run(VideoFile(video).frames()))
    return Played(looks=tuple(tracker.looks), moments=moments)


class _Tap:
    """Passes everything on to a tracker and keeps what it is given."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.looks: list[Look] = []

    def update(self, detections: Detections, positions: Floats, covariances: Floats, time_s: float) -> Tracks:
        self.looks.append(Look(time_s=time_s, detections=detections, places=positions))
        return self._tracker.update(detections, positions, covariances, time_s)

    def reset(self) -> None:
        self._tracker.reset()


def _assess_truth(expected: Expected, site: Site) -> tuple[Moment, ...]:
    """Encounters among true trajectories."""
    engine, moments = EncounterEngine(), []
    for frame, states in zip(expected.frames, walk_true_states(expected, site), strict=True):
        ended = engine.update(states)
        if frame is expected.frames[-1]:
            ended = [*ended, *engine.flush()]
        moments.append(
            Moment(
                time_s=frame.time_s,
                states=states,
                looked_at=False,
                boxes=np.zeros((0, 4)),
                box_ids=states.ids[:0],
                box_classes=states.classes[:0],
                found=0,
                cut=0,
                encounters=tuple((encounter, assess(encounter, SAFEMOB_1)) for encounter in ended),
                excluded=tuple((pair, reason.value) for pair, reason in engine.take_excluded()),
            )
        )
    return tuple(moments)
