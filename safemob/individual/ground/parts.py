"""Bodies that reach over the picture's edge, and the boxes of the parts inside it.

Such a box ends at the picture's edge whatever the body does beyond it: that side tells that the body reaches so far,
and nothing more. Its other sides are those of the part inside the picture, which need not be those of the body.
"""

from collections import defaultdict
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ground.body import CORNERS, SIZE_MEANS
from safemob.individual.ground.camera import Camera

__all__ = ["linearise_parts", "reach_out", "show_parts"]

_Scalar = TypeVar("_Scalar", np.float64, np.int64)

_PIECES, _SHORT_M = 4, 3.0
"""Lines along longer bodies are followed in so many pieces: lenses bend them, and one end may lie behind the camera."""
_STEPS = np.array([0.05, 0.05, 0.01, 0.05, 0.02, 0.02])
"""For slopes by x, y (m), heading (rad), length, width and height (m)."""


def _draw_lines(corners: Floats, length_m: float) -> tuple[Floats, Ints]:
    """(M, 3) points on lines along a body and across its ends, given its corners, and (S, 2) which of them to join."""
    ticks = 2 if length_m < _SHORT_M else _PIECES + 1
    along, across = defaultdict(list), defaultdict(list)
    for x, y, z in np.unique(corners, axis=0).tolist():
        along[y, z].append(x)
        across[x, z].append(y)
    lines = [np.linspace((min(x), y, z), (max(x), y, z), ticks) for (y, z), x in along.items()]
    ends = [np.array([(x, min(y), z), (x, max(y), z)]) for (x, z), y in across.items()]
    joined, count = [], 0
    for line in lines + ends:
        places = count + np.arange(len(line))
        joined.append(np.stack([places[:-1], places[1:]], axis=1))
        count += len(line)
    return np.concatenate(lines + ends), np.concatenate(joined)


def _pad(rows: list[NDArray[_Scalar]]) -> NDArray[_Scalar]:
    most = max(map(len, rows))
    return np.stack([np.concatenate([each, np.repeat(each[:1], most - len(each), axis=0)]) for each in rows])


_LINES = [_draw_lines(corners, length) for corners, length in zip(CORNERS, SIZE_MEANS[:, 0].tolist(), strict=True)]
_POINTS: Floats = _pad([points for points, _ in _LINES])
_JOINED: Ints = _pad([joined for _, joined in _LINES])
for _array in (_POINTS, _JOINED):
    _array.flags.writeable = False


def show_parts(states: Floats, classes: Ints, camera: Camera) -> Floats:
    """The boxes of what bodies show inside the picture.

    Args:
        states: (N, 6) x, y (m), heading (rad), length, width, height (m).
        classes: (N,) class codes.
        camera: the solved camera.

    Returns:
        (N, 4) left, top, right, bottom, px; NaN of bodies outside the picture.
    """
    body = _POINTS[classes] * states[:, None, 3:]
    cosine, sine = np.cos(states[:, 2:3]), np.sin(states[:, 2:3])
    points = np.empty_like(body)
    points[..., 0] = states[:, :1] + cosine * body[..., 0] - sine * body[..., 1]
    points[..., 1] = states[:, 1:2] + sine * body[..., 0] + cosine * body[..., 1]
    points[..., 2] = body[..., 2]
    pixels = camera.project(points)
    size = np.array([camera.model.width_px, camera.model.height_px], dtype=np.float64)
    inside = ((pixels >= 0) & (pixels <= size)).all(axis=-1, keepdims=True)
    low = np.where(inside, pixels, np.inf).min(axis=1)
    high = np.where(inside, pixels, -np.inf).max(axis=1)
    _meet_border(
        np.take_along_axis(pixels, _JOINED[classes].reshape(len(states), -1, 1), axis=1).reshape(len(states), -1, 2, 2),
        size,
        low,
        high,
    )
    boxes = np.concatenate([low, high], axis=1)
    boxes[~np.isfinite(boxes).all(axis=1)] = np.nan
    return boxes


def _meet_border(ends: Floats, size: Floats, low: Floats, high: Floats) -> None:
    """Widen (N, 2) lowest and highest pixels to where lines between (N, S, 2, 2) ends cross the picture's border."""
    start, way = ends[:, :, 0], ends[:, :, 1] - ends[:, :, 0]
    for axis in (0, 1):
        for border in (0.0, size[axis]):
            with np.errstate(divide="ignore", invalid="ignore"):
                share = (border - start[..., axis]) / way[..., axis]
                along = start[..., 1 - axis] + share * way[..., 1 - axis]
            crosses = (share > 0) & (share < 1) & (along >= 0) & (along <= size[1 - axis])
            some = crosses.any(axis=1)
            low[some, axis] = np.minimum(low[some, axis], border)
            high[some, axis] = np.maximum(high[some, axis], border)
            low[:, 1 - axis] = np.minimum(low[:, 1 - axis], np.where(crosses, along, np.inf).min(axis=1))
            high[:, 1 - axis] = np.maximum(high[:, 1 - axis], np.where(crosses, along, -np.inf).max(axis=1))


def linearise_parts(states: Floats, classes: Ints, camera: Camera) -> tuple[Floats, Floats]:
    """The boxes of parts, and how their sides move with the states.

    Args:
        states: (N, 6), as for `show_parts`.
        classes: (N,) class codes.
        camera: the solved camera.

    Returns:
        (N, 4) px, and (N, 4, 6) px per unit of the state.
    """
    n = len(states)
    moved = states + np.concatenate([np.zeros((1, 6)), np.diag(_STEPS)])[:, None]
    boxes = show_parts(moved.reshape(-1, 6), np.tile(classes, 7), camera).reshape(7, n, 4)
    slopes = (boxes[1:] - boxes[0]) / _STEPS[:, None, None]
    return boxes[0], slopes.transpose(1, 2, 0)


def reach_out(boxes: Floats, headings: Floats, lengths: Floats, camera: Camera) -> Floats:
    """Where bodies stand whose boxes are cut: half a length beyond what is seen, away from the picture's middle.

    Args:
        boxes: (N, 4) px.
        headings: (N,) rad, either way round.
        lengths: (N,) m.
        camera: the solved camera.

    Returns:
        (N, 2) rough places, m.
    """
    width, height = camera.model.width_px, camera.model.height_px
    left, top, right, bottom = boxes.T
    inner = np.where(left + right < width, right, left)
    seen = camera.to_ground(np.stack([inner, bottom], axis=1))
    outer = np.stack([left + right - inner, np.where(top + bottom < height, top, bottom)], axis=1)
    out = camera.to_ground(outer) - seen
    axis = np.stack([np.cos(headings), np.sin(headings)], axis=1)
    turn = np.where((out * axis).sum(axis=1) < 0, -1.0, 1.0)
    return seen + axis * (turn * lengths / 2)[:, None]
