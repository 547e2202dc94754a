"""Post-encroachment time: how far apart in time two road users were at one place, observed, exact between frames.

PET = min |t − s| over the moments with R₁(s) ∩ R₂(t) ≠ ∅. Between two frames each rectangle moves on a straight line at
constant speed, so within one step of the first and one of the second, contact is eight linear inequalities in
(s, t), and the smallest |t − s| lies at a corner of the polygon they bound. Nothing is sampled, and no contact
between two frames is missed.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.safety.rectangle import Rectangles, compute_separation, dot, separating_axes

__all__ = ["Encroachment", "Poses", "compute_pet"]

_CORNER_DRIFT_M = 0.02
"""A step in which a rectangle turns is divided until its corners stray less than this from straight lines."""
_PAIRS = (16, 1024)
"""So many pairs of steps are solved at once: few of the most promising, then more and more."""
_ROWS = 64
"""So many steps of one user are compared with those of the other at once, which bounds memory."""
_EPSILON = 1e-9
"""Rounding allowed when a corner of the polygon is checked against its own edges, m and s."""
_EDGES = np.array(list(combinations(range(12), 2))).T
"""The two rows of the inequalities that cross at each possible corner of the polygon."""
_LIMITS = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
"""Rows that hold both moments within their steps."""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Poses(Ephemeral):
    """Where one road user was, at N ≥ 1 times. Read-only.

    Attributes:
        times: (N,) s, strictly increasing.
        positions: (N, 2) footprint centres, m.
        headings: (N,) rad, on whichever turn of the circle.
        lengths, widths: (N,) m.
    """

    times: Floats
    positions: Floats
    headings: Floats
    lengths: Floats
    widths: Floats

    def __post_init__(self) -> None:
        one = (len(self.times),)
        check_shapes(self, times=one, positions=(*one, 2), headings=one, lengths=one, widths=one)

    def __len__(self) -> int:
        return len(self.times)

    def at(self, times: Floats) -> "Poses":
        """Poses interpolated to (M,) other times; the first or last pose beyond the ends."""
        x, y = self.positions.T
        return Poses(
            times=np.array(times, dtype=np.float64),
            positions=np.stack([np.interp(times, self.times, x), np.interp(times, self.times, y)], axis=1),
            headings=np.interp(times, self.times, self.turned),
            lengths=np.interp(times, self.times, self.lengths),
            widths=np.interp(times, self.times, self.widths),
        )

    @cached_property
    def turned(self) -> Floats:
        """(N,) headings without jumps between turns of the circle, rad."""
        return np.unwrap(self.headings)

    @cached_property
    def rectangles(self) -> Rectangles:
        """The footprints."""
        return Rectangles.heading(self.positions, self.headings, self.lengths, self.widths)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lower left and upper right of an upright box around everything the user covers."""
        reach = float(np.hypot(self.lengths.max(), self.widths.max())) / 2
        return self.positions.min(axis=0) - reach, self.positions.max(axis=0) + reach

    @cached_property
    def steps(self) -> "Steps":
        """What the user covers between the poses."""
        return _divide(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Encroachment(Ephemeral):
    """The closest that two users came in time at one place.

    Attributes:
        pet_s: seconds from the first user leaving the shared place to the second entering it: positive if the
            first user passed first, negative if the second did, 0 if both were there at once (overlap),
            nan if their paths do not meet within the largest lag.
        first_time_s: when the first user was at the place; nan without PET.
        second_time_s: when the second user was.
        place_m: (x, y) where their rectangles touch.
    """

    pet_s: float
    first_time_s: float
    second_time_s: float
    place_m: tuple[float, float]


_NO_ENCROACHMENT = Encroachment(pet_s=np.nan, first_time_s=np.nan, second_time_s=np.nan, place_m=(np.nan, np.nan))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Steps(Ephemeral):
    """The M steps between poses: when each begins and ends, how it moves, its rectangle midway.

    A circle around `middles` with `radii` holds all that the rectangle covers during its step.
    """

    times: Floats
    ends: Floats
    durations: Floats
    velocities: Floats
    rectangles: Rectangles
    middles: Floats
    radii: Floats

    def take(self, index: Ints | Bools | slice) -> "Steps":
        """The steps at the given indices (or under a mask)."""
        return Steps(
            times=self.times[index],
            ends=self.ends[index],
            durations=self.durations[index],
            velocities=self.velocities[index],
            rectangles=self.rectangles.take(index),
            middles=self.middles[index],
            radii=self.radii[index],
        )


def compute_pet(first: Poses, second: Poses, max_lag_s: float) -> Encroachment:
    """Observed post-encroachment time of two users, signed by the order of passage.

    For two users on one path it is the net time gap.

    Args:
        first: poses of one user.
        second: poses of the other, in the same frame of reference and on the same clock.
        max_lag_s: the largest |PET| looked for, s.

    Returns:
        PET with the two moments and the place.

    Source:
        Allen, Shin, Cooper (1978), "Analysis of traffic conflicts and collisions", Transportation Research
        Record 667; here without a given conflict area: the place is wherever the footprints meet.
    """
    (low_first, high_first), (low_second, high_second) = first.bounds, second.bounds
    if (low_first > high_second).any() or (low_second > high_first).any():
        return _NO_ENCROACHMENT
    steps_first = _steps_beside(first.steps, second.steps)
    steps_second = _steps_beside(second.steps, steps_first)
    best: tuple[float, float, float] | None = None
    for begin in range(0, len(steps_first.times), _ROWS):
        some = steps_first.take(slice(begin, begin + _ROWS))
        limit_s = max_lag_s if best is None else min(max_lag_s, abs(best[0]))
        found = _find_smallest(some, steps_second, limit_s)
        if found is not None and abs(found[0]) <= max_lag_s and (best is None or abs(found[0]) < abs(best[0])):
            best = found
    if best is None:
        return _NO_ENCROACHMENT
    lag, s, t = best
    touch = compute_separation(first.at(np.array([s])).rectangles, second.at(np.array([t])).rectangles)
    x, y = touch.midpoints[0].tolist()
    return Encroachment(pet_s=lag, first_time_s=s, second_time_s=t, place_m=(x, y))


def _divide(poses: Poses) -> Steps:
    """Steps between poses, those in which the user turns divided; a single pose is one step of no duration."""
    if len(poses) == 1:
        return _enclose(poses.times, np.zeros(1), np.zeros((1, 2)), poses.rectangles)
    lapse, turn = np.diff(poses.times), np.diff(poses.turned)
    parts = np.maximum(1, np.ceil(np.abs(turn) * poses.lengths[:-1] / 2 / (2 * _CORNER_DRIFT_M))).astype(np.int64)
    whole = np.repeat(np.arange(len(parts)), parts)
    begin = (np.arange(len(whole)) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[whole]
    middle = begin + 1 / (2 * parts[whole])
    advance = np.diff(poses.positions, axis=0)
    rectangles = Rectangles.heading(
        poses.positions[whole] + begin[:, None] * advance[whole],
        poses.turned[whole] + middle * turn[whole],
        poses.lengths[whole] + middle * np.diff(poses.lengths)[whole],
        poses.widths[whole] + middle * np.diff(poses.widths)[whole],
    )
    velocities = (advance / lapse[:, None])[whole]
    return _enclose(poses.times[whole] + begin * lapse[whole], lapse[whole] / parts[whole], velocities, rectangles)


def _enclose(times: Floats, durations: Floats, velocities: Floats, rectangles: Rectangles) -> Steps:
    """Steps with the circles around them."""
    half = velocities * (durations / 2)[:, None]
    corner = np.sqrt(dot(rectangles.along, rectangles.along) + dot(rectangles.across, rectangles.across))
    return Steps(
        times=times,
        ends=times + durations,
        durations=durations,
        velocities=velocities,
        rectangles=rectangles,
        middles=rectangles.centres + half,
        radii=corner + np.sqrt(dot(half, half)) + _EPSILON,
    )


def _steps_beside(steps: Steps, other: Steps) -> Steps:
    """Those steps that touch the upright box around everything the other user covers."""
    if len(other.times) == 0:
        return other
    low = (other.middles - other.radii[:, None]).min(axis=0)
    high = (other.middles + other.radii[:, None]).max(axis=0)
    radii = steps.radii[:, None]
    return steps.take(((steps.middles + radii >= low) & (steps.middles - radii <= high)).all(axis=1))


def _find_smallest(first: Steps, second: Steps, limit_s: float) -> tuple[float, float, float] | None:
    """Smallest |t − s| with contact, see `_solve`, unless it is larger than the limit."""
    index_first, index_second = _find_candidates(first, second, limit_s)
    after = second.times[index_second] - first.ends[index_first]
    before = first.times[index_first] - second.ends[index_second]
    bounds = np.maximum(0.0, np.maximum(after, before))
    order = np.argsort(bounds, kind="stable")
    best: tuple[float, float, float] | None = None
    begin, count = 0, _PAIRS[0]
    while begin < len(order) and (best is None or bounds[order[begin]] < abs(best[0])):
        pairs = order[begin : begin + count]
        one, other = first.take(index_first[pairs]), second.take(index_second[pairs])
        meet = _may_meet(one, other)
        found = _solve(one.take(meet), other.take(meet)) if meet.any() else None
        if found is not None and (best is None or abs(found[0]) < abs(best[0])):
            best = found
        begin, count = begin + count, min(2 * count, _PAIRS[1])
    return best


def _find_candidates(first: Steps, second: Steps, limit_s: float) -> tuple[Ints, Ints]:
    """Indices of the pairs of steps whose circles touch, at moments no further apart than the limit."""
    earliest, latest = first.times[:, None] - limit_s, first.ends[:, None] + limit_s
    start = np.searchsorted(second.ends, earliest[0, 0], side="left")
    window = slice(start, np.searchsorted(second.times, latest[-1, 0], side="right"))
    between = second.middles[window] - first.middles[:, None]
    near = dot(between, between) <= (first.radii[:, None] + second.radii[window]) ** 2
    near &= (second.ends[window] >= earliest) & (second.times[window] <= latest)
    index_first, index_second = np.nonzero(near)
    return index_first, index_second + start


def _may_meet(first: Steps, second: Steps) -> Bools:
    """(K,) whether separating axes leave it open that the rectangles of a pair of steps meet."""
    axes, reach = separating_axes(first.rectangles, second.rectangles)
    sweep = np.abs(dot(axes, (first.velocities * first.durations[:, None])[None])) / 2
    sweep += np.abs(dot(axes, (second.velocities * second.durations[:, None])[None])) / 2
    allowance = _EPSILON * np.sqrt(dot(axes, axes))
    between = np.abs(dot(axes, (second.middles - first.middles)[None]))
    meet: Bools = np.all(between <= reach + sweep + allowance, axis=0)
    return meet


def _solve(first: Steps, second: Steps) -> tuple[float, float, float] | None:
    """Smallest |t − s| with contact over K pairs of steps, and its (t − s, s, t); None without contact.

    The unknowns are the times since the beginnings of the two steps. Rows 0–7 of the inequalities are the four
    separating axes from both sides, rows 8–11 the limits of the steps.
    """
    n = len(first.times)
    axes, reach = separating_axes(first.rectangles, second.rectangles)
    scale = np.sqrt(dot(axes, axes))
    offset = dot(axes, (second.rectangles.centres - first.rectangles.centres)[None]) / scale
    reach = reach / scale
    motion = np.stack([-dot(axes, first.velocities[None]) / scale, dot(axes, second.velocities[None]) / scale], axis=-1)
    zero = np.zeros(n)
    rows = np.concatenate([motion, -motion, np.broadcast_to(_LIMITS[:, None], (4, n, 2))])
    limits = np.concatenate([reach - offset, reach + offset, [first.durations, zero, second.durations, zero]])
    one, other = _EDGES
    a, b = rows[one], rows[other]
    determinant = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        s = (limits[one] * b[..., 1] - limits[other] * a[..., 1]) / determinant
        t = (limits[other] * a[..., 0] - limits[one] * b[..., 0]) / determinant
        allowed = limits + _EPSILON * (1 + np.abs(rows[..., 0]) + np.abs(rows[..., 1]))
        inside: Bools = np.all(rows[:, None, :, 0] * s + rows[:, None, :, 1] * t <= allowed[:, None], axis=0)
        inside &= np.isfinite(s) & np.isfinite(t)
    if not inside.any():
        return None
    s, t = np.where(inside, s, 0.0), np.where(inside, t, 0.0)
    s_abs, t_abs = s + first.times, t + second.times
    lag = (t - s) + (second.times - first.times)
    low = np.where(inside, lag, np.inf).min(axis=0)
    high = np.where(inside, lag, -np.inf).max(axis=0)
    straddles = (low <= 0) & (high >= 0)
    smallest = np.where(straddles, 0.0, np.minimum(np.abs(low), np.abs(high)))
    pair = int(np.argmin(smallest))
    valid = np.flatnonzero(inside[:, pair])
    below, above = valid[np.argmin(lag[valid, pair])], valid[np.argmax(lag[valid, pair])]
    share = _share_at_smallest(float(lag[below, pair]), float(lag[above, pair]))
    moment_s = (1 - share) * s_abs[below, pair] + share * s_abs[above, pair]
    moment_t = (1 - share) * t_abs[below, pair] + share * t_abs[above, pair]
    signed = -smallest[pair] if high[pair] < 0 else smallest[pair]
    return float(signed), float(moment_s), float(moment_t)


def _share_at_smallest(low: float, high: float) -> float:
    """How far from the corner with the lowest lag to that with the highest the smallest |lag| lies."""
    if low >= 0:
        return 0.0
    if high <= 0:
        return 1.0
    return low / (low - high)
