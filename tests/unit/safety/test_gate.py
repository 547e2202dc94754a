"""The gate leaves out early who cannot meet, and lets go of who no longer can: nobody else may be missed."""

import numpy as np
import pytest

from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.gate import find_gated_pairs, may_still_encroach
from safemob.individual.safety.history import History
from safemob.individual.safety.record import EncounterRules
from safemob.individual.safety.rectangle import Rectangles
from safemob.individual.safety.ttc import compute_ttc
from safemob.taxonomy import RoadUserClass


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("spread_m", [4.0, 15.0, 60.0])
def test_gate_holds_all_near_pairs_that_close_or_are_on_a_collision_course_or_cross(seed: int, spread_m: float) -> None:
    random, rules, n = np.random.default_rng(seed), EncounterRules(), 12
    speeds = np.where(random.random((n, 1)) < 0.5, 0.3, 8.0)
    states = GroundStates(
        time_s=9.0,
        ids=np.arange(n),
        classes=np.full(n, 4),
        positions=random.normal(scale=spread_m, size=(n, 2)),
        velocities=speeds * random.normal(size=(n, 2)),
        accelerations=np.zeros((n, 2)),
        headings=random.uniform(-3, 3, n),
        lengths=np.full(n, 4.5),
        widths=np.full(n, 1.8),
        covariances=np.zeros((n, 4, 4)),
        observed=np.ones(n, dtype=np.bool_),
        ended=np.zeros(0, dtype=np.int64),
    )
    expected = []
    for one in range(n):
        for other in range(one + 1, n):
            between = states.positions[other] - states.positions[one]
            distance = np.hypot(*between)
            closing = -(between @ (states.velocities[other] - states.velocities[one])) / distance
            first, second = (
                Rectangles.heading(
                    *(a[[k]] for a in (states.positions, states.headings, states.lengths, states.widths))
                )
                for k in (one, other)
            )
            course = compute_ttc(first, states.velocities[[one]], second, states.velocities[[other]])
            ways = np.stack([states.velocities[one], -states.velocities[other]], axis=1)
            passes_s = np.linalg.solve(ways, between)  # when each comes, or came, to where their lines cross
            crosses = 0 <= passes_s.max() <= rules.pet_max_s and np.ptp(passes_s) <= rules.pet_max_s
            crosses &= abs(np.linalg.det(ways)) > np.sin(np.radians(5)) * np.prod(np.linalg.norm(ways, axis=0))
            meets = closing >= rules.approach_mps or np.isfinite(course.ttc_s[0]) or course.overlap[0] or crosses
            if meets and distance <= rules.range_m:
                expected.append([one, other])
    assert find_gated_pairs(states, rules).tolist() == expected


def test_platoon_that_does_not_close_does_not_pass_though_noise_lets_its_lines_cross() -> None:
    random, n = np.random.default_rng(0), 20
    states = GroundStates(
        time_s=9.0,
        ids=np.arange(n),
        classes=np.full(n, int(RoadUserClass.CAR)),
        positions=np.column_stack([-20.0 * np.arange(n), random.normal(scale=0.2, size=n)]),
        velocities=np.column_stack([np.full(n, 10.0), random.normal(scale=0.2, size=n)]),
        accelerations=np.zeros((n, 2)),
        headings=np.zeros(n),
        lengths=np.full(n, 4.5),
        widths=np.full(n, 1.8),
        covariances=np.zeros((n, 4, 4)),
        observed=np.ones(n, dtype=np.bool_),
        ended=np.zeros(0, dtype=np.int64),
    )
    assert find_gated_pairs(states, EncounterRules()).tolist() == []


@pytest.mark.parametrize(
    ("place", "here", "awaited"),
    [
        ((20.0, 0.0), (np.nan, np.nan), True),  # left behind on the way of one who comes
        ((20.0, 0.0), (20.3, 0.0), False),  # still there
        ((-20.0, 0.0), (np.nan, np.nan), False),  # behind the one who comes
        ((200.0, 0.0), (np.nan, np.nan), False),  # too far to be reached in time
    ],
)
def test_pair_waits_for_one_who_may_come_where_the_other_has_left(
    place: tuple[float, float], here: tuple[float, float], *, awaited: bool
) -> None:
    trail = np.array([[8.0, *place], [np.nan] * 3])
    mover = np.array([9.0, 0.0, 0.0, 8.0, 0.0, 0.0, 4.5, 1.8, 1.0, 0.1])
    may = may_still_encroach(trail[None], np.array([here]), mover[None], 9.0, EncounterRules())
    assert may.tolist() == [awaited]


def test_trail_reaches_back_as_far_as_asked_and_leaves_no_long_gap() -> None:
    row = np.zeros(10)
    history = History(1, RoadUserClass.CAR, row, 5.0)
    for time_s in np.arange(0.1, 30, 0.1).tolist():
        history.append(RoadUserClass.CAR, np.array([time_s, time_s, *row[2:]]), time_s)
    times = np.sort(history.trail[:, 0])
    assert times[0] <= 29.9 - 5.0
    assert np.diff(times).max() < 0.4
