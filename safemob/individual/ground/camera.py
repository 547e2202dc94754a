"""The pinhole camera: site metres to pixels and back to the ground plane."""

from dataclasses import replace
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from safemob.individual.arrays import Floats
from safemob.site import CameraModel
from safemob.units import Pixels

__all__ = ["Camera"]

_UNDISTORT_ITERATIONS = 20
_UNDISTORT_TOLERANCE = 1e-9
"""Of normalised image coordinates: a millionth of a pixel at a focal length of 1,000 px."""


class Camera:
    """Projects with a `CameraModel`. Every method is vectorised over points.

    Args:
        model: the solved camera.
    """

    def __init__(self, model: CameraModel) -> None:
        self.model = model
        self.rotation: Floats = Rotation.from_rotvec(model.rotation_vector).as_matrix()
        self.position: Floats = np.array(model.position_m, dtype=np.float64)
        self._principal_point: Floats = np.array(model.principal_point_px, dtype=np.float64)
        self._distorts = any(model.distortion)
        self._valid_radius = _find_valid_radius(model.distortion)

    @cached_property
    def homography(self) -> Floats:
        """(3, 3) ground plane to undistorted pixels: (u·w, v·w, w) = H·(x, y, 1)."""
        intrinsic = np.array(
            [
                [self.model.focal_px, 0.0, self._principal_point[0]],
                [0.0, self.model.focal_px, self._principal_point[1]],
                [0.0, 0.0, 1.0],
            ]
        )
        translation = -self.rotation @ self.position
        homography: Floats = intrinsic @ np.column_stack([self.rotation[:, 0], self.rotation[:, 1], translation])
        return homography

    @cached_property
    def perturbed(self) -> tuple["Camera", ...]:
        """Seven cameras, each with one parameter moved by its entry in `perturbations`."""
        model = self.model
        start = np.array([model.focal_px, *model.rotation_vector, *model.position_m])
        cameras = []
        for index, step in enumerate(self.perturbations):
            moved = start.copy()
            moved[index] += step
            focal, rx, ry, rz, x, y, z = (float(value) for value in moved)
            changed = replace(model, focal_px=Pixels(focal), rotation_vector=(rx, ry, rz), position_m=(x, y, z))
            cameras.append(Camera(changed))
        return tuple(cameras)

    @cached_property
    def perturbations(self) -> Floats:
        """(7,) small steps in focal length (px), rotation vector (rad) and position (m), for differences."""
        return np.array([0.1, 1e-4, 1e-4, 1e-4, 1e-3, 1e-3, 1e-3])

    def project(self, points: Floats) -> Floats:
        """Pixels of site points.

        Args:
            points: (..., 3) site coordinates, m.

        Returns:
            (..., 2) pixels, inside the frame or not; NaN for points behind the camera, and for those so far
            aside that the distortion polynomial would fold them back into the frame.
        """
        seen = (points - self.position) @ self.rotation.T
        depth = np.where(seen[..., 2] > 1e-6, seen[..., 2], np.nan)  # noqa: PLR2004  (a micrometre before the lens)
        plane = seen[..., :2] / depth[..., None]
        if self._distorts:
            plane = self._distort(plane)
        return plane * self.model.focal_px + self._principal_point

    def rays(self, pixels: Floats) -> Floats:
        """Unit viewing directions in site coordinates.

        Args:
            pixels: (..., 2) pixels.

        Returns:
            (..., 3) unit vectors from the camera; NaN where no ray reaches the pixel through the distortion.
        """
        plane = (pixels - self._principal_point) / self.model.focal_px
        if self._distorts:
            plane = self._undistort(plane)
        seen = np.concatenate([plane, np.ones_like(plane[..., :1])], axis=-1)
        directions: Floats = seen @ self.rotation
        directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
        return directions

    def to_ground(self, pixels: Floats, height: float | Floats = 0.0) -> Floats:
        """Where viewing rays meet the horizontal plane at a height.

        Args:
            pixels: (..., 2) pixels.
            height: of the plane above the ground, m; one for all or (...), one for each.

        Returns:
            (..., 2) site coordinates, m; NaN at and above the horizon.
        """
        rays = self.rays(pixels)
        fall = height - self.position[2]
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = fall / rays[..., 2]
        reach = np.where(np.isfinite(reach) & (reach > 0), reach, np.nan)
        return self.position[:2] + rays[..., :2] * reach[..., None]

    def ground_jacobian(self, pixels: Floats) -> Floats:
        """How ground points move with their pixels, by central differences of half a pixel.

        Args:
            pixels: (..., 2) pixels.

        Returns:
            (..., 2, 2) metres per pixel, rows x and y, columns u and v; NaN near the horizon.
        """
        half = 0.5
        du, dv = np.array([half, 0.0]), np.array([0.0, half])
        by_u = self.to_ground(pixels + du) - self.to_ground(pixels - du)
        by_v = self.to_ground(pixels + dv) - self.to_ground(pixels - dv)
        return np.stack([by_u, by_v], axis=-1)

    def _distort(self, plane: Floats) -> Floats:
        k1, k2, p1, p2, k3 = self.model.distortion
        inside = np.linalg.norm(plane, axis=-1, keepdims=True) <= self._valid_radius
        plane = np.where(inside, plane, np.nan)
        x, y = plane[..., 0], plane[..., 1]
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        return np.stack(
            [
                x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
                y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
            ],
            axis=-1,
        )

    def _undistort(self, plane: Floats) -> Floats:
        """Invert `_distort` by Newton's method, each step kept inside the valid radius."""
        k1, k2, p1, p2, k3 = self.model.distortion
        straight = self._keep_valid(plane)
        for _ in range(_UNDISTORT_ITERATIONS):
            miss = plane - self._distort(straight)
            if not np.any(np.abs(miss) > _UNDISTORT_TOLERANCE):
                break
            x, y = straight[..., 0], straight[..., 1]
            r2 = x * x + y * y
            radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
            slope = 2 * (k1 + r2 * (2 * k2 + 3 * r2 * k3))
            xx = radial + x * x * slope + 2 * p1 * y + 6 * p2 * x
            yy = radial + y * y * slope + 6 * p1 * y + 2 * p2 * x
            xy = x * y * slope + 2 * p1 * x + 2 * p2 * y
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.stack([yy * miss[..., 0] - xy * miss[..., 1], xx * miss[..., 1] - xy * miss[..., 0]], axis=-1)
                step /= (xx * yy - xy * xy)[..., None]
            straight = self._keep_valid(straight + step)
        found = np.abs(plane - self._distort(straight)).max(axis=-1, keepdims=True) <= _UNDISTORT_TOLERANCE
        return np.where(found, straight, np.nan)

    def _keep_valid(self, plane: Floats) -> Floats:
        radius = np.linalg.norm(plane, axis=-1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(radius > self._valid_radius, plane * (0.999 * self._valid_radius / radius), plane)


def _find_valid_radius(distortion: tuple[float, float, float, float, float]) -> float:
    """The normalised radius up to which the radial polynomial grows; beyond, two rays would share a pixel.

    The smallest positive root of d(r·(1 + k1·r² + k2·r⁴ + k3·r⁶))/dr = 1 + 3k1·r² + 5k2·r⁴ + 7k3·r⁶, found as the
    largest of the reciprocal polynomial in 1/r², whose leading coefficient is 1 whatever the lens.
    """
    k1, k2, _, _, k3 = distortion
    roots = np.roots([1.0, 3 * k1, 5 * k2, 7 * k3])
    turning = roots.real[(np.abs(roots.imag) < 1e-12) & (roots.real > 0)]  # noqa: PLR2004  (rounding of a real root)
    return float(1 / np.sqrt(turning.max())) if len(turning) else np.inf
