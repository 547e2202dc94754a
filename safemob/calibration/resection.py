"""Resection: the seven parameters of a camera from pixels and ground points, by nonlinear least squares.

Parameters are (log focal length, rotation vector, position), started from perspective-n-point solutions for a range
of fields of view. Two weak assumptions make four points enough and keep the uncertainty honest; with eight points
neither matters (docs/adr/0007-camera-solve.md):

- log focal length ~ N(that of a 60° field of view, 0.5²), which spans about 35° to 85°;
- pointing errors are not known to be better than 1 px, however well few points fit.

Source: Hartley & Zisserman, Multiple View Geometry (2nd ed.), ch. 7 (resection), app. 6 (least squares);
Terzakis & Lourakis, A Consistently Fast and Globally Optimal Solution to the PnP Problem, ECCV 2020 (SQPnP).
"""

from typing import NamedTuple

import cv2
import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from safemob.individual.arrays import Floats

__all__ = [
    "POINTING_PX",
    "Resection",
    "compute_covariance",
    "compute_misses",
    "compute_rms",
    "estimate_pointing",
    "refine_camera",
    "search_camera",
]

POINTING_PX = 1.0
"""The pointing error of a careful hand, as standard deviation of a pixel coordinate: the floor of every estimate."""

_PARAMETERS = 7
_START_FIELDS_OF_VIEW_DEG = (20.0, 30.0, 45.0, 60.0, 80.0, 100.0, 120.0)
_KEPT_STARTS = 3
_PRIOR_FOCAL_PER_WIDTH = 0.5 / np.tan(np.radians(60.0) / 2)
_PRIOR_LOG_SPREAD = 0.5
_POINTING_WEIGHT = 4.0


class Resection(NamedTuple):
    """Points and fixed camera values."""

    pixels: Floats
    ground: Floats
    width: int
    principal: tuple[float, float]
    distortion: tuple[float, float, float, float, float]
    focal: float | None

    def without(self, index: int) -> "Resection":
        """The same with one point left out."""
        return self._replace(pixels=np.delete(self.pixels, index, 0), ground=np.delete(self.ground, index, 0))

    def mirrored(self) -> "Resection":
        """The same with x the other way round."""
        return self._replace(ground=self.ground * [-1.0, 1.0, 1.0])

    @property
    def freedom(self) -> int:
        """Observations less unknowns: a prior or a given focal length counts as one observation."""
        return 2 * len(self.pixels) + 1 - _PARAMETERS


def search_camera(problem: Resection) -> Floats | None:
    """The best camera above the ground with all points before it, refined from several starts; None if none is."""
    half = problem.width / 2
    focals = [half / np.tan(np.radians(degrees) / 2) for degrees in _START_FIELDS_OF_VIEW_DEG]
    starts = []
    for focal in focals if problem.focal is None else [problem.focal]:
        intrinsic = _intrinsic(focal, problem.principal)
        try:
            _, rotations, shifts, _ = cv2.solvePnPGeneric(
                problem.ground,
                problem.pixels,
                intrinsic,
                np.array(problem.distortion),
                flags=cv2.SOLVEPNP_SQPNP,
            )
        except cv2.error:
            continue
        for rotation, shift in zip(rotations, shifts, strict=True):
            position = -Rotation.from_rotvec(rotation[:, 0]).as_matrix().T @ shift[:, 0]
            starts.append(np.concatenate([[np.log(focal)], rotation[:, 0], position]))
    starts.sort(key=lambda values: (values[6] <= 0, compute_rms(problem, values)))
    found = [refine_camera(problem, start, POINTING_PX) for start in starts[:_KEPT_STARTS]]
    upright = [values for values in found if values[6] > 0 and _all_before(problem, values)]
    return min(upright, key=lambda values: compute_rms(problem, values), default=None)


def refine_camera(problem: Resection, start: Floats, pointing: float) -> Floats:
    """Minimise (reprojection error ÷ pointing error)² plus the focal prior, from a start."""
    start = start.copy()
    start[1:4] = Rotation.from_rotvec(start[1:4]).as_rotvec()  # the shortest of the equivalent vectors
    free = slice(0 if problem.focal is None else 1, _PARAMETERS)

    def whole(values: Floats) -> Floats:
        return np.concatenate([start[: free.start], values])

    def miss(values: Floats) -> Floats:
        return _weigh(problem, whole(values), pointing)[0]

    def slope(values: Floats) -> Floats:
        return _weigh(problem, whole(values), pointing)[1][:, free]

    result = least_squares(
        miss,
        start[free],
        slope,
        method="lm",
        x_scale="jac",
        max_nfev=200,
    )
    return whole(result.x)


def _weigh(problem: Resection, values: Floats, pointing: float) -> tuple[Floats, Floats]:
    """Weighted residuals (2N + 1,) and their Jacobian by (log focal, rotation vector, position)."""
    focal = np.exp(np.clip(values[0], -20.0, 20.0))
    rotation, by_vector = cv2.Rodrigues(values[1:4])
    position = values[4:]
    seen, jacobian = cv2.projectPoints(
        problem.ground,
        values[1:4],
        -rotation @ position,
        _intrinsic(focal, problem.principal),
        np.array(problem.distortion),
    )
    # t = −R·C: chain the derivatives by t into those by the rotation vector and by the position.
    by_shift = jacobian[:, 3:6]
    turned = -np.einsum("kij,j->ik", by_vector.reshape(3, 3, 3), position)
    rows = np.column_stack(
        [focal * (jacobian[:, 6] + jacobian[:, 7]), jacobian[:, :3] + by_shift @ turned, -by_shift @ rotation]
    )
    miss = (seen.reshape(-1, 2) - problem.pixels).ravel()
    prior = (values[0] - np.log(_PRIOR_FOCAL_PER_WIDTH * problem.width)) / _PRIOR_LOG_SPREAD
    prior_row = np.zeros((1, _PARAMETERS))
    prior_row[0, 0] = 1 / _PRIOR_LOG_SPREAD
    return np.append(miss / pointing, prior), np.vstack([rows / pointing, prior_row])


def estimate_pointing(problem: Resection, values: Floats) -> float:
    """Standard deviation of a pixel coordinate: from the residuals, steadied by four observations of 1 px.

    The mean of the posterior of the variance under a scaled inverse χ² prior with 4 degrees of freedom and 1 px,
    (4·1 + Σr²) ÷ (4 + freedom − 2): with few points it is as wide as Student's t asks for. Never below 1 px.
    """
    squares = float((compute_misses(problem, values) ** 2).sum())
    variance = (_POINTING_WEIGHT * POINTING_PX**2 + squares) / (_POINTING_WEIGHT + problem.freedom - 2)
    return max(POINTING_PX, float(np.sqrt(variance)))


def compute_covariance(problem: Resection, values: Floats, pointing: float) -> Floats:
    """7×7 covariance of (focal in px, rotation vector, position); zeros for a focal length that was given."""
    free = slice(0 if problem.focal is None else 1, _PARAMETERS)
    jacobian = _weigh(problem, values, pointing)[1][:, free]
    covariance = np.zeros((_PARAMETERS, _PARAMETERS))
    covariance[free, free] = np.linalg.inv(jacobian.T @ jacobian)
    scale = np.ones(_PARAMETERS)
    scale[0] = np.exp(values[0])
    return covariance * np.outer(scale, scale)


def compute_misses(problem: Resection, values: Floats) -> Floats:
    """(N, 2) projected less given pixels."""
    return _weigh(problem, values, 1.0)[0][:-1].reshape(-1, 2)


def compute_rms(problem: Resection, values: Floats) -> float:
    """Root mean square of the distances between projected and given pixels."""
    return float(np.sqrt(np.mean(np.sum(compute_misses(problem, values) ** 2, axis=1))))


def _all_before(problem: Resection, values: Floats) -> bool:
    axis: Floats = Rotation.from_rotvec(values[1:4]).as_matrix()[2]
    return bool(((problem.ground - values[4:]) @ axis > 0).all())


def _intrinsic(focal: float, principal: tuple[float, float]) -> Floats:
    return np.array([[focal, 0.0, principal[0]], [0.0, focal, principal[1]], [0.0, 0.0, 1.0]])
