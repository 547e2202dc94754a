"""Solving a camera: what the figures mean, and what is refused."""

import math
from dataclasses import replace

import numpy as np
import pytest

from safemob.calibration.pose import solve_camera
from safemob.errors import ReferencePointError
from safemob.individual.ground.camera import Camera
from safemob.site import ReferencePoint

_SIZE = (1280, 720)


def test_solved_camera_stands_where_the_true_one_does(camera: Camera, points: list[ReferencePoint]) -> None:
    solved = solve_camera(points, _SIZE)
    sigma = np.sqrt(np.diag(np.array(solved.camera.covariance)))
    assert np.all(np.abs(np.subtract(solved.camera.position_m, camera.model.position_m)) < 4 * sigma[4:])
    assert abs(solved.camera.focal_px - camera.model.focal_px) < 4 * sigma[0]
    assert solved.suspect is None


def test_residual_in_metres_is_the_distance_between_given_and_seen_place(points: list[ReferencePoint]) -> None:
    solved = solve_camera(points, _SIZE)
    seen = Camera(solved.camera).to_ground(np.array(points[3].pixel))
    assert solved.residuals_m[3] == pytest.approx(math.dist(seen, points[3].ground_m[:2]))


def test_leave_one_out_is_the_miss_of_a_camera_that_never_saw_the_point(points: list[ReferencePoint]) -> None:
    solved = solve_camera(points, _SIZE)
    others = solve_camera([*points[:2], *points[3:]], _SIZE)
    seen = Camera(others.camera).to_ground(np.array(points[2].pixel))
    assert solved.leave_one_out_m is not None
    assert solved.leave_one_out_m[2] == pytest.approx(math.dist(seen, points[2].ground_m[:2]), rel=0.05)


def test_points_off_the_road_count_at_their_height(camera: Camera, points: list[ReferencePoint]) -> None:
    top = np.array([4.0, 18.0, 3.0])
    sign = ReferencePoint(name="sign", pixel=tuple(camera.project(top).tolist()), ground_m=(4.0, 18.0, 3.0))
    assert solve_camera([*points, sign], _SIZE).residuals_m[-1] < 0.2


def test_a_given_focal_length_is_kept_and_has_no_variance(points: list[ReferencePoint]) -> None:
    solved = solve_camera(points, _SIZE, focal_px=1004.6)
    assert solved.camera.focal_px == pytest.approx(1004.6)
    assert np.array(solved.camera.covariance)[0].tolist() == [0.0] * 7


def test_a_given_lens_distortion_is_taken_out(camera: Camera, points: list[ReferencePoint]) -> None:
    lens = (-0.25, 0.05, 0.0, 0.0, 0.0)
    bent = Camera(replace(camera.model, distortion=lens))
    seen = [replace(p, pixel=tuple(bent.project(np.array(p.ground_m)).tolist())) for p in points]
    assert solve_camera(seen, _SIZE, distortion=lens).residuals_px.max() < 0.1
    assert solve_camera(seen, _SIZE).residuals_px.max() > 1.0


def test_far_origin_changes_nothing_but_the_position(points: list[ReferencePoint]) -> None:
    there = [replace(p, ground_m=(p.ground_m[0] + 40_000.0, p.ground_m[1] - 7_000.0, 0.0)) for p in points]
    near, far = solve_camera(points, _SIZE), solve_camera(there, _SIZE)
    assert far.residuals_m == pytest.approx(near.residuals_m, abs=1e-4)
    assert far.camera.position_m[0] == pytest.approx(near.camera.position_m[0] + 40_000.0, abs=1e-4)


def test_fewer_points_give_wider_uncertainty(points: list[ReferencePoint]) -> None:
    few, many = solve_camera(points[:5], _SIZE), solve_camera(points, _SIZE)
    assert np.all(np.diag(np.array(few.camera.covariance)) > np.diag(np.array(many.camera.covariance)))


def test_a_point_one_metre_off_is_the_suspect(points: list[ReferencePoint]) -> None:
    x, y, z = points[2].ground_m
    points[2] = replace(points[2], ground_m=(x + 1.0, y, z))
    assert solve_camera(points, _SIZE).suspect == "island"


def test_points_that_carry_the_fit_alone_are_not_held_out_and_named(points: list[ReferencePoint]) -> None:
    # Three on a line and two beside it: without one of the two, the rest determines nothing.
    camera = solve_camera(points, _SIZE).camera
    places = {"a": (0.0, 10.0), "b": (0.0, 16.0), "c": (0.0, 22.0), "left": (-5.0, 12.0), "right": (6.0, 18.0)}
    line = [
        ReferencePoint(name=n, pixel=tuple(Camera(camera).project(np.array([*xy, 0.0])).tolist()), ground_m=(*xy, 0.0))
        for n, xy in places.items()
    ]
    solved = solve_camera(line, _SIZE)
    assert solved.leave_one_out_m is not None
    assert np.isnan(solved.leave_one_out_m).tolist() == [False, False, False, True, True]
    fit = solved.summarise("By hand")
    assert fit.leave_one_out_rms_m is not None
    assert fit.method.endswith("without them: left, right.")


def test_fewer_than_four_points_are_refused(points: list[ReferencePoint]) -> None:
    with pytest.raises(ReferencePointError, match=r"at least 4 reference points, there are 3: add"):
        solve_camera(points[:3], _SIZE)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_is_not_finite_is_refused(points: list[ReferencePoint], value: float) -> None:
    points[1] = replace(points[1], ground_m=(value, 8.0, 0.0))
    with pytest.raises(ReferencePointError, match=r"'stop line' has a coordinate that is not a finite number"):
        solve_camera(points, _SIZE)


def test_a_pixel_outside_the_frame_is_refused(points: list[ReferencePoint]) -> None:
    points[0] = replace(points[0], pixel=(1500.0, 100.0))
    with pytest.raises(ReferencePointError, match=r"'kerb' at pixel .1500, 100. is outside the 1280×720 frame"):
        solve_camera(points, _SIZE)


def test_one_place_given_twice_is_refused(points: list[ReferencePoint]) -> None:
    points[4] = replace(points[4], ground_m=points[0].ground_m)
    with pytest.raises(ReferencePointError, match=r"'kerb' and 'gully' are the same place on the ground"):
        solve_camera(points, _SIZE)


def test_one_name_given_twice_is_refused(points: list[ReferencePoint]) -> None:
    points[4] = replace(points[4], name="kerb")
    with pytest.raises(ReferencePointError, match=r"named 'kerb'"):
        solve_camera(points, _SIZE)


@pytest.mark.parametrize("beside", [0.0, 6.0])
def test_points_on_a_line_are_refused_even_with_one_beside_it(camera: Camera, beside: float) -> None:
    places = [(0.0, 9.0), (0.0, 14.0), (0.0, 20.0), (0.0, 27.0), (beside, 31.0)]
    line = [
        ReferencePoint(name=f"m{i}", pixel=tuple(camera.project(np.array([x, y, 0.0])).tolist()), ground_m=(x, y, 0.0))
        for i, (x, y) in enumerate(places)
    ]
    with pytest.raises(ReferencePointError, match=r"'m1', 'm2', 'm3'(, 'm4')? lie on one line: add points beside it"):
        solve_camera(line, _SIZE)


@pytest.mark.parametrize("count", [4, 7])
def test_mirrored_points_are_refused_as_mirrored(points: list[ReferencePoint], count: int) -> None:
    mirrored = [replace(p, ground_m=(p.ground_m[1], p.ground_m[0], 0.0)) for p in points]
    with pytest.raises(ReferencePointError, match=r"are mirrored.*two columns swapped"):
        solve_camera(mirrored[:count], _SIZE)


def test_one_wild_point_is_named(points: list[ReferencePoint]) -> None:
    points[5] = replace(points[5], ground_m=(-30.0, 5.0, 0.0))
    with pytest.raises(ReferencePointError, match=r"without 'zebra'.*check that point"):
        solve_camera(points, _SIZE)


def test_a_point_above_the_horizon_is_named(points: list[ReferencePoint]) -> None:
    points[6] = replace(points[6], pixel=(300.0, 3.0), ground_m=(-5.0, 25.0, 0.0))
    with pytest.raises(ReferencePointError, match=r"without 'arrow'.*check that point"):
        solve_camera(points, _SIZE)


def test_shuffled_points_are_refused_without_blaming_one(points: list[ReferencePoint]) -> None:
    places = [points[i].ground_m for i in (3, 0, 6, 1, 2, 4, 5)]
    shuffled = [replace(p, ground_m=place) for p, place in zip(points, places, strict=True)]
    with pytest.raises(ReferencePointError, match=r"no single point explains it"):
        solve_camera(shuffled, _SIZE)


def test_coordinates_in_centimetres_put_the_camera_too_high(points: list[ReferencePoint]) -> None:
    inflated = [replace(p, ground_m=(p.ground_m[0] * 100, p.ground_m[1] * 100, 0.0)) for p in points]
    with pytest.raises(ReferencePointError, match=r"camera \d+ m above the road, expected 2 to 60 m: check the unit"):
        solve_camera(inflated, _SIZE)
