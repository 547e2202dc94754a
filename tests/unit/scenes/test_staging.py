"""From a scenario and a seed to a stage."""

import numpy as np
import pytest

from safemob.errors import ScenarioError
from safemob.scenes.acting.staging import stage_scenario
from safemob.scenes.refereeing.referee import measure_pair, measure_pet, measure_ttc_min
from safemob.scenes.refereeing.severity import grade
from safemob.scenes.scenario import Act, ArmSpec, CameraSpec, EncounterSpec, Kind, PlaceSpec, Scenario, UserSpec
from safemob.scenes.stage import Actor, Stage

_CROSSER = UserSpec(id="crosser", kind=Kind.CAR, from_arm="south", to_arm="north", speed_kmh=30, appears_s=-6.0)
_PASSER = UserSpec(id="passer", kind=Kind.CAR, from_arm="east", to_arm="west", speed_kmh=40)
_LEADER = UserSpec(
    id="leader",
    kind=Kind.CAR,
    from_arm="east",
    to_arm="west",
    speed_kmh=40,
    appears_s=-3.0,
    acts=[Act(at_m=-22.0, to_kmh=0, mps2=4.0)],
)
_FOLLOWER = UserSpec(
    id="follower",
    kind=Kind.CAR,
    from_arm="east",
    to_arm="west",
    speed_kmh=45,
    appears_s=-0.5,
    acts=[Act(at_m=-31.0, to_kmh=0, mps2=6.0)],
)


def _write(*users: UserSpec, encounters: tuple[EncounterSpec, ...] = (), duration_s: float = 10.0) -> Scenario:
    arms = PlaceSpec(arms={"east": ArmSpec(), "north": ArmSpec(), "west": ArmSpec(), "south": ArmSpec()})
    return Scenario.model_validate(
        {
            "schema": "safemob-scenario/1",
            "title": "A crossing",
            "story": "Some meet.",
            "duration_s": duration_s,
            "place": arms,
            "camera": CameraSpec(position_m=[-15.0, -9.0]),
            "user": list(users),
            "encounter": list(encounters),
        }
    )


def _aim(*users: str, pet_s: float | None = None, ttc_min_s: float | None = None) -> EncounterSpec:
    return EncounterSpec(users=list(users), accident_type=3, severity="conflict", pet_s=pet_s, ttc_min_s=ttc_min_s)


def _find(stage: Stage, *names: str) -> list[Actor]:
    actors = {actor.id: actor for actor in stage.actors}
    return [actors[name] for name in names]


@pytest.mark.parametrize("pet_s", [0.4, 1.2, 3.0, -0.4, -1.2, -3.0])
def test_the_second_comes_as_much_later_as_the_scenario_asks(pet_s: float) -> None:
    stage = stage_scenario(_write(_CROSSER, _PASSER, encounters=(_aim("crosser", "passer", pet_s=pet_s),)), 0)
    crosser, passer = _find(stage, "crosser", "passer")
    assert measure_pet(crosser, passer, 0.0, 10.0) == pytest.approx(pet_s, abs=0.01)
    assert crosser.from_s == -6.0


def test_the_second_comes_as_near_as_the_scenario_asks() -> None:
    stage = stage_scenario(_write(_LEADER, _FOLLOWER, encounters=(_aim("leader", "follower", ttc_min_s=1.3),)), 0)
    leader, follower = _find(stage, "leader", "follower")
    assert measure_ttc_min(leader, follower, 0.0, 10.0) == pytest.approx(1.3, abs=0.01)


def test_encounters_are_timed_in_the_order_in_which_they_depend_on_each_other() -> None:
    third = UserSpec(id="third", kind=Kind.CAR, from_arm="south", to_arm="north", speed_kmh=40)
    aims = (_aim("passer", "third", pet_s=1.4), _aim("crosser", "passer", pet_s=1.1))
    stage = stage_scenario(_write(_CROSSER, _PASSER, third, encounters=aims), 0)
    for aim in aims:
        first, second = _find(stage, *aim.users)
        assert measure_pet(first, second, 0.0, 10.0) == pytest.approx(aim.pet_s, abs=0.01)


def test_a_group_is_moved_as_one() -> None:
    walkers = UserSpec(id="walkers", kind=Kind.PEDESTRIAN, points=[[12, 9], [12, -9]], speed_kmh=5, group=3)
    stage = stage_scenario(_write(_PASSER, walkers, encounters=(_aim("passer", "walkers-2", pet_s=1.2),)), 0)
    passer, second, third = _find(stage, "passer", "walkers-2", "walkers-3")
    assert measure_pet(passer, second, 0.0, 10.0) == pytest.approx(1.2, abs=0.01)
    assert second.from_s == third.from_s != 0.0


def test_a_stage_holds_what_was_decided() -> None:
    stage = stage_scenario(_write(_CROSSER, _PASSER, encounters=(_aim("crosser", "passer", pet_s=1.2),)), 0)
    again = stage_scenario(stage.scenario, 0)
    times = np.arange(0.0, 10.0, 0.5)
    for one, other in zip(stage.actors, again.actors, strict=True):
        assert one.motion.at(times).positions == pytest.approx(other.motion.at(times).positions, abs=0.1)
    assert stage.scenario.user[1].appears_s == stage.actors[1].from_s


def test_the_same_seed_stages_the_same() -> None:
    scenario = _write(_CROSSER, _PASSER, encounters=(_aim("crosser", "passer", pet_s=1.2),))
    one, other = (stage_scenario(scenario, 5) for _ in range(2))
    assert one.scenario == other.scenario
    assert one.camera == other.camera
    assert [(actor.size_m, actor.colour, actor.look) for actor in one.actors] == [
        (actor.size_m, actor.colour, actor.look) for actor in other.actors
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_seeds_keep_what_was_declared(seed: int) -> None:
    aim = _aim("crosser", "passer", pet_s=1.42)
    scenario = _write(_CROSSER, _PASSER, encounters=(aim,))
    stage = stage_scenario(scenario, seed)
    first, second = _find(stage, *aim.users)
    met = measure_pair(first, second, 0.0, 10.0)
    assert grade(first.road_user, second.road_user, met) == "conflict"
    assert met.pet_s == pytest.approx(1.42, abs=0.11)
    assert stage.seed == seed
    assert (
        first.motion.at(np.zeros(1)).positions.tolist()
        != stage_scenario(scenario, 0).actors[0].motion.at(np.zeros(1)).positions.tolist()
    )


def test_driving_through_each_other_is_refused() -> None:
    ghost = _PASSER.model_copy(update={"id": "ghost", "speed_kmh": 60.0, "appears_s": 1.0})
    with pytest.raises(ScenarioError, match=r"'passer' and 'ghost' go through each other 2\.3 s into the film"):
        stage_scenario(_write(_PASSER, ghost), 0)


def test_a_collision_may_be_declared() -> None:
    passer = _PASSER.model_copy(update={"appears_s": -3.0})
    with pytest.raises(ScenarioError, match="go through each other"):
        stage_scenario(_write(_CROSSER.model_copy(update={"appears_s": -6.5}), passer), 0)
    stage = stage_scenario(_write(_CROSSER, passer, encounters=(_aim("crosser", "passer", pet_s=0.0),)), 0)
    crosser, passer_there = _find(stage, "crosser", "passer")
    assert measure_pet(crosser, passer_there, 0.0, 10.0) == 0.0


def test_ways_that_never_meet_are_refused() -> None:
    away = UserSpec(id="away", kind=Kind.PEDESTRIAN, points=[[40, 9], [60, 9]], speed_kmh=5)
    with pytest.raises(ScenarioError, match="come no nearer to each other than"):
        stage_scenario(_write(_CROSSER, away, encounters=(_aim("crosser", "away", pet_s=1.0),)), 0)


def test_meeting_outside_the_film_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"would meet 6\.\d s after the film's begin .* the film lasts 5 s"):
        stage_scenario(_write(_CROSSER, _PASSER, encounters=(_aim("crosser", "passer", pet_s=1.0),), duration_s=5.0), 0)


def test_a_least_ttc_that_nobody_has_is_refused() -> None:
    aim = _aim("crosser", "passer", ttc_min_s=9.0)
    with pytest.raises(ScenarioError, match=r"cannot be given a least TTC of 9 s .* when tried"):
        stage_scenario(_write(_CROSSER, _PASSER, encounters=(aim,)), 0)


def test_nobody_is_moved_by_two_encounters() -> None:
    aims = (_aim("crosser", "passer", pet_s=1.0), _aim("other", "passer", pet_s=2.0))
    other = _CROSSER.model_copy(update={"id": "other", "appears_s": -3.0})
    with pytest.raises(ScenarioError, match="user 'passer' would be moved in time by two encounters"):
        stage_scenario(_write(_CROSSER, other, _PASSER, encounters=aims), 0)


def test_encounters_that_depend_on_each_other_in_a_ring_are_refused() -> None:
    third = _CROSSER.model_copy(update={"id": "third", "appears_s": -3.0})
    aims = (
        _aim("crosser", "passer", pet_s=1.0),
        _aim("passer", "third", pet_s=1.0),
        _aim("third", "crosser", pet_s=1.0),
    )
    with pytest.raises(ScenarioError, match="or by one that depends on it"):
        stage_scenario(_write(_CROSSER, _PASSER, third, encounters=aims), 0)
