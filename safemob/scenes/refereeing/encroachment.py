"""Post-encroachment time by branch and bound: which two moments of two users see them at one place, least apart.

The square of all moments (s of the first, t of the second) is cut into boxes. A box in which the two rectangles
cannot touch, because in its middle they are farther apart than they move within it, is dropped; so is one whose
moments are farther apart than a contact that is known. What is left is cut smaller, until nothing can be gained.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from safemob.scenes.refereeing.contact import find_touch, measure_gaps
from safemob.scenes.stage import Actor

__all__ = ["Encroachment", "Moving", "describe_encroachment", "find_encroachment"]

Floats = npt.NDArray[np.float64]
Placing = Callable[[Floats], tuple[Floats, Floats]]

_GRID_S = 0.005
_SWAY_SLACK_M = 2e-4
"""What speeding up within a cell of the grid may add to a bound, at 9 m/s² over 5 ms and more."""
_FIRST_BOX_S = 0.32


class Moving:
    """A rectangle whose place is a function of time, with a bound on how far any point of it moves.

    Args:
        place: gives (N, 2) centres and (N,) headings at (N,) moments.
        size_m: (length, width).
        from_s: when it is there first.
        until_s: and last; nothing is ever met where this is before the begin.
    """

    def __init__(self, place: Placing, size_m: tuple[float, float], from_s: float, until_s: float) -> None:
        self.place = place
        self.size_m = size_m
        self.from_s, self.until_s = from_s, until_s
        cells = max(1, int(np.ceil((until_s - from_s) / _GRID_S)))
        self._grid = np.linspace(from_s, until_s, cells + 1)
        positions, headings = place(self._grid)
        steps = np.hypot(*np.diff(positions, axis=0).T) + np.hypot(*size_m) / 2 * np.abs(np.diff(headings))
        self._swayed = np.append(0.0, np.cumsum(steps))

    @classmethod
    def follow(cls, actor: Actor, from_s: float, until_s: float) -> Self:
        """The footprint of a road user over a span of its life."""

        def place(times_s: Floats) -> tuple[Floats, Floats]:
            poses = actor.motion.at(times_s)
            return poses.positions, poses.headings

        return cls(place, actor.size_m[:2], max(from_s, actor.from_s), min(until_s, actor.until_s))

    def bound_sway(self, begin: Floats, end: Floats) -> Floats:
        """(N,) how far no point of it moves more between (N,) moments, m."""
        between: Floats = np.interp(end, self._grid, self._swayed) - np.interp(begin, self._grid, self._swayed)
        return between + _SWAY_SLACK_M


@dataclass(frozen=True, slots=True, kw_only=True)
class Encroachment:
    """Two moments at which two users were at one place.

    Attributes:
        lag_s: moment of the second minus moment of the first.
        first_s: when the first was there.
        second_s: when the second was there.
        place_m: where they would touch.
    """

    lag_s: float
    first_s: float
    second_s: float
    place_m: tuple[float, float]


def find_encroachment(first: Moving, second: Moving, *, max_lag_s: float, within_s: float) -> Encroachment | None:
    """The contact whose two moments are least apart.

    Args:
        first: one user.
        second: the other.
        max_lag_s: the largest |t − s| looked for.
        within_s: how exactly |t − s| is to be known.

    Returns:
        None if they use no place within that time of each other.
    """
    if first.until_s < first.from_s or second.until_s < second.from_s:
        return None
    boxes = _cut_first(first, second)
    best, found = max_lag_s + within_s, (np.nan, np.nan)
    while len(boxes):
        least = np.maximum(0.0, np.maximum(boxes[:, 2] - boxes[:, 1], boxes[:, 0] - boxes[:, 3]))
        boxes = boxes[least < best - within_s] if best > 0 else boxes[:0]
        if not len(boxes):
            break
        s, t = boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)
        distances = _measure(first, second, s, t)
        lags = np.abs(t - s)
        touching = distances <= 0
        if touching.any():
            order = np.lexsort((np.maximum(s, t)[touching], lags[touching]))
            closest = np.flatnonzero(touching)[order[0]]
            if lags[closest] < best:
                best, found = float(lags[closest]), (float(s[closest]), float(t[closest]))
        reach = np.maximum(first.bound_sway(boxes[:, 0], s), first.bound_sway(s, boxes[:, 1]))
        reach += np.maximum(second.bound_sway(boxes[:, 2], t), second.bound_sway(t, boxes[:, 3]))
        boxes = _quarter(boxes[distances <= reach], s[distances <= reach], t[distances <= reach])
        if len(boxes) and boxes[0, 1] - boxes[0, 0] < within_s / 4:
            break
    if np.isnan(found[0]) or best > max_lag_s:
        return None
    return describe_encroachment(first, second, *found)


def describe_encroachment(first: Moving, second: Moving, s: float, t: float) -> Encroachment:
    """The encroachment of the first at moment s and the second at moment t, who touch there."""
    (place, heading), (other_place, other_heading) = first.place(np.array([s])), second.place(np.array([t]))
    touch = find_touch(
        (place[0], other_place[0]), (float(heading[0]), float(other_heading[0])), (first.size_m, second.size_m)
    )
    return Encroachment(lag_s=t - s, first_s=s, second_s=t, place_m=touch)


def _cut_first(first: Moving, second: Moving) -> Floats:
    """(K, 4) boxes (s from, s until, t from, t until) that cover all moments of both."""
    edges = []
    for each in (first, second):
        count = max(1, int(np.ceil((each.until_s - each.from_s) / _FIRST_BOX_S)))
        edges.append(np.linspace(each.from_s, each.until_s, count + 1))
    begin_s, begin_t = np.meshgrid(edges[0][:-1], edges[1][:-1], indexing="ij")
    end_s, end_t = np.meshgrid(edges[0][1:], edges[1][1:], indexing="ij")
    return np.stack([begin_s, end_s, begin_t, end_t], axis=-1).reshape(-1, 4)


def _measure(first: Moving, second: Moving, s: Floats, t: Floats) -> Floats:
    (places, headings), (other_places, other_headings) = first.place(s), second.place(t)
    return measure_gaps(other_places - places, (headings, other_headings), (first.size_m, second.size_m)).distances


def _quarter(boxes: Floats, s: Floats, t: Floats) -> Floats:
    s0, s1, t0, t1 = boxes.T
    parts = [(s0, s, t0, t), (s0, s, t, t1), (s, s1, t0, t), (s, s1, t, t1)]
    return np.concatenate([np.stack(part, axis=-1) for part in parts])
