import numpy as np
import numpy.typing as npt
import pytest

from safemob.scenes.drawing.light import Light, Surfaces
from safemob.scenes.drawing.shapes import Paint, panel
from safemob.scenes.scenario import LightSpec

_EYE = np.array([0.0, -10.0, 8.0], dtype=np.float32)
_LYING = [(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]
_SOUTH_WALL = [(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1)]


def _see(
    spec: LightSpec, corners: list[tuple[int, int, int]], paint: Paint, lit: float = 1.0
) -> npt.NDArray[np.float32]:
    surfaces = Surfaces.of(panel(corners, paint))
    return np.asarray(Light(spec).on_surfaces(surfaces, _EYE, np.full(4, lit, dtype=np.float32))[0])


_GREY = Paint((0.5, 0.5, 0.5))


def test_what_stands_in_a_shadow_is_darker_in_sunshine_only() -> None:
    sunny, grey = LightSpec(hour="day"), LightSpec(hour="overcast")
    assert _see(sunny, _LYING, _GREY).mean() > 1.2 * _see(sunny, _LYING, _GREY, lit=0.0).mean()
    assert _see(grey, _LYING, _GREY) == pytest.approx(_see(grey, _LYING, _GREY, lit=0.0))


def test_a_wall_is_brightest_when_the_sun_faces_it() -> None:
    facing, behind = (LightSpec(sun_from_deg=angle, sun_height_deg=30) for angle in (270, 90))
    assert _see(facing, _SOUTH_WALL, _GREY).mean() > 1.2 * _see(behind, _SOUTH_WALL, _GREY).mean()


def test_lamps_glow_after_dark() -> None:
    lamp = Paint((0.9, 0.9, 0.8), glow=1.0)
    dusk = LightSpec(hour="dusk")
    assert _see(dusk, _SOUTH_WALL, lamp).max() > 0.95
    assert _see(dusk, _SOUTH_WALL, Paint(lamp.colour)).max() < 0.6


def test_street_lamps_light_the_ground_below_them() -> None:
    light = Light(LightSpec(hour="dusk"), [(0.0, 0.0, 7.0)])
    x = np.array([0.0, 30.0], dtype=np.float32)
    below, away = light.on_ground(x, np.zeros_like(x), np.ones_like(x)).mean(axis=-1)
    assert below > 1.5 * away
