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
    shared = _share_of_axis(predicted, boxes, 0) * _share_of_axis(predicted, boxes, 1)
    union = np.add.outer(predicted[:, 2] * predicted[:, 3], boxes[:, 2] * boxes[:, 3]) - shared
    overlaps: Floats = shared / np.maximum(union, np.finfo(np.float64).tiny)
    return overlaps


def box_distances(predicted: Floats, variances: Floats, boxes: Floats, jitter: Floats) -> Floats:
    """Squared Mahalanobis distances within K pairs of boxes, 4 degrees of freedom.

    Args:
        predicted: (K, 4) centre x, centre y, width, height, px.
        variances: (K, 4) of the prediction, px².
        boxes: (K, 4) measured.
        jitter: (K, 1) variance of the measurement, px².

    Returns:
        (K,).
    """
    distances: Floats = ((predicted - boxes) ** 2 / (variances + jitter)).sum(axis=-1)
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
    dx, dy = (np.subtract.outer(predicted[:, axis], positions[:, axis]) for axis in (0, 1))
    xx, xy, yy = (np.add.outer(covariances[:, i, j], spread[:, i, j]) for i, j in ((0, 0), (0, 1), (1, 1)))
    determinants = xx * yy - xy * xy
    distances: Floats = (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / determinants
    distances += np.log(np.maximum(determinants, 1.0))
    return distances


def assign(closeness: Floats, allowed: Bools) -> tuple[Ints, Ints]:
    """The one-to-one assignment with the greatest total closeness. A pair is made only where allowed.

    Args:
        closeness: (T, N) of every pair, 0 or more; no pair at all counts 0.
        allowed: (T, N) which pairs may be made.

    Returns:
        rows (K,) and columns (K,), each index at most once.
    """
    if not allowed.any():
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    rows, columns = linear_sum_assignment(np.where(allowed, closeness, 0.0), maximize=True)
    made = allowed[rows, columns]
    return rows[made], columns[made]


def _share_of_axis(predicted: Floats, boxes: Floats, axis: int) -> Floats:
    """(T, N) how long a stretch of one axis every pair shares, px."""
    half, halves = predicted[:, axis + 2] / 2, boxes[:, axis + 2] / 2
    low = np.maximum.outer(predicted[:, axis] - half, boxes[:, axis] - halves)
    high = np.minimum.outer(predicted[:, axis] + half, boxes[:, axis] + halves)
    shared: Floats = np.maximum(high - low, 0.0)
    return shared
