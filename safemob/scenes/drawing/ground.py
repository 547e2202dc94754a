"""The ground as the camera sees it: asphalt, paint, kerbs, paving and grass, painted straight into the picture.

A camera that hangs still sees the same ground in every frame, so it is painted once: every polygon of the plan is
projected and filled in the straight picture, and grain is looked up by the ground coordinates of every pixel.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.canvas import Canvas
from safemob.scenes.drawing.dice import happens
from safemob.scenes.drawing.light import Light
from safemob.scenes.drawing.optics import View
from safemob.scenes.drawing.shade import KERB_M
from safemob.scenes.place.roads import Plan

__all__ = ["paint_ground"]

Floats = npt.NDArray[np.float64]
Plane = npt.NDArray[np.float32]

_HAZE_FROM_M, _HAZE_M = 60.0, 450.0
_PAINT_WHITE = (0.86, 0.86, 0.84)


def paint_ground(
    view: View, plan: Plan, light: Light, shadows: Sequence[Floats], rng: np.random.Generator
) -> tuple[Plane, Plane]:
    """The ground and the sky above it, without anything that stands there.

    Args:
        view: of the camera.
        plan: of the place.
        light: on it.
        shadows: (N, 2) convex polygons on the ground where no sun comes.
        rng: draws colours, grain, patches, cracks.

    Returns:
        Two straight pictures (wide height, wide width, 3), 0 to 1: as it is, and as it were if nothing of it were in
        the sun (without sun: under something that keeps the sky out).
    """
    return _Painter(view, light, rng).paint(plan, shadows)


class _Painter:
    """Lays the surfaces one over the other, from the lowest to the uppermost."""

    def __init__(self, view: View, light: Light, rng: np.random.Generator) -> None:
        self._light, self._rng = light, rng
        self._canvas = Canvas(view, rng)

    def paint(self, plan: Plan, shadows: Sequence[Floats]) -> tuple[Plane, Plane]:
        rng = self._rng
        coarse = 0.55 * self._canvas.grain(23.0) + 0.45 * self._canvas.grain(6.0)
        self._canvas.picture[:] = np.array((0.40, 0.44, 0.30), dtype=np.float32) * (1 + 0.10 * coarse[..., None])
        for plot in plan.plots:
            self._lay_plot(plot, coarse)
        asphalt = np.float32(rng.uniform(0.38, 0.50)) * np.array((1.0, 1.0, 1.015), dtype=np.float32)
        self._lay_asphalt(plan, asphalt, coarse)
        self._paint_markings(plan)
        for kerb in plan.kerbs:
            self._raise_kerb(kerb)
        slabs = np.float32(rng.uniform(0.50, 0.62)) * np.array((1.0, 0.985, 0.955), dtype=np.float32)
        tops = self._canvas.mask([*plan.pavements, *plan.islands], KERB_M)
        pattern = (
            0.07 * self._canvas.slabs(float(rng.choice([0.8, 1.2, 2.0])))
            + 0.04 * coarse
            + 0.03 * self._canvas.grain(0.5)
        )
        self._canvas.blend(tops, slabs * (1 + pattern[..., None]))
        edges = self._canvas.mask([band for kerb in plan.kerbs for band in _bands(kerb, 0.13)], KERB_M)
        self._canvas.blend(
            np.minimum(edges, tops), np.array((0.64, 0.64, 0.62), dtype=np.float32) * (1 + 0.04 * coarse[..., None])
        )
        tracks = np.array((0.44, 0.44, 0.45) if happens(0.3, rng) else (0.52, 0.31, 0.27), dtype=np.float32)
        self._canvas.blend(self._canvas.mask(plan.cycle_tracks, KERB_M), tracks * (1 + 0.05 * coarse[..., None]))
        return self._light_up(shadows)

    def _lay_plot(self, plot: Floats, coarse: Plane) -> None:
        green = (0.30, 0.40, 0.19), (0.36, 0.42, 0.22), (0.27, 0.36, 0.20)
        stone = (0.55, 0.53, 0.50), (0.47, 0.46, 0.45)
        grass = happens(0.65, self._rng)
        colours = green if grass else stone
        colour = np.array(colours[int(self._rng.integers(len(colours)))], dtype=np.float32)
        fine = self._canvas.grain(0.45) * (0.12 if grass else 0.05)
        self._canvas.blend(self._canvas.mask([plot], KERB_M), colour * (1 + 0.09 * coarse + fine)[..., None])

    def _lay_asphalt(self, plan: Plan, asphalt: Plane, coarse: Plane) -> None:
        rng = self._rng
        mask = self._canvas.mask(plan.carriageway, 0.0)
        grain = 0.06 * self._canvas.grain(0.09) + 0.03 * self._canvas.grain(0.6) + 0.045 * coarse
        self._canvas.blend(mask, asphalt * (1 + grain[..., None]))
        patches, cracks, covers = [], [], []
        for _ in range(9):
            middle, turn = rng.uniform(-28, 28, 2), rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.05)
            patches.append(_rectangle(middle, (float(rng.uniform(1, 7)), float(rng.uniform(0.6, 1.8))), float(turn)))
            start = rng.uniform(-30, 30, 2)
            steps = rng.normal(0, 0.35, (14, 2)) + 0.6 * np.array([np.cos(turn), np.sin(turn)])
            cracks += _bands(start + np.cumsum(steps, axis=0), 0.018)
            angles = 2 * np.pi * np.arange(16) / 16
            covers.append(rng.uniform(-25, 25, 2) + 0.33 * np.column_stack([np.cos(angles), np.sin(angles)]))
        for patch in patches:
            tone = np.float32(rng.uniform(0.82, 1.12))
            self._canvas.blend(
                np.minimum(mask, self._canvas.mask([patch], 0.0)), asphalt * tone * (1 + grain[..., None])
            )
        self._canvas.blend(np.minimum(mask, self._canvas.mask(cracks, 0.0)), 0.55 * asphalt)
        self._canvas.blend(
            np.minimum(mask, self._canvas.mask(covers, 0.0)), np.array((0.30, 0.29, 0.28), dtype=np.float32)
        )
        gutters = self._canvas.mask([band for kerb in plan.kerbs for band in _bands(kerb, 0.28)], 0.0)
        self._canvas.blend(np.minimum(mask, gutters // 2), 0.8 * asphalt)

    def _paint_markings(self, plan: Plan) -> None:
        wear = np.clip(0.90 + 0.07 * self._canvas.grain(0.3) + 0.06 * self._canvas.grain(3.0), 0.35, 1.0)
        white = np.array(_PAINT_WHITE, dtype=np.float32)
        lines = [*plan.lane_lines, *plan.stop_lines, *plan.zebra_stripes, *plan.cycle_crossings]
        mask = self._canvas.mask(lines, 0.0)
        self._canvas.blend(np.asarray(mask * wear, dtype=np.uint8), white)
        rails = [band for rail in plan.rails for band in _bands(rail, 0.09)]
        self._canvas.blend(self._canvas.mask(rails, 0.0), np.array((0.26, 0.26, 0.27), dtype=np.float32))
        heads = [band for rail in plan.rails for band in _bands(rail, 0.03)]
        self._canvas.blend(self._canvas.mask(heads, 0.0), np.array((0.62, 0.62, 0.63), dtype=np.float32))

    def _raise_kerb(self, kerb: Floats) -> None:
        walls = [np.array([[*a, 0.0], [*b, 0.0], [*b, KERB_M], [*a, KERB_M]]) for a, b in pairwise(kerb)]
        self._canvas.blend(self._canvas.mask(walls, None), np.array((0.50, 0.50, 0.49), dtype=np.float32))

    def _light_up(self, shadows: Sequence[Floats]) -> tuple[Plane, Plane]:
        dark = (
            self._canvas.mask(shadows, 0.0) if self._light.sunny else np.zeros(self._canvas.below.shape, dtype=np.uint8)
        )
        lit = np.float32(1) - np.asarray(cv2.GaussianBlur(dark, (0, 0), 1.5), dtype=np.float32) / np.float32(255)
        albedo = np.square(np.clip(self._canvas.picture, 0, 1))
        low, high = self._light.sky
        haze = 1 - np.exp(-np.maximum(self._canvas.distance - _HAZE_FROM_M, 0) / _HAZE_M)[..., None]
        share = np.clip(self._canvas.rise * 2.2, 0, 1)[..., None]
        clouds = 0.03 * (self._canvas.clouds() * np.clip(8 * self._canvas.rise - 0.6, 0, 1))[..., None]
        sky = np.clip(low + (high - low) * share + clouds, 0, 1)
        plates = []
        for through in (lit, np.zeros_like(lit)):
            ground = np.sqrt(np.clip(albedo * self._light.on_ground(self._canvas.x, self._canvas.y, through), 0, 1))
            ground += (low - ground) * haze
            plates.append(np.where(self._canvas.below[..., None], ground, sky))
        return plates[0], plates[1]


def _bands(line: Floats, half: float) -> list[Floats]:
    """Quadrilaterals along a polyline, so far to both sides."""
    bands = []
    for one, other in pairwise(line):
        along = other - one
        length = float(np.hypot(*along))
        if length > 0:
            aside = np.array([-along[1], along[0]]) / length * half
            bands.append(np.array([one - aside, other - aside, other + aside, one + aside]))
    return bands


def _rectangle(middle: Floats, size: tuple[float, float], turn: float) -> Floats:
    ahead, aside = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    return np.array(
        [middle + i * size[0] / 2 * ahead + j * size[1] / 2 * aside for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    )
