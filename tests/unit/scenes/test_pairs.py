import dataclasses

import numpy as np
import pytest
from arc_drives import ArcDrive, make_actor

from safemob.scenes.refereeing.referee import find_pairs, measure_encounter
from safemob.scenes.scenario import ArmSpec, CameraSpec, EncounterSpec, Kind, PlaceSpec, Scenario, UserSpec
from safemob.scenes.stage import Actor, Stage
from safemob.site import CameraModel
from safemob.units import Pixels

_CAMERA = CameraModel(
    width_px=960,
    height_px=540,
    focal_px=Pixels(700.0),
    principal_point_px=(480.0, 270.0),
    distortion=(0.0,) * 5,
    rotation_vector=(2.0, 0.0, 0.0),
    position_m=(0.0, -20.0, 8.0),
)


def _set(actors: tuple[Actor, ...], encounters: tuple[EncounterSpec, ...] = (), duration_s: float = 6.0) -> Stage:
    scenario = Scenario.model_validate(
        {
            "schema": "safemob-scenario/1",
            "title": "A test",
            "story": "Users on lines.",
            "duration_s": duration_s,
            "place": PlaceSpec(arms={"north": ArmSpec(), "south": ArmSpec()}),
            "camera": CameraSpec(position_m=[0.0, -20.0]),
            "user": [UserSpec(id=actor.id, kind=actor.kind, points=[[0.0, 0.0], [1.0, 0.0]]) for actor in actors],
            "encounter": list(encounters),
        }
    )
    return Stage(scenario=scenario, seed=0, camera=_CAMERA, actors=actors, encounters=encounters)


_CAR = make_actor(ArcDrive(start_m=(-30.0, 0.0), speed_mps=8.0), name="car")
_RIDER = make_actor(ArcDrive(start_m=(0.0, -25.0), heading_rad=np.pi / 2, speed_mps=5.0), Kind.CYCLIST, name="rider")
_LEAVING = make_actor(ArcDrive(start_m=(10.0, 5.0), speed_mps=9.0), name="leaving")
_FAR = make_actor(ArcDrive(start_m=(80.0, 0.0), heading_rad=np.pi, speed_mps=0.2), name="far")
_WALKER = make_actor(ArcDrive(start_m=(0.0, 8.0), speed_mps=1.4), Kind.PEDESTRIAN, name="walker")
_STROLLER = make_actor(ArcDrive(start_m=(9.0, 8.0), heading_rad=np.pi, speed_mps=1.4), Kind.PEDESTRIAN, name="stroller")


def _names(stage: Stage) -> list[tuple[str, str]]:
    return [(first.id, second.id) for first, second, _ in find_pairs(stage)]


def test_users_that_approach_within_50_m_are_pairs_and_others_are_not() -> None:
    assert _names(_set((_CAR, _RIDER))) == [("car", "rider")]
    assert _names(_set((_CAR, _LEAVING))) == []
    assert _names(_set((_LEAVING, _FAR))) == [("leaving", "far")]
    assert _names(_set((_RIDER, _FAR))) == []


def test_users_that_are_never_there_together_or_only_after_the_film_are_no_pair() -> None:
    later = dataclasses.replace(_RIDER, from_s=1.0)
    assert _names(_set((_CAR, later), duration_s=1.0)) == []
    assert _names(_set((dataclasses.replace(_CAR, until_s=1.0), later))) == []
    assert _names(_set((_CAR, later))) == [("car", "rider")]


def test_two_pedestrians_are_a_pair_only_where_they_are_declared() -> None:
    spec = EncounterSpec(users=["stroller", "walker"], accident_type=7, severity="none")
    assert _names(_set((_WALKER, _STROLLER))) == []
    assert _names(_set((_WALKER, _STROLLER), (spec,))) == [("stroller", "walker")]


def test_declared_pairs_come_first_in_their_own_order_and_keep_what_was_declared() -> None:
    spec = EncounterSpec(users=["rider", "car"], accident_type=3, severity="serious", observable=False)
    pairs = find_pairs(_set((_CAR, _RIDER, _WALKER), (spec,)))
    assert [(first.id, second.id) for first, second, _ in pairs[:1]] == [("rider", "car")]
    assert {frozenset((first.id, second.id)) for first, second, _ in pairs[1:]} == {
        frozenset(("car", "walker")),
        frozenset(("rider", "walker")),
    }
    declared, other = (measure_encounter(pair, 6.0) for pair in pairs[:2])
    assert (declared.declared, declared.accident_type, declared.severity, declared.observable) == (
        True,
        3,
        "serious",
        False,
    )
    assert (other.declared, other.accident_type, other.severity, other.observable) == (False, None, "none", True)


def test_an_encounter_holds_what_the_referee_measures() -> None:
    (pair,) = find_pairs(_set((_CAR, _RIDER)))
    found = measure_encounter(pair, 6.0)
    leaves_s, comes_s = (30 + 2.25 + 0.3) / 8, (25 - 0.9 - 0.9) / 5
    assert found.users == ("car", "rider")
    assert found.pet_s == pytest.approx(comes_s - leaves_s, abs=1e-3)
    assert found.pet_at_s == pytest.approx(comes_s, abs=1e-3)
    assert found.pet_at_m == pytest.approx((0.3, -0.9), abs=0.02)
