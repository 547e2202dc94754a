import cv2
import numpy as np
import pytest

from safemob.errors import ScenarioError
from safemob.scenes.drawing.optics import View, bend, sense
from safemob.site import CameraModel
from safemob.units import Pixels

_LENS = (-0.2, 0.05, 0.001, -0.002, 0.0)


def _camera(distortion: tuple[float, float, float, float, float] = _LENS) -> CameraModel:
    return CameraModel(
        width_px=320,
        height_px=180,
        focal_px=Pixels(230.0),
        principal_point_px=(163.0, 88.0),
        distortion=distortion,
        rotation_vector=(1.9, 0.3, -0.2),
        position_m=(2.0, -15.0, 8.0),
    )


def test_every_pixel_comes_from_where_the_lens_bends_it_to_the_pixels_centre() -> None:
    view = View(_camera())
    wide = view.wide
    plane = (view.maps.astype(np.float64) + 0.5 - (wide.width / 2, wide.height / 2)) / wide.focal
    pixels = bend(plane, _LENS) * 230.0 + (163.0, 88.0)
    columns, rows = np.meshgrid(np.arange(320) + 0.5, np.arange(180) + 0.5)
    assert np.abs(pixels - np.stack([columns, rows], axis=-1)).max() < 0.01


def test_the_wide_picture_holds_all_that_the_lens_bends_into_the_frame() -> None:
    view = View(_camera())
    assert view.maps.min() >= 0
    assert view.maps[..., 0].max() <= view.wide.width - 1
    assert view.maps[..., 1].max() <= view.wide.height - 1


def test_points_are_seen_where_opencv_projects_them() -> None:
    view = View(_camera())
    points = np.random.default_rng(3).uniform((-4, -4, 0), (4, 4, 3), (50, 3))
    camera = view.camera
    intrinsic = np.array([[230.0, 0, 163.0], [0, 230.0, 88.0], [0, 0, 1]])
    turned = np.array(camera.rotation_vector)
    shift = -view.rotation @ view.position
    ahead = view.to_camera(points)[:, 2] > 1
    expected, _ = cv2.projectPoints(points, turned, shift, intrinsic, np.array(_LENS))
    assert ahead.sum() > 20
    assert view.to_picture(points)[ahead] == pytest.approx(np.asarray(expected)[ahead, 0], abs=1e-6)


def test_what_is_behind_the_camera_is_seen_nowhere() -> None:
    view = View(_camera())
    behind = view.position - 3 * view.rotation[2]
    assert np.isnan(view.to_picture(behind[None])).all()


def test_what_is_far_aside_is_not_folded_back_into_the_frame() -> None:
    view = View(_camera((-0.15, 0.0, 0.0, 0.0, 0.0)))
    aside = view.position + view.rotation[2] + np.array([[6.0], [-6.0]]) * view.rotation[0]
    (right, _), (left, _) = view.to_picture(aside)
    assert right > 320
    assert left < 0


def test_a_lens_that_folds_the_frame_is_refused() -> None:
    with pytest.raises(ScenarioError, match="bend it less"):
        View(_camera((-0.9, 0.0, 0.0, 0.0, 0.0)))


def test_a_sensor_adds_as_much_noise_as_it_is_said_to_have() -> None:
    grey = np.full((200, 200, 3), 128, dtype=np.uint8)
    seen = sense(grey, 5.0, 0.0, np.random.default_rng(0)).astype(np.float64)
    assert seen.std() == pytest.approx(5.0, rel=0.05)
    assert seen.mean() == pytest.approx(128.0, abs=0.1)
