"""Paths by arc length."""

import numpy as np
import pytest

from safemob.scenes.place.paths import Path, fit_bend, join_points, trace_path

_CORNER = [(0.0, 0.0), (30.0, 0.0), (30.0, 30.0)]


def _right_angle() -> Path:
    return trace_path(_CORNER, [10.0])


def test_a_straight_line_is_as_long_as_it_is() -> None:
    path = trace_path([(1.0, 1.0), (4.0, 5.0)], [])
    assert path.length_m == pytest.approx(5.0)
    assert path.at(np.array([2.5])).positions[0] == pytest.approx([2.5, 3.0])


def test_a_path_begins_and_ends_where_its_points_do() -> None:
    path = _right_angle()
    ends = path.at(np.array([0.0, path.length_m]))
    assert ends.positions == pytest.approx(np.array([_CORNER[0], _CORNER[-1]]), abs=1e-9)
    assert ends.headings == pytest.approx([0.0, np.pi / 2])


def test_a_curve_begins_so_long_before_the_corner_as_asked_and_is_symmetric() -> None:
    path = _right_angle()
    (bend,) = path.bends
    assert bend.from_m == pytest.approx(20.0)
    middle = path.at(np.array([(bend.from_m + bend.until_m) / 2])).positions[0]
    assert middle[0] + middle[1] == pytest.approx(30.0)


def test_curvature_is_continuous_and_never_beyond_the_radius() -> None:
    path = _right_angle()
    curvatures = path.at(np.linspace(0.0, path.length_m, 20_001)).curvatures
    assert np.abs(np.diff(curvatures)).max() < 1e-3
    assert curvatures.max() == pytest.approx(1 / path.bends[0].radius_m)
    assert curvatures[0] == curvatures[-1] == 0


def test_the_radius_is_that_asked_for_where_it_fits() -> None:
    (path,) = join_points(_CORNER, 7.0)
    assert path.bends[0].radius_m == pytest.approx(7.0)
    assert path.bends[0].from_m == pytest.approx(30.0 - fit_bend(np.pi / 2, 7.0))


def test_the_radius_shrinks_to_what_fits() -> None:
    (path,) = join_points([(0, 0), (4, 0), (4, 4), (8, 4)], 50.0)
    first, second = path.bends
    assert first.until_m == pytest.approx(second.from_m)
    assert path.at(np.array([path.length_m])).positions[0] == pytest.approx([8.0, 4.0])
    assert first.radius_m < 4.0


def test_a_path_goes_straight_on_beyond_its_ends() -> None:
    path = _right_angle()
    beyond = path.at(np.array([-2.0, path.length_m + 3.0]))
    assert beyond.positions == pytest.approx(np.array([[-2.0, 0.0], [30.0, 33.0]]), abs=1e-9)
    assert beyond.curvatures.tolist() == [0.0, 0.0]


def test_a_point_twice_passed_cuts_the_way_in_two() -> None:
    there, back = join_points([(0, 0), (5, 0), (0, 0)], 3.0)
    assert there.length_m == back.length_m == pytest.approx(5.0)
    assert back.at(np.array([5.0])).positions[0] == pytest.approx([0.0, 0.0])
    assert back.headings[0] - there.headings[-1] == pytest.approx(np.pi)


def test_one_point_given_twice_is_a_way_without_length() -> None:
    (path,) = join_points([(2, 3), (2, 3)], 1.0)
    assert path.length_m < 1e-6
    assert path.at(np.zeros(1)).positions[0] == pytest.approx([2.0, 3.0])
