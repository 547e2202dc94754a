"""The pinhole camera: site metres to pixels and back to the ground plane."""

from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from safemob.individual.arrays import Floats
from safemob.individual.ground.lens import Lens
from safemob.site import CameraModel

__all__ = ["Camera"]

_TURN = 1e-6
"""Step for the derivative of a rotation by its vector, rad."""
_BEFORE_LENS = 1e-6
"""What is nearer than a micrometre before the lens is behind it, m."""


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
        self._lens = Lens(model.distortion)

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

    def project(self, points: Floats) -> Floats:
        """Pixels of site points.

        Args:
            points: (..., 3) site coordinates, m.

        Returns:
            (..., 2) pixels, inside the frame or not; NaN for points behind the camera, and for those so far
            aside that the distortion polynomial would fold them back into the frame.
        """
        _, plane = self._see(points)
        return self._lens.bend(plane) * self.model.focal_px + self._principal_point

    def point_slopes(self, points: Floats) -> Floats:
        """How pixels move with the points they show.

        Args:
            points: (..., 3) site coordinates, m.

        Returns:
            (..., 2, 3) pixels per metre, rows u and v, columns x, y and z; NaN where `project` gives NaN.
        """
        return self._seen_slopes(*self._see(points)) @ self.rotation

    def parameter_slopes(self, points: Floats) -> Floats:
        """How pixels of points move with the camera's solved parameters.

        Args:
            points: (..., 3) site coordinates, m.

        Returns:
            (..., 2, 7) pixels by focal length (px), rotation vector (rad) and position (m).
        """
        seen, plane = self._see(points)
        slopes = self._seen_slopes(seen, plane)
        turned = np.einsum("...j,pij->...ip", points - self.position, self._rotation_slopes)
        by_focal = self._lens.bend(plane)[..., None]
        return np.concatenate([by_focal, slopes @ turned, -slopes @ self.rotation], axis=-1)

    def rays(self, pixels: Floats) -> Floats:
        """Unit viewing directions in site coordinates.

        Args:
            pixels: (..., 2) pixels.

        Returns:
            (..., 3) unit vectors from the camera; NaN where no ray reaches the pixel through the distortion.
        """
        plane = self._lens.straighten((pixels - self._principal_point) / self.model.focal_px)
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

    def ground_slopes(self, positions: Floats) -> Floats:
        """How ground points move with their pixels.

        Args:
            positions: (..., 2) site coordinates on the ground, m.

        Returns:
            (..., 2, 2) metres per pixel, rows x and y, columns u and v; NaN where `project` gives NaN.
        """
        return _invert(self.point_slopes(_raise(positions))[..., :2])

    def ground_parameter_slopes(self, positions: Floats) -> Floats:
        """How ground points that are seen in fixed pixels move with the camera's solved parameters.

        Args:
            positions: (..., 2) site coordinates on the ground, m.

        Returns:
            (..., 2, 7) metres by focal length (px), rotation vector (rad) and position (m).
        """
        slopes = self.parameter_slopes(_raise(positions))
        return _invert(slopes[..., 4:6]) @ slopes  # pixels move with the ground as with the camera, the other way

    @cached_property
    def _rotation_slopes(self) -> Floats:
        """(3, 3, 3) derivatives of the rotation matrix by the entries of its vector."""
        turns = np.array(self.model.rotation_vector) + np.concatenate([np.eye(3), -np.eye(3)]) * _TURN
        turned = Rotation.from_rotvec(turns).as_matrix()
        slopes: Floats = (turned[:3] - turned[3:]) / (2 * _TURN)
        return slopes

    def _see(self, points: Floats) -> tuple[Floats, Floats]:
        """Points in the camera's own axes, and in its straight image, normalised; NaN behind the camera."""
        seen = (points - self.position) @ self.rotation.T
        depth = np.where(seen[..., 2:] > _BEFORE_LENS, seen[..., 2:], np.nan)
        return seen, seen[..., :2] / depth

    def _seen_slopes(self, seen: Floats, plane: Floats) -> Floats:
        """(..., 2, 3) how pixels move with points in the camera's own axes."""
        xx, xy, yy = self._lens.slopes(plane)
        x, y = plane[..., 0], plane[..., 1]
        by_u = np.stack([xx, xy, -(xx * x + xy * y)], axis=-1)
        by_v = np.stack([xy, yy, -(xy * x + yy * y)], axis=-1)
        slopes: Floats = np.stack([by_u, by_v], axis=-2) * (self.model.focal_px / seen[..., 2])[..., None, None]
        return slopes


def _raise(positions: Floats) -> Floats:
    """(..., 3) points on the ground."""
    return np.concatenate([positions, np.zeros_like(positions[..., :1])], axis=-1)


def _invert(matrices: Floats) -> Floats:
    """(..., 2, 2) inverses; NaN and infinite where there are none."""
    a, b, c, d = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 0], matrices[..., 1, 1]
    inverse = np.empty_like(matrices)
    inverse[..., 0, 0], inverse[..., 0, 1], inverse[..., 1, 0], inverse[..., 1, 1] = d, -b, -c, a
    with np.errstate(divide="ignore", invalid="ignore"):
        return inverse / (a * d - b * c)[..., None, None]
