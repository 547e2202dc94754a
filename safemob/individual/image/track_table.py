"""The tracks a tracker holds, a row each: what supports them, how they move, what they are taken for."""

from dataclasses import dataclass, fields

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.image.detection import Detections
from safemob.individual.image.motion import (
    box_measurements,
    predict_boxes,
    predict_ground,
    start_boxes,
    start_ground,
    update_boxes,
    update_ground,
)
from safemob.taxonomy import RoadUserClass

__all__ = ["Sightings", "TrackTable"]


def _by_class(pedestrian: float, light: float, motor: float) -> Floats:
    """A number for every code of `RoadUserClass`: of those who walk, ride or scoot, and drive a motor vehicle."""
    return np.array([pedestrian if c.is_pedestrian else light if c.is_light else motor for c in RoadUserClass])


# What is expected of someone just seen, per component of velocity: three of these cover walking and running, cycling,
# and driving at 24 m/s, the fastest that approaches an intersection in a town.
_SPEED_AT_START_MPS = _by_class(1.5, 4.0, 8.0)
# Spectral density of acceleration, m²/s³: some 0.7, 1.2 and 2 m/s² held for a second.
_ACCELERATION_DENSITY = _by_class(0.5, 1.5, 4.0)
# Detectors miss the two-wheeler under a rider more often than they see one under somebody who walks.
_PERSON_ALONE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Sightings(Ephemeral):
    """What tracks take from the N detections of one frame.

    Attributes:
        scores: (N,) confidence in [0, 1].
        classes: (N,) codes of `RoadUserClass`.
        boxes: (N, 4) centre x, centre y, width, height, px.
        ballots: (N, classes) evidence for each class: the score for every pixel a detection was drawn from. The few
            pixels of somebody far off say little, so who comes near is named by how he looks there.
        positions: (N, 2) where they stand on the ground, m; NaN where unknown.
        covariances: (N, 2, 2) of those positions, m².
    """

    scores: Floats
    classes: Ints
    boxes: Floats
    ballots: Floats
    positions: Floats
    covariances: Floats

    @classmethod
    def of(cls, detections: Detections, positions: Floats, covariances: Floats) -> "Sightings":
        """Measure the detections."""
        boxes = box_measurements(detections.boxes)
        evidence = detections.scores * boxes[:, 2] * boxes[:, 3]
        evidence[detections.classes == RoadUserClass.PEDESTRIAN] *= _PERSON_ALONE
        ballots = np.zeros((len(detections), len(RoadUserClass)))
        ballots[np.arange(len(detections)), detections.classes] = evidence
        return cls(
            scores=detections.scores,
            classes=detections.classes,
            boxes=boxes,
            ballots=ballots,
            positions=positions,
            covariances=covariances,
        )

    def __len__(self) -> int:
        return len(self.boxes)

    def take(self, index: Ints | Bools) -> "Sightings":
        """Those at the given indices (or under a mask), in that order."""
        return Sightings(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


@dataclass(slots=True, kw_only=True, repr=False, eq=False)
class TrackTable(Ephemeral):
    """All T tracks, on probation or confirmed.

    Attributes:
        ids: (T,) 0 on probation.
        first_s: (T,) time first seen.
        last_s: (T,) time last seen.
        supports: (T,) detections so far.
        votes: (T, classes) all ballots of the detections so far.
        classes: (T,) codes of `RoadUserClass`: the outcome of the vote, the lower code if it is even.
        boxes: (T, 4, 2) filtered box, see `start_boxes`.
        box_covariances: (T, 4, 3) of it.
        ground: (T, 4) filtered place and velocity, see `start_ground`; NaN until a detection gives a position.
        ground_covariances: (T, 4, 4) of them.
    """

    ids: Ints
    first_s: Floats
    last_s: Floats
    supports: Ints
    votes: Floats
    classes: Ints
    boxes: Floats
    box_covariances: Floats
    ground: Floats
    ground_covariances: Floats

    @classmethod
    def empty(cls) -> "TrackTable":
        """A table without tracks."""
        nobody = Detections(
            boxes=np.zeros((0, 4)), scores=np.zeros(0), classes=np.zeros(0, np.int64), cut=np.zeros(0, np.bool_)
        )
        return cls.begin(Sightings.of(nobody, np.zeros((0, 2)), np.zeros((0, 2, 2))), 0.0)

    @classmethod
    def begin(cls, seen: Sightings, time_s: float) -> "TrackTable":
        """New tracks on probation, one for each of the sightings."""
        n = len(seen)
        boxes, box_covariances = start_boxes(seen.boxes)
        ground, ground_covariances = start_ground(seen.positions, seen.covariances, _SPEED_AT_START_MPS[seen.classes])
        return cls(
            ids=np.zeros(n, dtype=np.int64),
            first_s=np.full(n, time_s),
            last_s=np.full(n, time_s),
            supports=np.ones(n, dtype=np.int64),
            votes=seen.ballots,
            classes=seen.ballots.argmax(axis=1),
            boxes=boxes,
            box_covariances=box_covariances,
            ground=ground,
            ground_covariances=ground_covariances,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def keep(self, kept: Bools) -> None:
        """Drop the rows that are not kept."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name)[kept])

    def append(self, other: "TrackTable") -> None:
        """Add the rows of another table below."""
        for field in fields(self):
            setattr(self, field.name, np.concatenate([getattr(self, field.name), getattr(other, field.name)]))

    def predict(self, step_s: float) -> None:
        """Move every track a time step on."""
        self.boxes, self.box_covariances = predict_boxes(self.boxes, self.box_covariances, step_s)
        densities = _ACCELERATION_DENSITY[self.classes]
        self.ground, self.ground_covariances = predict_ground(self.ground, self.ground_covariances, step_s, densities)

    def support(self, rows: Ints, seen: Sightings, time_s: float) -> None:
        """Correct each of the rows by its sighting, the first by the first, and so on."""
        self.supports[rows] += 1
        self.votes[rows] += seen.ballots
        self.classes = self.votes.argmax(axis=1)
        self.last_s[rows] = time_s
        self.boxes[rows], self.box_covariances[rows] = update_boxes(
            self.boxes[rows], self.box_covariances[rows], seen.boxes
        )
        self._place(rows, seen)

    def _place(self, rows: Ints, seen: Sightings) -> None:
        """Correct the places of the rows, where there is one."""
        placed, begun = np.isfinite(seen.positions[:, 0]), np.isfinite(self.ground[rows, 0])
        first, again = placed & ~begun, placed & begun
        if first.any():
            new = rows[first]
            speeds = _SPEED_AT_START_MPS[self.classes[new]]
            self.ground[new], self.ground_covariances[new] = start_ground(
                seen.positions[first], seen.covariances[first], speeds
            )
        old = rows[again]
        self.ground[old], self.ground_covariances[old] = update_ground(
            self.ground[old], self.ground_covariances[old], seen.positions[again], seen.covariances[again]
        )
