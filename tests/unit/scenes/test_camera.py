"""The camera of a scene."""

import numpy as np
import pytest

from safemob.errors import ScenarioError
from safemob.individual.ground.camera import Camera
from safemob.scenes.acting.camera import aim_camera
from safemob.scenes.scenario import CameraSpec, VideoSpec

_SPEC = CameraSpec(position_m=[-15.0, -9.0], height_m=8.0, aim_m=[2.0, 1.0], view_deg=70.0)


def test_the_aim_is_in_the_middle_of_the_picture() -> None:
    pixel = Camera(aim_camera(_SPEC, VideoSpec())).project(np.array([2.0, 1.0, 0.0]))
    assert pixel == pytest.approx([480.0, 270.0])


def test_the_horizon_is_level_and_up_is_up() -> None:
    camera = Camera(aim_camera(_SPEC, VideoSpec()))
    x, y = np.array([17.0, 10.0]) / np.hypot(17.0, 10.0)
    left, right = camera.project(np.array([[2 - y, 1 + x, 0.0], [2 + y, 1 - x, 0.0]]))
    assert left[1] == pytest.approx(right[1])
    assert left[0] < right[0]
    assert camera.project(np.array([2.0, 1.0, 2.0]))[1] < 270.0


@pytest.mark.parametrize("distortion", [[0.0, 0.0], [-0.15, 0.03], [0.1, 0.0]])
def test_the_field_of_view_is_as_the_lens_has_it(distortion: list[float]) -> None:
    spec = _SPEC.model_copy(update={"distortion": distortion})
    rays = Camera(aim_camera(spec, VideoSpec())).rays(np.array([[0.0, 270.0], [960.0, 270.0]]))
    assert np.degrees(np.arccos(rays[0] @ rays[1])) == pytest.approx(70.0)


def test_a_lens_that_folds_the_picture_is_refused() -> None:
    spec = _SPEC.model_copy(update={"distortion": [-0.5, 0.0], "view_deg": 95.0})
    with pytest.raises(ScenarioError, match="folds a picture of 95°"):
        aim_camera(spec, VideoSpec())


def test_looking_straight_down_is_refused() -> None:
    with pytest.raises(ScenarioError, match="below itself"):
        aim_camera(_SPEC.model_copy(update={"aim_m": [-15.0, -9.0]}), VideoSpec())
