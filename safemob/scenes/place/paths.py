"""Paths by arc length: straight lines joined by curves whose curvature begins and ends at zero.

A curve is a clothoid, an arc and a clothoid: a steering wheel that is turned at an even rate, held, and turned back.
Curvature is then piecewise linear in the distance travelled and heading its exact integral. Positions are integrated
by a Gauss–Legendre rule that errs by less than 10⁻¹² m, so that place, direction and curvature agree to the last digit.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

__all__ = ["Bend", "Path", "Places", "fit_bend", "join_points", "trace_path"]

Floats = npt.NDArray[np.float64]

_CLOTHOID_SHARE = 0.5
"""Of the change of heading, taken by the two clothoids together."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_STRAIGHT_RAD = 1e-9
_REVERSAL_RAD = math.radians(179.0)
_TIGHTEST_M = 0.3
_SHORTEST_M = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What a path is like at N distances from its start.

    Attributes:
        positions: (N, 2) m.
        headings: (N,) direction of travel, rad counter-clockwise from +x, continuous along the path.
        curvatures: (N,) 1/m, positive to the left.
        slopes: (N,) change of curvature by distance, 1/m².
    """

    positions: Floats
    headings: Floats
    curvatures: Floats
    slopes: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """A curve of a path: where it begins and ends, m from the path's start, and its least radius, m."""

    from_m: float
    until_m: float
    radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A way without cusps. It goes straight on before its start and behind its end.

    Attributes:
        starts_m: (K,) distance from the start at which each of K sections begins.
        points: (K, 2) where they begin, m.
        headings: (K,) direction there, rad.
        curvatures: (K,) curvature there, 1/m.
        slopes: (K,) change of curvature by distance within the section, 1/m².
        length_m: of the whole.
        bends: its curves, in order.
    """

    starts_m: Floats
    points: Floats
    headings: Floats
    curvatures: Floats
    slopes: Floats
    length_m: float
    bends: tuple[Bend, ...]

    def at(self, distances_m: Floats) -> Places:
        """Place, direction and curvature at (N,) distances from the start.

        >>> path = trace_path([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], [5.0])
        >>> path.at(np.array([-1.0, 0.0, 5.0])).positions.round(9).tolist()
        [[-1.0, 0.0], [0.0, 0.0], [5.0, 0.0]]
        """
        distances = np.asarray(distances_m, dtype=np.float64)
        inside = np.clip(distances, 0.0, self.length_m)
        section = np.searchsorted(self.starts_m, inside, side="right") - 1
        ahead = inside - self.starts_m[section]
        turned = ahead * (self.curvatures[section] + ahead * self.slopes[section] / 2)
        headings = self.headings[section] + turned
        steps = ahead[:, None] * (_NODES + 1) / 2
        angles = self.headings[section, None] + steps * (
            self.curvatures[section, None] + steps * self.slopes[section, None] / 2
        )
        beyond = distances - inside
        x = ahead / 2 * (np.cos(angles) @ _WEIGHTS) + beyond * np.cos(headings)
        y = ahead / 2 * (np.sin(angles) @ _WEIGHTS) + beyond * np.sin(headings)
        on_it = beyond == 0
        return Places(
            positions=self.points[section] + np.stack([x, y], axis=-1),
            headings=headings,
            curvatures=np.where(on_it, self.curvatures[section] + ahead * self.slopes[section], 0.0),
            slopes=np.where(on_it, self.slopes[section], 0.0),
        )


def fit_bend(turn_rad: float, radius_m: float) -> float:
    """How long before a corner a curve of a least radius has to begin, and how far behind it ends, m.

    >>> fit_bend(np.pi / 2, 10.0) > 10.0  # an arc alone would need ten metres
    True
    """
    return radius_m * _measure_unit_bend(abs(turn_rad))


def join_points(points: Sequence[Sequence[float]], radius_m: float) -> tuple[Path, ...]:
    """The way through given points, its corners rounded by a radius or by the largest that fits.

    Args:
        points: (x, y), two or more.
        radius_m: least radius of the curves; 0.3 m at least.

    Returns:
        The way, cut where it goes back on itself: the second part is gone backwards, the third forwards again. The
        heading of every part begins half a turn beyond that in which the one before it ends.
    """
    ways: list[list[tuple[float, float]]] = [[]]
    distinct = [(float(x), float(y)) for (x, y), _ in itertools.groupby(tuple(point) for point in points)]
    if len(distinct) == 1:  # nowhere to go
        x, y = distinct[0]
        distinct.append((x + _SHORTEST_M, y))
    for point in distinct:
        way = ways[-1]
        if len(way) > 1 and abs(_turn(way[-2], way[-1], point)) > _REVERSAL_RAD:
            ways.append([way[-1]])
        ways[-1].append(point)
    legs = [trace_path(way, _fit_bends(way, max(radius_m, _TIGHTEST_M))) for way in ways]
    for number in range(1, len(legs)):
        before = legs[number - 1]
        due = float(before.at(np.array([before.length_m])).headings[0]) + math.pi
        turns = round((due - legs[number].headings[0]) / (2 * math.pi))
        legs[number] = replace(legs[number], headings=legs[number].headings + turns * 2 * math.pi)
    return tuple(legs)


def trace_path(points: Sequence[tuple[float, float]], tangents_m: Sequence[float]) -> Path:
    """The way along straight lines, its corners cut by curves.

    Args:
        points: (x, y), two or more, no two in a row the same.
        tangents_m: how long before every corner, the first and last point excepted, its curve begins.

    Returns:
        The path; its length is that of the curves, not of the lines.
    """
    sections: list[tuple[float, float, float]] = []  # length, curvature, its slope
    bends: list[Bend] = []
    travelled, used = 0.0, 0.0
    for i, (one, other) in enumerate(itertools.pairwise(points)):
        tangent = tangents_m[i] if i < len(points) - 2 else 0.0
        turn = _turn(one, other, points[i + 2]) if i < len(points) - 2 else 0.0
        if abs(turn) < _STRAIGHT_RAD or tangent <= 0:
            turn, tangent = 0.0, 0.0
        straight = math.dist(one, other) - used - tangent
        if straight > _SHORTEST_M:
            sections.append((straight, 0.0, 0.0))
            travelled += straight
        used = tangent
        if turn:
            radius = tangent / _measure_unit_bend(abs(turn))
            parts = _make_bend(turn, radius)
            length = sum(part[0] for part in parts)
            bends.append(Bend(from_m=travelled, until_m=travelled + length, radius_m=radius))
            sections += parts
            travelled += length
    start, ahead = points[0], points[1]
    return _chain(sections, start, math.atan2(ahead[1] - start[1], ahead[0] - start[0]), tuple(bends))


def _chain(
    sections: Sequence[tuple[float, float, float]], start: tuple[float, float], heading: float, bends: tuple[Bend, ...]
) -> Path:
    lengths, curvatures, slopes = np.array(sections).T
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    headings = heading + np.concatenate([[0.0], np.cumsum(lengths * (curvatures + lengths * slopes / 2))])
    steps = lengths[:, None] * (_NODES + 1) / 2
    angles = headings[:-1, None] + steps * (curvatures[:, None] + steps * slopes[:, None] / 2)
    moves = lengths[:, None] / 2 * np.stack([np.cos(angles) @ _WEIGHTS, np.sin(angles) @ _WEIGHTS], axis=-1)
    return Path(
        starts_m=starts[:-1],
        points=np.array(start) + np.concatenate([np.zeros((1, 2)), np.cumsum(moves, axis=0)[:-1]]),
        headings=headings[:-1],
        curvatures=curvatures,
        slopes=slopes,
        length_m=float(starts[-1]),
        bends=bends,
    )


def _make_bend(turn: float, radius: float) -> list[tuple[float, float, float]]:
    clothoid, arc = _CLOTHOID_SHARE * abs(turn) * radius, (1 - _CLOTHOID_SHARE) * abs(turn) * radius
    curvature = math.copysign(1 / radius, turn)
    return [(clothoid, 0.0, curvature / clothoid), (arc, curvature, 0.0), (clothoid, curvature, -curvature / clothoid)]


def _measure_unit_bend(turn: float) -> float:
    """Distance from the beginning of a curve of least radius 1 m to its corner, m."""
    path = _chain(_make_bend(turn, 1.0), (0.0, 0.0), 0.0, ())
    across = path.at(np.array([path.length_m])).positions[0]
    return float(np.hypot(*across)) / (2 * math.cos(turn / 2))


def _fit_bends(points: Sequence[tuple[float, float]], radius: float) -> list[float]:
    """Tangents of the corners, shortened where the straights between them are too short."""
    lengths = [math.dist(*pair) for pair in itertools.pairwise(points)]
    rooms = [length / (1 if i in (0, len(lengths) - 1) else 2) for i, length in enumerate(lengths)]
    return [min(fit_bend(_turn(*points[i : i + 3]), radius), rooms[i], rooms[i + 1]) for i in range(len(points) - 2)]


def _turn(one: tuple[float, float], corner: tuple[float, float], other: tuple[float, float]) -> float:
    into = math.atan2(corner[1] - one[1], corner[0] - one[0])
    out = math.atan2(other[1] - corner[1], other[0] - corner[0])
    return math.remainder(out - into, 2 * math.pi)
