from dataclasses import replace

import numpy as np
import pytest

from safemob.individual.arrays import Floats
from safemob.individual.ground.body import CORNERS, SIZE_MEANS
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.footprint import (
    Expectation,
    Footprints,
    estimate_footprints,
    estimate_footprints_of_centres,
    locate,
)
from safemob.taxonomy import RoadUserClass


def place(
    camera: Camera, boxes: Floats, kinds: list[int], headings: list[float], calibration: Floats | None = None
) -> Footprints:
    """Footprints where only the class and perhaps the heading are known."""
    classes = np.array(kinds, dtype=np.int64)
    expected = replace(
        Expectation.of_classes(classes), headings=np.array(headings), heading_sds=np.full(len(kinds), 0.1)
    )
    return estimate_footprints(boxes, classes, camera, expected, calibration)


def box_of(camera: Camera, kind: RoadUserClass, x: float, y: float, heading: float, size: Floats) -> Floats:
    """The box a body shows, point by point."""
    points = []
    for forward, left, up in CORNERS[kind] * size:
        points.append(
            [
                x + np.cos(heading) * forward - np.sin(heading) * left,
                y + np.sin(heading) * forward + np.cos(heading) * left,
                up,
            ]
        )
    pixels = camera.project(np.array(points))
    return np.array([*pixels.min(axis=0), *pixels.max(axis=0)])


@pytest.mark.parametrize("kind", list(RoadUserClass)[:7])
@pytest.mark.parametrize("heading", [0.0, 0.8, np.pi / 2, 2.5])
def test_footprint_of_a_body_of_mean_size_is_exact(camera: Camera, kind: RoadUserClass, heading: float) -> None:
    box = box_of(camera, kind, 3.0, 6.0, heading, SIZE_MEANS[kind])
    found = place(camera, box[None], [kind], [heading])
    assert np.allclose(found.positions[0], [3.0, 6.0], atol=0.02)
    assert np.allclose(found.sizes[0], SIZE_MEANS[kind], atol=0.05)


def test_footprint_is_truer_than_box_centre_and_bottom_centre(camera: Camera) -> None:
    random = np.random.default_rng(3)
    errors: dict[str, list[float]] = {"footprint": [], "centre": [], "bottom": []}
    for _ in range(50):
        truth = np.array([random.uniform(-8, 8), random.uniform(0, 20)])
        heading = random.uniform(-np.pi, np.pi)
        size = SIZE_MEANS[RoadUserClass.CAR] * random.uniform(0.9, 1.1, 3)
        box = box_of(camera, RoadUserClass.CAR, float(truth[0]), float(truth[1]), heading, size) + random.normal(size=4)
        found = place(camera, box[None], [4], [heading])
        middle = (box[0] + box[2]) / 2
        guesses = {
            "footprint": found.positions[0],
            "centre": camera.to_ground(np.array([middle, (box[1] + box[3]) / 2])),
            "bottom": camera.to_ground(np.array([middle, box[3]])),
        }
        for name, guess in guesses.items():
            errors[name].append(float(np.linalg.norm(guess - truth)))
    mean = {name: np.mean(values) for name, values in errors.items()}
    assert mean["footprint"] < 0.5
    assert mean["footprint"] < mean["bottom"] / 2
    assert mean["footprint"] < mean["centre"] / 2


def test_unknown_heading_is_told_from_the_shape_of_a_long_box(camera: Camera) -> None:
    box = box_of(camera, RoadUserClass.BUS, 0.0, 12.0, np.pi / 2, SIZE_MEANS[RoadUserClass.BUS])
    found = place(camera, box[None], [RoadUserClass.BUS], [np.nan])
    assert abs(np.sin(found.headings[0] - np.pi / 2)) < 0.2
    assert np.linalg.norm(found.positions[0] - [0.0, 12.0]) < 1.5


def test_unknown_heading_makes_the_position_less_certain(camera: Camera) -> None:
    box = box_of(camera, RoadUserClass.CAR, 2.0, 6.0, 0.6, SIZE_MEANS[RoadUserClass.CAR])[None]
    known = place(camera, box, [RoadUserClass.CAR], [0.6])
    unknown = place(camera, box, [RoadUserClass.CAR], [np.nan])
    assert np.trace(unknown.bias[0]) > np.trace(known.bias[0])


def test_known_and_unknown_headings_keep_their_rows(camera: Camera) -> None:
    places = [(-4.0, 2.0), (3.0, 8.0), (6.0, 15.0)]
    boxes = np.array([box_of(camera, RoadUserClass.CAR, *place, 0.3, SIZE_MEANS[4]) for place in places])
    found = place(camera, boxes, [4, 4, 4], [np.nan, 0.3, np.nan])
    assert np.all(np.linalg.norm(found.positions - places, axis=1) < 1.2)
    assert np.linalg.norm(found.positions[1] - places[1]) < 0.05


def test_calibration_uncertainty_adds_to_the_bias(camera: Camera) -> None:
    box = box_of(camera, RoadUserClass.CAR, 0.0, 10.0, 0.0, SIZE_MEANS[RoadUserClass.CAR])[None]
    covariance = np.diag([5.0, 1e-3, 1e-3, 1e-3, 0.05, 0.05, 0.05]) ** 2
    plain = place(camera, box, [4], [0.0])
    shared = place(camera, box, [4], [0.0], covariance)
    # a camera shifted by 5 cm shifts everything it places by 5 cm
    assert np.all(np.diag(shared.bias[0]) - np.diag(plain.bias[0]) > 0.05**2)
    assert np.allclose(shared.positions, plain.positions)


def test_box_above_the_horizon_gives_no_position(camera: Camera) -> None:
    box = np.array([[600.0, -220.0, 640.0, -180.0]])
    found = place(camera, box, [4], [0.0])
    assert np.isnan(found.positions).all()
    assert np.isnan(found.noise).all()


def test_rough_position_of_a_pedestrian_is_within_half_a_metre(camera: Camera) -> None:
    box = box_of(camera, RoadUserClass.PEDESTRIAN, 2.0, 8.0, 0.0, SIZE_MEANS[0])[None]
    position, covariance = locate(box, np.array([0]), camera)
    assert np.linalg.norm(position[0] - [2.0, 8.0]) < 0.5
    assert np.all(np.linalg.eigvalsh(covariance[0]) > 0)


def test_no_boxes_give_no_footprints(camera: Camera) -> None:
    none = np.zeros((0, 4))
    found = place(camera, none, [], [])
    assert len(found.positions) == 0


def test_edge_hidden_by_a_pole_is_doubted_and_not_followed(camera: Camera) -> None:
    truth = np.array([2.0, 8.0])
    size = SIZE_MEANS[RoadUserClass.CAR]
    box = box_of(camera, RoadUserClass.CAR, 2.0, 8.0, 0.0, size)
    box[0] += 0.35 * (box[2] - box[0])
    classes = np.array([int(RoadUserClass.CAR)])
    expected = replace(
        Expectation.of_classes(classes),
        positions=truth[None] + 0.2,
        headings=np.zeros(1),
        heading_sds=np.full(1, 0.1),
        size_sds=np.full((1, 3), 0.1),
    )
    hidden = estimate_footprints(box[None], classes, camera, expected)
    assert np.linalg.norm(hidden.positions[0] - truth) < 0.3
    whole = place(camera, box_of(camera, RoadUserClass.CAR, 2.0, 8.0, 0.0, size)[None], [4], [0.0])
    assert np.trace(hidden.noise[0]) > 2 * np.trace(whole.noise[0])


@pytest.mark.parametrize("kind", [RoadUserClass.PEDESTRIAN, RoadUserClass.CAR, RoadUserClass.BUS])
def test_footprint_of_a_box_s_centre_is_exact_for_a_body_of_mean_size(camera: Camera, kind: RoadUserClass) -> None:
    box = box_of(camera, kind, 3.0, 6.0, 0.8, SIZE_MEANS[kind])
    centre = (box[:2] + box[2:]) / 2
    classes = np.array([int(kind)])
    expected = replace(Expectation.of_classes(classes), headings=np.array([0.8]), heading_sds=np.array([0.1]))
    found = estimate_footprints_of_centres(centre[None], classes, camera, expected)
    assert np.linalg.norm(camera.to_ground(centre) - [3.0, 6.0]) > 1.0
    assert np.allclose(found.positions[0], [3.0, 6.0], atol=0.05)
    assert np.allclose(found.sizes[0], SIZE_MEANS[kind], atol=0.01)


def test_centre_alone_is_less_certain_than_the_edges(camera: Camera) -> None:
    box = box_of(camera, RoadUserClass.CAR, 3.0, 6.0, 0.8, SIZE_MEANS[RoadUserClass.CAR])[None]
    classes = np.array([int(RoadUserClass.CAR)])
    expected = replace(Expectation.of_classes(classes), headings=np.array([0.8]), heading_sds=np.array([0.1]))
    edges = estimate_footprints(box, classes, camera, expected)
    centre = estimate_footprints_of_centres((box[:, :2] + box[:, 2:]) / 2, classes, camera, expected)
    assert np.trace(centre.bias[0]) > 1.1 * np.trace(edges.bias[0])


def test_relief_moves_positions_along_the_viewing_ray(camera: Camera) -> None:
    box = box_of(camera, RoadUserClass.CAR, 0.0, 20.0, 0.8, SIZE_MEANS[RoadUserClass.CAR])[None]
    found = place(camera, box, [RoadUserClass.CAR], [0.8])
    lean = 40.0 / 8.0 * 0.1
    assert found.bias[0, 1, 1] > lean**2
    assert found.bias[0, 0, 0] < lean**2


def test_what_averaging_leaves_is_no_less_than_the_box_s_own_error(camera: Camera) -> None:
    box = box_of(camera, RoadUserClass.PEDESTRIAN, 3.0, 25.0, 0.0, SIZE_MEANS[RoadUserClass.PEDESTRIAN])
    found = place(camera, box[None], [RoadUserClass.PEDESTRIAN], [0.0])
    assert np.linalg.eigvalsh(found.bias - found.noise).min() > 0


def test_expected_place_that_the_box_does_not_bear_out_is_no_start(camera: Camera) -> None:
    box = box_of(camera, RoadUserClass.CAR, 2.0, 6.0, 0.6, SIZE_MEANS[RoadUserClass.CAR])[None]
    classes = np.array([int(RoadUserClass.CAR)])
    alone = replace(Expectation.of_classes(classes), headings=np.array([0.6]), heading_sds=np.array([0.1]))
    truth = estimate_footprints(box, classes, camera, alone)
    for place in ([0.0, -19.0], [0.0, -60.0], [40.0, 90.0]):  # under the camera, behind it, far away
        misled = estimate_footprints(box, classes, camera, replace(alone, positions=np.array([place])))
        assert np.allclose(misled.positions, truth.positions)


def test_box_that_no_body_can_be_fitted_to_is_not_taken_for_exact(camera: Camera) -> None:
    camera = Camera(replace(camera.model, distortion=(-0.35, 0.0, 0.0, 0.0, 0.0)))
    random = np.random.default_rng(8)
    boxes = np.sort(random.uniform([-200, 60], [1400, 800], (3000, 2, 2)), axis=1).reshape(-1, 4)
    classes = random.integers(0, 8, len(boxes))
    found = estimate_footprints(boxes, classes, camera, Expectation.of_classes(classes))
    placed = np.isfinite(found.positions).all(axis=1)
    assert placed.mean() > 0.5
    assert (np.trace(found.noise[placed], axis1=1, axis2=2) > 1e-6).all()
