"""Severity by the thresholds of preset safemob-1, as docs/indicators has them."""

import math

import pytest

from safemob.scenes.refereeing.referee import Meeting
from safemob.scenes.refereeing.severity import Grade, grade
from safemob.taxonomy import RoadUserClass

_CAR, _CYCLIST, _PEDESTRIAN = RoadUserClass.CAR, RoadUserClass.CYCLIST, RoadUserClass.PEDESTRIAN


def _met(
    *, ttc_s: float = math.inf, pet_s: float = math.nan, drac_mps2: float = math.nan, follows: bool = False
) -> Meeting:
    return Meeting(
        ttc_min_s=ttc_s,
        ttc_min_at_s=math.nan,
        ttc_held_s=ttc_s,
        drac_max_mps2=drac_mps2,
        pet_s=pet_s,
        pet_at_m=(math.nan, math.nan),
        pet_at_s=math.nan,
        t2_min_s=math.nan,
        follows=follows,
        distance_min_m=1.0,
        distance_min_at_s=0.0,
    )


@pytest.mark.parametrize(
    ("pet_s", "expected"), [(5.1, "none"), (-5.0, "record"), (1.51, "record"), (1.5, "conflict"), (-1.0, "serious")]
)
def test_pet_grades_encounters_with_a_motor_vehicle(pet_s: float, expected: Grade) -> None:
    for other in (_CAR, _CYCLIST, _PEDESTRIAN):
        assert grade(_CAR, other, _met(pet_s=pet_s)) == expected


@pytest.mark.parametrize(("ttc_s", "expected"), [(3.1, "none"), (3.0, "record"), (1.5, "conflict"), (1.0, "serious")])
def test_ttc_grades_encounters_with_a_motor_vehicle(ttc_s: float, expected: Grade) -> None:
    assert grade(_PEDESTRIAN, _CAR, _met(ttc_s=ttc_s)) == expected


@pytest.mark.parametrize(
    ("ttc_s", "pet_s", "expected"),
    [(2.1, 3.1, "none"), (2.0, 9.0, "record"), (9.0, 3.0, "record"), (1.0, 9.0, "conflict"), (0.5, 0.2, "conflict")],
)
def test_without_a_motor_vehicle_limits_are_lower_and_nothing_is_serious(
    ttc_s: float, pet_s: float, expected: Grade
) -> None:
    assert grade(_CYCLIST, _PEDESTRIAN, _met(ttc_s=ttc_s, pet_s=pet_s)) == expected


@pytest.mark.parametrize(("drac_mps2", "expected"), [(3.3, "record"), (3.4, "serious"), (math.nan, "serious")])
def test_behind_another_motor_vehicle_ttc_counts_with_hard_braking_only(drac_mps2: float, expected: Grade) -> None:
    assert grade(_CAR, _CAR, _met(ttc_s=0.9, drac_mps2=drac_mps2)) == expected


def test_the_time_gap_of_a_follower_is_no_conflict() -> None:
    assert grade(_CAR, _CAR, _met(pet_s=0.8, follows=True)) == "none"


def test_two_pedestrians_are_no_pair() -> None:
    assert grade(_PEDESTRIAN, _PEDESTRIAN, _met(pet_s=0.1)) == "none"
