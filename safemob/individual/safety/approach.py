"""Which way two vehicles came to a place: those who came one behind the other follow each other, even if they part.

A car that leaves its lane to turn, and the next one that passes where it was, are apart by a time gap. Seen at the
place alone their directions differ, as if their paths crossed; a few metres before, they were in one line. Vehicles
side by side were not: one that turns across the other's way meets it.
"""

import numpy as np

from safemob.individual.arrays import Floats
from safemob.individual.safety.history import Life

__all__ = ["came_in_line"]

_UPSTREAM_M = (3.0, 5.0, 8.0)
"""How far before the place their ways are compared: any of them, since the outermost is where tracks are worst."""
_LEG_M = 2.0
"""Length of way that gives a direction."""
_SAME_DEG = 30.0


def came_in_line(first: Life, first_s: float, second: Life, second_s: float) -> bool:
    """Whether two vehicles reached a shared place one behind the other.

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
    breadth = (float(first.poses.widths[-1]) + float(second.poses.widths[-1])) / 2
    for upstream in _UPSTREAM_M:
        one, other = _find_way(first, first_s, upstream), _find_way(second, second_s, upstream)
        if one is None or other is None:
            return False
        (start, direction), (other_start, other_direction) = one, other
        between = other_start - start
        aside = abs(float(direction[0] * between[1] - direction[1] * between[0]))
        if direction @ other_direction > np.cos(np.radians(_SAME_DEG)) and aside < breadth:
            return True
    return False


def _find_way(life: Life, time_s: float, upstream_m: float) -> tuple[Floats, Floats] | None:
    """Where the vehicle was so far before, and the direction in which it then went."""
    places = life.poses.positions[life.poses.times <= time_s]
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    to_go = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
    if len(places) == 0 or to_go[0] < upstream_m:
        return None
    start = int(np.flatnonzero(to_go >= upstream_m)[-1])
    end = int(np.argmax(to_go <= upstream_m - _LEG_M))
    leg = places[end] - places[start]
    return places[start], leg / np.linalg.norm(leg)
