"""A picture of the ground, painted on in metres: polygons are projected, grain is read at ground coordinates."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.optics import View

__all__ = ["Canvas"]

Floats = npt.NDArray[np.float64]
Plane = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]

_SHIFT = 4
"""Places are given to OpenCV in parts of 2⁻⁴ of a pixel."""
_FARTHEST_M = 340.0
_CLOUDS = 21.0
_JOINT = 0.035
_TILE, _LAP = 256, 16
_TINY = 1e-6


class Canvas:
    """The straight picture of the ground, and what every pixel of it (height, width) looks at.

    Args:
        view: of the camera.
        rng: draws the grain, and where every grain is read from.

    Attributes:
        rise: upward part of the unit vector of sight.
        below: whether the ground is seen.
        distance: to the ground along the camera's axis, m; that to the farthest ground where none is seen.
        x, y: site coordinates of the ground, m.
        picture: (height, width, 3) 0 to 1, to be painted on; black at first.
    """

    def __init__(self, view: View, rng: np.random.Generator) -> None:
        self._view, self._rng = view, rng
        rays = view.rays()
        length: Plane = np.linalg.norm(rays, axis=-1).astype(np.float32)
        self.rise: Plane = rays[..., 2].astype(np.float32) / length
        self.below = rays[..., 2] < -view.position[2] / _FARTHEST_M
        reach = np.where(self.below, -view.position[2] / np.minimum(rays[..., 2], -_TINY), _FARTHEST_M)
        self.distance: Plane = reach.astype(np.float32)
        self.x: Plane = (view.position[0] + rays[..., 0] * reach).astype(np.float32)
        self.y: Plane = (view.position[1] + rays[..., 1] * reach).astype(np.float32)
        # Metres that one pixel covers along the line of sight, where it covers most.
        self._footprint: Plane = (reach**2 / (view.wide.focal * view.position[2])).astype(np.float32)
        self._noise = _make_noise(rng)
        self.picture = np.zeros((*self.below.shape, 3), dtype=np.float32)

    def clouds(self) -> Plane:
        """Grain in the sky, as if it were a flat ceiling."""
        away = np.maximum(self.rise, 0.02) * np.maximum(self.distance, 1.0)
        scale: Plane = np.divide(_CLOUDS, away, dtype=np.float32)
        return self._look_up(self.x * scale, self.y * scale)

    def grain(self, metres: float) -> Plane:
        """Noise of about ±1 whose lumps are so large; it fades where pixels cover more than one lump."""
        scale = np.float32(8.0 / metres)
        fade = np.clip(1.6 - 1.1 * self._footprint / np.float32(metres), 0, 1)
        grain: Plane = self._look_up(self.x * scale, self.y * scale) * fade
        return grain

    def slabs(self, metres: float) -> Plane:
        """Paving of so large slabs: their joints dark, each of its own tone."""
        across, along = self.x / np.float32(metres), self.y / np.float32(metres)
        joint = np.minimum(np.abs(across - np.round(across)), np.abs(along - np.round(along))) < _JOINT
        tone = np.sin(np.floor(across) * 12.9898 + np.floor(along) * 78.233) * np.float32(43.7585)
        tone = 2 * (tone - np.floor(tone)) - 1
        fade = np.clip(1.4 - 2.0 * self._footprint / np.float32(metres), 0, 1)
        return np.asarray(np.where(joint, np.float32(-1.6), 0.4 * tone) * fade, dtype=np.float32)

    def mask(self, polygons: Sequence[Floats], height: float | None) -> Image:
        """How much of every pixel some polygons cover, 0 to 255.

        Args:
            polygons: (N, 2) at a height, or (N, 3) if none is given.
            height: of all of them, m.
        """
        mask = np.zeros(self.below.shape, dtype=np.uint8)
        for polygon in polygons:
            solid = polygon if height is None else np.column_stack([polygon, np.full(len(polygon), height)])
            seen = _clip(self._view.to_camera(solid), self._view)
            if len(seen):
                places = np.round((self._view.to_wide(seen) - 0.5) * (1 << _SHIFT)).astype(np.int32)
                cv2.fillPoly(mask, [places], [255], cv2.LINE_AA, _SHIFT)
        return mask

    def blend(self, mask: Image, colour: npt.NDArray[np.floating]) -> None:
        """Paint over what a mask covers, as much as it does: one colour (3,), or one for every pixel."""
        left, top, width, height = cv2.boundingRect(mask)
        if not width:
            return
        where = np.s_[top : top + height, left : left + width]
        share = mask[where].astype(np.float32)[..., None] / 255
        over = colour[where] if colour.ndim == self.picture.ndim else colour
        self.picture[where] += (over - self.picture[where]) * share

    def _look_up(self, x: Plane, y: Plane) -> Plane:
        dx, dy = (np.float32(each) for each in self._rng.uniform(0, _TILE, 2))
        read = cv2.remap(self._noise, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return np.asarray(read, dtype=np.float32)


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
