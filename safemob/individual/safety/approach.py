"""Which way two vehicles came to a place: one that drives where the other has driven follows it, even if they part.

A car that leaves its lane to turn, and the next one that passes where it was, are apart by a time gap; so are two that
follow each other through a turn. Seen at the place alone their directions differ, as if their paths crossed. Vehicles
side by side, or from different streets, were not where the other is: one that turns across the other's way meets it.
"""

import numpy as np

from safemob.individual.safety.history import Life

__all__ = ["came_in_line"]

_SAME_DEG = 20.0


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
