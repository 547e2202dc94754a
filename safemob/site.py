"""The intersection as values: its camera, its place on the map, what is known of its calibration."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from safemob.errors import ReferencePointError
from safemob.units import Metres, Pixels

__all__ = [
    "CAMERA_HEIGHT_M",
    "FOCAL_PER_WIDTH",
    "CameraModel",
    "Fit",
    "Origin",
    "ReferencePoint",
    "Site",
    "check_reference_points",
]

CAMERA_HEIGHT_M = (2.0, 60.0)
"""Heights above the ground at which a camera that looks at an intersection is believed."""

FOCAL_PER_WIDTH = (0.3, 10.0)
"""Focal lengths, in frame widths, that are believed: fields of view from 118° down to 6°."""

_MOST_POINTS = 100
_SAME_PIXEL = 0.5
_SAME_PLACE_M = 0.01
_LINE_THINNESS = 0.02
"""Points are on one line if none lies farther from it than this share of its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraModel:
    """A pinhole camera with square pixels, standing in site coordinates (x, y on the ground, z up, metres).

    A site point X is seen at pixel K·distort(R·(X − position)), R the rotation matrix of `rotation_vector`,
    camera axes x right, y down, z forward.

    Attributes:
        width_px, height_px: the frame size that pixels refer to.
        focal_px: focal length in pixels.
        principal_point_px: (u, v), the frame centre unless known better.
        distortion: (k1, k2, p1, p2, k3) of the Brown–Conrady model in OpenCV's order; zeros if none.
        rotation_vector: axis times angle in rad, site to camera (Rodrigues).
        position_m: (x, y, z) of the camera in site coordinates.
        covariance: 7×7 of (focal_px, rotation_vector, position_m) from the fit, row by row; None if unknown.
    """

    width_px: int
    height_px: int
    focal_px: Pixels
    principal_point_px: tuple[float, float]
    distortion: tuple[float, float, float, float, float]
    rotation_vector: tuple[float, float, float]
    position_m: tuple[float, float, float]
    covariance: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePoint:
    """A point seen at a pixel and known on the ground: pixel (u, v), site coordinates (x, y, z) in metres."""

    name: str
    pixel: tuple[float, float]
    ground_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where site coordinates (0, 0) lie on the map. x points east and y north."""

    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well the camera explains its reference points, on the ground.

    Attributes:
        residual_rms_m: root mean square of the distances between given and re-projected ground points.
        leave_one_out_rms_m: the same with each point predicted by a fit without it; None below 5 points.
        method: one sentence on where the points come from and how good they are.
    """

    residual_rms_m: Metres
    leave_one_out_rms_m: Metres | None
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One intersection seen by one camera.

    Attributes:
        id: short name for files and records: lower-case letters, digits and hyphens.
        name: name for people.
        time_zone: IANA name, e.g. ``Europe/Berlin``.
        camera: the solved camera.
        reference_points: the points it was solved from.
        fit: how well they agree.
        origin: place on the map; None where only local metres are known.
        coverage_m: polygon (x, y) inside which road users are analysed; None for all the camera sees.
    """

    id: str
    name: str
    time_zone: str
    camera: CameraModel
    reference_points: tuple[ReferencePoint, ...]
    fit: Fit
    origin: Origin | None = None
    coverage_m: tuple[tuple[float, float], ...] | None = None


def check_reference_points(points: Sequence[ReferencePoint], width_px: int, height_px: int) -> None:
    """Refuse reference points that cannot determine a camera, whatever their numbers say.

    A camera needs four points, no two in the same place, inside the frame, of which no three that are left after
    taking one away lie on one line: three points on a line and one beside it fix no ground plane.

    Args:
        points: the points.
        width_px: of the frame their pixels refer to.
        height_px: likewise.

    Raises:
        ReferencePointError: naming the point or points at fault.
    """
    if len(points) < 4:  # noqa: PLR2004  (a plane seen in perspective has eight unknowns, a point gives two)
        msg = f"a camera needs at least 4 reference points, there are {len(points)}: add points spread over the road"
        raise ReferencePointError(msg)
    if len(points) > _MOST_POINTS:
        msg = f"there are {len(points)} reference points: keep the best, {_MOST_POINTS} at most"
        raise ReferencePointError(msg)
    _check_each(points, width_px, height_px)
    _check_pairs(points)
    for skipped in range(len(points)):
        kept = [point for i, point in enumerate(points) if i != skipped]
        if _lie_on_a_line([point.ground_m for point in kept]) or _lie_on_a_line([(*p.pixel, 0.0) for p in kept]):
            names = ", ".join(f"'{point.name}'" for point in kept)
            msg = f"reference points {names} lie on one line: add points beside it, so that four form a quadrangle"
            raise ReferencePointError(msg)


def _check_each(points: Sequence[ReferencePoint], width_px: int, height_px: int) -> None:
    for point in points:
        if not all(map(math.isfinite, (*point.pixel, *point.ground_m))):
            msg = f"reference point '{point.name}' has a coordinate that is not a finite number: correct or remove it"
            raise ReferencePointError(msg)
        if not (0 <= point.pixel[0] <= width_px and 0 <= point.pixel[1] <= height_px):
            msg = (
                f"reference point '{point.name}' at pixel ({point.pixel[0]:g}, {point.pixel[1]:g}) is outside the "
                f"{width_px}×{height_px} frame: read pixels from a picture of the video's own size"
            )
            raise ReferencePointError(msg)


def _check_pairs(points: Sequence[ReferencePoint]) -> None:
    for one, other in itertools.combinations(points, 2):
        if one.name == other.name:
            msg = f"two reference points are named '{one.name}': give each its own name"
            raise ReferencePointError(msg)
        for what, apart, least in (
            ("pixel", math.dist(one.pixel, other.pixel), _SAME_PIXEL),
            ("place on the ground", math.dist(one.ground_m, other.ground_m), _SAME_PLACE_M),
        ):
            if apart < least:
                msg = f"reference points '{one.name}' and '{other.name}' are the same {what}: correct or remove one"
                raise ReferencePointError(msg)


def _lie_on_a_line(places: Sequence[tuple[float, float, float]]) -> bool:
    start, end = max(itertools.combinations(places, 2), key=lambda pair: math.dist(*pair))
    length = math.dist(start, end)
    for place in places:
        a, b = math.dist(place, start), math.dist(place, end)
        # Twice the triangle's area over its base is the distance from the line (Heron's formula, Kahan's order).
        x, y, z = sorted((a, b, length), reverse=True)
        area = math.sqrt(max(0.0, (x + (y + z)) * (z - (x - y)) * (z + (x - y)) * (x + (y - z)))) / 4
        if 2 * area / length > _LINE_THINNESS * length:
            return False
    return True
