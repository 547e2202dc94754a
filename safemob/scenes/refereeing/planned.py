"""T2: when the second of two users would come to the place that the first is about to leave, on the ways they plan.

At each moment both go on at their present speeds along the ways that they will truly take. Among all pairs of moments
that see them at one place, the two least apart say who comes second, and when: T2. On a collision course it is the
time to the collision along those ways. It ends when the first has left the place.

Source: Laureshyn, Svensson, Hydén (2010), "Evaluation of traffic safety, based on micro-level behavioural data:
theoretical framework and first implementation", Accident Analysis & Prevention 42.
"""

import numpy as np
import numpy.typing as npt

from safemob.scenes.refereeing.contact import measure_gaps
from safemob.scenes.refereeing.encroachment import Moving, find_encroachment
from safemob.scenes.stage import Actor

__all__ = ["find_smallest_t2"]

Floats = npt.NDArray[np.float64]

_GRID_S = 0.005
_HORIZON_S = 10.0
_STANDS_MPS = 1e-3
_WITHIN_S = 1e-3
_WHENEVER_S = 0.2
_ROUNDS_S = (0.25, 0.025, 0.0025)
"""Steps of the search for the least T2: over the whole span, then around the best."""


class _Way:
    """The way that a user takes, by the distance it has covered on it."""

    def __init__(self, actor: Actor) -> None:
        self.size_m = actor.size_m[:2]
        cells = max(1, int(np.ceil((actor.until_s - actor.from_s) / _GRID_S)))
        self.times_s = np.linspace(actor.from_s, actor.until_s, cells + 1)
        poses = actor.motion.at(self.times_s)
        self._covered, self._headings = poses.travelled, poses.headings
        self._speeds = np.gradient(self._covered, self.times_s)
        self._x, self._y = poses.positions.T

    def go_on(self, time_s: float) -> Moving:
        """The user as it would move from a moment on, at its speed of then."""
        speed = float(np.interp(time_s, self.times_s, self._speeds))
        begin_m = float(np.interp(time_s, self.times_s, self._covered))
        left_s = _HORIZON_S if speed < _STANDS_MPS else (self._covered[-1] - begin_m) / speed

        def place(times_s: Floats) -> tuple[Floats, Floats]:
            covered = begin_m + speed * (times_s - time_s)
            x, y = np.interp(covered, self._covered, self._x), np.interp(covered, self._covered, self._y)
            return np.stack([x, y], axis=-1), np.interp(covered, self._covered, self._headings)

        return Moving(place, self.size_m, time_s, time_s + min(left_s, _HORIZON_S))


def find_smallest_t2(first: Actor, second: Actor, from_s: float, until_s: float) -> float:
    """Least T2 of two users, s; nan if at no moment the second would come to a place the first had yet to leave."""
    ways = _Way(first), _Way(second)
    low, high = max(from_s, first.from_s, second.from_s), min(until_s, first.until_s, second.until_s)
    if not _share_a_place(first, second):
        return float("nan")
    begin, end, best = low, high, np.inf
    for step in _ROUNDS_S:
        times = np.arange(begin, end, step)
        values = [_compute_t2(*ways, float(time)) for time in times]
        if not values or min(values) == np.inf:
            break
        best, at = min(best, *values), float(times[int(np.argmin(values))])
        begin, end = max(low, at - step), min(high, at + step)
    return float(best) if best < np.inf else float("nan")


def _share_a_place(first: Actor, second: Actor) -> bool:
    """Whether the ways of both lead over one place, whenever."""
    one, other = (Moving.follow(each, each.from_s, each.until_s) for each in (first, second))
    return find_encroachment(one, other, max_lag_s=np.inf, within_s=_WHENEVER_S) is not None


def _compute_t2(first: _Way, second: _Way, time_s: float) -> float:
    """T2 at one moment; inf where there is none."""
    one, other = first.go_on(time_s), second.go_on(time_s)
    met = find_encroachment(one, other, max_lag_s=_HORIZON_S, within_s=_WITHIN_S)
    if met is None:
        return np.inf
    if abs(met.lag_s) > 2 * _WITHIN_S:
        return max(met.first_s, met.second_s) - time_s
    times = np.arange(time_s, min(one.until_s, other.until_s), _WITHIN_S)
    (places, headings), (others, other_headings) = one.place(times), other.place(times)
    gaps = measure_gaps(others - places, (headings, other_headings), (first.size_m, second.size_m))
    touching = np.flatnonzero(gaps.distances <= 0)
    return float(times[touching[0]]) - time_s if len(touching) else met.second_s - time_s
