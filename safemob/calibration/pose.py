"""Solve a pinhole camera (pose and focal length) from points seen at a pixel and known on the ground.

`solve_camera` checks what goes in, fits, and judges what comes out: residuals, leave-one-out errors, a suspect, and
a sentence for a person when the points determine no camera. The fit itself is `safemob.calibration.resection`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from safemob.calibration.resection import (
    POINTING_PX,
    Resection,
    compute_covariance,
    compute_misses,
    compute_rms,
    estimate_pointing,
    refine_camera,
    search_camera,
)
from safemob.errors import ReferencePointError
from safemob.individual.arrays import Floats
from safemob.individual.ground.camera import Camera
from safemob.site import (
    CAMERA_HEIGHT_M,
    FOCAL_PER_WIDTH,
    CameraModel,
    Fit,
    ReferencePoint,
    check_reference_points,
)
from safemob.units import Metres, Pixels

__all__ = ["Solved", "solve_camera"]

_LARGEST_RMS_PER_WIDTH = 0.02
_SUSPECT_PROBABILITY = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    """A camera and how well its N reference points agree with it.

    Attributes:
        camera: the camera, with the covariance of its parameters.
        points: the points it was solved from.
        residuals_px: (N,) distance between given and projected pixel.
        residuals_m: (N,) distance on the ground between the given place and where the pixel's ray lands.
        leave_one_out_m: (N,) the same with the camera solved without the point: inf where its pixel then looks
            above the horizon, NaN where the other points alone would be refused; None below 5 points.
        pointing_px: standard deviation of a pixel coordinate that the covariance assumes.
        suspect: the point whose removal improves the fit beyond chance (F-test, 1 % for all points together); None if
            there is none, or the points are too few to tell.
    """

    camera: CameraModel
    points: tuple[ReferencePoint, ...]
    residuals_px: Floats
    residuals_m: Floats
    leave_one_out_m: Floats | None
    pointing_px: float
    suspect: str | None

    def summarise(self, method: str) -> Fit:
        """The figures a site file keeps. Points that cannot be left out are named in the method."""
        held_out = self.leave_one_out_m if self.leave_one_out_m is not None else np.full(len(self.points), np.nan)
        usable = np.isfinite(held_out)
        if self.leave_one_out_m is not None and not usable.all():
            names = ", ".join(point.name for point, there in zip(self.points, usable, strict=True) if not there)
            method = f"{method.rstrip('.')}. Not held out, the others do not determine a camera without them: {names}."
        return Fit(
            residual_rms_m=Metres(_root_mean_square(self.residuals_m)),
            leave_one_out_rms_m=Metres(_root_mean_square(held_out[usable])) if usable.any() else None,
            method=method,
        )


def solve_camera(
    points: Sequence[ReferencePoint],
    image_size: tuple[int, int],
    *,
    focal_px: float | None = None,
    distortion: Sequence[float] | None = None,
    principal_point: tuple[float, float] | None = None,
) -> Solved:
    """Find the camera that sees the points where they were seen.

    Args:
        points: at least four, no three of four on one line; z is 0 on the road and may differ.
        image_size: (width, height) of the frame that pixels refer to.
        focal_px: focal length in pixels, where it is known; then only the pose is solved for.
        distortion: (k1, k2, p1, p2, k3) of the lens, where it is known; zeros otherwise.
        principal_point: (u, v), where it is known; the frame's centre otherwise.

    Returns:
        The camera and how well the points agree with it.

    Raises:
        ReferencePointError: the points do not determine a camera above the ground, or contradict each other.
    """
    points = tuple(points)
    width, height = image_size
    check_reference_points(points, width, height)
    k1, k2, p1, p2, k3 = distortion if distortion is not None else (0.0,) * 5
    problem = Resection(
        pixels=np.array([point.pixel for point in points], dtype=np.float64),
        ground=np.array([point.ground_m for point in points], dtype=np.float64),
        width=width,
        principal=principal_point or (width / 2, height / 2),
        distortion=(k1, k2, p1, p2, k3),
        focal=focal_px,
    )
    largest = _LARGEST_RMS_PER_WIDTH * width
    best = search_camera(problem)
    if best is None or compute_rms(problem, best) > largest:
        raise ReferencePointError(_explain_failure(problem, points, best, largest))
    pointing = estimate_pointing(problem, best)
    best = refine_camera(problem, best, pointing)

    def place(values: Floats, covariance: Floats | None = None) -> CameraModel:
        rows = covariance if covariance is None else tuple(tuple(float(x) for x in row) for row in covariance)
        x, y, z = (float(value) for value in values[4:])
        a, b, c = (float(value) for value in values[1:4])
        return CameraModel(
            width_px=width,
            height_px=height,
            focal_px=Pixels(float(np.exp(values[0]))),
            principal_point_px=(float(problem.principal[0]), float(problem.principal[1])),
            distortion=problem.distortion,
            rotation_vector=(a, b, c),
            position_m=(x, y, z),
            covariance=rows,
        )

    camera = place(best, compute_covariance(problem, best, pointing))
    residuals_m = _miss_on_ground(Camera(camera), points)
    _check_plausible(camera, points, residuals_m)
    held_out, suspect = _leave_one_out(problem, points, image_size, best, place)
    return Solved(
        camera=camera,
        points=points,
        residuals_px=np.linalg.norm(compute_misses(problem, best), axis=1),
        residuals_m=residuals_m,
        leave_one_out_m=held_out,
        pointing_px=pointing,
        suspect=suspect,
    )


def _leave_one_out(
    problem: Resection,
    points: tuple[ReferencePoint, ...],
    image_size: tuple[int, int],
    best: Floats,
    place: Callable[[Floats], CameraModel],
) -> tuple[Floats | None, str | None]:
    """Each point's miss on the ground by a camera solved without it, and the point that spoils the fit if one does."""
    if len(points) <= 4:  # noqa: PLR2004  (three points fit any camera)
        return None, None
    everything = float((compute_misses(problem, best) ** 2).sum())
    errors = np.full(len(points), np.inf)
    chances = np.ones(len(points))
    for i, point in enumerate(points):
        try:
            check_reference_points([*points[:i], *points[i + 1 :]], *image_size)
        except ReferencePointError:
            errors[i] = np.nan
            continue
        rest = problem.without(i)
        values = search_camera(rest)
        if values is None:
            continue
        miss = _miss_on_ground(Camera(place(values)), (point,))[0]
        errors[i] = miss if np.isfinite(miss) else np.inf
        squares = float((compute_misses(rest, values) ** 2).sum())
        noise = max(squares / rest.freedom, POINTING_PX**2)
        gain = max(0.0, everything - squares) / 2 / noise
        chances[i] = (1 + 2 * gain / rest.freedom) ** (-rest.freedom / 2)  # F distribution with (2, freedom)
    worst = int(chances.argmin())
    return errors, points[worst].name if chances[worst] * len(points) < _SUSPECT_PROBABILITY else None


def _explain_failure(
    problem: Resection, points: tuple[ReferencePoint, ...], best: Floats | None, largest: float
) -> str:
    mirrored = search_camera(problem.mirrored())
    if mirrored is not None and compute_rms(problem.mirrored(), mirrored) <= largest:
        return (
            "the reference points are mirrored, as if seen from below the road: "
            "x must point east (or right) and y north (or ahead); are the two columns swapped?"
        )
    how_bad = (
        "no camera above the ground sees the reference points like this"
        if best is None
        else f"the reference points miss by {compute_rms(problem, best):.0f} px on average, more than {largest:.0f} px"
    )
    if len(points) > 4:  # noqa: PLR2004  (three points fit any camera)
        fits = [(problem.without(i), search_camera(problem.without(i))) for i in range(len(points))]
        rms = [np.inf if values is None else compute_rms(rest, values) for rest, values in fits]
        worst = int(np.argmin(rms))
        values = fits[worst][1]
        if values is not None and rms[worst] <= largest / 2:
            return (
                f"{how_bad}, but the others agree to {rms[worst]:.1f} px without '{points[worst].name}'"
                f"{_tell_horizon(problem, values, worst)}: check that point"
            )
    return (
        f"{how_bad}, and no single point explains it: check units, the order of columns, and which pixel is which point"
    )


def _tell_horizon(problem: Resection, values: Floats, index: int) -> str:
    """Say so if a pixel looks above the horizon of a camera."""
    sight = np.append(problem.pixels[index] - problem.principal, np.exp(values[0]))
    rises = (Rotation.from_rotvec(values[1:4]).as_matrix().T @ sight)[2] >= 0
    return ", whose pixel lies above their horizon" if rises else ""


def _check_plausible(camera: CameraModel, points: tuple[ReferencePoint, ...], residuals_m: Floats) -> None:
    lost = [f"'{point.name}'" for point, miss in zip(points, residuals_m, strict=True) if not np.isfinite(miss)]
    if lost:
        msg = f"reference point {', '.join(lost)} is seen above the horizon of the solved camera: check its pixel"
        raise ReferencePointError(msg)
    low, high = CAMERA_HEIGHT_M
    if not low <= camera.position_m[2] <= high:
        msg = (
            f"the reference points put the camera {camera.position_m[2]:.3g} m above the road, expected {low:g} to "
            f"{high:g} m: check the unit of their coordinates, and add points if they are few or close together"
        )
        raise ReferencePointError(msg)
    low, high = FOCAL_PER_WIDTH
    if not low <= camera.focal_px / camera.width_px <= high:
        msg = (
            f"the focal length would be {camera.focal_px:.0f} px, {camera.focal_px / camera.width_px:.2g} times the "
            f"frame's width, expected {low:g} to {high:g}: check pixels and coordinates of the reference points"
        )
        raise ReferencePointError(msg)


def _miss_on_ground(camera: Camera, points: tuple[ReferencePoint, ...]) -> Floats:
    pixels = np.array([point.pixel for point in points], dtype=np.float64)
    ground = np.array([point.ground_m for point in points], dtype=np.float64)
    misses: Floats = np.linalg.norm(camera.to_ground(pixels, ground[:, 2]) - ground[:, :2], axis=1)
    return misses


def _root_mean_square(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))
