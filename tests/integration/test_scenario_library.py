"""The bundled scenarios are what they say they are: by the referee's measure, never by the analysis."""

import itertools
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from safemob.individual.ground.camera import Camera
from safemob.scenes.acting.staging import stage_scenario
from safemob.scenes.refereeing.referee import Meeting, measure_pair
from safemob.scenes.scenario import EncounterSpec, Kind, Scenario, read_scenario
from safemob.scenes.stage import Actor, Stage
from safemob.taxonomy import RoadUserPair, Severity, road_user_pair

_LIBRARY = Path(__file__).resolve().parents[2] / "sample_videos"
_FILES = sorted((_LIBRARY / "scenarios").glob("*.toml"))
_BUSY = [path for path in _FILES if path.stem.startswith("busy-")]
_NEAR_S = 0.25
Floats = npt.NDArray[np.float64]
_ROLES = (RoadUserPair.MOTOR_MOTOR, RoadUserPair.MOTOR_CYCLIST, RoadUserPair.MOTOR_PEDESTRIAN)

# What the situations allow: type 3 is between vehicles, type 4 has a pedestrian, type 5 a vehicle that parks.
_PAIRS_OF_TYPE = {2: _ROLES, 3: _ROLES[:2], 4: _ROLES[2:], 5: _ROLES[:2], 6: _ROLES, 7: _ROLES}

_LIMITS = {  # (record, conflict, serious): TTC and PET in seconds, as docs/indicators has them for preset safemob-1
    True: ((3.0, 5.0), (1.5, 1.5), (1.0, 1.0)),
    False: ((2.0, 3.0), (1.0, 1.0)),
}
_FOLLOWER_MPS2 = 3.4


@cache
def _read(path: Path) -> Scenario:
    return read_scenario(path)


@cache
def _stage(path: Path, seed: int) -> Stage:
    return stage_scenario(_read(path), seed)


def _find(stage: Stage, name: str) -> Actor:
    return next(actor for actor in stage.actors if actor.id == name)


@cache
def _measure(path: Path, seed: int, users: tuple[str, str]) -> Meeting:
    stage = _stage(path, seed)
    return measure_pair(_find(stage, users[0]), _find(stage, users[1]), 0.0, stage.scenario.duration_s)


def _pair(one: Actor, other: Actor) -> RoadUserPair | None:
    return road_user_pair(one.road_user, other.road_user)


def _judge(pair: RoadUserPair, met: Meeting) -> Severity:
    """Severity by the thresholds of preset safemob-1."""
    motor = pair in _ROLES
    follower = pair is RoadUserPair.MOTOR_MOTOR and not math.isnan(met.drac_max_mps2)
    severity = Severity.NONE
    for level, (ttc_s, pet_s) in enumerate(_LIMITS[motor], start=1):
        by_ttc = met.ttc_held_s <= ttc_s
        if follower and level > Severity.RECORD:
            by_ttc = by_ttc and met.drac_max_mps2 >= _FOLLOWER_MPS2
        if by_ttc or (not met.follows and abs(met.pet_s) <= pet_s):
            severity = Severity(level)
    return severity


def _is_near_threshold(pair: RoadUserPair, met: Meeting) -> bool:
    """Whether a value that decides lies near a threshold for conflicts or serious ones."""
    values = [] if met.follows else [abs(met.pet_s)]
    if pair is not RoadUserPair.MOTOR_MOTOR or math.isnan(met.drac_max_mps2) or met.drac_max_mps2 >= _FOLLOWER_MPS2:
        values.append(met.ttc_held_s)
    limits = {limit for row in _LIMITS[pair in _ROLES][1:] for limit in row}
    return any(abs(value - limit) <= _NEAR_S for value, limit in itertools.product(values, limits))


def _declared() -> Iterator[tuple[Path, EncounterSpec]]:
    for path in _FILES:
        for encounter in _read(path).encounter:
            yield path, encounter


def _kinds(path: Path, encounter: EncounterSpec) -> RoadUserPair | None:
    stage = _stage(path, 0)
    return _pair(*(_find(stage, name) for name in encounter.users))


def test_there_are_forty_scenarios_of_six_to_ten_seconds() -> None:
    short = [path for path in _FILES if path not in _BUSY]
    assert len(short) >= 40
    assert all(6 <= _read(path).duration_s <= 10 for path in short)


def test_two_busy_scenes_have_all_kinds_of_road_users() -> None:
    assert len(_BUSY) == 2
    for path in _BUSY:
        scenario = _read(path)
        assert 20 <= scenario.duration_s <= 25
        assert sum(user.group for user in scenario.user) >= 12
        assert {user.kind for user in scenario.user} == set(Kind)
        severities = [encounter.severity for encounter in scenario.encounter]
        assert sum(severity in ("conflict", "serious") for severity in severities) >= 2
        assert sum(severity in ("none", "record") for severity in severities) >= 2


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [0, pytest.param(3, marks=pytest.mark.slow), pytest.param(58, marks=pytest.mark.slow)])
def test_declared_severity_is_what_the_referee_measures(path: Path, seed: int) -> None:
    stage = _stage(path, seed)
    for encounter in stage.encounters:
        one, other = (_find(stage, name) for name in encounter.users)
        pair = _pair(one, other)
        assert pair is not None, f"{encounter.users} are two pedestrians"
        met = _measure(path, seed, (one.id, other.id))
        if encounter.why is None or not encounter.observable:
            assert encounter.severity == _judge(pair, met).label, f"{encounter.users}: {met}"
        if encounter.pet_s is not None:
            assert abs(met.pet_s - encounter.pet_s) <= encounter.spread_s + 0.011
        if encounter.ttc_min_s is not None:
            assert abs(met.ttc_min_s - encounter.ttc_min_s) <= encounter.spread_s + 0.011


@pytest.mark.parametrize("path", _BUSY, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [0, pytest.param(3, marks=pytest.mark.slow), pytest.param(58, marks=pytest.mark.slow)])
def test_busy_scenes_show_both_users_for_two_seconds_before_they_use_one_place(path: Path, seed: int) -> None:
    stage = _stage(path, seed)
    for encounter in stage.encounters:
        met = _measure(path, seed, (encounter.users[0], encounter.users[1]))
        first_s, second_s = met.pet_at_s - max(met.pet_s, 0.0), met.pet_at_s - max(-met.pet_s, 0.0)
        for name, until_s in zip(encounter.users, (first_s, second_s), strict=True):
            assert _is_in_the_picture(stage, _find(stage, name), np.linspace(until_s - 2.0, until_s, 9)), name


def _is_in_the_picture(stage: Stage, actor: Actor, times_s: Floats) -> bool:
    """Whether the whole body is, at each moment."""
    poses, camera = actor.motion.at(times_s), stage.camera
    length, width, height = actor.size_m
    ahead = np.stack([np.cos(poses.headings), np.sin(poses.headings)], axis=-1)
    aside = np.stack([-ahead[:, 1], ahead[:, 0]], axis=-1)
    for i, j, z in itertools.product((-0.5, 0.5), (-0.5, 0.5), (0.0, height)):
        corners = poses.positions + i * length * ahead + j * width * aside
        pixels = Camera(camera).project(np.column_stack([corners, np.full(len(corners), z)]))
        if not ((pixels >= 0) & (pixels <= (camera.width_px, camera.height_px))).all():
            return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [0, 3])
def test_who_is_not_declared_has_no_conflict(path: Path, seed: int) -> None:
    stage = _stage(path, seed)
    declared = {frozenset(encounter.users) for encounter in stage.encounters}
    for one, other in itertools.combinations(stage.actors, 2):
        pair = _pair(one, other)
        if pair is None or {one.id, other.id} in declared:
            continue
        met = _measure(path, seed, (one.id, other.id))
        assert _judge(pair, met) < Severity.CONFLICT, f"{one.id} and {other.id}: {met}"


@pytest.mark.parametrize(
    ("accident_type", "pair"), [(key, pair) for key, pairs in _PAIRS_OF_TYPE.items() for pair in pairs]
)
def test_every_accident_type_has_near_misses_and_clear_passes(accident_type: int, pair: RoadUserPair) -> None:
    severities = {
        encounter.severity
        for path, encounter in _declared()
        if encounter.accident_type == accident_type and _kinds(path, encounter) is pair
    }
    assert severities & {"conflict", "serious"}
    assert severities & {"none", "record"}


def test_a_third_of_the_encounters_lies_close_to_a_threshold() -> None:
    near = []
    for path, encounter in _declared():
        pair = _kinds(path, encounter)
        assert pair is not None
        near.append(_is_near_threshold(pair, _measure(path, 0, (encounter.users[0], encounter.users[1]))))
    assert sum(near) >= len(near) / 3


def test_the_table_names_every_scenario_once() -> None:
    table = (_LIBRARY / "README.md").read_text(encoding="utf-8")
    for path in _FILES:
        assert table.count(f"| [{path.stem}](scenarios/{path.name}) |") == 1
