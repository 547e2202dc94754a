"""Oriented rectangles on the ground: the footprints that every indicator of a pair compares.

A rectangle is its centre and two half-extent vectors, so that nothing here normalises, divides by a length
or calls a trigonometric function: on numbers that floats hold exactly, the comparisons are exact.
"""

from dataclasses import dataclass

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral

__all__ = ["Rectangles", "Separation", "compute_separation", "dot", "find_overlaps", "separating_axes"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Rectangles(Ephemeral):
    """N oriented rectangles, read-only. The two half extents of each are perpendicular and not zero.

    Attributes:
        centres: (N, 2) m.
        along: (N, 2) from the centre to the middle of the front edge, m.
        across: (N, 2) from the centre to the middle of the left edge, m.
    """

    centres: Floats
    along: Floats
    across: Floats

    def __post_init__(self) -> None:
        n = len(self.centres)
        check_shapes(self, centres=(n, 2), along=(n, 2), across=(n, 2))

    def __len__(self) -> int:
        return len(self.centres)

    @classmethod
    def facing(cls, centres: Floats, directions: Floats, lengths: Floats, widths: Floats) -> "Rectangles":
        """Rectangles whose long axes point along unit vectors.

        Args:
            centres: (N, 2) m.
            directions: (N, 2) unit vectors, used as they are.
            lengths: (N,) full extent along the direction, m, above zero.
            widths: (N,) full extent across it, m, above zero.

        Raises:
            ValueError: if a length or width is not above zero.
        """
        if not (np.all(lengths > 0) and np.all(widths > 0)):
            msg = "a footprint has a length or width that is not above zero: give every road user a size in metres"
            raise ValueError(msg)
        left = np.stack([-directions[:, 1], directions[:, 0]], axis=1)
        return cls(
            centres=np.array(centres, dtype=np.float64),
            along=directions * (lengths / 2)[:, None],
            across=left * (widths / 2)[:, None],
        )

    @classmethod
    def heading(cls, centres: Floats, headings: Floats, lengths: Floats, widths: Floats) -> "Rectangles":
        """Rectangles by the angle of their long axes: (N,) rad counter-clockwise from +x. See `facing`."""
        return cls.facing(centres, np.stack([np.cos(headings), np.sin(headings)], axis=1), lengths, widths)

    def take(self, index: Ints | Bools | slice) -> "Rectangles":
        """The rectangles at the given indices (or under a mask), in that order."""
        return Rectangles(centres=self.centres[index], along=self.along[index], across=self.across[index])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Separation(Ephemeral):
    """How far N pairs of rectangles lie apart.

    Attributes:
        gaps: (N,) smallest distance between the two rectangles, m; 0 where they touch or overlap.
        directions: (N, 2) unit vectors from the nearest point of the first to that of the second; between the
            centres where the gap is 0, and (0, 0) where those coincide.
        midpoints: (N, 2) halfway between the nearest points, m; between the centres where the gap is 0.
    """

    gaps: Floats
    directions: Floats
    midpoints: Floats


def dot(a: Floats, b: Floats) -> Floats:
    """Scalar products over the last axis."""
    product: Floats = a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1]
    return product


def separating_axes(first: Rectangles, second: Rectangles) -> tuple[Floats, Floats]:
    """The directions along which two rectangles can be told apart, and how far they reach on each.

    Two convex shapes are disjoint if and only if their projections on the normal of some edge are; two
    rectangles have four. The axes are the half extents themselves, not unit vectors.

    Returns:
        (4, N, 2) axes k, and (4, N) sums of half extents on k, in the axis' own scale: the rectangles meet
        where |(second.centre − first.centre)·k| ≤ reach for all four.
    """
    axes = np.stack([first.along, first.across, second.along, second.across])
    mixed = np.abs(dot(axes[:2, None], axes[2:]))
    return axes, dot(axes, axes) + np.concatenate([mixed.sum(axis=1), mixed.sum(axis=0)])


def find_overlaps(first: Rectangles, second: Rectangles) -> Bools:
    """(N,) whether the pairs of rectangles touch or overlap."""
    axes, reach = separating_axes(first, second)
    offset = np.abs(dot(axes, (second.centres - first.centres)[None]))
    overlaps: Bools = np.all(offset <= reach, axis=0)
    return overlaps


def compute_separation(first: Rectangles, second: Rectangles) -> Separation:
    """Gap, direction and midpoint of N pairs of rectangles.

    The nearest points of two disjoint convex polygons include a corner of one of them, so the gap is the
    smallest of eight distances from a corner to a rectangle.

    >>> square = Rectangles.heading(np.zeros((1, 2)), np.zeros(1), np.ones(1), np.ones(1))
    >>> other = Rectangles.heading(np.array([[4.0, 5.0]]), np.zeros(1), np.ones(1), np.ones(1))
    >>> float(compute_separation(square, other).gaps[0])
    5.0
    """
    corners_second, leaps_second = _leap_to_corners(first, second)
    corners_first, leaps_first = _leap_to_corners(second, first)
    corners = np.concatenate([corners_second, corners_first])
    leaps = np.concatenate([leaps_second, -leaps_first])
    ends_at_corner = np.concatenate([np.full(4, 0.5), np.full(4, -0.5)])
    distances = np.hypot(leaps[..., 0], leaps[..., 1])
    nearest = np.argmin(distances, axis=0)
    column = np.arange(len(first))
    apart = ~find_overlaps(first, second)
    gaps = np.where(apart, distances[nearest, column], 0.0)
    leap = leaps[nearest, column]
    midpoints = corners[nearest, column] - leap * ends_at_corner[nearest][:, None]
    between = second.centres - first.centres
    towards = np.where((gaps > 0)[:, None], leap, between)
    norm = np.hypot(towards[:, 0], towards[:, 1])
    directions = np.divide(towards, norm[:, None], out=np.zeros_like(towards), where=(norm > 0)[:, None])
    midpoints = np.where((gaps > 0)[:, None], midpoints, first.centres + between / 2)
    return Separation(gaps=gaps, directions=directions, midpoints=midpoints)


def _leap_to_corners(of: Rectangles, to: Rectangles) -> tuple[Floats, Floats]:
    """(4, N, 2) corners of `to`, and (4, N, 2) vectors to them from the nearest points of `of`."""
    corners = np.stack(
        [
            to.centres + to.along + to.across,
            to.centres + to.along - to.across,
            to.centres - to.along + to.across,
            to.centres - to.along - to.across,
        ]
    )
    offset = corners - of.centres
    leaps = np.zeros_like(offset)
    for half in (of.along, of.across):
        share = dot(offset, half[None]) / dot(half, half)
        leaps += (share - np.clip(share, -1.0, 1.0))[..., None] * half
    return corners, leaps
