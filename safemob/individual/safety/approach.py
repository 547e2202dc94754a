"""How the paths of two users lie to each other around a place that both used: one line, or two that cross.

Directions at the place alone do not tell. A car that leaves its lane to turn, and the next one that passes where it
was, are apart by a time gap, as are two that follow each other through a turn: their directions differ, as if their
paths crossed. A truck that swings across a cyclist beside it reaches the cyclist's way long before it has turned: their
directions are alike, as if one followed the other.
"""

import numpy as np

from safemob.individual.arrays import Floats
from safemob.individual.safety.history import Life, find_directions
from safemob.individual.safety.pet import Encroachment

__all__ = ["came_in_line", "find_crossing_angle"]

_SAME_DEG = 20.0
_SPACING_M = 0.2
"""Between the points of a line, along what was travelled."""


def came_in_line(first: Life, first_s: float, second: Life, second_s: float) -> bool:
    """Whether two vehicles reached a shared place one behind the other.

    The later one stands, when it reaches the place, where the earlier one was before, and goes the same way.

    Args:
        first: what is remembered of one.
        first_s: when it was at the place.
        second: what is remembered of the other.
        second_s: likewise.

    Returns:
        True only for two motor vehicles: a cyclist behind a car that turns right is in danger, not in a queue. False
        also where too little of a way was seen to tell.
    """
    if not (first.road_class.is_motor and second.road_class.is_motor):
        return False
    users = ((first, first_s), (second, second_s))
    (leader, leader_s), (follower, follower_s) = users if first_s <= second_s else users[::-1]
    here = follower.poses.at(np.array([follower_s]))
    driven = leader.poses.times <= leader_s
    between = leader.poses.positions[driven] - here.positions[0]
    heading = here.headings[0]
    along = np.array([np.cos(heading), np.sin(heading)])
    aside = np.abs(along[0] * between[:, 1] - along[1] * between[:, 0])
    ahead = np.abs(between @ along)
    breadth = (leader.poses.widths[driven] + here.widths[0]) / 2
    same_way = np.cos(leader.poses.headings[driven] - heading) > np.cos(np.radians(_SAME_DEG))
    return bool(np.any((aside < breadth) & (ahead < here.lengths[0] / 2) & same_way))


def find_crossing_angle(first: Life, second: Life, met: Encroachment) -> float:
    """The angle at which the lines that the centres of two users draw cross, around the place of their encroachment.

    Lines go on straight where users were not seen yet, are not remembered, or are seen no more. Noise makes those of
    users who follow each other cross, too, but at small angles.

    Args:
        first: what is remembered of one.
        second: what is remembered of the other.
        met: their encroachment; around it is what is no farther from where either was then than both are long.

    Returns:
        Degrees, 0 to 180: of the directions of travel where the lines cross, the largest; nan if they do not.
    """
    moments = (met.first_time_s, met.second_time_s)
    places = [life.poses.at(np.array([time_s])) for life, time_s in zip((first, second), moments, strict=True)]
    reach = float(sum(each.lengths[0] for each in places))
    (times, points), (others, other_points) = (
        _draw_line(life, place.positions[0], reach) for life, place in zip((first, second), places, strict=True)
    )
    if len(times) == 0 or len(others) == 0:
        return float("nan")
    steps, other_steps = points[1] - points[0], other_points[1] - other_points[0]
    offsets = other_points[0] - points[0][:, None]
    turn = _cross(steps[:, None], other_steps)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, other_share = _cross(offsets, other_steps) / turn, _cross(offsets, steps[:, None]) / turn
    one, other = np.nonzero((share >= 0) & (share <= 1) & (other_share >= 0) & (other_share <= 1))
    if len(one) == 0:
        return float("nan")
    ways = _find_ways(first, times[one]), _find_ways(second, others[other])
    return float(np.degrees(np.arctan2(np.abs(_cross(*ways)), (ways[0] * ways[1]).sum(axis=1))).max())


def _draw_line(life: Life, around: Floats, reach: float) -> tuple[Floats, Floats]:
    """(N,) times midway and (2, N, 2) ends of the steps of a user's centre, of which either end lies within reach."""
    poses = life.poses
    travelled = np.append(0.0, np.cumsum(np.hypot(*np.diff(poses.positions, axis=0).T)))
    corners = np.append(True, np.diff(np.floor(travelled / _SPACING_M)) > 0)
    corners[-1] = True
    times = poses.times[corners]
    first, last = _find_ways(life, times[[0, -1]]) * reach
    points = np.concatenate([poses.positions[:1] - first, poses.positions[corners], poses.positions[-1:] + last])
    times = np.concatenate([times[:1], times, times[-1:]])
    near = np.hypot(*(points - around).T) <= reach
    near = near[1:] | near[:-1]
    return ((times[1:] + times[:-1]) / 2)[near], np.stack([points[:-1][near], points[1:][near]])


def _find_ways(life: Life, times: Floats) -> Floats:
    velocities = np.stack([np.interp(times, life.poses.times, each) for each in life.velocities.T], axis=1)
    return find_directions(velocities, life.poses.at(times).rectangles.along)


def _cross(one: Floats, other: Floats) -> Floats:
    product: Floats = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return product
