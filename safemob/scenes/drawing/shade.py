"""Where shadows of houses and trees lie, and how high the ground is: a chart of the place, read by who stands on it."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from safemob.scenes.place.roads import Plan

__all__ = ["KERB_M", "Shade", "chart_ground"]

Plane = npt.NDArray[np.float32]
Places = npt.NDArray[np.floating]

KERB_M = 0.06
"""How high pavements and islands lie above the road; they are lowered at crossings, so everywhere here."""

_REACH_M = 70.0
_CELL_M = 0.2
_SHIFT = 4
"""Places are given to OpenCV in parts of 2⁻⁴ of a cell."""


class Shade:
    """Where the sun comes through, and how high the ground is, sampled on a square around the centre.

    Args:
        lit: (N, N) 0 to 1.
        heights: (N, N) m.
        reach_m: half the square's side.
    """

    def __init__(self, lit: Plane, heights: Plane, reach_m: float) -> None:
        self._lit, self._heights, self._reach = lit, heights, reach_m

    def lit(self, places: Places) -> Plane:
        """(N,) share of the sun at (N, 2) places on the ground; all of it outside the square."""
        return self._read(self._lit, places, 1.0)

    def heights(self, places: Places) -> Plane:
        """(N,) height of the ground at (N, 2) places, m; zero outside the square."""
        return self._read(self._heights, places, 0.0)

    def _read(self, grid: Plane, places: Places, outside: float) -> Plane:
        cells = np.floor((places + self._reach) * (len(grid) / (2 * self._reach))).astype(np.int64)
        inside = np.all((cells >= 0) & (cells < len(grid)), axis=1)
        cells = np.where(inside[:, None], cells, 0)
        return np.where(inside, grid[cells[:, 1], cells[:, 0]], np.float32(outside))


def chart_ground(plan: Plan, shadows: Sequence[npt.NDArray[np.float64]]) -> Shade:
    """Where shadows lie on the ground, and where it is raised.

    Args:
        plan: of the place.
        shadows: (N, 2) convex polygons in site coordinates.
    """
    cells = round(2 * _REACH_M / _CELL_M)

    def fill(polygons: Sequence[npt.NDArray[np.float64]], value: float, grid: Plane) -> Plane:
        for polygon in polygons:
            places = np.round(((polygon + _REACH_M) / _CELL_M - 0.5) * (1 << _SHIFT)).astype(np.int32)
            cv2.fillPoly(grid, [places], [value], cv2.LINE_8, _SHIFT)
        return np.asarray(cv2.GaussianBlur(grid, (0, 0), 0.8), dtype=np.float32)

    lit = fill(shadows, 0.0, np.ones((cells, cells), dtype=np.float32))
    heights = fill([*plan.pavements, *plan.plots, *plan.islands], KERB_M, np.zeros((cells, cells), dtype=np.float32))
    return Shade(lit, heights, _REACH_M)
