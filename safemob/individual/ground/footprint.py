"""Footprints: from a box in the image to an oriented rectangle on the ground, with its covariance.

A box is the bounding box of a body of roughly known size, seen by a known camera. The estimate is the body
(position, heading, length, width, height) that explains the four edges best, weighed against what is known of
its size: maximum a posteriori by Gauss–Newton, all boxes of a frame at once. Neither the projected box centre
nor the bottom edge is the footprint's centre; with the camera's geometry their offset follows by itself. An edge
that the body cannot explain, hidden by a pole or another road user, counts less (Cauchy's weights), and a box that
no body of that size explains gives a position of little weight.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.body import SIZE_MEANS, SIZE_SDS
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.fit import BOX_CENTRE, BOX_EDGES, BodyFit, Readings, fit_bodies, show_boxes
from safemob.individual.ground.parts import reach_out

__all__ = [
    "Expectation",
    "Footprints",
    "box_noise",
    "estimate_footprints",
    "estimate_footprints_of_centres",
    "estimate_footprints_of_parts",
    "locate",
    "try_headings",
]

_HYPOTHESES = np.linspace(0.0, np.pi, 8, endpoint=False)
"""Headings tried for a user that has not moved yet; a body looks much the same from front and back."""
_HYPOTHESIS_SD = np.pi / 16
_RELIEF_SD = 0.1
"""How far the ground lies off the plane of the calibration, m: a crossfall of 2.5 % over a lane and a kerb's height."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Expectation(Ephemeral):
    """What is known of N road users before their boxes are looked at.

    Attributes:
        positions: (N, 2) where to begin to look, m; the bottom edge's place is taken where it is NaN or more than two
            boxes off. It is no evidence, but tells which edge of a box to doubt.
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

    def take(self, rows: Ints) -> "Expectation":
        """Of some of them."""
        return Expectation(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Footprints(Ephemeral):
    """Footprints of N boxes. Rows without a position (beyond the horizon) are NaN.

    Attributes:
        positions: (N, 2) centres in site coordinates, m.
        headings: (N,) rad; as given, refined by the box; where none was given, that of the best hypothesis.
        sizes: (N, 3) length, width, height, m; NaN where the box does not tell, since the picture's edge cuts it.
        noise: (N, 2, 2) covariance of the position from the box's edges, m².
        bias: (N, 2, 2) covariance shared by all frames of a user, which no averaging removes, m²: from size priors,
            heading, calibration, the ground's relief, and the box once more, because its edges do not only jitter:
            those of parked cars stay within half a pixel for seconds, a pixel and more off those of other models.
    """

    positions: Floats
    headings: Floats
    sizes: Floats
    noise: Floats
    bias: Floats

    def __post_init__(self) -> None:
        n = len(self.positions)
        check_shapes(self, positions=(n, 2), headings=(n,), sizes=(n, 3), noise=(n, 2, 2), bias=(n, 2, 2))

    def take(self, rows: Ints) -> "Footprints":
        """Those of some boxes."""
        return Footprints(
            positions=self.positions[rows],
            headings=self.headings[rows],
            sizes=self.sizes[rows],
            noise=self.noise[rows],
            bias=self.bias[rows],
        )


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
    jacobian = camera.ground_slopes(contact)
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
    begin = expected.positions.copy()
    shown = camera.project(np.column_stack([begin, np.zeros(len(begin))]))
    near = (np.abs(2 * shown - boxes[:, :2] - boxes[:, 2:]) <= 4 * (boxes[:, 2:] - boxes[:, :2])).all(axis=1)
    if not near.all():  # nothing is known, or nothing that the box bears out
        begin[~near] = locate(boxes[~near], classes[~near], camera)[0]
    readings = Readings(values=boxes, sds=box_noise(boxes), of_edges=BOX_EDGES)
    return _estimate(readings, classes, camera, expected, begin, calibration)


def estimate_footprints_of_centres(
    centres: Floats, classes: Ints, camera: Camera, expected: Expectation, calibration: Floats | None = None
) -> Footprints:
    """The footprint behind each box of which only the centre is known, as other tools publish their tracks.

    The centre of a box shows a point inside the body, so projected to the ground it lies too far away; how far
    follows from the body's size and heading. Sizes stay as expected, and their doubt is in the bias.

    Args:
        centres: (N, 2) px.
        classes: (N,) class codes.
        camera: the solved camera.
        expected: what is known of the N road users.
        calibration: as for `estimate_footprints`.

    Returns:
        One footprint per centre.
    """
    begin = np.where(
        np.isfinite(expected.positions), expected.positions, camera.to_ground(centres, expected.sizes[:, 2] / 2)
    )
    headings = np.where(np.isfinite(expected.headings), expected.headings, 0.0)
    boxes = show_boxes(np.column_stack([begin, headings, expected.sizes]), classes, camera)
    edges = box_noise(boxes)
    readings = Readings(values=centres, sds=np.hypot(edges[:, :2], edges[:, 2:]) / 2, of_edges=BOX_CENTRE)
    return _estimate(readings, classes, camera, expected, begin, calibration)


def estimate_footprints_of_parts(
    boxes: Floats, classes: Ints, camera: Camera, expected: Expectation, calibration: Floats | None = None
) -> Footprints:
    """The footprint behind each box that the picture's edge cuts.

    What is seen places the end that is in the picture; how far the body goes on beyond it is known from when it was
    seen whole. Of a body that comes into the picture it is not: until a whole box tells, its centre is as uncertain as
    the length of its class, and all of that is noise.

    Args:
        boxes: (N, 4) px, of what lies inside the picture.
        classes: (N,) class codes.
        camera: the solved camera.
        expected: what is known of the N road users, their headings too.
        calibration: as for `estimate_footprints`.

    Returns:
        One footprint per box; sizes are NaN.
    """
    readings = Readings(values=boxes, sds=box_noise(boxes), of_edges=BOX_EDGES)
    found = _estimate(readings, classes, camera, expected, expected.positions, calibration, in_part=True)
    new = expected.size_sds[:, 0] >= SIZE_SDS[classes, 0]
    noise = np.where(new[:, None, None], found.bias, found.noise)
    return replace(found, sizes=np.full_like(found.sizes, np.nan), noise=noise)


def try_headings(boxes: Floats, classes: Ints, camera: Camera, expected: Expectation) -> tuple[Floats, Floats, Floats]:
    """Where bodies would stand behind cut boxes, heading one way or another.

    Args:
        boxes: (N, 4) px, of what lies inside the picture.
        classes: (N,) class codes.
        camera: the solved camera.
        expected: sizes of the N road users.

    Returns:
        (K,) headings, rad, either way round; (N, K, 2) centres, m; (N, K) by how many squared standard deviations box
        and body disagree. NaN and infinite where no such body shows that box.
    """
    n, k = len(boxes), len(_HYPOTHESES)
    rows, tried = np.repeat(np.arange(n), k), np.tile(_HYPOTHESES, n)
    begin = reach_out(boxes[rows], tried, expected.sizes[rows, 0], camera)
    spread = np.column_stack([np.full(n * k, _HYPOTHESIS_SD), expected.size_sds[rows]])
    readings = Readings(values=boxes[rows], sds=box_noise(boxes)[rows], of_edges=BOX_EDGES)
    prior = np.column_stack([begin, tried, expected.sizes[rows]])
    fit = fit_bodies(readings, classes[rows], camera, prior, spread, in_part=True)
    return _HYPOTHESES, fit.states[:, :2].reshape(n, k, 2), fit.costs.reshape(n, k)


def _estimate(
    readings: Readings,
    classes: Ints,
    camera: Camera,
    expected: Expectation,
    begin: Floats,
    calibration: Floats | None,
    *,
    in_part: bool = False,
) -> Footprints:
    n = len(classes)
    known = np.isfinite(expected.headings)
    unknown = np.flatnonzero(~known)
    rows = np.concatenate([np.flatnonzero(known), np.repeat(unknown, len(_HYPOTHESES))])
    tried = np.concatenate([expected.headings[known], np.tile(_HYPOTHESES, len(unknown))])
    heading_sds = np.where(known, expected.heading_sds, _HYPOTHESIS_SD)
    prior = np.column_stack([begin[rows], tried, expected.sizes[rows]])
    if in_part:
        new = np.flatnonzero(np.isnan(prior[:, 0]))
        prior[new, :2] = reach_out(readings.values[rows[new]], tried[new], prior[new, 3], camera)
    spread = np.column_stack([heading_sds, expected.size_sds])[rows]
    fit = fit_bodies(readings.take(rows), classes[rows], camera, prior, spread, in_part=in_part)
    solved, noise, bias = _mix(n, rows, fit) if len(unknown) else (fit.states, fit.noise, fit.bias)
    bias = bias + noise + _relief_bias(solved[:, :2], camera)
    if calibration is not None:
        bias = bias + _calibration_bias(solved[:, :2], camera, calibration)
    return Footprints(positions=solved[:, :2], headings=solved[:, 2], sizes=solved[:, 3:], noise=noise, bias=bias)


def _mix(n: int, rows: Ints, fit: BodyFit) -> tuple[Floats, Floats, Floats]:
    """Weigh the hypotheses of each box by how well they explain it, and match the moments of the mixture."""
    solved, noise, bias, cost = fit.states, fit.noise, fit.bias, fit.costs
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


def _relief_bias(positions: Floats, camera: Camera) -> Floats:
    """(N, 2, 2) what ground that is higher or lower than the plane does along the viewing ray."""
    lean = (positions - camera.position[:2]) / camera.position[2] * _RELIEF_SD
    bias: Floats = lean[:, :, None] * lean[:, None, :]
    return bias


def _calibration_bias(positions: Floats, camera: Camera, covariance: Floats) -> Floats:
    """(N, 2, 2) what the camera's own uncertainty does to ground positions, to first order."""
    moved = camera.ground_parameter_slopes(positions)
    return moved @ covariance @ moved.transpose(0, 2, 1)
