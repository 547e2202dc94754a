"""The lens: how it bends the straight image of a pinhole, by the radial and tangential polynomial of Brown (1971)."""

import numpy as np

from safemob.individual.arrays import Bools, Floats

__all__ = ["Lens"]

_ITERATIONS = 20
_TOLERANCE = 1e-9
"""Of normalised image coordinates: a millionth of a pixel at a focal length of 1,000 px."""
_WIDEST = 3.0
"""Normalised radius, 72° off the axis, up to which the inverse is tabulated to begin from."""
_TABULATED = 2048
_TINY = 1e-12
"""Imaginary parts below it are rounding; a lens that folds beyond a radius of a million does not fold."""


class Lens:
    """Bends and straightens normalised image coordinates. Every method is vectorised over points.

    Args:
        distortion: k1, k2, p1, p2, k3 in OpenCV's order.
    """

    def __init__(self, distortion: tuple[float, float, float, float, float]) -> None:
        self._coefficients = distortion
        self.straight = not any(distortion)
        self._valid_radius = _find_valid_radius(distortion)
        self._radii = np.linspace(0.0, min(self._valid_radius, _WIDEST), _TABULATED)
        self._bent_radii = self._radii * self._stretch(np.square(self._radii))

    def bend(self, plane: Floats) -> Floats:
        """Where points of the straight image come to lie.

        Args:
            plane: (..., 2) normalised coordinates.

        Returns:
            (..., 2); NaN where the polynomial would fold them back into the frame.
        """
        if self.straight:
            return plane
        _, _, p1, p2, _ = self._coefficients
        x, y = plane[..., 0], plane[..., 1]
        r2 = x * x + y * y
        radial = np.where(r2 <= self._valid_radius**2, self._stretch(r2), np.nan)
        bent = plane * radial[..., None]
        if p1 or p2:
            bent[..., 0] += 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
            bent[..., 1] += p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
        return bent

    def slopes(self, plane: Floats) -> tuple[Floats, Floats, Floats]:
        """How bent points move with straight ones: the entries of the symmetric Jacobian.

        Args:
            plane: (..., 2) normalised coordinates of the straight image.

        Returns:
            Three arrays (...): x by x, x by y (and y by x), y by y; the outer two are NaN where `bend` gives NaN.
        """
        k1, k2, p1, p2, k3 = self._coefficients
        x, y = plane[..., 0], plane[..., 1]
        r2 = x * x + y * y
        radial = np.where(r2 <= self._valid_radius**2, self._stretch(r2), np.nan)
        slope = 2 * (k1 + r2 * (2 * k2 + 3 * r2 * k3))
        return (
            radial + x * x * slope + 2 * p1 * y + 6 * p2 * x,
            x * y * slope + 2 * p1 * x + 2 * p2 * y,
            radial + y * y * slope + 6 * p1 * y + 2 * p2 * x,
        )

    def straighten(self, plane: Floats) -> Floats:
        """Undo `bend` by Newton's method, begun from the tabulated radial part.

        Args:
            plane: (..., 2) normalised coordinates of the bent image.

        Returns:
            (..., 2); NaN where no ray comes through the lens.
        """
        if self.straight:
            return plane
        radius = np.hypot(plane[..., 0], plane[..., 1])
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(radius > 0, np.interp(radius, self._bent_radii, self._radii) / radius, 1.0)
            straight = self._keep_valid(plane * ratio[..., None])
            miss = plane - self.bend(straight)
            for _ in range(_ITERATIONS):
                if not np.any(np.abs(miss) > _TOLERANCE):
                    break
                xx, xy, yy = self.slopes(straight)
                across = yy * miss[..., 0] - xy * miss[..., 1]
                down = xx * miss[..., 1] - xy * miss[..., 0]
                step = np.stack([across, down], axis=-1) / (xx * yy - xy * xy)[..., None]
                straight = self._keep_valid(straight + step)
                miss = plane - self.bend(straight)
            found: Bools = np.abs(miss).max(axis=-1) <= _TOLERANCE
        return np.where(found[..., None], straight, np.nan)

    def _stretch(self, r2: Floats) -> Floats:
        k1, k2, _, _, k3 = self._coefficients
        return 1 + r2 * (k1 + r2 * (k2 + r2 * k3))

    def _keep_valid(self, plane: Floats) -> Floats:
        radius = np.hypot(plane[..., 0], plane[..., 1])[..., None]
        return np.where(radius > self._valid_radius, plane * (0.999 * self._valid_radius / radius), plane)


def _find_valid_radius(distortion: tuple[float, float, float, float, float]) -> float:
    """The normalised radius up to which the radial polynomial grows; beyond, two rays would share a pixel.

    The smallest positive root of d(r·(1 + k1·r² + k2·r⁴ + k3·r⁶))/dr = 1 + 3k1·r² + 5k2·r⁴ + 7k3·r⁶, found as the
    largest of the reciprocal polynomial in 1/r², whose leading coefficient is 1 whatever the lens.
    """
    k1, k2, _, _, k3 = distortion
    roots = np.roots([1.0, 3 * k1, 5 * k2, 7 * k3])
    turning = roots.real[(np.abs(roots.imag) < _TINY) & (roots.real > _TINY)]
    return float(1 / np.sqrt(turning.max())) if len(turning) else np.inf
