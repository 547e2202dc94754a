"""Pairs that pass the gate and are no encounter, each with its reason, and their nearest neighbours that are one."""

from collections.abc import Callable

import numpy as np
import pytest

from safemob.individual.safety.encounter import Encounter, EncounterEngine
from safemob.individual.safety.exclusion import Exclusion
from safemob.taxonomy import RoadUserClass

Play = Callable[..., tuple[list[Encounter], EncounterEngine]]
Cast = Callable[..., object]

WALKER, CYCLIST, CAR, TRUCK = RoadUserClass.PEDESTRIAN, RoadUserClass.CYCLIST, RoadUserClass.CAR, RoadUserClass.TRUCK


def test_two_pedestrians(play: Play, actor: Cast) -> None:
    encounters, engine = play(
        actor(road_class=WALKER, motion=lambda t: complex(1.4 * t)),
        actor(road_class=WALKER, motion=lambda t: complex(20 - 1.4 * t)),
    )
    assert not encounters
    assert dict(engine.excluded) == {Exclusion.PEDESTRIANS: 1}


@pytest.mark.parametrize("lasts_s", [0.9, 1.1])
def test_has_brief_user(play: Play, actor: Cast, lasts_s: float) -> None:
    oncoming = actor(road_class=CYCLIST, motion=lambda t: complex(40 - 5 * t), begin_s=3.0, end_s=3.0 + lasts_s)
    encounters, engine = play(actor(road_class=CAR, motion=lambda t: complex(5 * t)), oncoming, fps=20.0)
    assert len(encounters) == (lasts_s > 1)
    assert dict(engine.excluded) == ({} if encounters else {Exclusion.BRIEF: 1})


def test_what_a_user_does_in_its_first_second_counts(play: Play, actor: Cast) -> None:
    braking = actor(
        road_class=CAR, motion=lambda t: complex(-6 + 10 * min(t, 0.5) + 3 * (1 - np.exp(-max(0.0, t - 0.5))))
    )
    encounters, _ = play(braking, actor(road_class=WALKER, motion=lambda t: complex(8, 1.4 * t - 1.4)), fps=20.0)
    assert len(encounters) == 1
    assert encounters[0].ttc_min_time_s < 1.0


def test_has_parked_user(play: Play, actor: Cast) -> None:
    parked = actor(road_class=CAR, motion=lambda t: complex(0.1 * np.sin(t), 2.5))
    encounters, engine = play(parked, actor(road_class=CYCLIST, motion=lambda t: complex(-50 + 5 * t)))
    assert not encounters
    assert dict(engine.excluded) == {Exclusion.PARKED: 1}
    assert engine.take_excluded() == [((1, 2), Exclusion.PARKED)]
    assert engine.take_excluded() == []


def test_car_that_came_and_waits_is_not_parked(play: Play, actor: Cast) -> None:
    waits = actor(road_class=CAR, motion=lambda t: complex(-20 + 8 * min(t, 2.5), 2.5), end_s=40.0)
    passes = actor(road_class=CYCLIST, motion=lambda t: complex(-140 + 5 * t), end_s=40.0)
    encounters, engine = play(waits, passes)
    assert encounters
    assert not engine.excluded


def test_user_just_appeared_is_not_parked(play: Play, actor: Cast) -> None:
    encounters, engine = play(
        actor(road_class=CAR, motion=lambda _: 2.5j, begin_s=8.0, end_s=10.5),
        actor(road_class=CYCLIST, motion=lambda t: complex(-50 + 5 * t), end_s=10.5),
    )
    assert encounters
    assert not engine.excluded


def test_is_one_object_twice(play: Play, actor: Cast) -> None:
    encounters, engine = play(
        actor(road_class=CAR, motion=lambda t: complex(8 * t)),
        actor(road_class=TRUCK, motion=lambda t: complex(8 * t - 1.2, 0.3), begin_s=4.0),
    )
    assert not encounters
    assert dict(engine.excluded) == {Exclusion.ONE_OBJECT_TWICE: 1}


def test_is_rider_with_vehicle(play: Play, actor: Cast) -> None:
    encounters, engine = play(
        actor(road_class=WALKER, motion=lambda t: complex(5 * t - 0.2, 0.1)),
        actor(road_class=CYCLIST, motion=lambda t: complex(5 * t)),
    )
    assert not encounters
    assert set(engine.excluded) <= {Exclusion.RIDER_WITH_VEHICLE, Exclusion.ONE_OBJECT_TWICE}
    encounters, engine = play(
        actor(road_class=WALKER, motion=lambda t: complex(5 * t - 0.8, 0.5)),
        actor(road_class=CYCLIST, motion=lambda t: complex(5 * t)),
    )
    assert not encounters
    assert dict(engine.excluded) == {Exclusion.RIDER_WITH_VEHICLE: 1}


def test_pedestrian_crossing_before_a_cyclist_is_no_rider(play: Play, actor: Cast) -> None:
    encounters, engine = play(
        actor(road_class=WALKER, motion=lambda t: 1j * (-12 + 1.4 * t)),
        actor(road_class=CYCLIST, motion=lambda t: complex(-50 + 5 * t)),
    )
    assert len(encounters) == 1
    assert not engine.excluded


def test_is_overlap_at_birth(play: Play, actor: Cast) -> None:
    encounters, engine = play(
        actor(road_class=CAR, motion=lambda t: complex(1.5 * t)),
        actor(road_class=CYCLIST, motion=lambda t: complex(7.5 - 0.8 * (t - 5)), begin_s=5.0),
        fps=10.0,
    )
    assert not encounters
    assert dict(engine.excluded) == {Exclusion.OVERLAP_AT_BIRTH: 1}


def test_is_riding_together(play: Play, actor: Cast) -> None:
    encounters, engine = play(
        actor(road_class=CYCLIST, motion=lambda t: complex(5 * t, 0.7 + 0.15 * np.sin(2 * t))),
        actor(road_class=CYCLIST, motion=lambda t: complex(5 * t, -0.7 - 0.15 * np.sin(2 * t))),
    )
    assert not encounters
    assert dict(engine.excluded) == {Exclusion.RIDING_TOGETHER: 1}


def test_cyclists_who_cross_do_not_ride_together(play: Play, actor: Cast) -> None:
    encounters, engine = play(
        actor(road_class=CYCLIST, motion=lambda t: complex(-50 + 5 * t)),
        actor(road_class=CYCLIST, motion=lambda t: 1j * (-43 + 5 * t)),
    )
    assert len(encounters) == 1
    assert not engine.excluded
