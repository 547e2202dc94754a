"""Footprints: from a box in the image to an oriented rectangle on the ground, with its covariance.

A box is the bounding box of a body of roughly known size, seen by a known camera. The estimate is the body
(position, heading, length, width, height) that explains the four edges best, weighed against what is known of
its size: maximum a posteriori by Gauss–Newton, all boxes of a frame at once. Neither the projected box centre
nor the bottom edge is the footprint's centre; with the camera's geometry their offset follows by itself. An edge
that the body cannot explain, hidden by a pole or another road user, counts less (Cauchy's weights), and a box that
no body of that size explains gives a position of little weight.
"""

from dataclasses import dataclass

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.body import CORNERS, SIZE_MEANS, SIZE_SDS
from safemob.individual.ground.camera import Camera

__all__ = ["Expectation", "Footprints", "box_noise", "estimate_footprints", "locate"]

_ITERATIONS = 5
_HYPOTHESES = np.arange(8) * (np.pi / 8)
"""Headings tried for a user that has not moved yet; a body looks much the same from front and back."""
_HYPOTHESIS_SD = np.pi / 16
_STEPS = np.array([0.02, 0.02, 0.01, 0.02, 0.02, 0.02])
"""Differences for the Jacobian: m, m, rad, m, m, m."""
_SMALLEST = 0.2
"""No dimension of a body falls below this, m."""
_EDGE_SCALE = 2.385
"""Standard deviations at which an edge counts half (95 % efficiency on normal errors, Holland & Welsch 1977)."""
_COST_GATE = 9.49
"""Misfit that 95 % of true boxes do not exceed (χ², 4 degrees of freedom)."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Expectation(Ephemeral):
    """What is known of N road users before their boxes are looked at.

    Attributes:
        positions: (N, 2) where to begin to look, m; NaN for the bottom edge's place. It is no evidence, but tells which
            edge of a box to doubt.
        headings: (N,) rad; NaN where nothing is known, then all are tried.
        heading_sds: (N,) their standard deviations, rad.
        sizes: (N, 3) length, width, height, m.
        size_sds: (N, 3) their standard deviations, m.
    """

    positions: Floats
    headings: Floats
    heading_sds: Floats
    sizes: Floats
    size_sds: Floats

    @classmethod
    def of_classes(cls, classes: Ints) -> "Expectation":
        """What the class alone tells."""
        n = len(classes)
        return cls(
            positions=np.full((n, 2), np.nan),
            headings=np.full(n, np.nan),
            heading_sds=np.full(n, _HYPOTHESIS_SD),
            sizes=SIZE_MEANS[classes],
            size_sds=SIZE_SDS[classes],
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Footprints(Ephemeral):
    """Footprints of N boxes. Rows without a position (beyond the horizon) are NaN.

    Attributes:
        positions: (N, 2) centres in site coordinates, m.
        headings: (N,) rad; as given, refined by the box; where none was given, that of the best hypothesis.
        sizes: (N, 3) length, width, height, m.
        noise: (N, 2, 2) covariance of the position from the box's jitter, new in every frame, m².
        bias: (N, 2, 2) covariance from size priors, heading and calibration, shared by all frames of a user, m².
    """

    positions: Floats
    headings: Floats
    sizes: Floats
    noise: Floats
    bias: Floats

    def __post_init__(self) -> None:
        n = len(self.positions)
        check_shapes(self, positions=(n, 2), headings=(n,), sizes=(n, 3), noise=(n, 2, 2), bias=(n, 2, 2))


def box_noise(boxes: Floats) -> Floats:
    """Standard deviation of each box edge: a pixel, and three per cent of the box's side.

    Args:
        boxes: (N, 4) left, top, right, bottom, px.

    Returns:
        (N, 4) px.
    """
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return np.sqrt(1.0 + np.square(0.03 * np.stack([width, height, width, height], axis=1)))


def locate(boxes: Floats, classes: Ints, camera: Camera) -> tuple[Floats, Floats]:
    """A quick position for association: the bottom edge's middle, moved half a body away from the camera.

    Args:
        boxes: (N, 4) px.
        classes: (N,) class codes.
        camera: the solved camera.

    Returns:
        (N, 2) positions in m and (N, 2, 2) covariances in m²; NaN at and above the horizon.
    """
    bottom = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    contact = camera.to_ground(bottom)
    away = contact - camera.position[:2]
    reach = np.linalg.norm(away, axis=1, keepdims=True)
    half = (SIZE_MEANS[classes, 0] + SIZE_MEANS[classes, 1]) / 4
    spread = (SIZE_MEANS[classes, 0] - SIZE_MEANS[classes, 1]) / 4 + SIZE_SDS[classes, 0] / 2
    jacobian = camera.ground_jacobian(bottom)
    edges = box_noise(boxes)
    pixels = np.zeros((len(boxes), 2, 2))
    pixels[:, 0, 0] = np.square(edges[:, 0]) / 2
    pixels[:, 1, 1] = np.square(edges[:, 3])
    covariances = jacobian @ pixels @ jacobian.transpose(0, 2, 1)
    covariances += np.square(spread)[:, None, None] * np.eye(2)
    return contact + away / reach * half[:, None], covariances


def estimate_footprints(
    boxes: Floats, classes: Ints, camera: Camera, expected: Expectation, calibration: Floats | None = None
) -> Footprints:
    """The footprint behind each box.

    Args:
        boxes: (N, 4) px, uncut.
        classes: (N,) class codes.
        camera: the solved camera.
        expected: what is known of the N road users.
        calibration: (7, 7) covariance of the camera's focal length, rotation vector and position, if known.

    Returns:
        One footprint per box.
    """
    n = len(boxes)
    known = np.isfinite(expected.headings)
    unknown = np.flatnonzero(~known)
    rows = np.concatenate([np.flatnonzero(known), np.repeat(unknown, len(_HYPOTHESES))])
    tried = np.concatenate([expected.headings[known], np.tile(_HYPOTHESES, len(unknown))])
    heading_sds = np.where(known, expected.heading_sds, _HYPOTHESIS_SD)
    begin = np.where(np.isfinite(expected.positions), expected.positions, locate(boxes, classes, camera)[0])
    prior = np.column_stack([begin[rows], tried, expected.sizes[rows]])
    spread = np.column_stack([heading_sds, expected.size_sds])[rows]
    solved, noise, bias, cost = _solve(boxes[rows], classes[rows], camera, prior, spread)
    if len(unknown):
        solved, noise, bias = _mix(n, rows, solved, noise, bias, cost)
    if calibration is not None:
        bias = bias + _calibration_bias(solved[:, :2], camera, calibration)
    return Footprints(positions=solved[:, :2], headings=solved[:, 2], sizes=solved[:, 3:], noise=noise, bias=bias)


def _solve(
    boxes: Floats, classes: Ints, camera: Camera, prior: Floats, spread: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Gauss–Newton over (x, y, heading, length, width, height); returns state, two covariances, cost.

    `prior` is (N, 6), its place a start only; `spread` (N, 4) the standard deviations of the rest.
    """
    n = len(boxes)
    information = np.column_stack([np.zeros((n, 2)), 1 / np.square(spread)])
    edges = box_noise(boxes)
    weights = 1 / np.square(edges)
    state = prior.copy()
    jacobian = np.zeros((n, 4, 6))
    precision = np.broadcast_to(np.eye(6), (n, 6, 6)).copy()
    for _ in range(_ITERATIONS):
        stencil = state[:, None, :] + np.concatenate([np.zeros((1, 6)), np.diag(_STEPS)])
        seen = _bounding_boxes(stencil, classes, camera)
        jacobian = ((seen[:, 1:] - seen[:, :1]) / _STEPS[:, None]).transpose(0, 2, 1)
        jacobian = np.where(np.isfinite(jacobian), jacobian, 0.0)
        residual = np.where(np.isfinite(seen[:, 0]), boxes - seen[:, 0], 0.0)
        weights = _weigh(residual / edges) / np.square(edges)
        weighted = jacobian.transpose(0, 2, 1) * weights[:, None, :]
        precision = weighted @ jacobian + information[:, :, None] * np.eye(6) + 1e-9 * np.eye(6)
        gradient = (weighted @ residual[..., None])[..., 0] - information * (state - prior)
        step = np.linalg.solve(precision, gradient[..., None])[..., 0]
        reach = np.linalg.norm(state[:, :2] - camera.position[:2], axis=1)
        stride = np.linalg.norm(step[:, :2], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            damping = np.minimum(1.0, 0.3 * reach / stride)  # never more than a third of the way to the camera
        state = state + step * np.where(np.isfinite(damping), damping, 1.0)[:, None]
        state[:, 3:] = np.maximum(state[:, 3:], _SMALLEST)
    misfit = (boxes - _bounding_boxes(state[:, None, :], classes, camera)[:, 0]) / edges
    cost = _EDGE_SCALE**2 * np.sum(np.log1p(np.square(misfit / _EDGE_SCALE)), axis=1)
    cost += np.sum(information * np.square(state - prior), axis=1)
    inverse = np.linalg.inv(precision)
    gain = inverse @ (jacobian.transpose(0, 2, 1) * np.sqrt(weights)[:, None, :])
    surprise = np.sum(np.square(misfit), axis=1) / _COST_GATE
    noise = (gain @ gain.transpose(0, 2, 1))[:, :2, :2] * np.maximum(1.0, surprise)[:, None, None]
    bias = ((inverse * information[:, None, :]) @ inverse)[:, :2, :2]
    lost = ~np.isfinite(cost)
    for array in (state, noise, bias):
        array[lost] = np.nan
    return state, noise, bias, cost


def _weigh(deviations: Floats) -> Floats:
    """Cauchy's weights of edges that lie so many standard deviations off."""
    weights: Floats = 1 / (1 + np.square(deviations / _EDGE_SCALE))
    return weights


def _bounding_boxes(states: Floats, classes: Ints, camera: Camera) -> Floats:
    """(N, S, 4) boxes that bodies in states (N, S, 6) would show."""
    body = CORNERS[classes][:, None, :, :] * states[:, :, None, 3:]
    cosine, sine = np.cos(states[:, :, None, 2]), np.sin(states[:, :, None, 2])
    points = np.stack(
        [
            states[:, :, None, 0] + cosine * body[..., 0] - sine * body[..., 1],
            states[:, :, None, 1] + sine * body[..., 0] + cosine * body[..., 1],
            body[..., 2],
        ],
        axis=-1,
    )
    pixels = camera.project(points)
    return np.concatenate([pixels.min(axis=2), pixels.max(axis=2)], axis=-1)


def _mix(
    n: int, rows: Ints, solved: Floats, noise: Floats, bias: Floats, cost: Floats
) -> tuple[Floats, Floats, Floats]:
    """Weigh the hypotheses of each box by how well they explain it, and match the moments of the mixture."""
    cost = np.where(np.isfinite(cost), cost, np.inf)
    best = np.full(n, np.inf)
    np.minimum.at(best, rows, cost)
    with np.errstate(invalid="ignore"):
        weight: Floats = np.where(np.isfinite(cost), np.exp(-(cost - best[rows]) / 2), 0.0)
    total = np.bincount(rows, weight, n)
    total[total == 0] = np.nan
    weight = weight / total[rows]
    filled = np.where(np.isfinite(solved), solved, 0.0)
    mean = np.zeros((n, 6))
    np.add.at(mean, rows, weight[:, None] * filled)
    leader: Bools = cost == best[rows]
    mean[rows[leader], 2] = solved[leader, 2]
    apart = filled[:, :2] - mean[rows, :2]
    mixed_noise, mixed_bias = np.zeros((n, 2, 2)), np.zeros((n, 2, 2))
    np.add.at(mixed_noise, rows, weight[:, None, None] * np.where(np.isfinite(noise), noise, 0.0))
    spread = np.where(np.isfinite(bias), bias, 0.0) + apart[:, :, None] * apart[:, None, :]
    np.add.at(mixed_bias, rows, weight[:, None, None] * spread)
    lost = ~np.isfinite(total)
    for array in (mean, mixed_noise, mixed_bias):
        array[lost] = np.nan
    return mean, mixed_noise, mixed_bias


def _calibration_bias(positions: Floats, camera: Camera, covariance: Floats) -> Floats:
    """(N, 2, 2) what the camera's own uncertainty does to ground positions, to first order."""
    ground = np.column_stack([positions, np.zeros(len(positions))])
    pixels = camera.project(ground)
    moved = np.stack([each.to_ground(pixels) - positions for each in camera.perturbed], axis=-1)
    moved = moved / camera.perturbations
    return moved @ covariance @ moved.transpose(0, 2, 1)
