"""Bodies that reach over the picture's edge, seen by a camera that shows only a part of them."""

from dataclasses import replace

import numpy as np
import pytest

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ground.body import CORNERS, SIZE_MEANS, SIZE_SDS
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.entering import Entrants
from safemob.individual.ground.fit import show_boxes
from safemob.individual.ground.footprint import Expectation, Footprints, estimate_footprints_of_parts
from safemob.individual.ground.parts import show_parts
from safemob.individual.ground.trajectory import TrajectorySmoother
from safemob.taxonomy import RoadUserClass

BUS = RoadUserClass.BUS
IDS = np.array([7])


def bus(x: float, y: float, heading: float, length: float = 12.0) -> Floats:
    return np.array([[x, y, heading, length, *SIZE_MEANS[BUS, 1:]]])


def kinds(states: Floats) -> Ints:
    return np.full(len(states), int(BUS), dtype=np.int64)


def edge(camera: Camera, y: float) -> float:
    """How far to the right the picture shows the ground, m."""
    xs = np.linspace(0.0, 60.0, 601)
    pixels = camera.project(np.column_stack([xs, np.full(601, y), np.zeros(601)]))
    return float(xs[np.flatnonzero(pixels[:, 0] <= camera.model.width_px)[-1]])


def place(camera: Camera, state: Floats, heading: float, *, seen_before: bool = False) -> Footprints:
    expected = Expectation.of_classes(kinds(state))
    expected.headings[:], expected.heading_sds[:] = heading, 0.05
    if seen_before:
        expected = replace(expected, sizes=state[:, 3:].copy(), size_sds=SIZE_SDS[kinds(state)] * 0.4)
    return estimate_footprints_of_parts(show_parts(state, kinds(state), camera), kinds(state), camera, expected)


def test_a_body_in_the_picture_shows_its_whole_box(camera: Camera) -> None:
    for heading in (0.0, 0.7, 2.0):
        state = bus(1.0, 12.0, heading)
        assert show_parts(state, kinds(state), camera) == pytest.approx(show_boxes(state, kinds(state), camera))


@pytest.mark.parametrize("heading", [0.0, 0.5, np.pi / 2, -2.6])
def test_the_box_of_a_part_is_that_of_the_points_inside_the_picture(camera: Camera, heading: float) -> None:
    state = bus(edge(camera, 12.0), 12.0, heading)
    random = np.random.default_rng(1)
    one, other = CORNERS[BUS][random.integers(len(CORNERS[BUS]), size=(2, 100_000))]
    body = (one + random.uniform(size=(100_000, 1)) * (other - one)) * state[0, 3:]
    ahead, aside = np.array([np.cos(heading), np.sin(heading)]), np.array([-np.sin(heading), np.cos(heading)])
    ground = state[0, :2] + body[:, :1] * ahead + body[:, 1:2] * aside
    pixels = camera.project(np.column_stack([ground, body[:, 2]]))
    size = np.array([camera.model.width_px, camera.model.height_px])
    inside = pixels[((pixels >= 0) & (pixels <= size)).all(axis=1)]
    assert 0 < len(inside) < len(pixels)
    box = show_parts(state, kinds(state), camera)[0]
    assert box == pytest.approx([*inside.min(axis=0), *inside.max(axis=0)], abs=5.0)
    assert box[2] == camera.model.width_px


def test_a_body_outside_the_picture_shows_nothing(camera: Camera) -> None:
    state = bus(edge(camera, 12.0) + 20.0, 12.0, 0.0)
    assert np.isnan(show_parts(state, kinds(state), camera)).all()


def test_a_body_beside_the_camera_may_end_behind_it(camera: Camera) -> None:
    state = bus(3.0, -16.0, np.pi / 2, length=30.0)
    assert np.isnan(show_boxes(state, kinds(state), camera)).any()
    assert np.isfinite(show_parts(state, kinds(state), camera)).all()


@pytest.mark.parametrize("seen_m", [3.0, 6.0, 9.0])
def test_a_body_of_known_size_is_placed_by_the_end_that_is_seen(camera: Camera, seen_m: float) -> None:
    state = bus(edge(camera, 12.0) + 6.0 - seen_m, 12.0, np.pi)
    found = place(camera, state, np.pi, seen_before=True)
    assert np.hypot(*(found.positions[0] - state[0, :2])) < 0.3
    assert np.isnan(found.sizes).all()


def test_an_unusual_length_moves_the_centre_and_not_the_end_that_is_seen(camera: Camera) -> None:
    state = bus(edge(camera, 12.0) + 4.0, 12.0, np.pi, length=15.0)
    found = place(camera, state, np.pi)
    front = found.positions[0, 0] - SIZE_MEANS[BUS, 0] / 2
    assert front == pytest.approx(state[0, 0] - 7.5, abs=0.4)
    off = found.positions[0] - state[0, :2]
    assert abs(off[0]) > 1.0
    assert off @ np.linalg.inv(found.noise[0]) @ off < 9.0


def test_the_unknown_length_is_noise_until_the_body_was_seen_whole(camera: Camera) -> None:
    state = bus(edge(camera, 12.0) + 2.0, 12.0, np.pi)
    new, known = place(camera, state, np.pi), place(camera, state, np.pi, seen_before=True)
    assert new.noise[0, 0, 0] ** 0.5 == pytest.approx(SIZE_SDS[BUS, 0] / 2, rel=0.3)
    assert known.noise[0, 0, 0] ** 0.5 < 0.4


@pytest.mark.parametrize("heading", [np.pi, -2.6, 2.6])
def test_who_comes_in_heads_the_way_its_end_moves(camera: Camera, heading: float) -> None:
    entrants = Entrants(camera)
    way = np.array([np.cos(heading), np.sin(heading)])
    start = np.array([edge(camera, 12.0), 12.0]) - 5.0 * way
    told = []
    for step in range(9):
        x, y = (start + step * way).tolist()
        state = bus(x, y, heading)
        expected = Expectation.of_classes(kinds(state))
        entrants.tell_headings(IDS, show_parts(state, kinds(state), camera), kinds(state), expected)
        told.append(float(expected.headings[0]))
    assert np.isnan(told[:4]).all()
    off = np.angle(np.exp(1j * (np.array(told[-2:]) - heading)))
    assert np.abs(off).max() < 0.2


def test_who_stands_at_the_edge_is_told_no_heading(camera: Camera) -> None:
    entrants = Entrants(camera)
    random, state = np.random.default_rng(2), bus(edge(camera, 12.0) + 3.0, 12.0, np.pi)
    box = show_parts(state, kinds(state), camera)
    for _ in range(20):
        expected = Expectation.of_classes(kinds(state))
        entrants.tell_headings(IDS, box + random.normal(0.0, 1.0, 4), kinds(state), expected)
        assert np.isnan(expected.headings[0])


def test_a_known_heading_is_left_as_it_is(camera: Camera) -> None:
    state = bus(edge(camera, 12.0), 12.0, np.pi)
    expected = Expectation.of_classes(kinds(state))
    expected.headings[:] = 1.0
    Entrants(camera).tell_headings(IDS, show_parts(state, kinds(state), camera), kinds(state), expected)
    assert expected.headings[0] == 1.0


def test_a_part_tells_no_size_and_the_first_whole_box_does() -> None:
    smoother, classes, nobody = TrajectorySmoother(), np.array([int(BUS)]), np.zeros(0, dtype=np.int64)
    for frame in range(10):
        whole = frame == 9
        footprints = Footprints(
            positions=np.array([[frame * 1.0, 0.0]]),
            headings=np.zeros(1),
            sizes=np.array([[14.0, 2.5, 3.0]]) if whole else np.full((1, 3), np.nan),
            noise=0.1 * np.eye(2)[None],
            bias=0.1 * np.eye(2)[None],
        )
        smoother.update(frame * 0.1, IDS, classes, footprints, nobody)
        expected = smoother.expect(frame * 0.1 + 0.1, IDS, classes)
        assert expected.sizes[0, 0] == (14.0 if whole else SIZE_MEANS[BUS, 0])
        assert (expected.size_sds[0, 0] < SIZE_SDS[BUS, 0]) == whole
