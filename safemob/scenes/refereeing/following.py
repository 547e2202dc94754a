"""One behind the other: whether a time gap is that of a follower, and how hard a follower had to brake."""

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

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
_DOTS_S, _DOTS_M = 0.005, 0.05
"""Between the dots of a line: where a user was, and where it would have come from or gone to."""


def comes_behind(first: Actor, second: Actor, met: Encroachment, from_s: float, until_s: float) -> bool:
    """Whether one of two users follows the other where their rectangles used one place.

    It does where both go the same way there, to 30°, unless their ways cross around it; and where a motor vehicle
    stands, when it gets there, on ground that another one drove over before in the same direction, even if that one
    has turned off since.

    Args:
        first: one user.
        second: the other.
        met: how their rectangles used one place.
        from_s: begin of what counts, on the film's clock.
        until_s: its end.
    """
    users = sorted(((met.first_s, 0, first), (met.second_s, 1, second)))
    (leader_s, _, leader), (follower_s, _, follower) = users
    ahead, here = leader.motion.at(np.array([leader_s])), follower.motion.at(np.array([follower_s]))
    along_there = _measure_angles(_find_directions(ahead), _find_directions(here))[0] < _ALONG_RAD
    if along_there and not _do_ways_cross(first, second, met, from_s, until_s):
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


def _do_ways_cross(first: Actor, second: Actor, met: Encroachment, from_s: float, until_s: float) -> bool:
    """Whether the lines of two centres cross at 30° or more, no farther than both are long together from either.

    A dot of one line lies on the left or on the right of the dot of the other that is nearest to it. Where that changes
    from one dot to the next, and both are close to that line, the lines cross.
    """
    reach = first.size_m[0] + second.size_m[0]
    moments = (met.first_s, met.second_s)
    drawn = (_draw_dots(each, max(from_s, each.from_s), min(until_s, each.until_s), reach) for each in (first, second))
    near = []
    for (dots, directions), actor, moment_s in zip(drawn, (first, second), moments, strict=True):
        there = np.hypot(*(dots - actor.motion.at(np.array([moment_s])).positions).T) <= reach
        near.append((dots[there], directions[there]))
    (dots, directions), (others, other_directions) = near
    gaps, nearest = (np.asarray(found) for found in KDTree(others).query(dots))
    offsets, way = dots - others[nearest], other_directions[nearest]
    left = np.cos(way) * offsets[:, 1] > np.sin(way) * offsets[:, 0]
    steps = np.hypot(*np.diff(dots, axis=0).T)
    close = np.maximum(gaps[1:], gaps[:-1]) <= steps + np.hypot(*np.diff(others, axis=0).T).max(initial=0.0)
    crosses = (left[1:] != left[:-1]) & close
    return bool(np.any(_measure_angles(directions, way)[1:][crosses] >= _ALONG_RAD))


def _draw_dots(actor: Actor, from_s: float, until_s: float, further_m: float) -> tuple[Floats, Floats]:
    """(N, 2) dots along the line of a centre, straight on for some way at both ends, and (N,) directions there."""
    poses = actor.motion.at(np.linspace(from_s, until_s, int((until_s - from_s) / _DOTS_S) + 2))
    directions = _find_directions(poses)
    ways = np.stack([np.cos(directions), np.sin(directions)], axis=-1)
    further = np.arange(_DOTS_M, further_m, _DOTS_M)[:, None]
    dots = [
        poses.positions[0] - further[::-1] * ways[0],
        poses.positions,
        poses.positions[-1] + further * ways[-1],
    ]
    return np.concatenate(dots), np.pad(directions, len(further), mode="edge")


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
