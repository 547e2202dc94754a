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

__all__ = ["TrackTable"]


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


@dataclass(slots=True, kw_only=True, repr=False, eq=False)
class TrackTable(Ephemeral):
    """All T tracks, on probation or confirmed.

    Attributes:
        ids: (T,) 0 on probation.
        first_s: (T,) time first seen.
        last_s: (T,) time last seen.
        supports: (T,) detections so far.
        votes: (T, classes) evidence for each class that the detections so far gave, see `_ballots`.
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
        return cls.begin(nobody, np.zeros((0, 2)), np.zeros((0, 2, 2)), 0.0)

    @classmethod
    def begin(cls, found: Detections, positions: Floats, covariances: Floats, time_s: float) -> "TrackTable":
        """New tracks on probation, one for each of the detections."""
        n = len(found)
        boxes, box_covariances = start_boxes(box_measurements(found.boxes))
        ground, ground_covariances = start_ground(positions, covariances, _SPEED_AT_START_MPS[found.classes])
        return cls(
            ids=np.zeros(n, dtype=np.int64),
            first_s=np.full(n, time_s),
            last_s=np.full(n, time_s),
            supports=np.ones(n, dtype=np.int64),
            votes=_ballots(found),
            boxes=boxes,
            box_covariances=box_covariances,
            ground=ground,
            ground_covariances=ground_covariances,
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def classes(self) -> Ints:
        """(T,) codes of `RoadUserClass`: the vote of all detections, the lower code if it is even."""
        classes: Ints = self.votes.argmax(axis=1)
        return classes

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

    def support(self, rows: Ints, found: Detections, positions: Floats, covariances: Floats, time_s: float) -> None:
        """Correct each of the rows by its detection, the first by the first, and so on."""
        self.supports[rows] += 1
        self.votes[rows] += _ballots(found)
        self.last_s[rows] = time_s
        measured = box_measurements(found.boxes)
        self.boxes[rows], self.box_covariances[rows] = update_boxes(
            self.boxes[rows], self.box_covariances[rows], measured
        )
        self._place(rows, positions, covariances)

    def _place(self, rows: Ints, positions: Floats, covariances: Floats) -> None:
        """Correct the places of the rows, where there is one."""
        placed, begun = np.isfinite(positions[:, 0]), np.isfinite(self.ground[rows, 0])
        first, again = placed & ~begun, placed & begun
        new, old = rows[first], rows[again]
        speeds = _SPEED_AT_START_MPS[self.classes[new]]
        self.ground[new], self.ground_covariances[new] = start_ground(positions[first], covariances[first], speeds)
        self.ground[old], self.ground_covariances[old] = update_ground(
            self.ground[old], self.ground_covariances[old], positions[again], covariances[again]
        )


def _ballots(found: Detections) -> Floats:
    """What each detection says of the class, (N, classes): its score for every pixel it was drawn from.

    The few pixels of somebody far off say little, so who comes near is named by how he looks there.
    """
    corners = found.boxes.reshape(-1, 2, 2)
    evidence = found.scores * (corners[:, 1] - corners[:, 0]).prod(axis=1)
    alone = found.classes == RoadUserClass.PEDESTRIAN
    ballots = np.zeros((len(found), len(RoadUserClass)))
    ballots[np.arange(len(found)), found.classes] = np.where(alone, _PERSON_ALONE * evidence, evidence)
    return ballots
