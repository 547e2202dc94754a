"""How the engine treats its stream."""

from collections.abc import Callable

import numpy as np
import pytest

from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.encounter import Encounter, EncounterEngine
from safemob.individual.safety.measure import find_longest_stretch
from safemob.taxonomy import RoadUserClass

Play = Callable[..., tuple[list[Encounter], EncounterEngine]]
Cast = Callable[..., object]

CYCLIST, CAR = RoadUserClass.CYCLIST, RoadUserClass.CAR


def empty(time_s: float) -> GroundStates:
    none = np.zeros(0)
    pairs = np.zeros((0, 2))
    return GroundStates(
        time_s=time_s,
        ids=np.zeros(0, dtype=np.int64),
        classes=np.zeros(0, dtype=np.int64),
        positions=pairs,
        velocities=pairs,
        accelerations=pairs,
        headings=none,
        lengths=none,
        widths=none,
        covariances=np.zeros((0, 4, 4)),
        observed=np.zeros(0, dtype=np.bool_),
        ended=np.zeros(0, dtype=np.int64),
    )


@pytest.mark.parametrize("time_s", [5.0, 4.9, float("nan")])
def test_time_that_does_not_increase_is_refused(time_s: float) -> None:
    engine = EncounterEngine()
    engine.update(empty(5.0))
    with pytest.raises(ValueError, match="order of time"):
        engine.update(empty(time_s))


def test_empty_frames_give_nothing() -> None:
    engine = EncounterEngine()
    assert [engine.update(empty(time_s)) for time_s in (0.0, 0.1, 60.0)] == [[], [], []]
    assert engine.flush() == []


def test_users_beyond_range_do_not_meet(play: Play, actor: Cast) -> None:
    far = actor(road_class=CYCLIST, motion=lambda t: complex(150 - 4 * t), end_s=9.0)
    assert play(actor(road_class=CAR, motion=lambda t: complex(5 * t), end_s=9.0), far)[0] == []


def test_gap_in_the_stream_ends_encounters(play: Play, actor: Cast) -> None:
    car = actor(road_class=CAR, motion=lambda t: complex(-80 + 5 * t), end_s=30.0)
    cyclist = actor(road_class=CYCLIST, motion=lambda t: complex(80 - 5 * t, 3), end_s=30.0)
    clock = [*np.arange(10.0, 12.0, 0.1), *np.arange(15.0, 20.0, 0.1)]
    encounters, _ = play(car, cyclist, times=clock)
    assert [round(encounter.start_s, 1) for encounter in encounters] == [11.1, 15.0]
    assert encounters[0].end_s < 12.0


def test_encounter_that_lasts_is_cut_so_that_memory_stays_bounded(play: Play, actor: Cast) -> None:
    cars = [
        actor(road_class=CAR, motion=lambda t, k=k: complex(5 * t - 12 * k + 0.8 * np.sin(t + 2 * k)), end_s=700.0)
        for k in range(2)
    ]
    encounters, _ = play(*cars, fps=5.0)
    assert len(encounters) == 3
    assert all(encounter.end_s - encounter.start_s <= 300.0 for encounter in encounters)


def test_users_are_forgotten_when_they_are_gone(play: Play, actor: Cast) -> None:
    cars = [
        actor(
            road_class=CAR,
            motion=lambda t, k=k: complex(-60 + 10 * (t - 5 * k), 3.5 * (k % 2)),
            begin_s=5.0 * k,
            end_s=5.0 * k + 12,
        )
        for k in range(8)
    ]
    stays = actor(road_class=CAR, motion=lambda _: 500j, end_s=100.0)
    _, engine = play(*cars, stays, fps=5.0, flush=False)
    assert list(engine._histories) == [9]  # noqa: SLF001  (what is remembered is what the test is about)
    tape = engine._histories[9]._tape  # noqa: SLF001  (what is remembered is the subject)
    assert len(tape.rows) < 5 * (5 + 2)
    assert len(tape._room) < 3 * 5 * (5 + 2)  # noqa: SLF001  (and the room that is kept for it)
    assert not engine._open  # noqa: SLF001  (what is remembered is the subject)
    assert not engine._closed_s  # noqa: SLF001  (what is remembered is the subject)


def test_stretch_counts_half_a_step_on_either_side() -> None:
    times = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    assert find_longest_stretch(times, np.array([False, True, True, True, False])) == pytest.approx(0.3)
    assert find_longest_stretch(times, np.array([True, False, False, True, True])) == pytest.approx(0.15)
    assert find_longest_stretch(times, np.zeros(5, dtype=np.bool_)) == 0.0


def test_stretch_does_not_bridge_a_gap_between_frames() -> None:
    times = np.array([0.0, 0.1, 0.2, 3.0, 3.1])
    assert find_longest_stretch(times, np.ones(5, dtype=np.bool_)) == pytest.approx(0.2)


@pytest.mark.parametrize("later", [0, 1])
def test_pair_is_kept_until_the_one_who_comes_later_has_passed(play: Play, actor: Cast, later: int) -> None:
    leaves = actor(road_class=CAR, motion=lambda t: complex(-20 + 8 * t), end_s=6.0)
    comes = actor(road_class=CAR, motion=lambda t: complex(0, -60 + 8 * t), end_s=12.0)
    encounters, _ = play(*((leaves, comes) if later else (comes, leaves)))
    assert [abs(encounter.pet_s) for encounter in encounters] == pytest.approx([60 / 8 - 20 / 8 - 6.3 / 8], abs=0.05)
