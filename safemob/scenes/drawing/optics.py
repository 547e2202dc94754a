"""The lens and the sensor: from a straight, wide picture to the one that the camera takes."""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from safemob.errors import ScenarioError
from safemob.site import CameraModel

__all__ = ["View", "bend", "glare", "sense"]

Floats = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
_Scalar = TypeVar("_Scalar", np.uint8, np.float32)

_MARGIN_PX = 2
_BEFORE_LENS_M = 0.05
_WIDEST = 4.0
_WORST_BEND_PX = 0.01
_DAZZLING = 215.0


def bend(plane: Floats, distortion: tuple[float, float, float, float, float]) -> Floats:
    """Where a lens puts points of the straight image (Brown 1971, in OpenCV's order k1, k2, p1, p2, k3).

    Args:
        plane: (..., 2) normalised image coordinates.
        distortion: of the lens.

    Returns:
        (..., 2) normalised coordinates in the bent image.
    """
    k1, k2, p1, p2, k3 = distortion
    x, y = plane[..., 0], plane[..., 1]
    square = x * x + y * y
    stretch = 1 + square * (k1 + square * (k2 + square * k3))
    bent_x = x * stretch + 2 * p1 * x * y + p2 * (square + 2 * x * x)
    bent_y = y * stretch + p1 * (square + 2 * y * y) + 2 * p2 * x * y
    return np.stack([bent_x, bent_y], axis=-1)


@dataclass(frozen=True, slots=True)
class _Wide:
    """The straight picture: its size and its focal length in pixels; the axis goes through its middle."""

    width: int
    height: int
    focal: float


class View:
    """One camera: where its picture takes every pixel from, and where things are seen.

    The straight picture that is rendered is wide enough for everything the lens bends into the frame, and
    `supersampling` times finer than the film. Pixel (i, j) of any picture covers the square from (i, j) to
    (i + 1, j + 1).

    Args:
        camera: exact.
        supersampling: pixels of the straight picture for one of the film, at its centre.

    Raises:
        ScenarioError: if the lens folds the picture inside its frame.
    """

    def __init__(self, camera: CameraModel, supersampling: float = 2.0) -> None:
        self.camera = camera
        self.rotation: Floats = Rotation.from_rotvec(camera.rotation_vector).as_matrix()
        self.position: Floats = np.array(camera.position_m)
        self._principal = np.array(camera.principal_point_px)
        self._fold = _find_fold(camera.distortion)
        plane = self._straighten()
        half = np.abs(plane).max(axis=(0, 1))
        focal = camera.focal_px * supersampling
        width, height = (2 * (int(np.ceil(each * focal)) + _MARGIN_PX) for each in half)
        self.wide = _Wide(width, height, focal)
        self.maps: Map = (plane * focal + (width / 2 - 0.5, height / 2 - 0.5)).astype(np.float32)
        """(height, width, 2) index coordinates in the straight picture of every pixel of the film."""

    def rays(self) -> Floats:
        """(wide height, wide width, 3) directions in site coordinates through the straight picture, depth 1."""
        x = (np.arange(self.wide.width) + 0.5 - self.wide.width / 2) / self.wide.focal
        y = (np.arange(self.wide.height) + 0.5 - self.wide.height / 2) / self.wide.focal
        right, down, ahead = self.rotation
        rays: Floats = x[None, :, None] * right + y[:, None, None] * down + ahead
        return rays

    def to_camera(self, points: Floats) -> Floats:
        """(..., 3) points in the camera's axes: right, down, forward."""
        seen: Floats = (points - self.position) @ self.rotation.T
        return seen

    def to_wide(self, seen: Floats) -> Floats:
        """(..., 2) places in the straight picture of points before the lens, in the camera's axes."""
        middle = (self.wide.width / 2, self.wide.height / 2)
        places: Floats = seen[..., :2] / seen[..., 2:] * self.wide.focal + middle
        return places

    def to_picture(self, points: Floats) -> Floats:
        """Where points are seen in the film.

        Args:
            points: (..., 3) site coordinates, m.

        Returns:
            (..., 2) pixels, inside the frame or not; NaN behind the camera. Far outside the frame, where the
            lens's polynomial has no meaning, points keep their direction from the centre and lie outside.
        """
        seen = self.to_camera(points)
        depth = np.where(seen[..., 2:] > _BEFORE_LENS_M, seen[..., 2:], np.nan)
        plane = seen[..., :2] / depth
        radius = np.linalg.norm(plane, axis=-1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            held = np.where(radius > self._fold, plane * (self._fold / radius), plane)
        pixels: Floats = bend(held, self.camera.distortion) * self.camera.focal_px + self._principal
        return pixels

    def take(self, straight: npt.NDArray[_Scalar], *, nearest: bool = False) -> npt.NDArray[_Scalar]:
        """The film's picture of a straight one: (wide height, wide width, …) to (height, width, …)."""
        across, down = self.maps[..., 0], self.maps[..., 1]
        how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
        return np.asarray(cv2.remap(straight, across, down, how), dtype=straight.dtype)

    def _straighten(self) -> Floats:
        """(height, width, 2) normalised straight coordinates of the centres of all pixels."""
        camera = self.camera
        columns, rows = np.meshgrid(np.arange(camera.width_px) + 0.5, np.arange(camera.height_px) + 0.5)
        bent = (np.stack([columns, rows], axis=-1) - self._principal) / camera.focal_px
        if not any(camera.distortion):
            return np.asarray(bent, dtype=np.float64)
        criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-9)
        plane = cv2.undistortPoints(
            bent.reshape(-1, 1, 2), np.eye(3), np.array(camera.distortion), criteria=criteria
        ).reshape(bent.shape)
        missed = np.abs(bend(plane, camera.distortion) - bent).max() * camera.focal_px
        if not missed < _WORST_BEND_PX or np.linalg.norm(plane, axis=-1).max() > self._fold:
            msg = f"the lens (distortion {camera.distortion[:2]}) folds the picture inside its frame: bend it less"
            raise ScenarioError(msg)
        return np.asarray(plane, dtype=np.float64)


def _find_fold(distortion: tuple[float, float, float, float, float]) -> float:
    """The straight radius up to which the bent radius grows."""
    radii = np.linspace(0.0, _WIDEST, 4001)
    bent = bend(np.stack([radii, np.zeros_like(radii)], axis=-1), distortion)[:, 0]
    falls = np.flatnonzero(np.diff(bent) <= 0)
    return float(radii[falls[0]]) if len(falls) else _WIDEST


def glare(picture: Map) -> Map:
    """(height, width, 3) the halo that a lens puts around lamps: to be added to a picture of 0 to 255."""
    height, width = picture.shape[:2]
    small = cv2.resize(np.maximum(picture - _DAZZLING, 0), (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    halo = cv2.GaussianBlur(small, (0, 0), width / 480) * 2 + cv2.GaussianBlur(small, (0, 0), width / 120)
    return np.asarray(cv2.resize(halo, (width, height)), dtype=np.float32)


def sense(picture: Image, noise: float, blur_px: float, rng: np.random.Generator) -> Image:
    """What a sensor makes of light: blur, then noise.

    Args:
        picture: (height, width, 3).
        noise: standard deviation, grey levels.
        blur_px: standard deviation.
        rng: where the noise comes from.
    """
    if blur_px > 0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur_px), dtype=np.uint8)
    if noise > 0:
        grain = rng.standard_normal((*picture.shape[:2], 4), dtype=np.float32)[..., :3] * np.float32(noise)
        picture = np.clip(picture + grain + np.float32(0.5), 0, 255).astype(np.uint8)
    return picture
