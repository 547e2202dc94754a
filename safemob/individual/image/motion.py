"""How tracked road users move between frames: Kalman filters over many tracks at once, with true time steps.

A box is four independent scalars (centre x, centre y, width, height), each with its own rate; a place on the
ground is (x, y, vx, vy). Both move at constant velocity disturbed by white-noise acceleration of spectral
density q, which adds q·[[t³/3, t²/2], [t²/2, t]] to the covariance of (position, velocity) over a step t: the
same motion seen at 5 or at 30 frames/s is predicted with the same uncertainty. The rates of width and height die
away: a box that grows while somebody comes closer does not go on growing while nobody sees it.

Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), 6.2.2.
"""

from math import exp

import numpy as np

from safemob.individual.arrays import Floats, invert_symmetric

__all__ = [
    "GROUND_GATE",
    "box_measurements",
    "box_variances",
    "predict_boxes",
    "predict_ground",
    "start_boxes",
    "start_ground",
    "update_boxes",
    "update_ground",
]

# In units of the box size √(w·h), which spans one to three metres of a road user. Detection jitter: the position
# weight of SORT's successors (Wojke, Bewley, Paulus 2017) is 1/20 of the height.
_BOX_JITTER = 0.05
_BOX_RATE_AT_START = 3.0
_BOX_ACCELERATION_DENSITY = 1.0
_SIZE_RATE_LASTS_S = 0.5

_PLACE, _RATE, _RATE_MOVES_PLACE = np.diag([1.0, 1, 0, 0]), np.diag([0.0, 0, 1, 1]), np.eye(4, k=2)
"""Parts of matrices over (x, y, vx, vy)."""

GROUND_GATE = 9.21
"""Squared Mahalanobis distance of places that 99 % of true pairs do not exceed (χ², 2 degrees of freedom)."""


def box_measurements(boxes: Floats) -> Floats:
    """Centre x, centre y, width and height of (N, 4) boxes left, top, right, bottom; px."""
    low, high = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([(low + high) / 2, high - low], axis=1)


def box_variances(measured: Floats) -> Floats:
    """(N, 1) variance of each of the four numbers of a measured box, px²."""
    return _BOX_JITTER**2 * _square_size(measured)


def start_boxes(measured: Floats) -> tuple[Floats, Floats]:
    """Filters of boxes seen for the first time: rate zero, and unknown.

    Args:
        measured: (N, 4) centre x, centre y, width, height, px.

    Returns:
        means (N, 4, 2) value and rate per second; covariances (N, 4, 3): of value, of both, of rate.
    """
    means = np.zeros((*measured.shape, 2))
    means[..., 0] = measured
    covariances = np.zeros((*measured.shape, 3))
    covariances[..., 0] = box_variances(measured)
    covariances[..., 2] = _BOX_RATE_AT_START**2 * _square_size(measured)
    return means, covariances


def predict_boxes(means: Floats, covariances: Floats, step_s: float) -> tuple[Floats, Floats]:
    """Box filters a time step later; shapes as in `start_boxes`."""
    t = step_s
    lasting = exp(-t / _SIZE_RATE_LASTS_S)
    left = np.array([1.0, 1.0, lasting, lasting])
    reach = np.where(left < 1.0, _SIZE_RATE_LASTS_S * (1.0 - left), t)
    q = _BOX_ACCELERATION_DENSITY * _square_size(means[..., 0])
    value, both, rate = covariances[..., 0], covariances[..., 1], covariances[..., 2]
    later, spread = np.empty_like(means), np.empty_like(covariances)
    later[..., 0] = means[..., 0] + reach * means[..., 1]
    later[..., 1] = left * means[..., 1]
    later[:, 2:, 0] = np.maximum(later[:, 2:, 0], 1.0)  # a box that shrinks still has a pixel
    spread[..., 0] = value + 2 * reach * both + reach**2 * rate + q * t**3 / 3
    spread[..., 1] = left * (both + reach * rate) + q * t * t / 2
    spread[..., 2] = left**2 * rate + q * t
    return later, spread


def update_boxes(means: Floats, covariances: Floats, measured: Floats) -> tuple[Floats, Floats]:
    """Box filters after a measurement each; shapes as in `start_boxes`, measured (N, 4)."""
    value, both, rate = covariances[..., 0], covariances[..., 1], covariances[..., 2]
    total = value + box_variances(measured)
    gain, gain_rate = value / total, both / total
    surprise = measured - means[..., 0]
    better, spread = means.copy(), np.empty_like(covariances)
    better[..., 0] += gain * surprise
    better[..., 1] += gain_rate * surprise
    spread[..., 0] = value - gain * value
    spread[..., 1] = both - gain * both
    spread[..., 2] = rate - gain_rate * both
    return better, spread


def start_ground(positions: Floats, covariances: Floats, speeds: Floats) -> tuple[Floats, Floats]:
    """Filters of road users placed on the ground for the first time: velocity zero, and unknown.

    Args:
        positions: (N, 2) m.
        covariances: (N, 2, 2) m².
        speeds: (N,) standard deviation of each component of the velocity, m/s.

    Returns:
        means (N, 4) of x, y, vx, vy; covariances (N, 4, 4).
    """
    means = np.concatenate([positions, np.zeros_like(positions)], axis=1)
    spread = np.zeros((len(positions), 4, 4))
    spread[:, :2, :2] = covariances
    spread[:, 2, 2] = spread[:, 3, 3] = speeds**2
    return means, spread


def predict_ground(means: Floats, covariances: Floats, step_s: float, densities: Floats) -> tuple[Floats, Floats]:
    """Ground filters a time step later; shapes as in `start_ground`, densities (N,) of acceleration, m²/s³."""
    t = step_s
    transition = _PLACE + _RATE + t * _RATE_MOVES_PLACE
    noise = t**3 / 3 * _PLACE + t * t / 2 * (_RATE_MOVES_PLACE + _RATE_MOVES_PLACE.T) + t * _RATE
    return means @ transition.T, transition @ covariances @ transition.T + densities[:, None, None] * noise


def update_ground(means: Floats, covariances: Floats, positions: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Ground filters after a position each, unmoved by a position outside the 99 % ellipse of what they expect.

    Args:
        means: (N, 4) as in `start_ground`.
        covariances: (N, 4, 4) likewise.
        positions: (N, 2) m.
        spread: (N, 2, 2) of the positions, m².

    Returns:
        means and covariances.
    """
    surprise = (positions - means[:, :2])[..., None]
    certainty = invert_symmetric(covariances[:, :2, :2] + spread)
    certainty[((certainty @ surprise) * surprise).sum(axis=(1, 2)) > GROUND_GATE] = 0.0
    gain = covariances[:, :, :2] @ certainty
    tighter = covariances - gain @ covariances[:, :2, :]
    return means + (gain @ surprise)[..., 0], (tighter + tighter.swapaxes(1, 2)) / 2


def _square_size(measured: Floats) -> Floats:
    return np.maximum(measured[:, 2:3] * measured[:, 3:4], 1.0)
