"""A rider and what is ridden are one road user: joins the boxes that a detector gives apart.

Everything is told from the two boxes, in units of the two-wheeler's own, so it holds at any distance. A
rider sits over the middle of the two-wheeler, has the feet above the lower edge of its wheels (pedals and pegs
are 0.1 to 0.4 m up, and a camera above looks at the near wheel's lower edge) and is of its size. Walking beside a
bicycle moves the middle; standing in front of it puts the feet below the wheels.

Limits: from one picture, a bicycle pushed across the line of sight looks ridden, and so does a parked one
with somebody close behind it. Joining twice changes nothing unless a third person stands in a joined box.
"""

from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.individual.image.detection import Detections
from safemob.individual.image.suppression import suppress_duplicates
from safemob.taxonomy import RoadUserClass

__all__ = ["join_riders"]

_RIDDEN: Final = (RoadUserClass.CYCLIST, RoadUserClass.MOTORCYCLIST, RoadUserClass.E_SCOOTER)
_IS_RIDDEN: Final[Bools] = np.array([each in _RIDDEN for each in RoadUserClass])

_MAX_OFF_CENTRE: Final = 0.3
"""Middles apart, in the wider box's width: beside each other, two boxes of equal width are 1 apart."""

_FEET: Final = (-0.15, 0.6)
"""Lower edge of the person above that of the two-wheeler, in its height: noise below, peg and near wheel above."""

_USUAL_FEET: Final = 0.25

_HEIGHT: Final = (0.5, 2.5)
"""Person's height in that of the two-wheeler: 1.5 from the side, less where a steep view stretches the wheels."""

_MOSTLY: Final = 2 / 3
"""Share of a box inside another from which it shows a part of the same: a rider's arm, a wheel."""

_IMPOSSIBLE: Final = 1e6


def join_riders(detections: Detections) -> Detections:
    """One detection per rider and two-wheeler.

    Each two-wheeler takes the person who fits best, at most one, and a motorcycle a second one: together
    they become a detection of the two-wheeler's class with the box around all, the best score, and `cut` if any was.
    Persons mostly inside a rider's own box are that rider seen twice; two-wheelers mostly inside a joined box
    are its wheels. Both go.

    Args:
        detections: as a detector gives them, in any order.

    Returns:
        The detections, joined, in order of falling score; they do not depend on the order given.
    """
    found = detections.take(_canonical_order(detections))
    ridden = np.flatnonzero(_IS_RIDDEN[found.classes])
    persons = np.flatnonzero(found.classes == RoadUserClass.PEDESTRIAN)
    if not len(ridden) or not len(persons):
        return found
    boxes, scores, cut = found.boxes.copy(), found.scores.copy(), found.cut.copy()
    rider, joined = np.zeros(len(found), dtype=np.bool_), np.zeros(len(found), dtype=np.bool_)
    motorcycles = ridden[found.classes[ridden] == RoadUserClass.MOTORCYCLIST]
    for vehicles in (ridden, motorcycles):
        for person, vehicle in _assign(found.boxes, persons[~rider[persons]], vehicles):
            boxes[vehicle] = _around(boxes[vehicle], found.boxes[person])
            scores[vehicle] = max(scores[vehicle], scores[person])
            cut[vehicle] |= cut[person]
            rider[person] = joined[vehicle] = True
    left = ~rider
    left[persons] &= ~_inside_any(found.boxes[persons], found.boxes[rider])
    bare = ridden[~joined[ridden]]
    left[bare] &= ~_inside_any(boxes[bare], boxes[joined])
    wheels = ridden[left[ridden]]
    left[wheels] = False
    left[wheels[suppress_duplicates(boxes[wheels], scores[wheels] + joined[wheels], found.classes[wheels])]] = True
    merged = Detections(boxes=boxes, scores=scores, classes=found.classes, cut=cut).take(left)
    return merged.take(_canonical_order(merged))


def _canonical_order(detections: Detections) -> Ints:
    """Falling score, then class, then place."""
    return np.lexsort((*detections.boxes.T, detections.classes, -detections.scores))


def _assign(boxes: Floats, persons: Ints, vehicles: Ints) -> list[tuple[int, int]]:
    """Pairs of (person, vehicle) indices, one to one, where the person rides."""
    rides, cost = _fit(boxes[persons], boxes[vehicles])
    rows, columns = linear_sum_assignment(np.where(rides, cost, _IMPOSSIBLE))
    fitting = rides[rows, columns]
    return list(zip(persons[rows[fitting]].tolist(), vehicles[columns[fitting]].tolist(), strict=True))


def _fit(persons: Floats, vehicles: Floats) -> tuple[Bools, Floats]:
    """Whether each of P persons may ride each of V two-wheelers, and how far from the usual seat: (P, V)."""
    person, vehicle = persons[:, None, :], vehicles[None, :, :]
    width = np.maximum(person[..., 2] - person[..., 0], vehicle[..., 2] - vehicle[..., 0])
    off_centre = np.abs(person[..., 0] + person[..., 2] - vehicle[..., 0] - vehicle[..., 2]) / 2 / width
    vehicle_height = vehicle[..., 3] - vehicle[..., 1]
    feet = (vehicle[..., 3] - person[..., 3]) / vehicle_height
    height = (person[..., 3] - person[..., 1]) / vehicle_height
    rides = off_centre <= _MAX_OFF_CENTRE
    rides &= (feet >= _FEET[0]) & (feet <= _FEET[1]) & (height >= _HEIGHT[0]) & (height <= _HEIGHT[1])
    return rides, off_centre + np.abs(feet - _USUAL_FEET)


def _around(first: Floats, second: Floats) -> Floats:
    return np.concatenate((np.minimum(first[:2], second[:2]), np.maximum(first[2:], second[2:])))


def _inside_any(boxes: Floats, outer: Floats) -> Bools:
    """Whether each of N boxes lies mostly inside any one of M others."""
    sides = np.minimum(boxes[:, None, 2:], outer[:, 2:]) - np.maximum(boxes[:, None, :2], outer[:, :2])
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    shared: Floats = np.maximum(sides, 0).prod(axis=2)
    inside: Bools = (shared >= _MOSTLY * areas[:, None]).any(axis=1)
    return inside
