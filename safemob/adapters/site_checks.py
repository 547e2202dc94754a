"""What no traffic camera's site can be: the checks of a site file that go beyond types and ranges of single keys."""

import itertools
import math
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from safemob.errors import ReferencePointError, SiteError
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.coverage import COARSEST_M_PER_PX, trace_view
from safemob.site import CAMERA_HEIGHT_M, FOCAL_PER_WIDTH, CameraModel, Site, check_reference_points

__all__ = ["check_site"]

_ROUNDING_M = 0.02
_ROUNDING_SHARE = 0.05


def check_site(site: Site, path: Path) -> None:
    """Refuse a site whose values contradict each other or the world.

    Args:
        site: as read.
        path: where it was read, for messages.

    Raises:
        SiteError: naming the file, the key, what is wrong and what to change.
    """
    _check_time_zone(site, path)
    _check_camera(site.camera, path)
    _check_points(site, path)
    _check_coverage(site, path)


def _check_time_zone(site: Site, path: Path) -> None:
    try:
        ZoneInfo(site.time_zone)
    except (KeyError, ValueError, OSError) as error:
        msg = f"{path}: time_zone '{site.time_zone[:60]}' is not an IANA time zone: write one such as Europe/Berlin"
        raise SiteError(msg) from error


def _check_camera(camera: CameraModel, path: Path) -> None:
    low, high = CAMERA_HEIGHT_M
    if not low <= camera.position_m[2] <= high:
        msg = (
            f"{path}: camera.position_m puts the camera {camera.position_m[2]:g} m above the road, expected {low:g} to "
            f"{high:g} m: it takes metres, z upwards"
        )
        raise SiteError(msg)
    low, high = FOCAL_PER_WIDTH
    if not low <= camera.focal_px / camera.width_px <= high:
        msg = (
            f"{path}: camera.focal_px {camera.focal_px:g} is {camera.focal_px / camera.width_px:.2g} times the frame's "
            f"width, expected {low:g} to {high:g}: it takes pixels of the frame, not millimetres"
        )
        raise SiteError(msg)
    for axis, at, size in zip("uv", camera.principal_point_px, (camera.width_px, camera.height_px), strict=True):
        if not 0 <= at <= size:
            msg = f"{path}: camera.principal_point_px has {axis} = {at:g} outside the frame: it takes pixels"
            raise SiteError(msg)
    below = Camera(camera).to_ground(np.array([camera.width_px / 2, float(camera.height_px)]))
    if not np.isfinite(below).all():
        msg = (
            f"{path}: camera.rotation_vector_rad has the camera look above the horizon even at the frame's lower edge: "
            "it takes radians, site to camera"
        )
        raise SiteError(msg)
    if not len(trace_view(Camera(camera), COARSEST_M_PER_PX)):
        msg = (
            f"{path}: every pixel of the camera covers more than {COARSEST_M_PER_PX:g} m of road, too coarse to place "
            "anybody: film with more pixels, or from nearer"
        )
        raise SiteError(msg)
    if camera.covariance is not None:
        covariance = np.array(camera.covariance)
        scale = np.sqrt(np.abs(np.diag(covariance)))
        correlation = covariance / np.maximum(np.outer(scale, scale), 1e-300)
        symmetric = np.allclose(correlation, correlation.T, atol=1e-3)
        if not symmetric or (np.diag(covariance) < 0).any() or np.linalg.eigvalsh(correlation).min() < -1e-3:  # noqa: PLR2004  (rounding)
            msg = f"{path}: camera.covariance is not a covariance matrix: run safemob calibrate again"
            raise SiteError(msg)


def _check_points(site: Site, path: Path) -> None:
    """The camera must miss its reference points by what the file says, so neither was changed without the other."""
    try:
        check_reference_points(site.reference_points, site.camera.width_px, site.camera.height_px)
    except ReferencePointError as error:
        msg = f"{path}: reference_point: {error}"
        raise SiteError(msg) from error
    pixels = np.array([point.pixel for point in site.reference_points])
    ground = np.array([point.ground_m for point in site.reference_points])
    misses = np.linalg.norm(Camera(site.camera).to_ground(pixels, ground[:, 2]) - ground[:, :2], axis=1)
    actual, stated = float(np.sqrt(np.mean(misses**2))), site.fit.residual_rms_m
    if not abs(actual - stated) <= _ROUNDING_M + _ROUNDING_SHARE * stated:
        worst = site.reference_points[int(np.argmax(np.where(np.isnan(misses), np.inf, misses)))].name
        how = f"by {actual:.2f} m" if math.isfinite(actual) else f"('{worst}' even above the horizon)"
        msg = (
            f"{path}: fit.residual_rms_m says {stated:g} m, but the camera misses the reference points {how}, "
            f"'{worst}' most: if they were edited (mirrored, other units), run safemob calibrate again"
        )
        raise SiteError(msg)


def _check_coverage(site: Site, path: Path) -> None:
    """A polygon whose edges do not meet but at their common corners, and that has an area."""
    if site.coverage_m is None:
        return
    edges = list(itertools.pairwise((*site.coverage_m, site.coverage_m[0])))
    for (i, (a, b)), (j, (c, d)) in itertools.combinations(enumerate(edges), 2):
        adjacent = j - i == 1 or (i == 0 and j == len(edges) - 1)
        if a == b or c == d or (not adjacent and _cross(a, b, c, d)):
            msg = f"{path}: coverage.polygon_m crosses itself or repeats a corner: list the corners once, in order"
            raise SiteError(msg)
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in edges) / 2
    if abs(area) < 1.0:
        msg = f"{path}: coverage.polygon_m covers {abs(area):.2g} m²: it takes corners in metres"
        raise SiteError(msg)


def _cross(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0
