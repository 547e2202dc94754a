"""The pinhole camera: what it sees, what it must refuse to see."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from safemob.individual.arrays import Floats
from safemob.individual.ground.camera import Camera
from safemob.site import CameraModel
from safemob.units import Pixels

_NO_LENS = (0.0, 0.0, 0.0, 0.0, 0.0)
_BARREL = (-0.3, 0.08, 0.001, -0.0005, 0.0)


def _looking_north(distortion: tuple[float, float, float, float, float] = _NO_LENS) -> Camera:
    """8 m high, 30° down, towards +y."""
    down = np.radians(30.0)
    rotation = np.array([[1, 0, 0], [0, -np.sin(down), -np.cos(down)], [0, np.cos(down), -np.sin(down)]])
    x, y, z = Rotation.from_matrix(rotation).as_rotvec().tolist()
    return Camera(
        CameraModel(
            width_px=1280,
            height_px=720,
            focal_px=Pixels(900.0),
            principal_point_px=(640.0, 360.0),
            distortion=distortion,
            rotation_vector=(x, y, z),
            position_m=(0.0, 0.0, 8.0),
        )
    )


def test_optical_axis_meets_the_ground_where_trigonometry_says() -> None:
    ground = _looking_north().to_ground(np.array([640.0, 360.0]))
    assert ground == pytest.approx([0.0, 8.0 / np.tan(np.radians(30.0))])


def test_right_is_right_and_far_is_up() -> None:
    camera = _looking_north()
    near, far, right = camera.project(np.array([[0.0, 10.0, 0.0], [0.0, 20.0, 0.0], [3.0, 10.0, 0.0]]))
    assert far[1] < near[1]
    assert right[0] > near[0]


def test_agrees_with_opencv_in_projection_and_distortion() -> None:
    camera = _looking_north(_BARREL)
    points = np.random.default_rng(1).uniform([-8, 8, 0], [8, 40, 3], (50, 3))
    intrinsic = np.array([[900.0, 0, 640], [0, 900, 360], [0, 0, 1]])
    shift = -camera.rotation @ camera.position
    expected, _ = cv2.projectPoints(points, np.array(camera.model.rotation_vector), shift, intrinsic, np.array(_BARREL))
    assert camera.project(points) == pytest.approx(expected[:, 0], abs=1e-8)


def test_points_behind_the_camera_are_nowhere() -> None:
    assert np.isnan(_looking_north().project(np.array([0.0, -50.0, 0.0]))).all()


def test_pixels_at_and_above_the_horizon_have_no_ground() -> None:
    camera = _looking_north()
    horizon = 360.0 - 900.0 * np.tan(np.radians(30.0))
    above, just_below = camera.to_ground(np.array([[640.0, horizon - 1.0], [640.0, horizon + 1.0]]))
    assert np.isnan(above).all()
    assert np.isfinite(just_below).all()


def test_planes_above_the_camera_are_not_seen_below_the_horizon() -> None:
    assert np.isnan(_looking_north().to_ground(np.array([640.0, 600.0]), 9.0)).all()


def test_every_pixel_may_have_its_own_height() -> None:
    camera = _looking_north()
    points = np.array([[1.0, 12.0, 0.0], [-2.0, 15.0, 1.5]])
    assert camera.to_ground(camera.project(points), points[:, 2]) == pytest.approx(points[:, :2])


def test_barrel_distortion_is_undone() -> None:
    camera = _looking_north(_BARREL)
    pixels = np.stack(np.meshgrid(np.linspace(0, 1280, 9), np.linspace(0, 720, 7)), axis=-1).reshape(-1, 2)
    rays = camera.rays(pixels)
    assert camera.project(camera.position + 10 * rays) == pytest.approx(pixels, abs=1e-5)


def test_lens_that_folds_back_shows_nothing_beyond_its_turning_point() -> None:
    camera = _looking_north((-0.5, 0.0, 0.0, 0.0, 0.0))
    turning = np.sqrt(1 / 1.5)
    sight = np.array([[1.05 * turning, 0.0, 1.0], [0.95 * turning, 0.0, 1.0]]) @ camera.rotation
    beyond, before = camera.project(camera.position + 10 * sight)
    assert np.isnan(beyond).all()
    assert np.isfinite(before).all()
    slopes = camera.point_slopes(camera.position + 10 * sight)
    assert np.isnan(slopes[0]).any()
    assert np.isfinite(slopes[1]).all()


def test_pixels_that_no_ray_reaches_through_the_lens_have_no_ground() -> None:
    camera = _looking_north((-0.9, 0.0, 0.0, 0.0, 0.0))
    farthest = 900.0 * np.sqrt(1 / 2.7) * (1 - 0.9 / 2.7)
    reached, unreached = camera.to_ground(np.array([[640.0 + farthest - 5, 400.0], [640.0 + farthest + 5, 400.0]]))
    assert np.isfinite(reached).all()
    assert np.isnan(unreached).all()


def test_jacobian_is_the_ground_one_pixel_covers() -> None:
    camera = _looking_north()
    pixel = np.array([700.0, 500.0])
    across = camera.to_ground(pixel + np.array([1.0, 0.0])) - camera.to_ground(pixel)
    along = camera.to_ground(pixel + np.array([0.0, 1.0])) - camera.to_ground(pixel)
    slopes = camera.ground_slopes(camera.to_ground(pixel))
    assert slopes == pytest.approx(np.column_stack([across, along]), rel=5e-3, abs=1e-5)


def test_homography_takes_the_ground_to_pixels() -> None:
    camera = _looking_north()
    mapped = camera.homography @ [2.0, 14.0, 1.0]
    assert mapped[:2] / mapped[2] == pytest.approx(camera.project(np.array([2.0, 14.0, 0.0])))


def test_slopes_are_the_derivatives_of_the_projection() -> None:
    camera = _looking_north((-0.3, 0.05, 0.002, -0.003, 0.0))
    points = np.array([[2.0, 14.0, 0.0], [-5.0, 30.0, 1.5]])
    step = 1e-5
    by_point = [(camera.project(points + e) - camera.project(points - e)) / (2 * step) for e in np.eye(3) * step]
    assert camera.point_slopes(points) == pytest.approx(np.stack(by_point, axis=-1), rel=1e-6, abs=1e-6)
    model = camera.model
    start = np.array([model.focal_px, *model.rotation_vector, *model.position_m])

    def project_with(parameters: Floats) -> Floats:
        focal, rx, ry, rz, x, y, z = (float(value) for value in parameters)
        moved = replace(model, focal_px=Pixels(focal), rotation_vector=(rx, ry, rz), position_m=(x, y, z))
        return Camera(moved).project(points)

    by_parameter = [(project_with(start + e) - project_with(start - e)) / (2 * step) for e in np.eye(7) * step]
    assert camera.parameter_slopes(points) == pytest.approx(np.stack(by_parameter, axis=-1), rel=1e-6, abs=1e-5)


def test_ground_seen_in_a_pixel_moves_with_the_camera_s_parameters() -> None:
    camera = _looking_north((-0.3, 0.05, 0.0, 0.0, 0.0))
    places = np.array([[2.0, 14.0], [-5.0, 30.0]])
    pixels = camera.project(np.column_stack([places, np.zeros(2)]))
    model, step = camera.model, 1e-4
    x, y, z = model.position_m
    higher, longer = (
        Camera(replace(model, position_m=(x, y, z + step))),
        Camera(replace(model, focal_px=Pixels(model.focal_px + step))),
    )
    slopes = camera.ground_parameter_slopes(places)
    assert slopes[..., 6] == pytest.approx((higher.to_ground(pixels) - places) / step, rel=1e-4, abs=1e-6)
    assert slopes[..., 0] == pytest.approx((longer.to_ground(pixels) - places) / step, rel=1e-4, abs=1e-6)
