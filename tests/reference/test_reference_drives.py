"""Against a car that measured itself: the Ingolstadt drives of EFS TrafficMonitoring. Nothing is fitted on them."""

import numpy as np
import pytest
from accuracy_efs import Errors, judge_drive, solve_pose
from ingolstadt import Drive, apply_homography, read_drives, read_points, recover_projection

from safemob.individual.arrays import Floats


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest) -> tuple[list[Drive], list[Errors], Floats]:
    request.getfixturevalue("shared_data")
    pixels, places, origin = read_points()
    homography = recover_projection(pixels, places, origin)
    camera = solve_pose(apply_homography(homography, places), places)
    clicked = np.array(solve_pose(pixels, places).camera.covariance)
    drives = read_drives(origin)
    return drives, [judge_drive(drive, homography, camera, clicked) for drive in drives], homography


def test_naive_positions_are_whole_pixels_under_the_projection_found(
    judged: tuple[list[Drive], list[Errors], Floats],
) -> None:
    drives, _, homography = judged
    for drive in drives:
        steps = np.diff(apply_homography(homography, drive.naive), axis=0)
        assert np.abs(steps - np.round(steps)).max() < 0.01


def test_reference_agrees_with_itself(judged: tuple[list[Drive], list[Errors], Floats]) -> None:
    drives, _, _ = judged
    for drive in drives:
        moved = np.gradient(drive.reference, drive.times_s, axis=0)
        off = moved - drive.velocities
        assert np.median(np.hypot(off[:, 0], off[:, 1])) < 0.1


def test_positions_are_nearer_the_car_than_the_published_ones(
    judged: tuple[list[Drive], list[Errors], Floats],
) -> None:
    drives, errors, _ = judged
    ours = np.concatenate([each.distances for each in errors])
    naive = np.concatenate([np.linalg.norm(drive.naive - drive.reference, axis=1) for drive in drives])
    refined = np.concatenate([np.linalg.norm(drive.refined - drive.reference, axis=1) for drive in drives])
    assert naive.mean() == pytest.approx(1.14, abs=0.01)  # as published
    assert np.nanmean(refined) == pytest.approx(0.57, abs=0.01)  # as published
    assert ours.mean() < 0.45
    assert ours[np.concatenate([each.moving for each in errors])].mean() < 0.35


def test_speeds_and_their_uncertainty_are_those_of_the_car(
    judged: tuple[list[Drive], list[Errors], Floats],
) -> None:
    _, errors, _ = judged
    speeds = np.concatenate([each.speeds for each in errors])
    assert np.sqrt(np.mean(np.square(speeds))) < 0.15
    assert 0.8 < np.concatenate([each.velocity_inside for each in errors]).mean() < 0.95
