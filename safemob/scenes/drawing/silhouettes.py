"""How large bodies are in the picture: their boxes, and the pixels they would cover if nothing stood before them."""

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.optics import View

__all__ = ["measure_bodies"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SUBPIXEL_BITS = 4
_FINE_PX = 400
_FINEST = 16
_FARTHEST_PX = 8000.0


def measure_bodies(view: View, points: npt.NDArray[np.float32], firsts: Ints) -> tuple[Floats, Ints]:
    """Measure every body.

    Args:
        view: the camera.
        points: (V, 3) corners of all faces, four by four, in site coordinates.
        firsts: (N + 1,) the first corner of every body, and V.

    Returns:
        (N, 4) left, top, right, bottom in pixels, NaN for bodies that are outside the picture, and (N,) pixels inside
        the picture that each covers.
    """
    size = view.camera.width_px, view.camera.height_px
    pixels = view.to_picture(points.astype(np.float64))
    boxes, covered = np.full((len(firsts) - 1, 4), np.nan), np.zeros(len(firsts) - 1, dtype=np.int64)
    for index, (start, end) in enumerate(pairwise(firsts.tolist())):
        own = pixels[start:end]
        known = own[np.isfinite(own[:, 0])]
        if not len(known):
            continue
        (left, top), (right, bottom) = known.min(axis=0), known.max(axis=0)
        if right > 0 and bottom > 0 and left < size[0] and top < size[1]:
            boxes[index] = left, top, right, bottom
            covered[index] = _cover(own.reshape(-1, 4, 2), boxes[index], size)
    return boxes, covered


def _cover(faces: Floats, box: Floats, size: tuple[int, int]) -> int:
    """How many pixels (Q, 4, 2) faces cover together: those that look at the camera are filled one by one."""
    left, top = (int(max(0, np.floor(each))) for each in box[:2])
    right, bottom = (int(min(most, np.ceil(each))) for each, most in zip(box[2:], size, strict=True))
    # Filling takes the rim in as well; on a finer grid that is less.
    fine = int(np.clip(_FINE_PX / max(right - left, bottom - top), 1, _FINEST))
    one, other = faces[:, 2] - faces[:, 0], faces[:, 3] - faces[:, 1]
    with np.errstate(invalid="ignore"):
        facing = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0] < 0  # rows count downwards
    places = (np.clip(faces[facing], -_FARTHEST_PX, _FARTHEST_PX) - (left, top)) * fine - 0.5
    canvas = np.zeros(((bottom - top) * fine, (right - left) * fine), dtype=np.uint8)
    for face in np.round(places * (1 << _SUBPIXEL_BITS)).astype(np.int32):
        cv2.fillConvexPoly(canvas, face, [1], cv2.LINE_8, _SUBPIXEL_BITS)
    return round(np.count_nonzero(canvas) / fine**2)
