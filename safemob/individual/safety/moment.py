"""One frame time as the pipeline gives it out: who is where, and which encounters ended."""

from dataclasses import dataclass, replace

import numpy as np

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.encounter import Encounter
from safemob.taxonomy import Severity

__all__ = ["Moment", "fill_in"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Moment(Ephemeral):
    """One frame time, after smoothing.

    Attributes:
        time_s: frame time on the recording's clock.
        states: road users on the ground.
        looked_at: whether road users were detected in that frame. Else nothing is known of boxes there, and the
            states are what the smoothed motion between looks says.
        boxes: (M, 4) the boxes of tracked road users in that frame, px, placed on the ground or not.
        box_ids: (M,) their track ids.
        box_classes: (M,) their class codes.
        found: road users detected in that frame, tracked or not.
        cut: how many of them the frame edge cuts.
        encounters: what ended with this frame, with its severity.
        excluded: pairs that met up to this frame and are no encounters, by their ids, and why.
    """

    time_s: float
    states: GroundStates
    looked_at: bool = True
    boxes: Floats
    box_ids: Ints
    box_classes: Ints
    found: int
    cut: int
    encounters: tuple[tuple[Encounter, Severity], ...]
    excluded: tuple[tuple[tuple[int, int], str], ...]


def fill_in(moment: Moment, before: Moment, after: Moment) -> Moment:
    """A moment between two looks, with the boxes of the road users that both saw, on straight lines between them.

    Args:
        moment: not looked at.
        before: the look before it.
        after: the look after it, later than the one before.
    """
    _, old, new = np.intersect1d(before.box_ids, after.box_ids, assume_unique=True, return_indices=True)
    share = (moment.time_s - before.time_s) / (after.time_s - before.time_s)
    boxes = (1 - share) * before.boxes[old] + share * after.boxes[new]
    return replace(moment, boxes=boxes, box_ids=before.box_ids[old], box_classes=before.box_classes[old])
