"""Distance over time."""

import math

import numpy as np
import pytest

from safemob.errors import ScenarioError
from safemob.scenes.acting.pace import Limit, Pace, plan_pace
from safemob.scenes.scenario import Act


def _plan(
    *acts: Act, speed_mps: float = 10.0, start_m: float = 0.0, length_m: float = 200.0, limits: tuple[Limit, ...] = ()
) -> Pace:
    return plan_pace(
        length_m=length_m, start_m=start_m, speed_mps=speed_mps, limits=limits, acts=acts, acts_from_m=50.0
    )


def _speed_at(pace: Pace, distance_m: float) -> float:
    return float(pace.at(np.array([pace.find_moment(distance_m)]))[1][0])


def test_without_acts_the_speed_stays() -> None:
    pace = _plan(start_m=20.0)
    assert pace.ends_s == pytest.approx(18.0)
    assert pace.at(np.array([5.0]))[0][0] == pytest.approx(70.0)


def test_braking_begins_at_its_place_and_takes_the_way_it_must() -> None:
    pace = _plan(Act(at_m=-10.0, to_kmh=0, mps2=4.0))
    assert pace.ends_s == math.inf
    distance, speed, _ = (values[0] for values in pace.at(np.array([4.0 + 2.5])))
    assert distance == pytest.approx(40.0 + 10.0**2 / (2 * 4.0))
    assert speed == pytest.approx(0.0)
    assert pace.at(np.array([100.0]))[0][0] == pytest.approx(52.5)


def test_an_act_at_a_time_begins_then() -> None:
    pace = _plan(Act(at_s=3.0, to_kmh=18, mps2=2.5))
    speeds = pace.at(np.array([3.0, 4.0, 5.0, 9.0]))[1]
    assert speeds == pytest.approx([10.0, 7.5, 5.0, 5.0])


def test_an_act_without_a_beginning_waits_for_the_one_before() -> None:
    pace = _plan(Act(at_m=0.0, to_kmh=0, mps2=5.0, wait_s=3.0), Act(to_kmh=36, mps2=2.0))
    stops_s = 5.0 + 2.0
    speeds = pace.at(np.array([stops_s, stops_s + 2.9, stops_s + 4.0, stops_s + 8.0, stops_s + 9.0]))[1]
    assert speeds == pytest.approx([0.0, 0.0, 2.0, 10.0, 10.0])


def test_an_act_cuts_short_the_one_before() -> None:
    pace = _plan(Act(at_m=-30.0, to_kmh=0, mps2=1.0), Act(at_s=5.0, to_kmh=36, mps2=1.0))
    speeds = pace.at(np.array([2.0, 5.0, 6.0, 8.0]))[1]
    assert speeds == pytest.approx([10.0, 7.0, 8.0, 10.0])


def test_a_curve_is_foreseen_and_left_again() -> None:
    pace = _plan(limits=(Limit(from_m=60.0, until_m=80.0, speed_mps=4.0),))
    assert _speed_at(pace, 39.0) == pytest.approx(10.0)
    assert _speed_at(pace, 60.0) == _speed_at(pace, 79.99) == pytest.approx(4.0)
    assert _speed_at(pace, 80.0 + (10.0**2 - 4.0**2) / 4) == pytest.approx(10.0)
    brakes_from = float(pace.distances_m[1])
    assert brakes_from == pytest.approx(60.0 - (10.0**2 - 4.0**2) / (2 * 2.0))


def test_speeding_up_before_a_curve_ends_in_time_to_brake() -> None:
    limit = Limit(from_m=100.0, until_m=110.0, speed_mps=5.0)
    pace = _plan(Act(at_m=0.0, to_kmh=100, mps2=3.0), limits=(limit,))
    assert _speed_at(pace, 100.0) == pytest.approx(5.0)
    assert pace.accelerations_mps2.min() == pytest.approx(-2.0)
    assert pace.speeds_mps.max() == pytest.approx(math.sqrt((10.0**2 * 2 + 5.0**2 * 3 + 2 * 50.0 * 6) / 5))


def test_who_appears_before_a_curve_appears_slowly_enough() -> None:
    pace = _plan(start_m=59.0, limits=(Limit(from_m=60.0, until_m=80.0, speed_mps=4.0),))
    assert pace.speeds_mps[0] == pytest.approx(math.sqrt(4.0**2 + 2 * 2.0 * 1.0))


def test_where_to_turn_back_everybody_stops_and_goes_on() -> None:
    pace = _plan(speed_mps=1.4, length_m=10.0, limits=(Limit(from_m=5.0, until_m=5.0, speed_mps=0.0),))
    assert _speed_at(pace, 5.0) == pytest.approx(0.0, abs=1e-6)
    assert pace.ends_s == pytest.approx(10.0 / 1.4 + 2 * 1.4 / (2 * 2.0))


def test_distance_never_jumps_nor_goes_back() -> None:
    limits = (Limit(from_m=60.0, until_m=80.0, speed_mps=4.0), Limit(from_m=82.0, until_m=90.0, speed_mps=2.0))
    pace = _plan(Act(at_m=-20.0, to_kmh=0, mps2=3.0, wait_s=1.0), Act(to_kmh=50, mps2=2.5), limits=limits)
    times = np.linspace(0.0, pace.ends_s, 50_001)
    distances, speeds, _ = pace.at(times)
    assert (np.diff(distances) >= -1e-9).all()
    assert np.abs(np.diff(speeds)).max() < 3.1 * (times[1] - times[0])
    assert distances[-1] == pytest.approx(200.0)


def test_an_act_that_can_never_begin_is_refused() -> None:
    with pytest.raises(ScenarioError, match="never begins, for it stands at -"):
        _plan(Act(at_m=-20.0, to_kmh=0, mps2=5.0), Act(at_m=5.0, to_kmh=30))


def test_appearing_behind_the_end_is_refused() -> None:
    with pytest.raises(ScenarioError, match="start_m 250 lies behind the end"):
        _plan(start_m=250.0)
