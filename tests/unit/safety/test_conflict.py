"""The table of thresholds, row by row."""

import numpy as np
import pytest

from safemob.individual.safety.conflict import PRESETS, SAFEMOB_1, Criteria, assess
from safemob.individual.safety.encounter import TTC_THRESHOLDS_S, Encounter
from safemob.taxonomy import ConflictType, EncounterState, RoadUserClass, RoadUserPair, Severity, road_user_pair

WALKER, CYCLIST, CAR = RoadUserClass.PEDESTRIAN, RoadUserClass.CYCLIST, RoadUserClass.CAR


def meet(
    classes: tuple[RoadUserClass, RoadUserClass] = (CAR, CAR),
    conflict_type: ConflictType = ConflictType.CROSSING,
    *,
    ttc_s: float = np.inf,
    held_s: float = 1.0,
    pet_s: float = np.nan,
    drac: float = np.nan,
    state: EncounterState = EncounterState.ASSESSED,
    time_gap: bool = False,
) -> Encounter:
    pair = road_user_pair(*classes)
    assert pair is not None
    return Encounter(
        ids=(1, 2),
        classes=classes,
        pair=pair,
        start_s=0.0,
        end_s=5.0,
        conflict_type=conflict_type,
        state=state,
        ttc_min_s=ttc_s,
        ttc_min_time_s=3.0,
        ttc_below_s=tuple(held_s if ttc_s <= limit else 0.0 for limit in TTC_THRESHOLDS_S),
        pet_s=pet_s,
        pet_time_s=4.0,
        pet_is_time_gap=time_gap,
        drac_max_mps2=drac,
        distance_min_m=1.0,
        closing_speed_mps=5.0,
        angle_deg=90.0,
        speeds_mps=(5.0, 5.0),
        place_m=(0.0, 0.0),
        time_s=3.0,
    )


NONE, RECORD, CONFLICT, SERIOUS = Severity.NONE, Severity.RECORD, Severity.CONFLICT, Severity.SERIOUS


@pytest.mark.parametrize("classes", [(CAR, CAR), (WALKER, CAR), (CYCLIST, CAR)])
@pytest.mark.parametrize(
    ("ttc_s", "pet_s", "severity"),
    [
        (np.inf, np.nan, NONE),
        (3.01, 5.01, NONE),
        (3.0, np.nan, RECORD),
        (np.inf, -5.0, RECORD),
        (1.5, np.nan, CONFLICT),
        (np.inf, 1.5, CONFLICT),
        (np.inf, -1.51, RECORD),
        (1.0, 4.0, SERIOUS),
        (2.0, -1.0, SERIOUS),
    ],
)
def test_crossing_with_a_motor_vehicle(
    classes: tuple[RoadUserClass, RoadUserClass], ttc_s: float, pet_s: float, severity: Severity
) -> None:
    assert assess(meet(classes, ttc_s=ttc_s, pet_s=pet_s), SAFEMOB_1) is severity


@pytest.mark.parametrize(
    ("ttc_s", "drac", "severity"),
    [(3.0, 0.5, RECORD), (1.5, 3.3, RECORD), (1.5, 3.4, CONFLICT), (1.0, 3.4, SERIOUS), (1.0, np.nan, RECORD)],
)
def test_rear_end_needs_ttc_and_drac(ttc_s: float, drac: float, severity: Severity) -> None:
    encounter = meet(conflict_type=ConflictType.REAR_END, ttc_s=ttc_s, drac=drac, pet_s=0.5)
    assert assess(encounter, SAFEMOB_1) is severity


@pytest.mark.parametrize("classes", [(WALKER, CYCLIST), (CYCLIST, CYCLIST)])
@pytest.mark.parametrize(
    ("ttc_s", "pet_s", "severity"),
    [(2.01, 3.1, NONE), (2.0, np.nan, RECORD), (np.inf, 3.0, RECORD), (1.0, np.nan, CONFLICT), (0.3, 0.2, CONFLICT)],
)
def test_cyclists_and_pedestrians_among_themselves_are_never_serious(
    classes: tuple[RoadUserClass, RoadUserClass], ttc_s: float, pet_s: float, severity: Severity
) -> None:
    assert assess(meet(classes, ttc_s=ttc_s, pet_s=pet_s), SAFEMOB_1) is severity


def test_low_ttc_for_less_than_three_tenths_of_a_second_does_not_count() -> None:
    assert assess(meet(ttc_s=0.5, held_s=0.29), SAFEMOB_1) is NONE
    assert assess(meet(ttc_s=0.5, held_s=0.1 + 0.1 + 0.1), SAFEMOB_1) is SERIOUS


@pytest.mark.parametrize("conflict_type", list(ConflictType))
def test_time_gap_of_followers_is_no_pet(conflict_type: ConflictType) -> None:
    assert assess(meet((CYCLIST, CAR), conflict_type, pet_s=0.5, time_gap=True), SAFEMOB_1) is NONE


def test_pet_of_a_car_that_overtakes_a_cyclist_and_then_turns_across_it_counts() -> None:
    assert assess(meet((CYCLIST, CAR), ConflictType.SIDESWIPE, ttc_s=2.5, pet_s=1.2), SAFEMOB_1) is CONFLICT


@pytest.mark.parametrize("state", list(EncounterState))
def test_no_state_is_a_severity_by_itself(state: EncounterState) -> None:
    assert assess(meet(state=state, ttc_s=np.nan), SAFEMOB_1) is NONE
    assert assess(meet(state=state, ttc_s=1.4), SAFEMOB_1) is CONFLICT


def test_thresholds_off_the_measured_grid_are_refused() -> None:
    with pytest.raises(ValueError, match="choose one of these"):
        Criteria(ttc_s=1.4)


def test_preset_covers_every_pair_and_is_found_by_its_name() -> None:
    assert PRESETS["safemob-1"] is SAFEMOB_1
    assert set(SAFEMOB_1.pairs) == set(RoadUserPair)
