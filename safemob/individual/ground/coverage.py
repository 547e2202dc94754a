"""Where on the ground a camera sees well enough: near enough that a pixel is not metres, and inside the polygon."""

import numpy as np

from safemob.individual.arrays import Bools, Floats
from safemob.individual.ground.camera import Camera

__all__ = ["COARSEST_M_PER_PX", "Coverage", "trace_view"]

COARSEST_M_PER_PX = 0.5
"""Beyond this ground sampling a box edge, good to a pixel or two, no longer places a road user to a metre."""
_COLUMNS = 48


class Coverage:
    """The part of the ground in which road users get a position.

    Args:
        camera: the solved camera.
        polygon: (K, 2) corners in site coordinates that bound the analysis; None for all the camera sees well.
    """

    def __init__(self, camera: Camera, polygon: Floats | None = None) -> None:
        self._camera = camera
        self._polygon = polygon

    def contains(self, positions: Floats) -> Bools:
        """Which positions are covered.

        Args:
            positions: (N, 2) site coordinates, m; NaN is not covered.

        Returns:
            (N,) mask.
        """
        covered: Bools = _sampling(self._camera, positions) <= COARSEST_M_PER_PX
        if self._polygon is not None:
            covered &= _inside(positions, self._polygon)
        return covered


def trace_view(camera: Camera, coarsest_m_per_px: float) -> Floats:
    """Outline of the ground seen in the frame up to a ground sampling.

    Args:
        camera: the solved camera.
        coarsest_m_per_px: how far to look; `COARSEST_M_PER_PX` gives the outline of what is covered.

    Returns:
        (K, 2) polygon in site coordinates, m; empty if the frame shows no ground that near.
    """
    width, height = camera.model.width_px, camera.model.height_px
    columns = np.linspace(0.0, width - 1.0, _COLUMNS)
    rows = np.arange(height - 1.0, -1.0, -2.0)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1)
    good: Bools = _sampling(camera, camera.to_ground(grid)) <= coarsest_m_per_px
    reach = np.where(good.all(axis=0), len(rows), np.argmin(good, axis=0)) - 1
    usable = np.flatnonzero(reach >= 1)
    if len(usable) < 2:  # noqa: PLR2004  (an outline needs two columns)
        return np.zeros((0, 2))
    near = np.stack([columns[usable], np.full(len(usable), height - 1.0)], axis=1)
    far = np.stack([columns[usable], rows[reach[usable]]], axis=1)
    return camera.to_ground(np.concatenate([near, far[::-1]]))


def _sampling(camera: Camera, positions: Floats) -> Floats:
    """(...) metres of ground per pixel in the worst direction at positions (..., 2); inf where they are not seen."""
    slopes = camera.ground_slopes(positions)
    total = np.square(slopes).sum(axis=(-2, -1))
    area = slopes[..., 0, 0] * slopes[..., 1, 1] - slopes[..., 0, 1] * slopes[..., 1, 0]
    # the larger singular value of a 2 × 2 matrix, from its norm and determinant
    worst = np.sqrt((total + np.sqrt(np.maximum(np.square(total) - 4 * np.square(area), 0.0))) / 2)
    return np.where(np.isfinite(worst), worst, np.inf)


def _inside(points: Floats, polygon: Floats) -> Bools:
    """(N,) even–odd rule."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    x, y = points[:, :1], points[:, 1:]
    straddles = (start[:, 1] > y) != (end[:, 1] > y)
    rise = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    crossing = start[:, 0] + (y - start[:, 1]) * (end[:, 0] - start[:, 0]) / rise
    inside: Bools = np.sum(straddles & (x < crossing), axis=1) % 2 == 1
    return inside
