"""Time to collision of two oriented rectangles that keep their velocities, exact and vectorised over pairs.

With d = p₂ − p₁, w = v₂ − v₁ and each edge normal k of the two rectangles: s = d·k, ṡ = w·k, r = the sum of half
extents on k, and I(k) = {t : |s + ṡt| ≤ r}. The rectangles touch during [t0, t1] = ∩ I(k) and at no other time.
"""

from dataclasses import dataclass

import numpy as np

from safemob.individual.arrays import Bools, Floats
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.safety.rectangle import Rectangles, dot, separating_axes

__all__ = ["TimesToCollision", "compute_ttc"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class TimesToCollision(Ephemeral):
    """TTC of N pairs.

    Attributes:
        ttc_s: (N,) seconds until first contact, above 0; inf without a collision course; nan where the
            rectangles overlap already or the input is nan.
        clearing_s: (N,) seconds until the rectangles are apart again, were they to pass through each other;
            inf if never, nan without a collision course.
        overlap: (N,) whether the rectangles touch or overlap now: a state of its own, no TTC.
    """

    ttc_s: Floats
    clearing_s: Floats
    overlap: Bools


def compute_ttc(
    first: Rectangles, first_velocities: Floats, second: Rectangles, second_velocities: Floats
) -> TimesToCollision:
    """Time to collision at constant velocity.

    There is no tolerance and no time step. Where the relative speed along an axis is zero, |s| ≤ r decides.

    Args:
        first: N rectangles, one pair per row, site coordinates.
        first_velocities: (N, 2) their ground velocities, m/s, along the headings or not.
        second: N rectangles.
        second_velocities: (N, 2) their ground velocities.

    Returns:
        TTC, clearing time and overlap of every pair; the same when first and second are swapped.

    Source:
        Separating axis theorem for moving convex shapes; the indicator: Hayward (1972), "Near-miss
        determination through use of a scale of danger", Highway Research Record 384.

    >>> car = Rectangles.heading(np.array([[0.0, 0.0]]), np.zeros(1), np.array([4.5]), np.array([1.8]))
    >>> stopped = Rectangles.heading(np.array([[24.5, 0.0]]), np.zeros(1), np.array([4.5]), np.array([1.8]))
    >>> float(compute_ttc(car, np.array([[10.0, 0.0]]), stopped, np.zeros((1, 2))).ttc_s[0])
    2.0
    """
    axes, reach = separating_axes(first, second)
    offset = dot(axes, (second.centres - first.centres)[None])
    rate = dot(axes, (second_velocities - first_velocities)[None])
    steady = rate == 0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        one, other = (-reach - offset) / rate, (reach - offset) / rate
    apart = steady & (np.abs(offset) > reach)
    enter = np.where(steady, np.where(apart, np.inf, -np.inf), np.minimum(one, other)).max(axis=0)
    leave = np.where(steady, np.where(apart, -np.inf, np.inf), np.maximum(one, other)).min(axis=0)
    unknown = np.isnan(offset + rate + reach).any(axis=0)
    meets = (enter <= leave) & (leave >= 0) & ~unknown
    overlap = meets & (enter <= 0)
    ttc = np.where(meets, enter, np.inf)
    return TimesToCollision(
        ttc_s=np.where(overlap | unknown, np.nan, ttc), clearing_s=np.where(meets, leave, np.nan), overlap=overlap
    )
