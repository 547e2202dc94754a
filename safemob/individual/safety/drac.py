"""Deceleration rate to avoid a crash, for a follower and the user ahead on the same line.

DRAC = w² / (2·D): the constant deceleration that brings the closing speed w to zero within the net gap D.
"""

import numpy as np

from safemob.individual.arrays import Floats

__all__ = ["compute_following_drac"]


def compute_following_drac(closing_speeds: Floats, gaps: Floats) -> Floats:
    """Deceleration a follower needs so as not to reach the user ahead, who keeps his speed.

    Args:
        closing_speeds: (N,) speed of the follower minus that of the leader along the follower's heading, m/s.
        gaps: (N,) net gap between bumper and bumper along that heading, m.

    Returns:
        (N,) m/s², 0 where the gap does not shrink, inf where it shrinks and is zero already, nan where the
        gap is negative (the rectangles overlap) or an input is nan.

    Source:
        Almqvist, Hydén, Risser (1991), "Use of speed limiters in cars for increased safety and a better
        environment", Transportation Research Record 1318.

    >>> float(compute_following_drac(np.array([6.0]), np.array([9.0]))[0])
    2.0
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = closing_speeds**2 / (2 * gaps)
    drac = np.where(closing_speeds > 0, needed, 0.0)
    undefined = ~(gaps >= 0) | np.isnan(closing_speeds)
    return np.where(undefined, np.nan, drac)
