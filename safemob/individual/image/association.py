"""Which detection is which track: how well every pair agrees, and the best one-to-one assignment."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from safemob.individual.arrays import Bools, Floats, Ints

__all__ = ["BOX_GATE", "assign", "box_distances", "box_overlaps", "ground_distances"]

BOX_GATE = 13.28
"""Squared Mahalanobis distance of boxes that 99 % of true pairs do not exceed (χ², 4 degrees of freedom)."""


def box_overlaps(predicted: Floats, boxes: Floats) -> Floats:
    """Intersection over union of every pair.

    Args:
        predicted: (T, 4) centre x, centre y, width, height, px.
        boxes: (N, 4) likewise.

    Returns:
        (T, N) in [0, 1].
    """
    ours, theirs = predicted[:, None], boxes[None]
    low = np.maximum(ours[..., :2] - ours[..., 2:] / 2, theirs[..., :2] - theirs[..., 2:] / 2)
    high = np.minimum(ours[..., :2] + ours[..., 2:] / 2, theirs[..., :2] + theirs[..., 2:] / 2)
    shared = np.maximum(high - low, 0.0).prod(axis=-1)
    union = ours[..., 2:].prod(axis=-1) + theirs[..., 2:].prod(axis=-1) - shared
    overlaps: Floats = shared / np.maximum(union, np.finfo(np.float64).tiny)
    return overlaps


def box_distances(predicted: Floats, variances: Floats, boxes: Floats, jitter: Floats) -> Floats:
    """Squared Mahalanobis distance of every pair of boxes, 4 degrees of freedom.

    Args:
        predicted: (T, 4) centre x, centre y, width, height, px.
        variances: (T, 4) of the prediction, px².
        boxes: (N, 4) measured.
        jitter: (N, 1) variance of the measurement, px².

    Returns:
        (T, N).
    """
    distances: Floats = ((predicted[:, None] - boxes) ** 2 / (variances[:, None] + jitter)).sum(axis=-1)
    return distances


def ground_distances(predicted: Floats, covariances: Floats, positions: Floats, spread: Floats) -> Floats:
    """How far apart every pair is on the ground, against what was expected.

    The squared Mahalanobis distance, 2 degrees of freedom, plus ln det of the sum of both covariances where that is
    more than 1 m⁴: up to a constant −2 ln of the density with which the track expects the road user there. At the
    same distance in standard deviations, a wide expectation says less: a newcomer explains the place as well.

    Args:
        predicted: (T, 2) m; NaN where a track has no place yet.
        covariances: (T, 2, 2) of the prediction, m².
        positions: (N, 2) m; NaN where a detection gives none.
        spread: (N, 2, 2) of the positions, m².

    Returns:
        (T, N); NaN where either side is.
    """
    dx, dy = np.moveaxis(positions - predicted[:, None], -1, 0)
    total = covariances[:, None] + spread
    xx, xy, yy = total[..., 0, 0], total[..., 0, 1], total[..., 1, 1]
    determinants = xx * yy - xy * xy
    distances: Floats = (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / determinants
    return distances + np.log(np.maximum(determinants, 1.0))


def assign(closeness: Floats, allowed: Bools) -> tuple[Ints, Ints]:
    """The one-to-one assignment with the greatest total closeness. A pair is made only where allowed.

    Args:
        closeness: (T, N) of every pair, 0 or more; no pair at all counts 0.
        allowed: (T, N) which pairs may be made.

    Returns:
        rows (K,) and columns (K,), each index at most once.
    """
    rows, columns = linear_sum_assignment(np.where(allowed, closeness, 0.0), maximize=True)
    made = allowed[rows, columns]
    return rows[made], columns[made]
