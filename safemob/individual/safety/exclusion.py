"""Pairs that are no encounter: one object seen twice, people together, users who never move or are gone at once."""

from collections.abc import Callable
from enum import Enum, unique

import numpy as np

from safemob.individual.safety.history import Life, Meeting
from safemob.individual.safety.rectangle import Rectangles, dot, find_overlaps
from safemob.taxonomy import RoadUserClass, road_user_pair

__all__ = [
    "Exclusion",
    "find_exclusion",
    "has_brief_user",
    "has_parked_user",
    "is_one_object_twice",
    "is_overlap_at_birth",
    "is_rider_with_vehicle",
    "is_riding_together",
]

_MOST = 0.5
"""Share of the common life that counts as most of it."""
_SAME_VELOCITY_MPS = 1.0
_RIDING_MPS = 1.0
_RIDING_APART_M = 3.0
"""Between centres: two cyclists abreast on one lane, or one behind the other within a bicycle and a half."""
_BRIEF_LIFE_S = 1.0
_TICK_S = 1e-6
_PARKED_TRAVEL_M = 1.0
_PARKED_SIGMAS = 3.0
_PARKED_LIFE_S = 5.0
_PARKED_MPS = 0.5


@unique
class Exclusion(Enum):
    """Why a pair that passed the gate is not an encounter."""

    PEDESTRIANS = "pedestrians"
    BRIEF = "brief"
    PARKED = "parked"
    ONE_OBJECT_TWICE = "one-object-twice"
    RIDER_WITH_VEHICLE = "rider-with-vehicle"
    OVERLAP_AT_BIRTH = "overlap-at-birth"
    RIDING_TOGETHER = "riding-together"


def has_brief_user(meeting: Meeting) -> bool:
    """One of the two was tracked for less than a second: more often a mistake than a road user."""
    return any(life.poses.times[-1] - life.born_s < _BRIEF_LIFE_S - _TICK_S for life in (meeting.first, meeting.second))


def has_parked_user(meeting: Meeting) -> bool:
    """One of the two never moved, as far as is known when the encounter closes.

    A user who stands but moved before, such as a car at a red light, is not parked.
    """
    return _is_parked(meeting.first) or _is_parked(meeting.second)


def is_one_object_twice(meeting: Meeting) -> bool:
    """Two tracks of one object: a centre within the other's footprint, at one velocity, most of the common life."""
    first, second = meeting.rectangles
    inside = _holds_centre(first, second) | _holds_centre(second, first)
    return bool(inside.mean() >= _MOST) and _moves_alike(meeting)


def is_rider_with_vehicle(meeting: Meeting) -> bool:
    """A rider tracked as a pedestrian and what is ridden: overlapping at one velocity most of the common life."""
    ridden = {RoadUserClass.CYCLIST, RoadUserClass.E_SCOOTER, RoadUserClass.MOTORCYCLIST}
    classes = (meeting.first.road_class, meeting.second.road_class)
    if not (classes[0].is_pedestrian and classes[1] in ridden):
        return False
    return bool(find_overlaps(*meeting.rectangles).mean() >= _MOST) and _moves_alike(meeting)


def is_overlap_at_birth(meeting: Meeting) -> bool:
    """The younger track began on top of the other: split off it, or a second guess at the same pixels."""
    younger = max((meeting.first, meeting.second), key=lambda life: life.born_s)
    if not younger.is_known_from_birth or meeting.times[0] > younger.born_s:
        return False
    return bool(find_overlaps(*(boxes.take(np.array([0])) for boxes in meeting.rectangles))[0])


def is_riding_together(meeting: Meeting) -> bool:
    """Two cyclists (or e-scooters) side by side at one velocity for most of the common life."""
    if not (meeting.first.road_class.is_light and meeting.second.road_class.is_light):
        return False
    first, second = meeting.rectangles
    between = second.centres - first.centres
    rides = np.hypot(*meeting.velocities[0].T) >= _RIDING_MPS
    together = (dot(between, between) <= _RIDING_APART_M**2) & (meeting.relative_speeds <= _SAME_VELOCITY_MPS) & rides
    return bool(together.mean() >= _MOST)


_RULES: tuple[tuple[Exclusion, Callable[[Meeting], bool]], ...] = (
    (Exclusion.BRIEF, has_brief_user),
    (Exclusion.PARKED, has_parked_user),
    (Exclusion.ONE_OBJECT_TWICE, is_one_object_twice),
    (Exclusion.RIDER_WITH_VEHICLE, is_rider_with_vehicle),
    (Exclusion.OVERLAP_AT_BIRTH, is_overlap_at_birth),
    (Exclusion.RIDING_TOGETHER, is_riding_together),
)


def find_exclusion(meeting: Meeting) -> Exclusion | None:
    """The first reason that holds, None for an encounter."""
    if road_user_pair(meeting.first.road_class, meeting.second.road_class) is None:
        return Exclusion.PEDESTRIANS
    return next((reason for reason, holds in _RULES if holds(meeting)), None)


def _is_parked(life: Life) -> bool:
    if life.poses.times[-1] - life.born_s < _PARKED_LIFE_S:
        return False
    if life.travel_m > max(_PARKED_TRAVEL_M, _PARKED_SIGMAS * life.sigma_m):
        return False
    return bool(np.median(np.hypot(*life.velocities.T)) < _PARKED_MPS)


def _moves_alike(meeting: Meeting) -> bool:
    return bool(np.median(meeting.relative_speeds) <= _SAME_VELOCITY_MPS)


def _holds_centre(outer: Rectangles, inner: Rectangles) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    offset = inner.centres - outer.centres
    ahead = np.abs(dot(offset, outer.along)) <= dot(outer.along, outer.along)
    beside = np.abs(dot(offset, outer.across)) <= dot(outer.across, outer.across)
    return ahead & beside
