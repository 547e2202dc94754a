"""Time to collision, found by walking towards it: the referee's way, without the formula that it is to judge.

Two rectangles that keep their velocities do not turn, so the distance between them is a convex function of time:
Newton's method, begun now, comes to the first contact from before it and never steps past it. Where the distance does
not shrink any more, there is no contact to come.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.refereeing.contact import Sizes, measure_gaps
from safemob.scenes.stage import Actor, Poses

__all__ = ["RANGE_M", "Course", "close_in", "follow_course"]

Floats = npt.NDArray[np.float64]

RANGE_M = 50.0
"""Centres that are farther apart are not in an encounter."""

_CONTACT_M = 1e-9
_STEPS = 200
_TURN_RAD = np.radians(30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How two users stood to each other at N moments.

    Attributes:
        times_s: (N,) the moments.
        first, second: states of both.
        distances_m: (N,) between their rectangles; negative where they overlap.
        closing_mps: (N,) at which the rectangles approach.
        ttc_s: (N,) time to collision at constant velocities: 0 where they touch, inf without a collision course,
            where their centres are more than 50 m apart, and where a vehicle or cyclist, at its present rate, would
            turn by more than 30° within it.
    """

    times_s: Floats
    first: Poses
    second: Poses
    distances_m: Floats
    closing_mps: Floats
    ttc_s: Floats


def follow_course(first: Actor, second: Actor, times_s: Floats) -> Course:
    """Distance, closing speed and TTC at (N,) moments at which both are there."""
    one, other = first.motion.at(times_s), second.motion.at(times_s)
    offsets, relative = other.positions - one.positions, other.velocities - one.velocities
    headings, sizes = (one.headings, other.headings), (first.size_m[:2], second.size_m[:2])
    gaps = measure_gaps(offsets, headings, sizes)
    ttc_s = close_in(offsets, relative, headings, sizes)
    ttc_s[np.hypot(offsets[:, 0], offsets[:, 1]) > RANGE_M] = np.inf
    for actor, poses in ((first, one), (second, other)):
        if not actor.road_user.is_pedestrian:
            turned = np.abs(poses.turn_rates) * np.where(np.isfinite(ttc_s), ttc_s, 0.0)
            ttc_s[turned > _TURN_RAD] = np.inf
    return Course(
        times_s=times_s,
        first=one,
        second=other,
        distances_m=gaps.distances,
        closing_mps=-(relative * gaps.directions).sum(axis=-1),
        ttc_s=ttc_s,
    )


def close_in(offsets: Floats, relative: Floats, headings: tuple[Floats, Floats], sizes_m: Sizes) -> Floats:
    """First contact of rectangles that move without turning.

    Args:
        offsets: (N, 2) from the first centre to the second, m.
        relative: (N, 2) velocity of the second as the first sees it, m/s.
        headings: (N,) of both, rad.
        sizes_m: (length, width) of both.

    Returns:
        (N,) seconds from now, 0 where they touch already, inf for never.

    >>> at = np.zeros(1)
    >>> close_in(np.array([[24.5, 0.0]]), np.array([[-10.0, 0.0]]), (at, at), ((4.5, 1.8), (4.5, 1.8))).tolist()
    [2.0]
    """
    times = np.zeros(len(offsets))
    active = np.arange(len(offsets))
    for _ in range(_STEPS):
        here = offsets[active] + times[active, None] * relative[active]
        gaps = measure_gaps(here, (headings[0][active], headings[1][active]), sizes_m)
        closing = -(relative[active] * gaps.directions).sum(axis=-1)
        apart = gaps.distances > _CONTACT_M
        times[active[apart & (closing <= 0)]] = np.inf
        going = apart & (closing > 0)
        active = active[going]
        if not len(active):
            break
        times[active] += gaps.distances[going] / closing[going]
    return times
