"""Rectangles, DRAC and poses on numbers that can be checked by hand."""

import numpy as np
import pytest

from safemob.individual.safety.drac import compute_following_drac
from safemob.individual.safety.pet import Poses, compute_pet
from safemob.individual.safety.rectangle import Rectangles, compute_separation, find_overlaps
from safemob.individual.safety.ttc import compute_ttc


def box(x: float, y: float, degrees: float = 0.0, length: float = 4.0, width: float = 2.0) -> Rectangles:
    return Rectangles.heading(np.array([[x, y]]), np.radians([degrees]), np.array([length]), np.array([width]))


def test_gap_of_rectangles_abreast_is_between_their_sides() -> None:
    apart = compute_separation(box(0, 0), box(1, 5))
    assert apart.gaps[0] == pytest.approx(3.0)
    np.testing.assert_allclose(apart.directions[0], [0, 1])
    assert apart.midpoints[0, 1] == pytest.approx(2.5)


def test_gap_from_corner_to_corner() -> None:
    apart = compute_separation(box(0, 0), box(7, 6))
    assert apart.gaps[0] == pytest.approx(5.0)
    np.testing.assert_allclose(apart.directions[0], [0.6, 0.8])
    np.testing.assert_allclose(apart.midpoints[0], [3.5, 3.0])


def test_gap_to_a_rotated_rectangle() -> None:
    assert compute_separation(box(0, 0), box(6, 0, 45, 2, 2)).gaps[0] == pytest.approx(4 - np.sqrt(2))


def test_crossed_rectangles_without_a_corner_inside_overlap() -> None:
    assert find_overlaps(box(0, 0, 0, 10, 1), box(0, 0, 90, 10, 1))[0]
    assert compute_separation(box(0, 0, 0, 10, 1), box(0, 0, 90, 10, 1)).gaps[0] == 0


@pytest.mark.parametrize(("length", "width"), [(0.0, 1.0), (1.0, -1.0), (float("nan"), 1.0)])
def test_footprint_without_size_is_refused(length: float, width: float) -> None:
    with pytest.raises(ValueError, match="size in metres"):
        box(0, 0, 0, length, width)


def test_parallel_paths_have_infinite_ttc() -> None:
    course = compute_ttc(box(0, 0), np.array([[10.0, 0.0]]), box(30, 3.5), np.array([[-10.0, 0.0]]))
    assert course.ttc_s[0] == np.inf
    assert np.isnan(course.clearing_s[0])


def test_equal_velocities_have_infinite_ttc() -> None:
    velocity = np.array([[13.1, 0.7]])
    assert compute_ttc(box(0, 0), velocity, box(5, 0.5, 3), velocity).ttc_s[0] == np.inf


@pytest.mark.parametrize(("x", "speed"), [(0.0, np.nan), (np.nan, 0.0), (np.nan, 3.0)])
def test_unknown_input_has_unknown_ttc(x: float, speed: float) -> None:
    course = compute_ttc(box(x, 0), np.array([[speed, 0.0]]), box(9, 0), np.zeros((1, 2)))
    assert np.isnan(course.ttc_s[0])
    assert not course.overlap[0]


def test_drac_at_its_limits() -> None:
    speeds, gaps = np.array([6.0, 0.0, -2.0, 3.0, 3.0, np.nan]), np.array([9.0, 5.0, 0.0, 0.0, -0.1, 4.0])
    np.testing.assert_array_equal(compute_following_drac(speeds, gaps), [2.0, 0.0, 0.0, np.inf, np.nan, np.nan])


def stand(time_s: float, x: float) -> Poses:
    return Poses(
        times=np.array([time_s]),
        positions=np.array([[x, 0.0]]),
        headings=np.zeros(1),
        lengths=np.ones(1),
        widths=np.ones(1),
    )


def test_pet_of_single_poses_is_the_time_between_them() -> None:
    assert compute_pet(stand(1.0, 0.0), stand(3.5, 0.9), 5.0).pet_s == 2.5
    assert np.isnan(compute_pet(stand(1.0, 0.0), stand(3.5, 1.1), 5.0).pet_s)
    assert np.isnan(compute_pet(stand(1.0, 0.0), stand(7.5, 0.0), 5.0).pet_s)


def test_pet_of_users_at_one_place_at_one_time_is_zero() -> None:
    assert compute_pet(stand(1.0, 0.0), stand(1.0, 0.5), 5.0).pet_s == 0.0


def test_heading_is_interpolated_the_short_way_round() -> None:
    poses = Poses(
        times=np.array([0.0, 1.0]),
        positions=np.zeros((2, 2)),
        headings=np.array([3.1, -3.1]),
        lengths=np.full(2, 4.0),
        widths=np.full(2, 1.0),
    )
    assert abs(np.cos(poses.at(np.array([0.5])).headings[0])) == pytest.approx(1.0, abs=1e-3)
    far = stand(0.5, 0.0)
    beside = Poses(
        times=far.times, positions=np.array([[0.0, 1.5]]), headings=far.headings, lengths=far.lengths, widths=far.widths
    )
    assert np.isnan(compute_pet(poses, beside, 5.0).pet_s), "the long way round would sweep this place"
