"""Bodies fitted to what a picture shows of their boxes: maximum a posteriori by Gauss–Newton, all at once."""

from dataclasses import dataclass

import numpy as np

from safemob.individual.arrays import Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.body import CORNERS
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.parts import linearise_parts, show_parts

__all__ = ["BOX_CENTRE", "BOX_EDGES", "BodyFit", "Readings", "fit_bodies", "show_boxes"]

BOX_EDGES = np.eye(4)
"""Left, top, right and bottom are read as they are."""
BOX_CENTRE = np.array([[0.5, 0.0, 0.5, 0.0], [0.0, 0.5, 0.0, 0.5]])
"""Only the box's centre is known."""

_ITERATIONS = 2
"""Footprints of simulated boxes are then as true as after many more; nine of ten are within 3 cm of those."""
_ITERATIONS_OF_PARTS = 4
"""Bodies of which a part is seen begin farther off, and the part changes on the way."""
_PART_PLACE_SD = 20.0
"""What is known of the place of such a body beforehand, m: where its box tells nothing, it says so."""
_SMALLEST = 0.2
"""No dimension of a body falls below this, m."""
_EDGE_SCALE = 2.385
"""Standard deviations at which a reading counts half (95 % efficiency on normal errors, Holland & Welsch 1977)."""
_SURPRISE = {2: 5.99, 4: 9.49}
"""Squared misfit of so many readings that 95 % of true ones do not exceed (χ²)."""
_EDGES, _AXES = np.arange(4), np.array([0, 1, 0, 1])
"""Left, top, right and bottom; each is a pixel column or row."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Readings(Ephemeral):
    """What is read of N boxes.

    Attributes:
        values: (N, M) px.
        sds: (N, M) their standard deviations, px.
        of_edges: (M, 4) how readings follow from left, top, right and bottom: `BOX_EDGES` or `BOX_CENTRE`.
    """

    values: Floats
    sds: Floats
    of_edges: Floats

    def __post_init__(self) -> None:
        n, m = self.values.shape
        check_shapes(self, values=(n, m), sds=(n, m), of_edges=(m, 4))

    def take(self, rows: Ints) -> "Readings":
        """Those of some boxes."""
        return Readings(values=self.values[rows], sds=self.sds[rows], of_edges=self.of_edges)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class BodyFit(Ephemeral):
    """N bodies fitted. Rows that could not be (beyond the horizon) are NaN, their cost infinite.

    Attributes:
        states: (N, 6) x, y (m), heading (rad), length, width, height (m).
        noise: (N, 2, 2) covariance of the position from the readings, m².
        bias: (N, 2, 2) covariance of the position from what was known before, m².
        costs: (N,) how badly the body explains readings and prior, in squared standard deviations.
    """

    states: Floats
    noise: Floats
    bias: Floats
    costs: Floats


def fit_bodies(
    readings: Readings, classes: Ints, camera: Camera, prior: Floats, spread: Floats, *, in_part: bool = False
) -> BodyFit:
    """The bodies that explain the readings best, weighed against what is known of them.

    A reading that the body cannot explain, an edge hidden by a pole or another road user, counts less (Cauchy's
    weights), and where no body of that size explains the readings, they tell little of its position.

    Args:
        readings: what is seen of N bodies.
        classes: (N,) class codes.
        camera: the solved camera.
        prior: (N, 6) states to begin from; heading and sizes are evidence, places hardly any for parts, else none.
        spread: (N, 4) standard deviations of heading and sizes.
        in_part: whether readings are of the parts that lie inside the picture.
    """
    linearise, show = (linearise_parts, show_parts) if in_part else (_linearise, show_boxes)
    place = np.full((len(prior), 2), _PART_PLACE_SD**-2 if in_part else 0.0)
    information = np.column_stack([place, 1 / np.square(spread)])
    diagonal: Floats = information[:, :, None] * np.eye(6) + 1e-9 * np.eye(6)
    state = prior.copy()
    for _ in range(_ITERATIONS_OF_PARTS if in_part else _ITERATIONS):
        misses, slopes = _compare(readings, *linearise(state, classes, camera))
        doubt = 1 / (1 + np.square(misses / _EDGE_SCALE))
        weighted = slopes.transpose(0, 2, 1) * doubt[:, None, :]
        precision = weighted @ slopes + diagonal
        gradient = (weighted @ misses[..., None])[..., 0] - information * (state - prior)
        step = np.linalg.solve(precision, gradient[..., None])[..., 0]
        stride = np.hypot(step[:, 0], step[:, 1])
        reach = np.hypot(state[:, 0] - camera.position[0], state[:, 1] - camera.position[1])
        share = np.minimum(1.0, 0.3 * reach / np.maximum(stride, 1e-9))  # no more than a third of the way to the camera
        state = state + step * share[:, None]
        state[:, 3:] = np.maximum(state[:, 3:], _SMALLEST)
    misfit = (readings.values - show(state, classes, camera) @ readings.of_edges.T) / readings.sds
    costs = _EDGE_SCALE**2 * np.sum(np.log1p(np.square(misfit / _EDGE_SCALE)), axis=1)
    costs += np.sum(information * np.square(state - prior), axis=1)
    inverse = np.linalg.inv(precision)
    gain = inverse @ (slopes.transpose(0, 2, 1) * np.sqrt(doubt)[:, None, :])
    surprise = np.maximum(1.0, np.sum(np.square(misfit), axis=1) / _SURPRISE[misfit.shape[1]])
    noise = (gain @ gain.transpose(0, 2, 1))[:, :2, :2] * surprise[:, None, None]
    bias = ((inverse * information[:, None, :]) @ inverse)[:, :2, :2]
    lost = ~(np.isfinite(costs) & slopes.any(axis=(1, 2)))  # without slopes, readings told nothing
    for array in (state, noise, bias):
        array[lost] = np.nan
    return BodyFit(states=state, noise=noise, bias=bias, costs=np.where(lost, np.inf, costs))


def _compare(readings: Readings, boxes: Floats, slopes: Floats) -> tuple[Floats, Floats]:
    """(N, M) by how many standard deviations readings differ from what states show, and (N, M, 6) the slopes."""
    misses = (readings.values - boxes @ readings.of_edges.T) / readings.sds
    slopes = readings.of_edges @ slopes / readings.sds[..., None]
    lost = ~np.isfinite(misses).all(axis=1)
    misses[lost], slopes[lost] = 0.0, 0.0
    return misses, slopes


def show_boxes(states: Floats, classes: Ints, camera: Camera) -> Floats:
    """(N, 4) boxes, px, that bodies in states (N, 6) show."""
    pixels = camera.project(_stand(states, CORNERS[classes] * states[:, None, 3:]))
    return np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1)


def _linearise(states: Floats, classes: Ints, camera: Camera) -> tuple[Floats, Floats]:
    """(N, 4) boxes that bodies in states (N, 6) show, and (N, 4, 6) how their edges move with the states."""
    rows = np.arange(len(states))[:, None]
    unit = CORNERS[classes]
    points = _stand(states, unit * states[:, None, 3:])
    pixels = camera.project(points)
    touching = np.concatenate([pixels.argmin(axis=1), pixels.argmax(axis=1)], axis=1)
    unit, points = unit[rows, touching], points[rows, touching]
    by_x, by_y, by_z = np.moveaxis(camera.point_slopes(points)[:, _EDGES, _AXES], -1, 0)
    cosine, sine = np.cos(states[:, 2:3]), np.sin(states[:, 2:3])
    slopes = np.empty((len(states), 4, 6))
    slopes[..., 0] = by_x
    slopes[..., 1] = by_y
    slopes[..., 2] = by_y * (points[..., 0] - states[:, :1]) - by_x * (points[..., 1] - states[:, 1:2])
    slopes[..., 3] = (by_x * cosine + by_y * sine) * unit[..., 0]
    slopes[..., 4] = (by_y * cosine - by_x * sine) * unit[..., 1]
    slopes[..., 5] = by_z * unit[..., 2]
    return pixels[rows, touching, _AXES], slopes


def _stand(states: Floats, body: Floats) -> Floats:
    """(N, K, 3) points of bodies, given in their own axes, where their states (N, 6) put them."""
    cosine, sine = np.cos(states[:, None, 2]), np.sin(states[:, None, 2])
    points = np.empty_like(body)
    points[..., 0] = states[:, None, 0] + cosine * body[..., 0] - sine * body[..., 1]
    points[..., 1] = states[:, None, 1] + sine * body[..., 0] + cosine * body[..., 1]
    points[..., 2] = body[..., 2]
    return points
