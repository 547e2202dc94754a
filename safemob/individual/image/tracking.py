"""Tracks: detections of the same road user under one id, associated in the image and on the ground together.

The order of association is ByteTrack's: confident detections with confirmed tracks, then weak detections with
confirmed tracks left over, then confident detections with tracks on probation; what still remains and is
confident enough begins a new track.

A pair is as close as its boxes overlap and its places on the ground agree; it may be made if the places agree
within their covariances, or the boxes overlap; for a weak detection they have to. Neither alone would do: at 5
frames/s the boxes of a passing car are apart, and the visible part of a half hidden road user stands in a wrong
place. Where a place is missing, the agreement of the boxes takes its part. A track long unseen yields to one just
seen, and the wider its prediction, the nearer to its middle it has to be met.
No speed limit is needed: the covariance of a track just begun holds the speeds its class can have, and no more.

Lifetimes are in seconds and predictions over the true time step: nothing here knows a frame rate.

Source: Zhang et al., ByteTrack: Multi-Object Tracking by Associating Every Detection Box (ECCV 2022).
"""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.image.association import BOX_GATE, assign, box_distances, box_overlaps, ground_distances
from safemob.individual.image.detection import Detections
from safemob.individual.image.motion import GROUND_GATE, box_variances
from safemob.individual.image.track_table import Sightings, TrackTable
from safemob.taxonomy import RoadUserClass

__all__ = ["GroundGatedTracker", "TrackingRules", "Tracks"]

_TICK_S = 1e-6  # time stamps count microseconds at best

# A track stays among the classes that detectors take for each other. A motorcycle with its rider has the shape of a
# bicycle with its rider, not of a car.
_WALKS_OR_RIDES = {
    RoadUserClass.PEDESTRIAN,
    RoadUserClass.CYCLIST,
    RoadUserClass.E_SCOOTER,
    RoadUserClass.MOTORCYCLIST,
}
_IS_DRIVEN: Bools = np.array([c not in _WALKS_OR_RIDES for c in RoadUserClass])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Tracks(Ephemeral):
    """The M confirmed tracks that one frame's detections support. Unconfirmed tracks never appear.

    Attributes:
        ids: (M,) track ids, local to the run, counted from 1 and never reused.
        detections: (M,) index of the supporting detection in that frame's `Detections`.
        classes: (M,) codes of `RoadUserClass`: the vote over the track's life, weighted by score and by size.
        ended: (K,) ids of confirmed tracks given up in this update: they will not come again.
    """

    ids: Ints
    detections: Ints
    classes: Ints
    ended: Ints

    def __post_init__(self) -> None:
        m = len(self.ids)
        check_shapes(self, ids=(m,), detections=(m,), classes=(m,), ended=(len(self.ended),))

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingRules:
    """When a track begins, is believed, and ends.

    Attributes:
        low_score: detections below are ignored.
        high_score: detections from here on are confident; weaker ones only keep confirmed tracks alive.
        new_score: detections from here on may begin a track.
        min_overlap: intersection over union from which a pair is possible whatever its places.
        confirm_supports: detections that a track needs before it is believed.
        confirm_span_s: time from the first of them to the last.
        max_unseen_s: a confirmed track unseen for longer is ended.
        max_unseen_on_probation_s: a track on probation unseen for longer is dropped.
        max_blind_s: a track unseen for longer is met again where it should stand on the ground or where the boxes
            overlap. Its predicted box alone, wide as it is by then, would take any newcomer at the frame edge for it.
    """

    low_score: float = 0.1
    high_score: float = 0.25
    new_score: float = 0.3
    min_overlap: float = 0.2
    confirm_supports: int = 3
    confirm_span_s: float = 0.2
    max_unseen_s: float = 2.0
    max_unseen_on_probation_s: float = 0.5
    max_blind_s: float = 0.5


class GroundGatedTracker:
    """Follows road users through a recording or a live stream, one frame at a time.

    Args:
        rules: when tracks begin, are believed, and end.
    """

    def __init__(self, rules: TrackingRules | None = None) -> None:
        self._rules = rules or TrackingRules()
        self._next_id = 1
        self.reset()

    def reset(self) -> None:
        """Forget every track and the clock; ids are not reused."""
        self._table = TrackTable.empty()
        self._time_s = -np.inf

    def update(self, detections: Detections, positions: Floats, covariances: Floats, time_s: float) -> Tracks:
        """Associate one frame's detections with the tracks so far. Their order does not matter.

        Args:
            detections: the N road users found in the frame, riders joined with what they ride.
            positions: (N, 2) where they stand on the ground, m; NaN where a detection gives no position.
            covariances: (N, 2, 2) of those positions, m²; NaN likewise.
            time_s: the frame's time, later than the one before.

        Returns:
            The confirmed tracks that this frame supports, and those ended by it.

        Raises:
            ValueError: if time does not increase, or shapes do not agree.
        """
        n = len(detections)
        if positions.shape != (n, 2) or covariances.shape != (n, 2, 2):
            msg = f"positions {positions.shape} and covariances {covariances.shape} do not fit {n} detections"
            raise ValueError(msg)
        if not (isfinite(time_s) and time_s > self._time_s):
            msg = f"frame time {time_s} s does not follow {self._time_s} s: give frames in order of time"
            raise ValueError(msg)

        order = _canonical_order(detections, positions, self._rules.low_score)
        seen = Sightings.of(detections.take(order), positions[order], covariances[order])
        table = self._table
        ended = self._give_up_unseen(time_s)
        if len(table):
            table.predict(time_s - self._time_s)
        self._time_s, before_s = time_s, self._time_s
        supporting = self._associate(seen, before_s)
        rows = np.flatnonzero(supporting >= 0)
        columns = supporting[rows]
        table.support(rows, seen.take(columns), time_s)
        unused = seen.scores >= self._rules.new_score
        unused[columns] = False
        new = np.flatnonzero(unused)
        if len(new):
            table.append(TrackTable.begin(seen.take(new), time_s))
        self._confirm()

        supporting = np.concatenate([supporting, new])
        shown = np.flatnonzero((supporting >= 0) & (table.ids > 0))
        return Tracks(
            ids=table.ids[shown], detections=order[supporting[shown]], classes=table.classes[shown], ended=ended
        )

    def _give_up_unseen(self, time_s: float) -> Ints:
        table, rules = self._table, self._rules
        patience_s = np.where(table.ids > 0, rules.max_unseen_s, rules.max_unseen_on_probation_s)
        given_up = time_s - table.last_s > patience_s
        ended = table.ids[given_up & (table.ids > 0)]
        if given_up.any():
            table.keep(~given_up)
        return ended

    def _confirm(self) -> None:
        table, rules = self._table, self._rules
        believed = (table.supports >= rules.confirm_supports) & (
            table.last_s - table.first_s >= rules.confirm_span_s - _TICK_S
        )
        new = np.flatnonzero(believed & (table.ids == 0))
        table.ids[new] = self._next_id + np.arange(len(new))
        self._next_id += len(new)

    def _associate(self, seen: Sightings, before_s: float) -> Ints:
        """The detection that supports each track, in the order of association given above; (T,), -1 for none."""
        closeness, allowed = self._compare(seen, before_s)
        confirmed = self._table.ids > 0
        in_sight = confirmed & (self._table.last_s == before_s)
        confident = seen.scores >= self._rules.high_score
        supporting = np.full(len(self._table), -1)
        free = np.ones(len(seen), dtype=np.bool_)
        for tracks, offered in ((confirmed, confident), (in_sight, ~confident), (~confirmed, confident)):
            left, right = np.flatnonzero(tracks & (supporting < 0)), np.flatnonzero(offered & free)
            rows, columns = assign(closeness[left][:, right], allowed[left][:, right])
            supporting[left[rows]] = right[columns]
            free[right[columns]] = False
        return supporting

    def _compare(self, seen: Sightings, before_s: float) -> tuple[Floats, Bools]:
        """How close every pair is, in [0, 1], and whether it may be one road user; both (T, N)."""
        table = self._table
        overlaps = box_overlaps(table.boxes[..., 0], seen.boxes)
        off = (
            ground_distances(table.ground[:, :2], table.ground_covariances[:, :2, :2], seen.positions, seen.covariances)
            / GROUND_GATE
        )
        rows, columns = np.nonzero(~np.isfinite(off))
        boxes = seen.boxes[columns]
        off_box = (
            box_distances(table.boxes[rows, :, 0], table.box_covariances[rows, :, 0], boxes, box_variances(boxes))
            / BOX_GATE
        )
        in_mind = (table.last_s == before_s) | (self._time_s - table.last_s <= self._rules.max_blind_s)
        off[rows, columns] = np.where(in_mind[rows], off_box, np.inf)
        alike = np.equal.outer(_IS_DRIVEN[table.classes], _IS_DRIVEN[seen.classes])
        overlapping = overlaps >= self._rules.min_overlap
        # a weak detection is often somebody else's second box, or half of one: its place alone is no ground to stand on
        near = overlapping | ((off <= 1.0) & (seen.scores >= self._rules.high_score))
        recent = np.exp((table.last_s - self._time_s) / self._rules.max_unseen_s)[:, None]
        return recent * (overlaps + 1.0 - np.minimum(off, 1.0)) / 2, alike & near


def _canonical_order(detections: Detections, positions: Floats, low_score: float) -> Ints:
    """Indices of the detections worth looking at, left to right, in an order that their input order has no say in."""
    left, top, right, bottom = detections.boxes.T
    keys = (positions[:, 1], positions[:, 0], detections.classes, detections.scores, bottom, right, top, left)
    order = np.lexsort(keys)
    return order[detections.scores[order] >= low_score]
