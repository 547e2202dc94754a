"""One behind the other: whether a time gap is that of a follower, and how hard a follower had to brake."""

import numpy as np
import numpy.typing as npt

from safemob.scenes.refereeing.collision import Course
from safemob.scenes.refereeing.contact import Sizes
from safemob.scenes.refereeing.encroachment import Encroachment
from safemob.scenes.stage import Actor, Poses

__all__ = ["comes_behind", "find_largest_drac"]

Floats = npt.NDArray[np.float64]

_ALONG_RAD = np.radians(30.0)
_MOVES_MPS = 0.1
_CLOSING_MPS = 1.0
_TRAIL_S = 0.01


def comes_behind(first: Actor, second: Actor, met: Encroachment) -> bool:
    """Whether one of two users follows the other where their rectangles used one place.

    It does where both go the same way there, to 30°; and where a motor vehicle stands, when it gets there, on ground
    that another one drove over before in the same direction, even if that one has turned off since.
    """
    users = sorted(((met.first_s, 0, first), (met.second_s, 1, second)))
    (leader_s, _, leader), (follower_s, _, follower) = users
    ahead, here = leader.motion.at(np.array([leader_s])), follower.motion.at(np.array([follower_s]))
    if _measure_angles(_find_directions(ahead), _find_directions(here))[0] < _ALONG_RAD:
        return True
    if not (leader.road_user.is_motor and follower.road_user.is_motor):
        return False
    trail = leader.motion.at(np.arange(leader_s, leader.from_s, -_TRAIL_S))
    length, width, _ = leader.size_m
    offset = here.positions - trail.positions
    along = np.cos(trail.headings) * offset[:, 0] + np.sin(trail.headings) * offset[:, 1]
    aside = np.cos(trail.headings) * offset[:, 1] - np.sin(trail.headings) * offset[:, 0]
    covered = (np.abs(along) <= length / 2) & (np.abs(aside) <= width / 2)
    same_way = _measure_angles(trail.headings, here.headings) < _ALONG_RAD
    return bool(np.any(covered & same_way))


def find_largest_drac(course: Course, sizes_m: Sizes) -> float:
    """Largest deceleration that a follower needed, m/s²: nan if neither drove in line behind the other."""
    ways = _find_directions(course.first), _find_directions(course.second)
    offsets = course.second.positions - course.first.positions
    behind = np.cos(ways[0]) * offsets[:, 0] + np.sin(ways[0]) * offsets[:, 1] > 0
    way = np.where(behind, ways[0], ways[1])
    forward = np.stack([np.cos(way), np.sin(way)], axis=-1)
    left = np.stack([-forward[:, 1], forward[:, 0]], axis=-1)
    headings = (course.first.headings, course.second.headings)
    gap = np.abs((offsets * forward).sum(axis=-1)) - _reach(headings, sizes_m, forward)
    beside = np.abs((offsets * left).sum(axis=-1)) - _reach(headings, sizes_m, left)
    relative = course.second.velocities - course.first.velocities
    closing = np.where(behind, -1.0, 1.0) * (relative * forward).sum(axis=-1)
    in_line = (_measure_angles(*ways) < _ALONG_RAD) & (beside <= 0) & (gap > 0) & (course.closing_mps >= _CLOSING_MPS)
    if not in_line.any():
        return float("nan")
    return float((np.maximum(closing[in_line], 0.0) ** 2 / (2 * gap[in_line])).max())


def _find_directions(poses: Poses) -> Floats:
    """(N,) direction of travel, rad; of the long axis for those who stand."""
    x, y = poses.velocities.T
    return np.where(np.hypot(x, y) >= _MOVES_MPS, np.arctan2(y, x), poses.headings)


def _measure_angles(one: Floats, other: Floats) -> Floats:
    """(N,) between two directions, 0 to π."""
    between: Floats = np.abs((one - other + np.pi) % (2 * np.pi) - np.pi)
    return between


def _reach(headings: tuple[Floats, Floats], sizes_m: Sizes, unit: Floats) -> Floats:
    """(N,) half extents of both rectangles together along unit vectors, m."""
    total = np.zeros(len(unit))
    for heading, (length, width) in zip(headings, sizes_m, strict=True):
        cosine = np.cos(heading) * unit[:, 0] + np.sin(heading) * unit[:, 1]
        sine = np.cos(heading) * unit[:, 1] - np.sin(heading) * unit[:, 0]
        total += (np.abs(cosine) * length + np.abs(sine) * width) / 2
    return total
