from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from safemob.scenes.acting.camera import aim_camera
from safemob.scenes.drawing.optics import View
from safemob.scenes.drawing.picture import Picture, Renderer
from safemob.scenes.scenario import Arm, ArmSpec, CameraSpec, Kind, LightSpec, PlaceSpec, Scenario, UserSpec, VideoSpec
from safemob.scenes.stage import Actor, Poses, Stage

Floats = npt.NDArray[np.float64]

_SIZES = {Kind.PEDESTRIAN: (0.5, 0.5, 1.75), Kind.CAR: (4.4, 1.8, 1.5), Kind.TRUCK: (8.0, 2.5, 3.4)}
_ARMS: dict[Arm, ArmSpec] = {"north": ArmSpec(zebra=True), "south": ArmSpec()}
_CAMERA = CameraSpec(position_m=[0.0, -16.0], height_m=7.0, aim_m=[0.0, 0.0], view_deg=60)


class _Along:
    """Straight ahead from a place, with constant speed."""

    def __init__(self, x: float, y: float, heading: float, speed: float) -> None:
        self._start, self._heading, self._speed = np.array([x, y]), heading, speed

    def at(self, times_s: Floats) -> Poses:
        ahead = np.array([np.cos(self._heading), np.sin(self._heading)])
        none = np.zeros(len(times_s))
        pair = np.zeros((len(times_s), 2))
        return Poses(
            positions=self._start + self._speed * times_s[:, None] * ahead,
            headings=none + self._heading,
            velocities=pair + self._speed * ahead,
            accelerations=pair,
            turn_rates=none,
            travelled=self._speed * times_s,
        )


def _actor(kind: Kind, x: float, y: float, heading: float = 0.0, speed: float = 0.0, from_s: float = 0.0) -> Actor:
    return Actor(
        id=f"{kind.value} {x:g}",
        kind=kind,
        size_m=_SIZES[kind],
        colour=(0.7, 0.1, 0.1),
        look=1,
        motion=_Along(x, y, heading, speed),
        from_s=from_s,
        until_s=10.0,
    )


def _stage(*actors: Actor, light: LightSpec | None = None, poles: list[list[float]] | None = None) -> Stage:
    scenario = Scenario.model_validate(
        {
            "schema": "safemob-scenario/1",
            "title": "a test",
            "story": "a test",
            "duration_s": 2.0,
            "place": PlaceSpec(arms=_ARMS, buildings=0.2, trees=0.1, poles=poles or []),
            "camera": _CAMERA,
            "light": light or LightSpec(noise=0.0, blur_px=0.0, sun_from_deg=200, sun_height_deg=35),
            "video": VideoSpec(width_px=320, height_px=240),
            "user": [UserSpec(id="x", kind=Kind.CAR, points=[[0.0, 0.0], [1.0, 0.0]], speed_kmh=1.0)],
        }
    )
    camera = aim_camera(_CAMERA, scenario.video)
    return Stage(scenario=scenario, seed=0, camera=camera, actors=actors, encounters=())


def _take(stage: Stage, time_s: float = 0.0) -> Picture:
    with Renderer(stage) as renderer:
        return renderer.render(time_s)


def _box_of(picture: Picture, index: int) -> Floats:
    rows, columns = np.nonzero(picture.owners == index)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], dtype=np.float64)


@pytest.fixture(scope="module")
def crossing() -> tuple[Stage, Picture]:
    stage = _stage(
        _actor(Kind.CAR, -4, 2, 0.7),
        _actor(Kind.PEDESTRIAN, 4.5, -2, 2.0),
        _actor(Kind.CAR, 0, 60, from_s=5.0),
        _actor(Kind.TRUCK, 60, -60),
    )
    return stage, _take(stage)


def test_owners_and_boxes_agree_to_a_pixel(crossing: tuple[Stage, Picture]) -> None:
    _, picture = crossing
    for index in (0, 1):
        assert np.abs(_box_of(picture, index) - picture.boxes[index]).max() <= 1.0


def test_a_body_covers_as_much_as_is_seen_of_it_where_nothing_hides_it(crossing: tuple[Stage, Picture]) -> None:
    _, picture = crossing
    for index in (0, 1):
        assert np.sum(picture.owners == index) == pytest.approx(picture.whole[index], rel=0.1, abs=4)


def test_those_who_are_absent_or_out_of_sight_have_no_box(crossing: tuple[Stage, Picture]) -> None:
    _, picture = crossing
    assert np.isnan(picture.boxes[2:]).all()
    assert picture.whole[2:].tolist() == [0, 0]
    assert set(np.unique(picture.owners)) == {-1, 0, 1}


def test_the_middle_of_a_body_is_seen_where_the_camera_projects_it(crossing: tuple[Stage, Picture]) -> None:
    stage, picture = crossing
    for index, middle in enumerate([(-4.0, 2.0, 0.6), (4.5, -2.0, 1.2)]):
        column, row = np.floor(View(stage.camera).to_picture(np.array(middle))).astype(int)
        assert picture.owners[row, column] == index


def test_the_same_stage_gives_the_same_picture(crossing: tuple[Stage, Picture]) -> None:
    stage, picture = crossing
    again = _take(stage)
    assert np.array_equal(again.bgr, picture.bgr)
    assert np.array_equal(again.owners, picture.owners)


def test_bodies_show_their_own_colour(crossing: tuple[Stage, Picture]) -> None:
    _, picture = crossing
    blue, _, red = picture.bgr[picture.owners == 0].mean(axis=0)
    assert red > 1.5 * blue


def test_what_stands_before_somebody_hides_who_keeps_the_box() -> None:
    free = _take(_stage(_actor(Kind.PEDESTRIAN, 0, 6)))
    hidden = _take(_stage(_actor(Kind.PEDESTRIAN, 0, 6), _actor(Kind.TRUCK, 0, 2)))
    assert np.sum(hidden.owners == 0) < 0.5 * np.sum(free.owners == 0)
    assert hidden.boxes[0] == pytest.approx(free.boxes[0])
    assert hidden.whole[0] == free.whole[0]


def test_a_post_hides_part_of_who_stands_behind_it() -> None:
    walker = _actor(Kind.PEDESTRIAN, 0.0, 4.0)
    free, hidden = _take(_stage(walker)), _take(_stage(walker, poles=[[0.0, -4.0]]))
    assert np.sum(hidden.owners == 0) < 0.8 * np.sum(free.owners == 0)
    assert hidden.whole[0] == free.whole[0]


def test_the_sun_throws_a_shadow_and_an_overcast_sky_only_a_soft_one() -> None:
    darker = {}
    for hour in ("day", "overcast"):
        light = LightSpec(hour=hour, noise=0.0, blur_px=0.0, sun_from_deg=180, sun_height_deg=35)
        stage = _stage(_actor(Kind.CAR, 0, 0, np.pi / 2), light=light)
        empty = _take(replace(stage, actors=()))
        picture = _take(stage)
        fall = empty.bgr.astype(np.float64).mean(axis=2) - picture.bgr.mean(axis=2)
        darker[hour] = np.sum((fall > 25) & (picture.owners < 0))
    assert darker["day"] > 2 * darker["overcast"] > 0


def test_dusk_is_darker_than_day_and_lamps_shine() -> None:
    car = _actor(Kind.CAR, 0, 0, -np.pi / 2)
    day, dusk = (_take(_stage(car, light=LightSpec(hour=hour, noise=0.0))) for hour in ("day", "dusk"))
    assert dusk.bgr.mean() < 0.6 * day.bgr.mean()
    assert dusk.bgr[dusk.owners == 0].max() > 240


def test_another_moment_moves_people_but_not_the_ground() -> None:
    stage = _stage(_actor(Kind.CAR, -6, 0, 0.0, 8.0))
    with Renderer(stage) as renderer:
        first, later = renderer.render(0.0), renderer.render(1.0)
    assert later.boxes[0, 0] > first.boxes[0, 0] + 50
    assert np.abs(_box_of(later, 0) - later.boxes[0]).max() <= 1.0
    still = (first.owners < 0) & (later.owners < 0)
    same = np.all(first.bgr == later.bgr, axis=2)
    assert np.mean(same[still]) > 0.9


def test_noise_differs_from_frame_to_frame_and_not_from_run_to_run() -> None:
    stage = _stage(light=LightSpec(noise=4.0))
    with Renderer(stage) as renderer:
        first, later = renderer.render(0.0), renderer.render(0.1)
    assert np.any(first.bgr != later.bgr)
    assert np.array_equal(first.bgr, _take(stage).bgr)
