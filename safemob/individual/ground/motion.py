"""How road users move between two frames: Singer's model, exact for any time step.

Acceleration is a first-order Markov process (R. A. Singer, IEEE Trans. AES-6, 1970): a road user may brake or
turn at any moment, but does not accelerate for ever. The state is (x, y, vx, vy, ax, ay).
"""

from math import exp

import numpy as np

from safemob.individual.arrays import Floats, Ints

__all__ = ["ACCELERATION_SDS", "SPEED_SDS", "move"]

ACCELERATION_SDS: Floats = np.array([0.6, 1.0, 2.0, 1.0, 1.8, 1.3, 1.2, 1.0])
"""Standard deviation of acceleration by class code, m/s²: everyday braking and pulling away; emergency braking is
followed too, a little later."""

SPEED_SDS: Floats = np.array([1.5, 6.0, 12.0, 6.0, 12.0, 12.0, 12.0, 12.0])
"""Spread of speed per axis, by class code, of a user just seen for the first time, m/s."""

_CORRELATION_S = 1.5


def move(interval_s: float, classes: Ints) -> tuple[Floats, Floats]:
    """The transition over one time step.

    Args:
        interval_s: length of the step, s.
        classes: (N,) class codes.

    Returns:
        (6, 6) transition matrix, shared by all classes, and (N, 6, 6) process noise.
    """
    a = 1 / _CORRELATION_S
    t = interval_s
    at = a * t
    e, e2 = exp(-at), exp(-2 * at)
    transition = [[1, t, (at - 1 + e) / a**2], [0, 1, (1 - e) / a], [0, 0, e]]
    q11 = (1 - e2 + 2 * at + 2 * at**3 / 3 - 2 * at**2 - 4 * at * e) / a**4
    q12 = (e2 + 1 - 2 * e + 2 * at * e - 2 * at + at**2) / a**3
    q13 = (1 - e2 - 2 * at * e) / a**2
    q22 = (4 * e - 3 - e2 + 2 * at) / a**2
    q23 = (e2 + 1 - 2 * e) / a
    q33 = 1 - e2
    noise = [[q11, q12, q13], [q12, q22, q23], [q13, q23, q33]]
    return _on_both_axes(transition), _on_both_axes(noise) * np.square(ACCELERATION_SDS[classes])[:, None, None]


def _on_both_axes(block: list[list[float]]) -> Floats:
    """(6, 6) of the state from (3, 3) of one axis: x and y move alike, and apart."""
    both = np.zeros((6, 6))
    both[::2, ::2] = both[1::2, 1::2] = block
    return both
