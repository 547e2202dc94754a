"""Which way two road users came to a place: those who came the same way follow each other, even if they part there.

A car that leaves its lane to turn, and the next one that passes where it was, are apart by a time gap. Seen at the
place alone their directions differ, as if their paths crossed; a few metres before they were one behind the other.
"""

import numpy as np

from safemob.individual.arrays import Floats
from safemob.individual.safety.history import Life

__all__ = ["came_the_same_way"]

_UPSTREAM_M = 8.0
"""How far before the place their ways are compared: two car lengths, where a turn has not begun."""
_LEAST_M = 2.0
"""Less than this seen of a way says nothing."""
_APART_M = 2.0
"""Ways further apart side by side are different lanes."""
_SAME_DEG = 30.0


def came_the_same_way(first: Life, first_s: float, second: Life, second_s: float) -> bool:
    """Whether two users reached a shared place on one path.

    Args:
        first: what is remembered of one.
        first_s: when it was at the place.
        second: what is remembered of the other.
        second_s: likewise.

    Returns:
        False also where too little of a way was seen to tell.
    """
    ways = [_find_way(life, time_s) for life, time_s in ((first, first_s), (second, second_s))]
    if ways[0] is None or ways[1] is None:
        return False
    (start, direction), (other_start, other_direction) = ways[0], ways[1]
    along = float(direction @ other_direction)
    between = other_start - start
    aside = abs(float(direction[0] * between[1] - direction[1] * between[0]))
    return along > np.cos(np.radians(_SAME_DEG)) and aside < _APART_M


def _find_way(life: Life, time_s: float) -> tuple[Floats, Floats] | None:
    """Where the user was up to 8 m before, and the direction in which it then went."""
    came = life.poses.times <= time_s
    places = life.poses.positions[came]
    if len(places) < 2:  # noqa: PLR2004  (a direction needs two places)
        return None
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    before = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
    if before[0] < _LEAST_M:
        return None
    start = int(np.argmin(before > _UPSTREAM_M)) if before[0] > _UPSTREAM_M else 0
    leg = before[start] - before
    ahead = int(np.argmax(leg >= _LEAST_M))
    direction = places[ahead] - places[start]
    length = np.linalg.norm(direction)
    return (places[start], direction / length) if length > 0 else None
