"""How far apart two oriented rectangles are: the distance of a point from the octagon that both of them make.

Two convex bodies touch where the vector from one centre to the other lies in the sum of the one and the mirrored
other (Minkowski). For two rectangles that is an octagon whose sides are theirs, in order of direction. Nothing here
looks for separating axes, as the analysis does.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Gaps", "Sizes", "find_touch", "measure_gaps"]

Floats = npt.NDArray[np.float64]
Sizes = tuple[tuple[float, float], tuple[float, float]]
"""(length, width) of two footprints, m."""

_TIE_M = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Between two rectangles, N times.

    Attributes:
        distances: (N,) m; where they overlap, minus the least way that would part them.
        directions: (N, 2) unit vectors in which the second would leave the first on the shortest way.
    """

    distances: Floats
    directions: Floats


def measure_gaps(offsets: Floats, headings: tuple[Floats, Floats], sizes_m: Sizes) -> Gaps:
    """Distance between two rectangles.

    Args:
        offsets: (N, 2) from the centre of the first to that of the second, m.
        headings: (N,) of the first and (N,) of the second, rad.
        sizes_m: (length, width) of the first and of the second.

    >>> apart = np.array([[5.0, 0.0], [3.0, 0.0]])
    >>> measure_gaps(apart, (np.zeros(2), np.zeros(2)), ((4.0, 2.0), (4.0, 2.0))).distances.tolist()
    [1.0, -1.0]
    """
    cosine, sine = np.cos(headings[0]), np.sin(headings[0])
    points = _turn(offsets, cosine, -sine)
    sides = _list_sides(headings[1] - headings[0], sizes_m)
    corners = np.cumsum(sides, axis=0) - sides - sides.sum(axis=0) / 2
    corners, sides = np.concatenate([corners, -corners]), np.concatenate([sides, -sides])
    normals = np.stack([sides[..., 1], -sides[..., 0]], axis=-1) / np.hypot(sides[..., 0], sides[..., 1])[..., None]
    beyond = points - corners
    heights = _dot(beyond, normals)
    share = np.clip(_dot(beyond, sides) / _dot(sides, sides), 0, 1)
    ways = beyond - share[..., None] * sides
    lengths = np.hypot(ways[..., 0], ways[..., 1])

    every = np.arange(len(points))
    highest, nearest = heights.argmax(axis=0), lengths.argmin(axis=0)
    height, length = heights[highest, every], lengths[nearest, every]
    outside = (height > 0) & (length > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.where(outside[:, None], ways[nearest, every] / length[:, None], normals[highest, every])
    return Gaps(distances=np.where(height > 0, length, height), directions=_turn(away, cosine, sine))


def find_touch(
    centres: tuple[Floats, Floats],
    headings: tuple[float, float],
    sizes_m: Sizes,
) -> tuple[float, float]:
    """Where two rectangles that touch do so: the middle between the corners that are nearest to the other one.

    Args:
        centres: (2,) of the first and (2,) of the second.
        headings: of both, rad.
        sizes_m: (length, width) of both.
    """
    distances, middles = [], []
    for one, other in ((0, 1), (1, 0)):
        corners = centres[one] + _turn(
            np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]]) * np.array(sizes_m[one]) / 2,
            np.cos(headings[one]),
            np.sin(headings[one]),
        )
        cosine, sine = np.cos(headings[other]), np.sin(headings[other])
        seen = _turn(corners - centres[other], cosine, -sine)
        half = np.array(sizes_m[other]) / 2
        nearest = centres[other] + _turn(np.clip(seen, -half, half), cosine, sine)
        distances.append(np.hypot(*(corners - nearest).T))
        middles.append((corners + nearest) / 2)
    distance, middle = np.concatenate(distances), np.concatenate(middles)
    x, y = middle[distance <= distance.min() + _TIE_M].mean(axis=0).tolist()
    return x, y


def _list_sides(turned: Floats, sizes_m: Sizes) -> Floats:
    """(4, N, 2) half of the octagon's sides, in order of direction, as the first rectangle sees them."""
    (length, width), (other_length, other_width) = sizes_m
    quarters = np.floor(turned / (np.pi / 2))
    angle = turned - quarters * (np.pi / 2)
    lies_along = quarters % 2 == 0
    fore = np.where(lies_along, other_length, other_width)
    side = np.where(lies_along, other_width, other_length)
    zero = np.zeros(len(turned))
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack(
        [
            np.stack([zero + length, zero], axis=-1),
            np.stack([fore * cosine, fore * sine], axis=-1),
            np.stack([zero, zero + width], axis=-1),
            np.stack([-side * sine, side * cosine], axis=-1),
        ]
    )


def _turn(vectors: Floats, cosine: Floats | float, sine: Floats | float) -> Floats:
    x, y = vectors[..., 0], vectors[..., 1]
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=-1)


def _dot(one: Floats, other: Floats) -> Floats:
    product: Floats = one[..., 0] * other[..., 0] + one[..., 1] * other[..., 1]
    return product
