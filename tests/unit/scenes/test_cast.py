"""From users as written to actors."""

import numpy as np
import pytest

from safemob.errors import ScenarioError
from safemob.scenes.acting.cast import cast_parked, cast_user
from safemob.scenes.acting.vary import Dice
from safemob.scenes.place.roads import lay_out
from safemob.scenes.scenario import Act, Arm, ArmSpec, Kind, PlaceSpec, UserSpec
from safemob.scenes.stage import Actor

_PLACE = PlaceSpec(
    arms={"east": ArmSpec(), "north": ArmSpec(), "west": ArmSpec(), "south": ArmSpec()}, parked=[[10.0, 5.0, 90.0]]
)
_PLAN = lay_out(_PLACE)
_DICE = Dice(0, "A test")


def _cast(user: UserSpec, dice: Dice = _DICE) -> tuple[Actor, ...]:
    return cast_user(user, _PLAN, dice, 30.0)


def test_a_user_is_there_from_its_moment_until_the_end_of_its_way() -> None:
    user = UserSpec(id="car", kind=Kind.CAR, from_arm="east", to_arm="west", speed_kmh=72, start_m=20, appears_s=1.5)
    (car,) = _cast(user)
    assert car.from_s == 1.5
    assert car.until_s == pytest.approx(1.5 + 180 / 20)
    assert car.motion.at(np.array([1.5])).positions[0] == pytest.approx([80.0, 1.625])


def test_nobody_outlives_the_film() -> None:
    user = UserSpec(id="car", kind=Kind.CAR, from_arm="east", to_arm="west", speed_kmh=5)
    assert _cast(user)[0].until_s == 30.0


def test_who_turns_is_never_pushed_aside_by_more_than_two_metres_per_second_squared() -> None:
    turns: tuple[tuple[Kind, Arm], ...] = (
        (Kind.CAR, "north"),
        (Kind.BUS, "north"),
        (Kind.CYCLIST, "south"),
        (Kind.CAR, "east"),
    )
    for kind, to_arm in turns:
        user = UserSpec(id="turner", kind=kind, from_arm="east", to_arm=to_arm, speed_kmh=40, start_m=30)
        (turner,) = _cast(user)
        poses = turner.motion.at(np.arange(turner.from_s, turner.until_s, 0.01))
        x, y = poses.velocities.T
        aside = (x * poses.accelerations[:, 1] - y * poses.accelerations[:, 0]) / np.hypot(x, y)
        assert 0.8 < np.abs(aside).max() <= 2.0 + 1e-9


def test_both_axles_of_a_vehicle_keep_to_the_way() -> None:
    user = UserSpec(id="bus", kind=Kind.BUS, from_arm="east", to_arm="north", speed_kmh=30, start_m=60)
    (bus,) = _cast(user)
    poses = bus.motion.at(np.arange(bus.from_s, bus.until_s, 0.05))
    path = _PLAN.way("east", "north", 1, Kind.BUS).path
    way = path.at(np.arange(0.0, path.length_m + 10.0, 0.01)).positions
    ahead = np.stack([np.cos(poses.headings), np.sin(poses.headings)], axis=-1)
    axle = 0.3 * bus.size_m[0]
    # The chord between two points of a curve is shorter than the way between them, by 3 % in the tightest one here.
    for end in (axle, -axle):
        places = poses.positions + end * ahead
        off = np.hypot(*(places[:, None] - way[None]).transpose(2, 0, 1)).min(axis=1)
        assert off.max() < 0.15


def test_vehicles_go_back_as_they_stand_and_walkers_turn_round() -> None:
    there_and_back = [[0.0, 0.0], [4.0, 0.0], [0.0, 0.0]]
    (van,) = _cast(UserSpec(id="van", kind=Kind.VAN, points=there_and_back, speed_kmh=5))
    (walker,) = _cast(UserSpec(id="walker", kind=Kind.PEDESTRIAN, points=there_and_back, speed_kmh=5))
    for actor, turned in ((van, 0.0), (walker, np.pi)):
        poses = actor.motion.at(np.arange(actor.from_s, actor.until_s, 0.01))
        assert poses.velocities[-1] == pytest.approx([-5 / 3.6, 0.0])
        assert poses.headings[-1] - poses.headings[0] == pytest.approx(turned)
        assert np.abs(np.diff(poses.headings)).max() < 0.1


def test_a_group_goes_together_and_not_in_each_other() -> None:
    walkers = _cast(UserSpec(id="pals", kind=Kind.PEDESTRIAN, points=[[0, 0], [20, 0]], speed_kmh=4, group=4))
    assert [actor.id for actor in walkers] == ["pals", "pals-2", "pals-3", "pals-4"]
    places = np.array([actor.motion.at(np.array([5.0])).positions[0] for actor in walkers])
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))[np.triu_indices(4, 1)]
    assert apart.min() > 0.5
    assert apart.max() < 2.0


def test_a_group_of_cars_is_refused() -> None:
    with pytest.raises(ScenarioError, match="user 'cars': its group is 2"):
        _cast(UserSpec(id="cars", kind=Kind.CAR, from_arm="east", to_arm="west", speed_kmh=30, group=2))


def test_whoever_cannot_move_as_written_is_named() -> None:
    user = UserSpec(id="odd", kind=Kind.CAR, from_arm="east", to_arm="west", lane=3, speed_kmh=30)
    with pytest.raises(ScenarioError, match="user 'odd': lane 3 of the arm east"):
        _cast(user)


def test_who_appears_after_the_film_is_refused() -> None:
    user = UserSpec(id="late", kind=Kind.CAR, from_arm="east", to_arm="west", speed_kmh=30, appears_s=31)
    with pytest.raises(ScenarioError, match="user 'late': it appears at 31 s, after the film's end"):
        _cast(user)


def test_parked_cars_stand_where_the_place_has_them() -> None:
    (car,) = cast_parked(_PLACE, _DICE, 30.0)
    pose = car.motion.at(np.array([0.0, 10.0]))
    assert car.id == "parked-1"
    assert pose.positions.tolist() == [[10.0, 5.0], [10.0, 5.0]]
    assert pose.headings == pytest.approx(np.pi / 2)


def test_a_parked_user_stands_at_its_first_point_and_looks_to_the_second() -> None:
    user = UserSpec(id="parker", kind=Kind.CAR, points=[[3, 4], [3, 9]], parked=True, door_at_s=2.0)
    (car,) = _cast(user)
    pose = car.motion.at(np.array([7.0]))
    assert pose.positions.tolist() == [[3.0, 4.0]]
    assert pose.headings == pytest.approx(np.pi / 2)
    assert car.door_at_s == 2.0


def test_acts_count_from_the_stop_line() -> None:
    way = _PLAN.way("east", "west", 1, Kind.CAR)
    acts = [Act(at_m=-12.5, to_kmh=0, mps2=4.0)]
    user = UserSpec(id="car", kind=Kind.CAR, from_arm="east", to_arm="west", speed_kmh=36, start_m=40, acts=acts)
    (car,) = _cast(user)
    assert car.motion.at(np.array([29.0])).positions[0, 0] == pytest.approx(100.0 - way.stop_m)


def test_seed_zero_keeps_to_the_way_and_others_go_beside_it() -> None:
    user = UserSpec(id="car", kind=Kind.CAR, from_arm="east", to_arm="west", speed_kmh=36)
    aside = [_cast(user, Dice(seed, "A test"))[0].motion.at(np.array([2.0])).positions[0, 1] for seed in (0, 1, 2)]
    assert aside[0] == pytest.approx(1.625)
    assert 0 < abs(aside[1] - 1.625) < 0.351
    assert aside[1] != aside[2]
