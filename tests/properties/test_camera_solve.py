"""Cameras that stand over an intersection: what is projected is found again, by the camera and by its solver."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from safemob.calibration.pose import Solved, solve_camera
from safemob.individual.ground.camera import Camera
from safemob.site import CameraModel, ReferencePoint
from safemob.units import Pixels

_WIDTH, _HEIGHT = 1280, 720


def _stand(
    height: float,
    azimuth_deg: float,
    pitch_deg: float,
    roll_deg: float,
    field_of_view_deg: float,
    k1: float = 0.0,
    place: tuple[float, float] = (0.0, 0.0),
) -> Camera:
    azimuth, pitch, roll = np.radians([azimuth_deg, pitch_deg, roll_deg])
    forward = np.array([np.cos(pitch) * np.cos(azimuth), np.cos(pitch) * np.sin(azimuth), -np.sin(pitch)])
    right = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
    upright = np.stack([right, np.cross(forward, right), forward])
    rotation = Rotation.from_rotvec([0.0, 0.0, roll]).as_matrix() @ upright
    x, y, z = Rotation.from_matrix(rotation).as_rotvec().tolist()
    return Camera(
        CameraModel(
            width_px=_WIDTH,
            height_px=_HEIGHT,
            focal_px=Pixels(_WIDTH / 2 / float(np.tan(np.radians(field_of_view_deg) / 2))),
            principal_point_px=(_WIDTH / 2, _HEIGHT / 2),
            distortion=(k1, 0.0, 0.0, 0.0, 0.0),
            rotation_vector=(x, y, z),
            position_m=(*place, height),
        )
    )


def _survey(camera: Camera, count: int, rng: np.random.Generator, noise_px: float = 0.0) -> list[ReferencePoint]:
    """Points on the road within 60 m, the first four in the corners of what is seen of it, the others anywhere."""
    columns, rows = np.linspace(60, 1220, 30), np.linspace(30, 700, 30)
    pixels = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    ground = camera.to_ground(pixels)
    pixels = pixels[np.linalg.norm(ground - camera.position[:2], axis=1) < 60]
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    wanted = low + (high - low) * np.array([[0.1, 0.1], [0.9, 0.2], [0.15, 0.9], [0.8, 0.85]])
    corners = [int(np.linalg.norm(pixels - corner, axis=1).argmin()) for corner in wanted]
    others = rng.permutation(np.setdiff1d(np.arange(len(pixels)), corners))[: count - 4]
    chosen = pixels[[*corners, *others]]
    seen = chosen + noise_px * rng.standard_normal(chosen.shape)
    return [
        ReferencePoint(name=str(i), pixel=(u, v), ground_m=(x, y, 0.0))
        for i, ((u, v), (x, y)) in enumerate(zip(seen.tolist(), camera.to_ground(chosen).tolist(), strict=True))
    ]


_cameras = st.builds(
    _stand,
    height=st.floats(5, 15),
    azimuth_deg=st.floats(-180, 180),
    pitch_deg=st.floats(12, 50),
    roll_deg=st.floats(-5, 5),
    field_of_view_deg=st.floats(40, 100),
    k1=st.floats(-0.2, 0.1),
    place=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)


@given(_cameras, st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_ground_points_survive_the_way_through_the_camera(camera: Camera, seed: int) -> None:
    pixels = np.random.default_rng(seed).uniform([0, 0], [_WIDTH, _HEIGHT], (40, 2))
    ground = camera.to_ground(pixels)
    near = np.linalg.norm(ground - camera.position[:2], axis=1) < 200
    points = np.column_stack([ground, np.zeros(len(ground))])[near]
    assert camera.project(points) == pytest.approx(pixels[near], abs=1e-4)


@given(_cameras)
@settings(max_examples=20, deadline=None)
def test_homography_agrees_with_projection_on_the_ground(camera: Camera) -> None:
    straight = Camera(replace(camera.model, distortion=(0.0, 0.0, 0.0, 0.0, 0.0)))
    ahead = camera.rotation[2, :2] / np.linalg.norm(camera.rotation[2, :2])
    ground = camera.position[:2] + np.outer([12.0, 20.0, 45.0], ahead)
    mapped = np.column_stack([ground, np.ones(3)]) @ straight.homography.T
    seen = straight.project(np.column_stack([ground, np.zeros(3)]))
    assert mapped[:, :2] / mapped[:, 2:] == pytest.approx(seen, abs=1e-6)


@given(_cameras, st.integers(6, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_solver_finds_the_camera_that_saw_the_points(camera: Camera, count: int, seed: int) -> None:
    points = _survey(camera, count, np.random.default_rng(seed))
    solved = solve_camera(points, (_WIDTH, _HEIGHT), distortion=camera.model.distortion)
    found = solved.camera
    # The focal prior pulls by far less than a pixel's worth: what is left is that pull.
    errors = _normalise(solved, camera)
    assert errors < 0.5
    assert found.position_m == pytest.approx(camera.model.position_m, abs=0.5)
    assert solved.residuals_px.max() < 0.5


@given(_cameras, st.integers(0, 2**32 - 1))
@example(_stand(5.0, 0.0, 12.0, 0.0, 40.0, k1=-5e-324), 0)
@settings(max_examples=20, deadline=None)
def test_given_the_focal_length_four_points_are_enough(camera: Camera, seed: int) -> None:
    points = _survey(camera, 4, np.random.default_rng(seed))
    solved = solve_camera(points, (_WIDTH, _HEIGHT), focal_px=camera.model.focal_px, distortion=camera.model.distortion)
    assert solved.camera.position_m == pytest.approx(camera.model.position_m, abs=1e-3)
    assert solved.leave_one_out_m is None


def test_covariance_is_as_wide_as_the_errors_that_one_pixel_of_noise_makes() -> None:
    rng = np.random.default_rng(7)
    errors = []
    for _ in range(30):
        camera = _stand(
            rng.uniform(5, 15), rng.uniform(-180, 180), rng.uniform(20, 45), rng.uniform(-3, 3), rng.uniform(45, 80)
        )
        points = _survey(camera, 9, rng, noise_px=1.0)
        errors.append(_normalise(solve_camera(points, (_WIDTH, _HEIGHT)), camera))
    # Σ⁻¹-weighted squares of seven errors have mean 7; the floor of 1 px makes the covariance a little too wide.
    assert 4.0 < np.mean(errors) < 8.5


def _normalise(solved: Solved, truth: Camera) -> float:
    """Squared error of (focal, rotation vector, position), weighted by the inverse covariance."""
    found = solved.camera
    turned = np.array(truth.model.rotation_vector)
    nearest = min(
        (turned * (1 + 2 * np.pi * turns / np.linalg.norm(turned)) for turns in (-1, 0, 1)),
        key=lambda vector: float(np.linalg.norm(vector - found.rotation_vector)),
    )
    error = np.concatenate(
        [
            [found.focal_px - truth.model.focal_px],
            np.subtract(found.rotation_vector, nearest),
            np.subtract(found.position_m, truth.model.position_m),
        ]
    )
    return float(error @ np.linalg.solve(np.array(found.covariance), error))
