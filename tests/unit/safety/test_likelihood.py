"""How likely a pass was a conflict follows from how uncertain both users' positions are."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.individual.safety.encounter import Encounter, EncounterEngine, EncounterRules
from safemob.individual.safety.likelihood import estimate_likelihood
from safemob.taxonomy import EncounterState, RoadUserClass, Severity

Play = Callable[..., tuple[list[Encounter], EncounterEngine]]
Cast = Callable[..., object]

WALKER, CAR = RoadUserClass.PEDESTRIAN, RoadUserClass.CAR
LEAVES_S = (10 + 0.9 + 0.25) / 1.4
PET_SD_S = float(np.sqrt(2) * np.hypot(0.2 / 1.4, 0.2 / 10))
"""Every actor's position is uncertain by 0.2 m both ways, which the walker takes so long for, and the car."""


@pytest.fixture
def pass_behind(play: Play, actor: Cast) -> Callable[..., Encounter]:
    """A car whose front reaches a walker's strip so long after the walker has left the car's."""

    def drive(gap_s: float, draws: int = 400) -> Encounter:
        walker = actor(road_class=WALKER, motion=lambda t: 1j * (-10 + 1.4 * t))
        car = actor(road_class=CAR, motion=lambda t: complex(-2.55 + 10 * (t - LEAVES_S - gap_s)))
        return play(walker, car, rules=EncounterRules(draws=draws))[0][0]

    return drive


@pytest.mark.parametrize("gap_s", [1.2, 1.4, 1.5, 1.6, 1.8])
def test_likelihood_is_that_of_a_pet_under_the_threshold(pass_behind: Callable[..., Encounter], gap_s: float) -> None:
    expected = norm.cdf((1.5 - gap_s) / PET_SD_S)
    assert estimate_likelihood(pass_behind(gap_s), SAFEMOB_1) == pytest.approx(expected, abs=0.04)


def test_draws_spread_as_positions_do(pass_behind: Callable[..., Encounter]) -> None:
    encounter = pass_behind(1.5)
    drawn = [each.pet_s for each in encounter.alternatives]
    assert np.mean(drawn) == pytest.approx(1.5, abs=0.01)
    assert np.std(drawn) == pytest.approx(PET_SD_S, rel=0.1)


def test_without_draws_what_was_measured_decides(pass_behind: Callable[..., Encounter]) -> None:
    assert estimate_likelihood(pass_behind(1.4, draws=0), SAFEMOB_1) == 1.0
    assert estimate_likelihood(pass_behind(1.6, draws=0), SAFEMOB_1) == 0.0


def test_likelihood_falls_with_severity(pass_behind: Callable[..., Encounter]) -> None:
    encounter = pass_behind(1.1)
    record, conflict, serious = (estimate_likelihood(encounter, SAFEMOB_1, each) for each in list(Severity)[1:])
    assert record == 1.0
    assert record >= conflict > serious > 0.0


def test_a_draw_in_which_both_touch_is_none(pass_behind: Callable[..., Encounter]) -> None:
    encounter = pass_behind(0.1)
    assert any(each.state is EncounterState.OVERLAP for each in encounter.alternatives)
    assert estimate_likelihood(encounter, SAFEMOB_1) == 1.0


def test_draws_are_the_same_every_time(pass_behind: Callable[..., Encounter]) -> None:
    one, other = (pass_behind(1.3, draws=9).alternatives for _ in range(2))
    assert [each.pet_s for each in one] == [each.pet_s for each in other]
    assert len(one) == 9


def test_users_far_apart_are_not_drawn_again(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=lambda t: complex(-20 + 1.4 * t, -12))
    car = actor(road_class=CAR, motion=lambda t: complex(30 - 5 * t))
    encounters, _ = play(walker, car, rules=EncounterRules(draws=10))
    assert [each.alternatives for each in encounters] == [()]
