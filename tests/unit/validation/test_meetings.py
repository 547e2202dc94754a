"""Which found encounter belongs to which true one, and what counts as a mistake."""

from collections.abc import Callable
from dataclasses import replace
from math import inf, isnan, nan

import pytest

from safemob.individual.safety.encounter import TTC_THRESHOLDS_S, Encounter
from safemob.scenes.truth import TrueEncounter
from safemob.taxonomy import ConflictType, EncounterState, RoadUserClass, RoadUserPair, Severity
from safemob.validation.conflicts import (
    count_conflicts,
    count_severities,
    count_states,
    describe,
    tabulate_by_pair,
    tabulate_by_type,
)
from safemob.validation.expected import Expected
from safemob.validation.meetings import Meeting, Stray, judge_encounters
from safemob.validation.owners import NOBODY

CAR, RIDER, WALKER = range(3)
Judge = Callable[..., tuple[list[Meeting], list[Stray]]]

FOUND = Encounter(
    ids=(1, 2),
    classes=(RoadUserClass.CYCLIST, RoadUserClass.CAR),
    pair=RoadUserPair.MOTOR_CYCLIST,
    start_s=0.0,
    end_s=4.0,
    conflict_type=ConflictType.CROSSING,
    state=EncounterState.ASSESSED,
    ttc_min_s=inf,
    ttc_min_time_s=nan,
    ttc_below_s=(0.0,) * len(TTC_THRESHOLDS_S),
    pet_s=-1.2,
    pet_time_s=3.0,
    drac_max_mps2=nan,
    distance_min_m=2.0,
    closing_speed_mps=3.0,
    angle_deg=90.0,
    speeds_mps=(4.0, 6.0),
    place_m=(0.0, 0.0),
    time_s=3.0,
)
OWNERS = {1: RIDER, 2: CAR, 3: WALKER, 4: CAR, 9: NOBODY}


@pytest.fixture
def judge(expected: Expected) -> Judge:
    def judge(
        truths: tuple[TrueEncounter, ...], *found: tuple[Encounter, Severity]
    ) -> tuple[list[Meeting], list[Stray]]:
        told = replace(expected, encounters=truths)
        return judge_encounters(told, found, lambda track, _: OWNERS[track], lambda *_: "excluded: parked")

    return judge


def test_pet_is_signed_as_in_truth_whatever_the_order_of_tracks(judge: Judge, quiet: TrueEncounter) -> None:
    truth = replace(quiet, severity="conflict", pet_s=1.3)
    (meeting,), strays = judge((truth,), (FOUND, Severity.CONFLICT))
    assert not strays
    assert (meeting.found_pet_s, meeting.found_severity) == (1.2, Severity.CONFLICT)
    assert meeting.pet_error_s == pytest.approx(-0.1)
    (meeting,), _ = judge((replace(truth, users=("rider", "car"), pet_s=-1.3),), (FOUND, Severity.CONFLICT))
    assert meeting.pet_error_s == pytest.approx(-0.1)


def test_a_wrong_order_of_passage_is_a_large_error(judge: Judge, quiet: TrueEncounter) -> None:
    (meeting,), _ = judge((replace(quiet, pet_s=-1.3),), (FOUND, Severity.CONFLICT))
    assert meeting.pet_error_s == pytest.approx(-2.5)


def test_a_conflict_never_noticed_is_missed(judge: Judge, quiet: TrueEncounter) -> None:
    meetings, strays = judge((replace(quiet, severity="serious", pet_s=0.5),))
    everything, clear, near = count_conflicts(meetings, strays)
    assert (everything.recall.count, everything.recall.of) == (0, 1)
    assert (clear.recall.of, near.recall.of) == (1, 0)
    assert meetings[0].likelihood == 0.0


def test_a_conflict_of_a_pair_that_nobody_declared_is_wrong(judge: Judge, quiet: TrueEncounter) -> None:
    truth = replace(quiet, declared=False, accident_type=None, pet_s=1.4)
    meetings, strays = judge((truth,), (FOUND, Severity.CONFLICT))
    everything, _, near = count_conflicts(meetings, strays)
    assert (everything.precision.count, everything.precision.of) == (0, 1)
    assert near.precision.of == 1
    assert tabulate_by_type(meetings, strays)[-1].precision.of == 1


def test_a_conflict_found_twice_is_once_right_and_once_wrong(judge: Judge, quiet: TrueEncounter) -> None:
    truth = replace(quiet, severity="conflict", pet_s=1.3)
    again = replace(FOUND, ids=(1, 4), pet_s=-1.4)
    meetings, strays = judge((truth,), (FOUND, Severity.CONFLICT), (again, Severity.CONFLICT))
    assert (meetings[0].found, meetings[0].repeated) == (2, 1)
    assert meetings[0].found_pet_s == 1.2
    (everything, *_) = count_conflicts(meetings, strays)
    assert (everything.recall.count, everything.precision.count, everything.precision.of) == (1, 1, 2)


@pytest.mark.parametrize(
    ("ids", "why"),
    [
        ((9, 2), "one of the two is nobody"),
        ((2, 4), "both are one road user"),
        ((2, 3), "the two did not come near each other"),
    ],
)
def test_a_conflict_of_no_true_pair_is_wrong(
    judge: Judge, quiet: TrueEncounter, ids: tuple[int, int], why: str
) -> None:
    meetings, strays = judge((quiet,), (replace(FOUND, ids=ids), Severity.CONFLICT))
    assert [stray.why for stray in strays] == [why]
    everything, clear, _ = count_conflicts(meetings, strays)
    assert everything.precision.of == clear.precision.of == 1
    assert sum(row.precision.of for row in tabulate_by_pair(meetings, strays)) == 1


def test_who_is_excluded_is_told_from_who_was_never_noticed(judge: Judge, quiet: TrueEncounter) -> None:
    (excluded,), _ = judge((quiet,))
    (found,), _ = judge((quiet,), (FOUND, Severity.NONE))
    unseen = replace(excluded, unfound="not noticed")
    assert [count for *_, count in count_severities([excluded, unseen, found])] == [1, 1, 1]
    assert count_states([excluded, excluded, unseen]) == (("excluded: parked", 2), ("not noticed", 1))
    assert {found for _, found, _ in count_severities([excluded, unseen])} == {"excluded", "unseen"}
    assert describe("any", 0, excluded).state == "excluded: parked"
    assert found.unfound == ""


def test_a_mere_record_of_no_true_pair_is_no_mistake(judge: Judge, quiet: TrueEncounter) -> None:
    assert judge((quiet,), (replace(FOUND, ids=(9, 2)), Severity.RECORD))[1] == []


@pytest.mark.parametrize("found", [[], [(FOUND, Severity.CONFLICT)]])
def test_what_the_camera_cannot_see_is_in_no_rate(
    judge: Judge, quiet: TrueEncounter, found: list[tuple[Encounter, Severity]]
) -> None:
    meetings, strays = judge((replace(quiet, severity="conflict", pet_s=1.2, observable=False),), *found)
    (everything, *_) = count_conflicts(meetings, strays)
    assert (everything.recall.of, everything.precision.of) == (0, 0)


def test_two_pedestrians_are_no_encounter(expected: Expected, quiet: TrueEncounter) -> None:
    walkers = replace(expected, road_users=(RoadUserClass.PEDESTRIAN,) * 3, encounters=(quiet,))
    assert judge_encounters(walkers, [], lambda track, _: OWNERS[track], lambda *_: "not noticed") == ([], [])


@pytest.mark.parametrize(
    ("pet_s", "ttc_held_s", "follows", "margin_s"),
    [(-1.3, inf, False, -0.2), (4.0, 1.6, False, 0.1), (0.2, inf, True, inf), (nan, inf, False, inf)],
)
def test_the_margin_is_that_of_the_indicator_that_decides(
    judge: Judge, quiet: TrueEncounter, pet_s: float, ttc_held_s: float, *, follows: bool, margin_s: float
) -> None:
    truth = replace(quiet, pet_s=pet_s, ttc_min_s=1.0, ttc_held_s=ttc_held_s, follows=follows)
    (meeting,), _ = judge((truth,))
    assert meeting.margin_s == pytest.approx(margin_s)


def test_followers_need_to_brake_hard_for_a_conflict(expected: Expected, quiet: TrueEncounter) -> None:
    cars = replace(expected, road_users=(RoadUserClass.CAR,) * 3)
    truth = replace(quiet, follows=True, pet_s=0.3, ttc_min_s=1.1, ttc_held_s=1.2, drac_max_mps2=2.0)
    for drac_mps2, margin_s in ((2.0, inf), (3.6, -0.3), (nan, inf)):
        (meeting,), _ = judge_encounters(
            replace(cars, encounters=(replace(truth, drac_max_mps2=drac_mps2),)),
            [],
            lambda track, _: OWNERS[track],
            lambda *_: "not noticed",
        )
        assert meeting.margin_s == pytest.approx(margin_s)


def test_errors_are_known_only_where_both_numbers_are(judge: Judge, quiet: TrueEncounter) -> None:
    (meeting,), _ = judge((replace(quiet, pet_s=7.0, ttc_min_s=2.0),), (FOUND, Severity.CONFLICT))
    assert isnan(meeting.pet_error_s)
    assert isnan(meeting.ttc_error_s)
    (meeting,), _ = judge((replace(quiet, ttc_min_s=2.0),), (replace(FOUND, ttc_min_s=1.7), Severity.RECORD))
    assert meeting.ttc_error_s == pytest.approx(-0.3)


def test_the_likelihood_is_the_share_of_draws_that_are_conflicts(judge: Judge, quiet: TrueEncounter) -> None:
    drawn = tuple(replace(FOUND, pet_s=pet_s) for pet_s in (-1.0, -1.3, -1.6, -1.9))
    (meeting,), _ = judge((quiet,), (replace(FOUND, alternatives=drawn), Severity.CONFLICT))
    assert meeting.likelihood == 0.5
