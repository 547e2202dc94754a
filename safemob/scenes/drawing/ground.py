"""The ground as the camera sees it: asphalt, paint, kerbs, paving and grass, painted straight into the picture.

A camera that hangs still sees the same ground in every frame, so it is painted once: every polygon of the plan is
projected and filled in the straight picture, and grain is looked up by the ground coordinates of every pixel.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.crowd import Shade
from safemob.scenes.drawing.dice import happens
from safemob.scenes.drawing.light import Light
from safemob.scenes.drawing.optics import View
from safemob.scenes.place.roads import Plan

__all__ = ["KERB_M", "chart_ground", "paint_ground"]

Floats = npt.NDArray[np.float64]
Plane = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]

KERB_M = 0.06
"""How high pavements and islands lie above the road; they are lowered at crossings, so everywhere here."""

_REACH_M = 70.0
_CELL_M = 0.2
_SHIFT = 4
_FARTHEST_M = 340.0
_HAZE_FROM_M, _HAZE_M = 60.0, 450.0
_CLOUDS = 21.0
_JOINT = 0.035
_TILE, _LAP = 256, 16
_TINY = 1e-6
_PAINT_WHITE = (0.86, 0.86, 0.84)


def chart_ground(plan: Plan, shadows: Sequence[Floats]) -> Shade:
    """Where shadows lie on the ground, and where it is raised.

    Args:
        plan: of the place.
        shadows: (N, 2) convex polygons in site coordinates.
    """
    cells = round(2 * _REACH_M / _CELL_M)

    def fill(polygons: Sequence[Floats], value: float, grid: Plane) -> Plane:
        for polygon in polygons:
            places = np.round(((polygon + _REACH_M) / _CELL_M - 0.5) * (1 << _SHIFT)).astype(np.int32)
            cv2.fillPoly(grid, [places], [value], cv2.LINE_8, _SHIFT)
        return np.asarray(cv2.GaussianBlur(grid, (0, 0), 0.8), dtype=np.float32)

    lit = fill(shadows, 0.0, np.ones((cells, cells), dtype=np.float32))
    heights = fill([*plan.pavements, *plan.plots, *plan.islands], KERB_M, np.zeros((cells, cells), dtype=np.float32))
    return Shade(lit, heights, _REACH_M)


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
    def __init__(self, view: View, light: Light, rng: np.random.Generator) -> None:
        self._view, self._light, self._rng = view, light, rng
        rays = view.rays()
        length: Plane = np.linalg.norm(rays, axis=-1).astype(np.float32)
        self._rise: Plane = rays[..., 2].astype(np.float32) / length
        self._below = rays[..., 2] < -view.position[2] / _FARTHEST_M
        reach = np.where(self._below, -view.position[2] / np.minimum(rays[..., 2], -_TINY), _FARTHEST_M)
        self._distance: Plane = reach.astype(np.float32)
        self._x: Plane = (view.position[0] + rays[..., 0] * reach).astype(np.float32)
        self._y: Plane = (view.position[1] + rays[..., 1] * reach).astype(np.float32)
        # Metres that one pixel covers along the line of sight, where it covers most.
        self._footprint: Plane = (reach**2 / (view.wide.focal * view.position[2])).astype(np.float32)
        self._noise = _make_noise(rng)
        self._picture = np.zeros((*self._below.shape, 3), dtype=np.float32)

    def paint(self, plan: Plan, shadows: Sequence[Floats]) -> tuple[Plane, Plane]:
        rng = self._rng
        coarse = 0.55 * self._grain(23.0) + 0.45 * self._grain(6.0)
        self._picture[:] = np.array((0.40, 0.44, 0.30), dtype=np.float32) * (1 + 0.10 * coarse[..., None])
        for plot in plan.plots:
            self._lay_plot(plot, coarse)
        asphalt = np.float32(rng.uniform(0.38, 0.50)) * np.array((1.0, 1.0, 1.015), dtype=np.float32)
        self._lay_asphalt(plan, asphalt, coarse)
        self._paint_markings(plan)
        for kerb in plan.kerbs:
            self._raise_kerb(kerb)
        slabs = np.float32(rng.uniform(0.50, 0.62)) * np.array((1.0, 0.985, 0.955), dtype=np.float32)
        tops = self._mask([*plan.pavements, *plan.islands], KERB_M)
        pattern = 0.07 * self._slabs(float(rng.choice([0.8, 1.2, 2.0]))) + 0.04 * coarse + 0.03 * self._grain(0.5)
        self._blend(tops, slabs * (1 + pattern[..., None]))
        edges = self._mask([band for kerb in plan.kerbs for band in _bands(kerb, 0.13)], KERB_M)
        self._blend(
            np.minimum(edges, tops), np.array((0.64, 0.64, 0.62), dtype=np.float32) * (1 + 0.04 * coarse[..., None])
        )
        tracks = np.array((0.44, 0.44, 0.45) if happens(0.3, rng) else (0.52, 0.31, 0.27), dtype=np.float32)
        self._blend(self._mask(plan.cycle_tracks, KERB_M), tracks * (1 + 0.05 * coarse[..., None]))
        return self._light_up(shadows)

    def _lay_plot(self, plot: Floats, coarse: Plane) -> None:
        green = (0.30, 0.40, 0.19), (0.36, 0.42, 0.22), (0.27, 0.36, 0.20)
        stone = (0.55, 0.53, 0.50), (0.47, 0.46, 0.45)
        grass = happens(0.65, self._rng)
        colours = green if grass else stone
        colour = np.array(colours[int(self._rng.integers(len(colours)))], dtype=np.float32)
        fine = self._grain(0.45) * (0.12 if grass else 0.05)
        self._blend(self._mask([plot], KERB_M), colour * (1 + 0.09 * coarse + fine)[..., None])

    def _lay_asphalt(self, plan: Plan, asphalt: Plane, coarse: Plane) -> None:
        rng = self._rng
        mask = self._mask(plan.carriageway, 0.0)
        grain = 0.06 * self._grain(0.09) + 0.03 * self._grain(0.6) + 0.045 * coarse
        self._blend(mask, asphalt * (1 + grain[..., None]))
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
            self._blend(np.minimum(mask, self._mask([patch], 0.0)), asphalt * tone * (1 + grain[..., None]))
        self._blend(np.minimum(mask, self._mask(cracks, 0.0)), 0.55 * asphalt)
        self._blend(np.minimum(mask, self._mask(covers, 0.0)), np.array((0.30, 0.29, 0.28), dtype=np.float32))
        gutters = self._mask([band for kerb in plan.kerbs for band in _bands(kerb, 0.28)], 0.0)
        self._blend(np.minimum(mask, gutters // 2), 0.8 * asphalt)

    def _paint_markings(self, plan: Plan) -> None:
        wear = np.clip(0.90 + 0.07 * self._grain(0.3) + 0.06 * self._grain(3.0), 0.35, 1.0)
        white = np.array(_PAINT_WHITE, dtype=np.float32)
        lines = [*plan.lane_lines, *plan.stop_lines, *plan.zebra_stripes, *plan.cycle_crossings]
        mask = self._mask(lines, 0.0)
        self._blend(np.asarray(mask * wear, dtype=np.uint8), white)
        rails = [band for rail in plan.rails for band in _bands(rail, 0.09)]
        self._blend(self._mask(rails, 0.0), np.array((0.26, 0.26, 0.27), dtype=np.float32))
        heads = [band for rail in plan.rails for band in _bands(rail, 0.03)]
        self._blend(self._mask(heads, 0.0), np.array((0.62, 0.62, 0.63), dtype=np.float32))

    def _raise_kerb(self, kerb: Floats) -> None:
        walls = [np.array([[*a, 0.0], [*b, 0.0], [*b, KERB_M], [*a, KERB_M]]) for a, b in pairwise(kerb)]
        self._blend(self._mask(walls, None), np.array((0.50, 0.50, 0.49), dtype=np.float32))

    def _light_up(self, shadows: Sequence[Floats]) -> tuple[Plane, Plane]:
        dark = self._mask(shadows, 0.0) if self._light.sunny else np.zeros(self._below.shape, dtype=np.uint8)
        lit = np.float32(1) - np.asarray(cv2.GaussianBlur(dark, (0, 0), 1.5), dtype=np.float32) / np.float32(255)
        albedo = np.square(np.clip(self._picture, 0, 1))
        low, high = self._light.sky
        haze = 1 - np.exp(-np.maximum(self._distance - _HAZE_FROM_M, 0) / _HAZE_M)[..., None]
        share = np.clip(self._rise * 2.2, 0, 1)[..., None]
        clouds = 0.03 * (self._clouds() * np.clip(8 * self._rise - 0.6, 0, 1))[..., None]
        sky = np.clip(low + (high - low) * share + clouds, 0, 1)
        plates = []
        for through in (lit, np.zeros_like(lit)):
            ground = np.sqrt(np.clip(albedo * self._light.on_ground(self._x, self._y, through), 0, 1))
            ground += (low - ground) * haze
            plates.append(np.where(self._below[..., None], ground, sky))
        return plates[0], plates[1]

    def _clouds(self) -> Plane:
        """Grain in the sky, as if it were a flat ceiling."""
        away = np.maximum(self._rise, 0.02) * np.maximum(self._distance, 1.0)
        scale: Plane = np.divide(_CLOUDS, away, dtype=np.float32)
        return self._look_up(self._x * scale, self._y * scale)

    def _grain(self, metres: float) -> Plane:
        """Noise of about ±1 whose lumps are so large; it fades where pixels cover more than one lump."""
        scale = np.float32(8.0 / metres)
        fade = np.clip(1.6 - 1.1 * self._footprint / np.float32(metres), 0, 1)
        grain: Plane = self._look_up(self._x * scale, self._y * scale) * fade
        return grain

    def _slabs(self, metres: float) -> Plane:
        """Paving of so large slabs: their joints dark, each of its own tone."""
        across, along = self._x / np.float32(metres), self._y / np.float32(metres)
        joint = np.minimum(np.abs(across - np.round(across)), np.abs(along - np.round(along))) < _JOINT
        tone = np.sin(np.floor(across) * 12.9898 + np.floor(along) * 78.233) * np.float32(43.7585)
        tone = 2 * (tone - np.floor(tone)) - 1
        fade = np.clip(1.4 - 2.0 * self._footprint / np.float32(metres), 0, 1)
        return np.asarray(np.where(joint, np.float32(-1.6), 0.4 * tone) * fade, dtype=np.float32)

    def _look_up(self, x: Plane, y: Plane) -> Plane:
        dx, dy = (np.float32(each) for each in self._rng.uniform(0, _TILE, 2))
        read = cv2.remap(self._noise, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return np.asarray(read, dtype=np.float32)

    def _mask(self, polygons: Sequence[Floats], height: float | None) -> Image:
        """How much of every pixel some polygons cover, 0 to 255.

        Args:
            polygons: (N, 2) at a height, or (N, 3) if none is given.
            height: of all of them, m.
        """
        mask = np.zeros(self._below.shape, dtype=np.uint8)
        for polygon in polygons:
            solid = polygon if height is None else np.column_stack([polygon, np.full(len(polygon), height)])
            seen = _clip(self._view.to_camera(solid), self._view)
            if len(seen):
                places = np.round((self._view.to_wide(seen) - 0.5) * (1 << _SHIFT)).astype(np.int32)
                cv2.fillPoly(mask, [places], [255], cv2.LINE_AA, _SHIFT)
        return mask

    def _blend(self, mask: Image, colour: npt.NDArray[np.floating]) -> None:
        left, top, width, height = cv2.boundingRect(mask)
        if not width:
            return
        where = np.s_[top : top + height, left : left + width]
        share = mask[where].astype(np.float32)[..., None] / 255
        over = colour[where] if colour.ndim == self._picture.ndim else colour
        self._picture[where] += (over - self._picture[where]) * share


def _make_noise(rng: np.random.Generator) -> Plane:
    """A tile of lumps about eight cells wide that joins itself on all sides; mean 0, standard deviation 1."""
    padded = np.pad(rng.standard_normal((_TILE, _TILE), dtype=np.float32), _LAP, mode="wrap")
    smooth = np.zeros((_TILE, _TILE), dtype=np.float32)
    for sigma in (0.8, 2.0, 4.0):
        smooth += sigma * np.asarray(cv2.GaussianBlur(padded, (0, 0), sigma))[_LAP:-_LAP, _LAP:-_LAP]
    return smooth / np.std(smooth)


def _clip(seen: Floats, view: View) -> Floats:
    """What is left of a polygon (N, 3) in the camera's axes inside the view, with some margin."""
    across, down = (1.1 * each / 2 / view.wide.focal for each in (view.wide.width, view.wide.height))
    planes = [((0, 0, 1), -0.3), ((1, 0, across), 0), ((-1, 0, across), 0), ((0, 1, down), 0), ((0, -1, down), 0)]
    for normal, offset in planes:
        if not len(seen):
            break
        inside = seen @ np.array(normal, dtype=np.float64) + offset
        following, next_inside = np.roll(seen, -1, axis=0), np.roll(inside, -1)
        crosses = (inside > 0) != (next_inside > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(crosses, inside / (inside - next_inside), 0.0)[:, None]
        both = np.stack([seen, seen + (following - seen) * share], axis=1)
        seen = both[np.stack([inside > 0, crosses], axis=1)]
    return seen


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
