from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from arc_drives import ArcDrive, make_actor

from safemob.adapters.site_file import load_site
from safemob.adapters.sources.video_file import VideoFile
from safemob.errors import OutputError, ScenarioError
from safemob.individual.ground.camera import Camera
from safemob.scenes.acting.camera import aim_camera
from safemob.scenes.film import FILM, SITE, TRUTH, film_scene, time_frames
from safemob.scenes.scenario import Kind, Scenario
from safemob.scenes.stage import Actor, Stage
from safemob.scenes.survey import survey_site
from safemob.scenes.truth import Truth, read_truth

_CAR = replace(make_actor(ArcDrive(start_m=(-12.0, -1.7), speed_mps=9.0), name="car"), colour=(0.9, 0.1, 0.1))
_RIDER = replace(
    make_actor(
        ArcDrive(start_m=(1.7, -9.0), heading_rad=np.pi / 2, speed_mps=4.0), Kind.CYCLIST, name="rider", from_s=0.3
    ),
    colour=(0.95, 0.9, 0.1),
)
_BUS = make_actor(ArcDrive(start_m=(1.7, -8.5), heading_rad=np.pi / 2, speed_mps=3.0), Kind.BUS, name="bus")


def _set(*actors: Actor, variable: bool = True) -> Stage:
    scenario = Scenario.model_validate(
        {
            "schema": "safemob-scenario/1",
            "title": "Two users on lines",
            "story": "They cross.",
            "duration_s": 1.0,
            "place": {"arms": {name: {} for name in ("north", "east", "south", "west")}, "trees": 0.0},
            "camera": {"position_m": [-4.0, -24.0], "height_m": 8.0},
            "light": {"hour": "overcast", "noise": 1.0},
            "video": {"width_px": 480, "height_px": 270, "frame_rate": 6.0, "variable": variable, "crf": 18},
            "user": [{"id": "any", "kind": Kind.CAR, "points": [[0.0, 0.0], [1.0, 0.0]]}],
        }
    )
    return Stage(
        scenario=scenario, seed=4, camera=aim_camera(scenario.camera, scenario.video), actors=actors, encounters=()
    )


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("scenes") / "film"
    return folder, film_scene(_set(_CAR, _RIDER), folder)


def _decode(path: Path) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8) for frame in container.decode(video=0)]


def test_film_site_and_truth_are_all_that_is_written(filmed: tuple[Path, Truth]) -> None:
    folder, truth = filmed
    assert {each.name for each in folder.iterdir()} == {FILM, SITE, TRUTH}
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]
    assert repr(read_truth(folder / TRUTH)) == repr(truth)


def test_frames_of_the_film_stand_at_the_times_of_the_truth(filmed: tuple[Path, Truth]) -> None:
    folder, truth = filmed
    times = [frame.time_s for frame in VideoFile(folder / FILM).frames()]
    assert times == pytest.approx(truth.frame_times_s, abs=1e-9)
    steps = np.diff(times) * 6.0
    assert steps.min() >= 0.7 - 1e-3
    assert steps.max() <= 1.3 + 1e-3
    assert np.ptp(steps) > 0.1


def test_frames_are_evenly_spaced_where_the_scenario_does_not_ask_otherwise() -> None:
    assert time_frames(_set(_CAR, variable=False)) == pytest.approx(np.arange(6) / 6, abs=1e-5)


@pytest.mark.parametrize("seed", range(8))
def test_an_uneven_film_is_as_long_as_its_scenario(seed: int) -> None:
    times = time_frames(replace(_set(_CAR), seed=seed))
    assert 1.0 - 1.3 / 6 <= times[-1] < 1.0


def test_states_of_the_truth_are_those_of_the_motions(filmed: tuple[Path, Truth]) -> None:
    _, truth = filmed
    for time_s, states in zip(truth.frame_times_s, truth.frames, strict=True):
        assert [state.user for state in states] == (["car", "rider"] if time_s >= 0.3 else ["car"])
        assert states[0].position_m == pytest.approx((-12.0 + 9.0 * time_s, -1.7))
        assert states[0].velocity_mps == pytest.approx((9.0, 0.0))
        assert states[0].heading_rad == 0.0


def test_the_site_holds_the_camera_that_took_the_film(filmed: tuple[Path, Truth]) -> None:
    folder, truth = filmed
    site = load_site(folder / SITE)
    camera, exact = Camera(site.camera), _set(_CAR, _RIDER).camera
    assert site.camera.position_m == exact.position_m
    assert site.camera.focal_px == pytest.approx(exact.focal_px, abs=1e-8)
    for state in truth.frames[-1]:
        assert state.box_px is not None
        length, width, height = next(user.size_m for user in truth.users if user.id == state.user)
        ahead = np.array([np.cos(state.heading_rad), np.sin(state.heading_rad)])
        aside = np.array([-ahead[1], ahead[0]])
        corners = [
            [*(np.array(state.position_m) + i * length / 2 * ahead + j * width / 2 * aside), k * height]
            for i in (-1, 1)
            for j in (-1, 1)
            for k in (0, 1)
        ]
        outline = camera.project(np.array(corners))
        left, top, right, bottom = state.box_px
        assert (left, top, right, bottom) == pytest.approx((*outline.min(axis=0), *outline.max(axis=0)), abs=8)


def test_the_film_shows_road_users_where_the_truth_has_them(filmed: tuple[Path, Truth], tmp_path: Path) -> None:
    folder, truth = filmed
    film_scene(_set(), tmp_path / "empty")
    shown, empty = _decode(folder / FILM)[-1], _decode(tmp_path / "empty" / FILM)[-1]
    differs = np.abs(shown.astype(int) - empty.astype(int)).max(axis=-1) > 30
    explained = np.zeros_like(differs)
    for state in truth.frames[-1]:
        assert state.visible_box_px is not None
        left, top, right, bottom = (round(each) for each in state.visible_box_px)
        assert differs[top:bottom, left:right].mean() > 0.25
        explained[top - 6 : bottom + 6, left - 6 : right + 6] = True
    assert differs[~explained].mean() < 1e-3


def test_who_is_behind_a_bus_is_hidden_in_the_truth(tmp_path: Path) -> None:
    behind = make_actor(ArcDrive(start_m=(3.0, 2.0), speed_mps=0.1), Kind.PEDESTRIAN, name="walker")
    alone = film_scene(_set(behind), tmp_path / "alone").frames[0][0]
    hidden = next(
        state for state in film_scene(_set(behind, _BUS), tmp_path / "both").frames[0] if state.user == "walker"
    )
    assert alone.visible_share > 0.7
    assert hidden.visible_share == 0.0
    assert hidden.visible_box_px is None
    assert hidden.box_px == pytest.approx(alone.box_px)


def test_the_same_seed_gives_the_same_film_to_the_last_bit(filmed: tuple[Path, Truth], tmp_path: Path) -> None:
    folder, _ = filmed
    film_scene(_set(_CAR, _RIDER), tmp_path / "again")
    for name in (FILM, SITE, TRUTH):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_a_film_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film_scene(_set(_CAR), tmp_path / "film", tell=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_film_is_replaced_only_when_asked_and_nothing_else_ever(tmp_path: Path) -> None:
    folder = tmp_path / "film"
    film_scene(_set(_CAR), folder)
    before = (folder / FILM).read_bytes()
    with pytest.raises(OutputError, match="--overwrite"):
        film_scene(_set(_RIDER), folder)
    assert (folder / FILM).read_bytes() == before
    film_scene(_set(_RIDER), folder, overwrite=True)
    assert (folder / FILM).read_bytes() != before
    assert [each.name for each in tmp_path.iterdir()] == ["film"]

    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"notes\.txt"):
        film_scene(_set(_CAR), folder, overwrite=True)
    with pytest.raises(OutputError, match="no folder"):
        film_scene(_set(_CAR), folder / "notes.txt", overwrite=True)
    with pytest.raises(OutputError, match="whole disk"):
        film_scene(_set(_CAR), Path("/proc"))
    with pytest.raises(OutputError, match="cannot be looked at"):
        film_scene(_set(_CAR), tmp_path / ("x" * 300))


@pytest.mark.parametrize("corners", [[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], [[0, 0], [9, 9], [9, 0], [0, 9]]])
def test_a_coverage_that_the_analysis_would_refuse_is_refused_before_the_film(corners: list[list[float]]) -> None:
    stage = _set(_CAR)
    scenario = stage.scenario.model_copy(update={"coverage_m": corners})
    with pytest.raises(ScenarioError, match=r"coverage\.polygon_m"):
        survey_site(replace(stage, scenario=scenario))


def test_a_camera_that_sees_no_road_is_refused() -> None:
    stage = _set(_CAR)
    upwards = replace(stage.camera, rotation_vector=(0.0, 0.0, 0.0))
    with pytest.raises(ScenarioError, match="aim it lower"):
        survey_site(replace(stage, camera=upwards))


def test_the_lens_of_the_film_is_the_one_the_analysis_knows() -> None:
    stage = _set(_CAR)
    for point in survey_site(stage).reference_points:
        seen = Camera(stage.camera).project(np.array(point.ground_m))
        assert seen == pytest.approx(point.pixel, abs=1e-6)
