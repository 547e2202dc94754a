"""One frame time as the pipeline gives it out: who is where, and which encounters ended."""

from dataclasses import dataclass

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.encounter import Encounter
from safemob.taxonomy import Severity

__all__ = ["Moment"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Moment(Ephemeral):
    """One frame time, after smoothing.

    Attributes:
        time_s: frame time on the recording's clock.
        states: road users on the ground.
        boxes: (M, 4) the boxes of tracked road users in that frame, px, placed on the ground or not.
        box_ids: (M,) their track ids.
        box_classes: (M,) their class codes.
        found: road users detected in that frame, tracked or not.
        cut: how many of them the frame edge cuts.
        encounters: what ended with this frame, with its severity.
        excluded: why pairs that met up to this frame are no encounters, once per pair.
    """

    time_s: float
    states: GroundStates
    boxes: Floats
    box_ids: Ints
    box_classes: Ints
    found: int
    cut: int
    encounters: tuple[tuple[Encounter, Severity], ...]
    excluded: tuple[str, ...]
