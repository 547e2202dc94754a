"""Post-encroachment time: how far apart in time two road users were at one place, observed, exact between frames.

PET = min |t − s| over the moments with R₁(s) ∩ R₂(t) ≠ ∅. Between two frames each rectangle moves on a straight line at
constant speed, so within one step of the first and one of the second, contact is eight linear inequalities in
(s, t), and the smallest |t − s| lies at a corner of the polygon they bound. Nothing is sampled, and no contact
between two frames is missed.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.safety.rectangle import Rectangles, compute_separation, dot, separating_axes

__all__ = ["Encroachment", "Poses", "compute_pet"]

_CORNER_DRIFT_M = 0.02
"""A step in which a rectangle turns is divided until its corners stray less than this from straight lines."""
_CHUNK = 64
_EPSILON = 1e-9
"""Rounding allowed when a corner of the polygon is checked against its own edges, m and s."""
_EDGES = tuple(combinations(range(12), 2))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
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
        headings = np.unwrap(self.headings)
        x, y = self.positions.T
        return Poses(
            times=np.array(times, dtype=np.float64),
            positions=np.stack([np.interp(times, self.times, x), np.interp(times, self.times, y)], axis=1),
            headings=np.interp(times, self.times, headings),
            lengths=np.interp(times, self.times, self.lengths),
            widths=np.interp(times, self.times, self.widths),
        )

    @property
    def rectangles(self) -> Rectangles:
        """The footprints."""
        return Rectangles.heading(self.positions, self.headings, self.lengths, self.widths)


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
class _Steps(Ephemeral):
    """The M steps between poses: where each begins, how long it lasts, how it moves, its rectangle midway."""

    times: Floats
    durations: Floats
    velocities: Floats
    rectangles: Rectangles

    def take(self, index: Ints | Bools) -> "_Steps":
        return _Steps(
            times=self.times[index],
            durations=self.durations[index],
            velocities=self.velocities[index],
            rectangles=self.rectangles.take(index),
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
    (low_first, high_first), (low_second, high_second) = _find_bounds(first), _find_bounds(second)
    if (low_first > high_second).any() or (low_second > high_first).any():
        return _NO_ENCROACHMENT
    steps_first, steps_second = _divide(first), _divide(second)
    steps_first = _steps_beside(steps_first, steps_second)
    steps_second = _steps_beside(steps_second, steps_first)
    index_first, index_second = _pairs_within(steps_first, steps_second, max_lag_s)
    near = _may_meet(steps_first, index_first, steps_second, index_second)
    index_first, index_second = index_first[near], index_second[near]
    bounds = _smallest_lags(steps_first.take(index_first), steps_second.take(index_second))
    order = np.argsort(bounds, kind="stable")
    best: tuple[float, float, float] | None = None
    for begin in range(0, len(order), _CHUNK):
        chunk = order[begin : begin + _CHUNK]
        if best is not None and bounds[chunk[0]] >= abs(best[0]):
            break
        found = _solve(steps_first.take(index_first[chunk]), steps_second.take(index_second[chunk]))
        if found is not None and (best is None or abs(found[0]) < abs(best[0])):
            best = found
    if best is None or abs(best[0]) > max_lag_s:
        return _NO_ENCROACHMENT
    lag, s, t = best
    touch = compute_separation(first.at(np.array([s])).rectangles, second.at(np.array([t])).rectangles)
    x, y = touch.midpoints[0].tolist()
    return Encroachment(pet_s=lag, first_time_s=s, second_time_s=t, place_m=(x, y))


def _divide(poses: Poses) -> _Steps:
    """Steps between poses, those in which the user turns divided; a single pose is one step of no duration."""
    if len(poses) == 1:
        zero = np.zeros(1)
        return _Steps(times=poses.times, durations=zero, velocities=np.zeros((1, 2)), rectangles=poses.rectangles)
    headings = np.unwrap(poses.headings)
    lapse, turn = np.diff(poses.times), np.diff(headings)
    parts = np.maximum(1, np.ceil(np.abs(turn) * poses.lengths[:-1] / 2 / (2 * _CORNER_DRIFT_M))).astype(np.int64)
    whole = np.repeat(np.arange(len(parts)), parts)
    begin = (np.arange(len(whole)) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[whole]
    middle = begin + 1 / (2 * parts[whole])
    advance = np.diff(poses.positions, axis=0)
    return _Steps(
        times=poses.times[whole] + begin * lapse[whole],
        durations=lapse[whole] / parts[whole],
        velocities=(advance / lapse[:, None])[whole],
        rectangles=Rectangles.heading(
            poses.positions[whole] + begin[:, None] * advance[whole],
            headings[whole] + middle * turn[whole],
            poses.lengths[whole] + middle * np.diff(poses.lengths)[whole],
            poses.widths[whole] + middle * np.diff(poses.widths)[whole],
        ),
    )


def _find_bounds(poses: Poses) -> tuple[Floats, Floats]:
    """Lower left and upper right of an upright box around everything the user covers."""
    reach = float(np.hypot(poses.lengths.max(), poses.widths.max())) / 2
    return poses.positions.min(axis=0) - reach, poses.positions.max(axis=0) + reach


def _steps_beside(steps: _Steps, other: _Steps) -> _Steps:
    """Those steps that touch the upright box around everything the other user covers."""
    if len(other.times) == 0:
        return other
    middles, radii = _enclose(other)
    low, high = (middles - radii[:, None]).min(axis=0), (middles + radii[:, None]).max(axis=0)
    middle, radius = _enclose(steps)
    return steps.take(((middle + radius[:, None] >= low) & (middle - radius[:, None] <= high)).all(axis=1))


def _pairs_within(first: _Steps, second: _Steps, max_lag_s: float) -> tuple[Ints, Ints]:
    """Indices of the pairs of steps that hold moments no further apart than the largest lag."""
    begin = np.searchsorted(second.times + second.durations, first.times - max_lag_s, side="left")
    end = np.searchsorted(second.times, first.times + first.durations + max_lag_s, side="right")
    counts = np.maximum(end - begin, 0)
    index_first = np.repeat(np.arange(len(counts)), counts)
    offset = np.arange(len(index_first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return index_first, begin[index_first] + offset


def _may_meet(first: _Steps, index_first: Ints, second: _Steps, index_second: Ints) -> Ints:
    """Positions of the pairs of steps that bounding circles, then separating axes, do not rule out."""
    middle_first, radius_first = _enclose(first)
    middle_second, radius_second = _enclose(second)
    between = middle_second[index_second] - middle_first[index_first]
    near = np.flatnonzero(dot(between, between) <= (radius_first[index_first] + radius_second[index_second]) ** 2)
    if len(near) == 0:
        return near
    one, other = first.take(index_first[near]), second.take(index_second[near])
    axes, reach = separating_axes(one.rectangles, other.rectangles)
    sweep = np.abs(dot(axes, (one.velocities * one.durations[:, None])[None])) / 2
    sweep += np.abs(dot(axes, (other.velocities * other.durations[:, None])[None])) / 2
    allowance = _EPSILON * np.sqrt(dot(axes, axes))
    return near[(np.abs(dot(axes, between[near][None])) <= reach + sweep + allowance).all(axis=0)]


def _enclose(steps: _Steps) -> tuple[Floats, Floats]:
    """Middle and radius of a circle around all that a rectangle covers during its step."""
    half = steps.velocities * (steps.durations / 2)[:, None]
    box = steps.rectangles
    corner = np.sqrt(dot(box.along, box.along) + dot(box.across, box.across))
    return box.centres + half, corner + np.sqrt(dot(half, half)) + _EPSILON


def _smallest_lags(first: _Steps, second: _Steps) -> Floats:
    """Lower bounds of |t − s| within pairs of steps."""
    after = second.times - (first.times + first.durations)
    before = first.times - (second.times + second.durations)
    return np.maximum(0.0, np.maximum(after, before))


def _solve(first: _Steps, second: _Steps) -> tuple[float, float, float] | None:
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
    box = np.broadcast_to(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])[:, None], (4, n, 2))
    zero = np.zeros(n)
    rows = np.concatenate([motion, -motion, box])
    limits = np.concatenate([reach - offset, reach + offset, [first.durations, zero, second.durations, zero]])
    one, other = np.array(_EDGES).T
    a, b = rows[one], rows[other]
    determinant = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        s = (limits[one] * b[..., 1] - limits[other] * a[..., 1]) / determinant
        t = (limits[other] * a[..., 0] - limits[one] * b[..., 0]) / determinant
        inside = np.isfinite(s) & np.isfinite(t)
        for row, limit in zip(rows, limits, strict=True):
            size = 1 + np.abs(row[:, 0]) + np.abs(row[:, 1])
            inside &= row[:, 0] * s + row[:, 1] * t <= limit + _EPSILON * size
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
