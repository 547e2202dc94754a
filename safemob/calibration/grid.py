"""Draw the ground grid into a picture of the site, so that an eye can check the calibration on kerbs and markings."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from safemob.adapters.whole_files import replace_file
from safemob.calibration.view import View
from safemob.individual.arrays import Floats, Image
from safemob.individual.ground.camera import Camera
from safemob.site import CameraModel, ReferencePoint

__all__ = ["draw_grid", "write_grid"]

_MARGIN_M = 10.0
_FINE_M = 1.0
_COARSE_M = 5.0
_WIDEST_FINE_M = 120.0
_STEP_M = 0.25
_EXAGGERATION = 10.0
_SUBPIXEL_BITS = 4
_WHITE, _BLACK, _YELLOW, _BLUE, _RED, _GREEN = (
    (255, 255, 255),
    (0, 0, 0),
    (0, 230, 255),
    (255, 120, 0),
    (40, 40, 255),
    (80, 220, 80),
)


def write_grid(view: View, camera: CameraModel, points: Sequence[ReferencePoint], path: Path) -> None:
    """Write the picture with its grid as PNG, whole or not at all.

    It shows a public place and whoever was there: it takes a `View`, which is read from a recorded file, never a frame
    of a live camera, and is written on the command that asks for it only (docs/adr/0007-camera-solve.md).

    Raises:
        OutputError: the file cannot be written.
    """
    _, data = cv2.imencode(".png", draw_grid(view.image, camera, points))
    replace_file(path, data.tobytes())


def draw_grid(image: Image, camera: CameraModel, points: Sequence[ReferencePoint]) -> Image:
    """A copy of the picture with 1 m lines, labelled 5 m lines, horizon, axes and reference points.

    At each point a cross stands where it was given and an arrow shows, ten times too long, where the camera sees it.

    Args:
        image: (height, width, 3) uint8, of the camera's frame size.
        camera: the solved camera.
        points: its reference points.

    Returns:
        (height, width, 3) uint8.
    """
    view = Camera(camera)
    low, high = _find_extent(view, points)
    drawn = image.copy()
    if (high - low).max() <= _WIDEST_FINE_M:
        _draw_lines(drawn, view, low, high, _FINE_M, (190, 190, 190))
    _draw_lines(drawn, view, low, high, _COARSE_M, _YELLOW)
    blended: Image = np.asarray(cv2.addWeighted(drawn, 0.6, image, 0.4, 0.0), np.uint8)
    scale = max(0.35, camera.width_px / 2000)
    _label_lines(blended, view, low, high, scale)
    _draw_horizon(blended, view)
    _draw_axes(blended, view, points, scale)
    _draw_points(blended, view, points, scale)
    return blended


def _find_extent(view: Camera, points: Sequence[ReferencePoint]) -> tuple[Floats, Floats]:
    """The rectangle of ground to draw: around the points and what is seen at the frame's lower corners."""
    width, height = view.model.width_px, view.model.height_px
    near = view.to_ground(np.array([[0.0, height], [width, height]], dtype=np.float64))
    places = np.array([point.ground_m[:2] for point in points])
    near = near[np.linalg.norm(near - places.mean(axis=0), axis=1) < _WIDEST_FINE_M / 2]
    places = np.concatenate([places, near])
    low, high = places.min(axis=0) - _MARGIN_M, places.max(axis=0) + _MARGIN_M
    return np.floor(low / _COARSE_M) * _COARSE_M, np.ceil(high / _COARSE_M) * _COARSE_M


def _draw_lines(
    image: Image, view: Camera, low: Floats, high: Floats, spacing: float, colour: tuple[int, int, int]
) -> None:
    for axis in (0, 1):
        run = np.arange(low[1 - axis], high[1 - axis] + _STEP_M / 2, _STEP_M)
        for value in np.arange(low[axis], high[axis] + spacing / 2, spacing):
            line = np.zeros((len(run), 3))
            line[:, axis], line[:, 1 - axis] = value, run
            _draw_path(image, view.project(line), colour, 1)


def _draw_path(image: Image, pixels: Floats, colour: tuple[int, int, int], thickness: int) -> None:
    """Draw a line through pixels, broken where they are far outside the frame."""
    width = image.shape[1]
    with np.errstate(invalid="ignore"):
        near = ((pixels > -width) & (pixels < [2 * width, 2 * width])).all(axis=1)
    scaled = np.round(np.where(near[:, None], pixels, 0) * 2**_SUBPIXEL_BITS).astype(np.int32)
    for run in np.split(np.arange(len(pixels)), np.flatnonzero(np.diff(near)) + 1):
        if near[run[0]] and len(run) > 1:
            cv2.polylines(image, [scaled[run]], False, colour, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)  # noqa: FBT003  (OpenCV: not closed)


def _label_lines(image: Image, view: Camera, low: Floats, high: Floats, scale: float) -> None:
    """Write x and y at the crossings of the coarse lines, where there is room."""
    taken: list[Floats] = []
    for x in np.arange(low[0], high[0] + 1, _COARSE_M):
        for y in np.arange(low[1], high[1] + 1, _COARSE_M):
            pixel = view.project(np.array([x, y, 0.0]))
            room = all(np.abs((pixel - other) / [scale * 140, scale * 40]).max() > 1 for other in taken)
            if np.isfinite(pixel).all() and room and _is_inside(image, pixel):
                taken.append(pixel)
                _write(image, f"x{x:g} y{y:g}", pixel, scale, _YELLOW)


def _draw_horizon(image: Image, view: Camera) -> None:
    turn = np.linspace(0, 2 * np.pi, 721)
    far = view.position + 1e5 * np.column_stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)])
    pixels = view.project(far)
    order = np.argsort(np.where(np.isnan(pixels[:, 0]), np.inf, pixels[:, 0]))
    _draw_path(image, pixels[order], _BLUE, 1)


def _draw_axes(image: Image, view: Camera, points: Sequence[ReferencePoint], scale: float) -> None:
    centre = np.array([point.ground_m for point in points]).mean(axis=0) * [1.0, 1.0, 0.0]
    for name, along, colour in (("x", [2.0, 0.0, 0.0], _RED), ("y", [0.0, 2.0, 0.0], _GREEN)):
        start, end = view.project(centre), view.project(centre + along)
        if _is_inside(image, start) and _is_inside(image, end):
            cv2.arrowedLine(image, _at(start), _at(end), colour, 2, cv2.LINE_AA)
            _write(image, name, end, scale * 1.3, colour)


def _draw_points(image: Image, view: Camera, points: Sequence[ReferencePoint], scale: float) -> None:
    seen = view.project(np.array([point.ground_m for point in points]))
    for point, there in zip(points, seen, strict=True):
        given = np.array(point.pixel)
        cv2.drawMarker(image, _at(given), _RED, cv2.MARKER_CROSS, round(30 * scale), 1, cv2.LINE_AA)
        if np.isfinite(there).all():
            tip = given + _EXAGGERATION * (there - given)
            cv2.arrowedLine(image, _at(given), _at(tip), _RED, 1, cv2.LINE_AA)
        ascii_name = point.name.encode("ascii", "replace").decode()
        _write(image, ascii_name, given + np.array([6.0, -6.0]), scale * 1.3, _RED)


def _write(image: Image, text: str, at: Floats, scale: float, colour: tuple[int, int, int]) -> None:
    for ink, thickness in ((_BLACK, 3), (colour, 1)):
        cv2.putText(image, text, _at(at), cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thickness, cv2.LINE_AA)


def _is_inside(image: Image, pixel: Floats) -> bool:
    height, width = image.shape[:2]
    return bool((pixel >= 0).all() and pixel[0] < width and pixel[1] < height)


def _at(pixel: Floats) -> tuple[int, int]:
    return round(float(pixel[0])), round(float(pixel[1]))
