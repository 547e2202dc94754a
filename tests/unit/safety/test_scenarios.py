"""Simulated encounters from gate to severity."""

from collections.abc import Callable

import numpy as np
import pytest

from safemob.individual.safety.conflict import SAFEMOB_1, assess
from safemob.individual.safety.encounter import Encounter, EncounterEngine
from safemob.taxonomy import ConflictType, EncounterState, RoadUserClass, Severity

Play = Callable[..., tuple[list[Encounter], EncounterEngine]]
Cast = Callable[..., object]
Motion = Callable[[float], complex]

WALKER, CYCLIST, CAR, TRUCK = RoadUserClass.PEDESTRIAN, RoadUserClass.CYCLIST, RoadUserClass.CAR, RoadUserClass.TRUCK
LEAVES_S = (10 + 0.9 + 0.25) / 1.4
"""When the walker below is clear of the car's strip."""


def cross_road(time_s: float) -> complex:
    return 1j * (-10 + 1.4 * time_s)


def arrive_after(gap_s: float, speed: float = 10.0) -> Motion:
    """A car whose front reaches the walker's strip so long after the walker has left the car's."""
    return lambda time_s: complex(-0.3 - 2.25 + speed * (time_s - LEAVES_S - gap_s))


def brake(speed: float, deceleration: float, begin_s: float, start: float) -> Motion:
    def motion(time_s: float) -> complex:
        braking = min(max(time_s - begin_s, 0.0), speed / deceleration)
        return complex(start + speed * min(time_s, begin_s) + speed * braking - deceleration * braking**2 / 2)

    return motion


def only(encounters: list[Encounter]) -> Encounter:
    assert len(encounters) == 1, f"{len(encounters)} encounters"
    return encounters[0]


def test_car_passing_behind_a_pedestrian_has_the_pet_it_was_driven_with(play: Play, actor: Cast) -> None:
    walker, car = actor(road_class=WALKER, motion=cross_road), actor(road_class=CAR, motion=arrive_after(1.2))
    encounter = only(play(walker, car)[0])
    assert encounter.pet_s == pytest.approx(1.2, abs=1e-6)
    assert encounter.pet_time_s == pytest.approx(LEAVES_S + 1.2, abs=1e-6)
    assert encounter.ttc_min_s == np.inf
    assert encounter.conflict_type is ConflictType.CROSSING
    assert encounter.state is EncounterState.ASSESSED
    assert encounter.angle_deg == pytest.approx(90)
    assert encounter.speeds_mps == pytest.approx((1.4, 10.0))
    assert np.hypot(*encounter.place_m) < 3
    assert assess(encounter, SAFEMOB_1) is Severity.CONFLICT


def test_car_four_seconds_behind_a_pedestrian_is_one_encounter_to_record(play: Play, actor: Cast) -> None:
    walker, car = actor(road_class=WALKER, motion=cross_road), actor(road_class=CAR, motion=arrive_after(4.0))
    encounter = only(play(walker, car)[0])
    assert encounter.pet_s == pytest.approx(4.0, abs=1e-6)
    assert assess(encounter, SAFEMOB_1) is Severity.RECORD


def test_pet_is_found_after_the_pedestrian_has_left_the_view(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=cross_road, end_s=LEAVES_S + 0.9)
    encounter = only(play(walker, actor(road_class=CAR, motion=arrive_after(4.0)))[0])
    assert encounter.pet_s == pytest.approx(4.0, abs=1e-6)
    assert encounter.state is EncounterState.ASSESSED


def test_pet_beyond_its_largest_value_is_not_observed(play: Play, actor: Cast) -> None:
    walker, car = actor(road_class=WALKER, motion=cross_road), actor(road_class=CAR, motion=arrive_after(5.5))
    encounter = only(play(walker, car)[0])
    assert np.isnan(encounter.pet_s)
    assert assess(encounter, SAFEMOB_1) is Severity.NONE


def test_late_braking_before_a_pedestrian_is_serious(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=lambda t: 1j * (-10 + 1.4 * t))
    car = actor(road_class=CAR, motion=brake(12.0, 7.5, 5.0, -3.4 - 60.0 - 9.6))
    encounter = only(play(walker, car)[0])
    assert encounter.state is EncounterState.ASSESSED
    assert encounter.conflict_type is ConflictType.CROSSING
    assert 0.3 < encounter.ttc_min_s < 1.0
    assert encounter.ttc_below_s[2] >= 0.3
    assert list(encounter.ttc_below_s) == sorted(encounter.ttc_below_s)
    assert encounter.time_s == encounter.ttc_min_time_s
    assert assess(encounter, SAFEMOB_1) is Severity.SERIOUS


def test_hundreds_of_stops_in_queues_give_no_conflict(play: Play, actor: Cast) -> None:
    random = np.random.default_rng(5)
    encounters: list[Encounter] = []
    for _ in range(10):
        cars = []
        for lane in range(22):
            speed, slows, reaction = random.uniform(7, 14), random.uniform(1.0, 3.4), random.uniform(0.8, 1.8)
            begin_s = random.uniform(2, 4)
            for place in range(2):  # each repeats the leader's motion, later and further back
                motion = brake(speed, slows, begin_s + place * reaction, -place * (speed * reaction + 4.5 + 2.0))
                cars.append(actor(road_class=CAR, motion=lambda t, m=motion, y=lane * 60.0: m(t) + 1j * y, end_s=18.0))
        encounters += play(*cars, fps=6.0)[0]
    assert len(encounters) > 200
    assert {encounter.conflict_type for encounter in encounters} == {ConflictType.REAR_END}
    assert max(encounter.drac_max_mps2 for encounter in encounters) > 1.0
    assert sum(assess(encounter, SAFEMOB_1) >= Severity.CONFLICT for encounter in encounters) == 0


def test_follower_who_brakes_at_the_last_moment_is_a_rear_end_conflict(play: Play, actor: Cast) -> None:
    leader = actor(road_class=CAR, motion=brake(12.0, 6.0, 3.0, 0.0))
    follower = actor(road_class=CAR, motion=brake(12.0, 7.5, 4.6, -21.8))
    encounter = only(play(leader, follower)[0])
    assert encounter.conflict_type is ConflictType.REAR_END
    assert encounter.state is EncounterState.ASSESSED
    assert encounter.drac_max_mps2 >= 3.4
    assert assess(encounter, SAFEMOB_1) >= Severity.CONFLICT


def test_platoon_at_a_constant_gap_gives_no_conflict(play: Play, actor: Cast) -> None:
    cars = [
        actor(road_class=CAR, motion=lambda t, k=k: complex(10 * t - 12 * k + 0.4 * np.sin(1.5 * t + k)))
        for k in range(4)
    ]
    encounters = play(*cars)[0]
    assert encounters
    assert all(encounter.pet_is_time_gap for encounter in encounters)
    assert all(assess(encounter, SAFEMOB_1) < Severity.CONFLICT for encounter in encounters)


def test_opposite_lanes_have_no_collision_course(play: Play, actor: Cast) -> None:
    one = actor(road_class=CAR, motion=lambda t: complex(-100 + 10 * t))
    other = actor(road_class=CAR, motion=lambda t: complex(100 - 10 * t, 3.5))
    encounter = only(play(one, other)[0])
    assert encounter.ttc_min_s == np.inf
    assert np.isnan(encounter.pet_s)
    assert encounter.distance_min_m == pytest.approx(1.7)
    assert encounter.angle_deg == pytest.approx(180)
    assert encounter.state is EncounterState.ASSESSED
    assert assess(encounter, SAFEMOB_1) is Severity.NONE


def test_pedestrian_waiting_at_the_kerb_is_not_in_conflict(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=lambda t: 3j + 1j * max(0.0, 4.0 - 1.4 * t))
    car = actor(road_class=CAR, motion=lambda t: complex(-100 + 10 * t))
    assert [assess(e, SAFEMOB_1) for e in play(walker, car)[0]] == [Severity.NONE]


def turn_right(time_s: float, speed: float = 6.0, radius: float = 8.0) -> complex:
    """Along +x, at the origin at 8 s, then a quarter turn to the right."""
    way = speed * (time_s - 8.0)
    if way < 0:
        return complex(way)
    angle = min(way / radius, np.pi / 2)
    return radius * complex(np.sin(angle), np.cos(angle) - 1) - 1j * max(0.0, way - radius * np.pi / 2)


def test_car_turning_across_a_cyclist_is_a_turning_conflict(play: Play, actor: Cast) -> None:
    car = actor(road_class=CAR, motion=turn_right, end_s=16.0)
    cyclist = actor(road_class=CYCLIST, motion=lambda t: complex(5.5 * (t - 10.4) + 8.0, -4.0), end_s=16.0)
    encounters = [e for e in play(car, cyclist)[0] if assess(e, SAFEMOB_1) >= Severity.CONFLICT]
    encounter = only(encounters)
    assert encounter.classes == (CYCLIST, CAR)
    assert encounter.conflict_type is ConflictType.TURNING
    assert encounter.state is EncounterState.ASSESSED
    assert -1.5 < encounter.pet_s < 0, "the car passed first"


def test_car_that_passes_one_which_left_its_lane_to_turn_has_a_time_gap(play: Play, actor: Cast) -> None:
    leader = actor(road_class=CAR, motion=turn_right)
    follower = actor(road_class=CAR, motion=lambda t: complex(-60 + 6.6 * t))
    encounter = only(play(leader, follower)[0])
    assert 0 < abs(encounter.pet_s) < 1.5
    assert encounter.angle_deg > 30
    assert encounter.pet_is_time_gap
    assert assess(encounter, SAFEMOB_1) < Severity.CONFLICT


def test_car_that_turns_across_one_beside_it_has_no_time_gap(play: Play, actor: Cast) -> None:
    turner = actor(road_class=CAR, motion=turn_right)
    beside = actor(road_class=CAR, motion=lambda t: complex(-55 + 6.0 * t, -2.5))
    encounter = only(play(turner, beside)[0])
    assert not encounter.pet_is_time_gap
    assert assess(encounter, SAFEMOB_1) >= Severity.CONFLICT


def swing_right(time_s: float) -> complex:
    """A truck's quarter turn of 12 m radius from beside the x axis, which it crosses at 44°, 5 m/s."""
    return 3.4j + turn_right(time_s, speed=5.0, radius=12.0)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("truck_end_s", "order"), [(16.0, 1), (9.6, 1), (16.0, -1)])
def test_truck_that_swings_across_a_cyclist_beside_it_does_not_follow(
    play: Play, actor: Cast, truck_end_s: float, order: int, *, mirrored: bool
) -> None:
    def reflect(motion: Motion) -> Motion:
        return (lambda t: motion(t).conjugate()) if mirrored else motion

    truck = actor(road_class=TRUCK, motion=reflect(swing_right), end_s=truck_end_s)
    cyclist = actor(road_class=CYCLIST, motion=reflect(lambda t: complex(5.0 * (t - 7.6) + 9.0)), end_s=16.0)
    encounter = only(play(*(truck, cyclist)[::order])[0])
    assert 0 < abs(encounter.pet_s) < 1.5
    assert not encounter.pet_is_time_gap
    assert encounter.conflict_type is ConflictType.TURNING
    assert encounter.angle_deg > 30
    assert assess(encounter, SAFEMOB_1) >= Severity.CONFLICT


def test_truck_that_turns_off_before_a_cyclist_well_behind_it_is_followed_until_it_turns(
    play: Play, actor: Cast
) -> None:
    truck = actor(road_class=TRUCK, motion=lambda t: complex(5 * t, 3.4 * (1 - np.tanh(t - 8)) / 2))
    cyclist = actor(road_class=CYCLIST, motion=lambda t: complex(5 * t - 13))
    encounter = only(play(truck, cyclist)[0])
    assert encounter.pet_is_time_gap


@pytest.mark.parametrize("seed", range(8))
def test_noise_does_not_make_the_lines_of_followers_cross(play: Play, actor: Cast, seed: int) -> None:
    random = np.random.default_rng(seed)

    def wander(delay_s: float) -> Motion:
        sway, phase, pace = random.uniform(0, 0.3), random.uniform(0, 6, 2), random.uniform(0.3, 1.0)
        return lambda t: (
            turn_right(t - delay_s) + complex(np.sin(pace * t + phase[0]), np.sin(pace * t + phase[1])) * sway
        )

    cars = [actor(road_class=CAR, motion=wander(delay_s)) for delay_s in (0.0, 1.9)]
    encounters = play(*cars)[0]
    assert encounters
    assert all(encounter.pet_is_time_gap or np.isnan(encounter.pet_s) for encounter in encounters)


def test_turning_car_that_points_at_a_waiting_one_for_a_moment_is_not_in_conflict(play: Play, actor: Cast) -> None:
    turns = actor(road_class=CAR, motion=turn_right, end_s=16.0)
    waits = actor(road_class=CAR, motion=lambda t: complex(11.5, -12.0 - 8.0 * max(0.0, 5.0 - t)), heading=np.pi / 2)
    encounters = play(turns, waits)[0]
    assert encounters
    assert all(assess(encounter, SAFEMOB_1) < Severity.CONFLICT for encounter in encounters)


def test_two_users_who_meet_twice_have_two_encounters(play: Play, actor: Cast) -> None:
    car = actor(road_class=CAR, motion=lambda t: complex(40 * np.cos(t / 5)), end_s=30.0)
    cyclist = actor(road_class=CYCLIST, motion=lambda t: 40j * np.cos((t - 1.5) / 5), end_s=30.0)
    encounters = play(car, cyclist)[0]
    assert len(encounters) == 2
    assert [e.pet_s for e in encounters] == pytest.approx([encounters[0].pet_s] * 2, abs=0.01)
    assert encounters[1].start_s - encounters[0].end_s > 2.0


def test_gate_that_shuts_for_a_moment_does_not_split_an_encounter(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=lambda t: 1j * max(6.0, 12.0 - 1.4 * t))

    def hesitate(time_s: float) -> complex:  # stands from 8 s to 9.5 s
        return complex(-60 + 6 * min(time_s, 8.0) + 6 * max(0.0, time_s - 9.5))

    assert len(play(walker, actor(road_class=CAR, motion=hesitate))[0]) == 1


def test_track_that_ends_before_the_crossing_is_censored(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=cross_road)
    car = actor(road_class=CAR, motion=arrive_after(2.0), end_s=LEAVES_S + 1.0)
    encounter = only(play(walker, car)[0])
    assert encounter.state is EncounterState.CENSORED
    assert np.isnan(encounter.pet_s)


def test_track_that_ends_inside_the_shared_area_is_censored(play: Play, actor: Cast) -> None:
    enters_s = LEAVES_S - 3.0
    car = actor(road_class=CAR, motion=arrive_after(-3.0), end_s=enters_s + 0.1)
    seen_whole = actor(road_class=CAR, motion=arrive_after(-3.0))
    walker = actor(road_class=WALKER, motion=cross_road)
    cut, whole = only(play(walker, car)[0]), only(play(walker, seen_whole)[0])
    assert cut.state is EncounterState.CENSORED
    assert whole.state is EncounterState.ASSESSED
    assert cut.pet_s < whole.pet_s < 0, "the car was last seen before it left"


def test_track_that_begins_after_the_crossing_is_censored(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=cross_road, begin_s=LEAVES_S + 0.3)
    encounter = only(play(walker, actor(road_class=CAR, motion=arrive_after(2.0)))[0])
    assert encounter.state is EncounterState.CENSORED
    assert np.isnan(encounter.pet_s)


def test_track_that_ends_after_the_crossing_is_not_censored(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=cross_road)
    car = actor(road_class=CAR, motion=arrive_after(1.2), end_s=LEAVES_S + 2.0)
    assert only(play(walker, car)[0]).state is EncounterState.ASSESSED


def test_followers_who_leave_the_view_are_not_censored(play: Play, actor: Cast) -> None:
    leader = actor(road_class=CAR, motion=lambda t: complex(10 * t), end_s=10.0)
    follower = actor(road_class=CAR, motion=lambda t: complex(12 * t - 40), end_s=140 / 12)
    encounter = only(play(leader, follower)[0])
    assert encounter.conflict_type is ConflictType.REAR_END
    assert encounter.pet_is_time_gap
    assert encounter.state is EncounterState.ASSESSED


def test_pet_of_one_encounter_is_not_reported_again_with_the_next(play: Play, actor: Cast) -> None:
    turns_back_s = LEAVES_S + 1.2 + 3.3

    def return_to_road(time_s: float) -> complex:
        return cross_road(min(time_s, turns_back_s) - max(0.0, time_s - turns_back_s))

    stops = brake(10.0, 8.0, LEAVES_S + 1.5, -0.3 - 2.25 - 10 * (LEAVES_S + 1.2))
    walker, car = actor(road_class=WALKER, motion=return_to_road), actor(road_class=CAR, motion=stops)
    first, second = play(walker, car)[0]
    assert first.pet_s == pytest.approx(1.2, abs=1e-6)
    assert second.start_s - LEAVES_S < 5.0
    assert np.isnan(second.pet_s)


def test_occlusion_at_the_minimum_is_not_assessable(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=cross_road)
    motion = brake(12.0, 7.5, 5.0, -3.4 - 60.0 - 9.6)
    open_view = only(play(walker, actor(road_class=CAR, motion=motion))[0])
    at = open_view.ttc_min_time_s
    hidden = only(play(walker, actor(road_class=CAR, motion=motion, hidden=((at - 0.35, at + 0.35),)))[0])
    blinked = only(play(walker, actor(road_class=CAR, motion=motion, hidden=((at - 0.1, at + 0.1),)))[0])
    assert hidden.state is EncounterState.NOT_ASSESSABLE
    assert hidden.ttc_min_s > open_view.ttc_min_s
    assert blinked.state is EncounterState.ASSESSED
    assert blinked.ttc_min_s == open_view.ttc_min_s


def test_occlusion_at_the_encroachment_is_not_assessable(play: Play, actor: Cast) -> None:
    walker = actor(road_class=WALKER, motion=cross_road, hidden=((LEAVES_S - 0.4, LEAVES_S + 0.4),))
    encounter = only(play(walker, actor(road_class=CAR, motion=arrive_after(1.2)))[0])
    assert encounter.state is EncounterState.NOT_ASSESSABLE
    assert np.isnan(encounter.pet_s)


def test_overlap_is_a_state_and_no_conflict_by_itself(play: Play, actor: Cast) -> None:
    car = actor(road_class=CAR, motion=lambda t: complex(3 * t))
    cyclist = actor(road_class=CYCLIST, motion=lambda t: complex(3 * t - 1, 3 - 0.25 * t), end_s=12.0)
    encounter = only(play(car, cyclist)[0])
    assert encounter.state is EncounterState.OVERLAP
    assert np.isnan(encounter.pet_s)
    assert encounter.distance_min_m == 0
    assert assess(encounter, SAFEMOB_1) is Severity.NONE


@pytest.mark.parametrize("first", [0, 1])
def test_order_and_ids_of_tracks_do_not_matter(play: Play, actor: Cast, first: int) -> None:
    walker = actor(road_class=WALKER, motion=cross_road, track_id=7 if first else 3)
    car = actor(road_class=CAR, motion=arrive_after(1.2), track_id=3 if first else 7)
    encounter = only(play(*((walker, car) if first else (car, walker)))[0])
    assert encounter.classes == (WALKER, CAR)
    assert encounter.ids == ((7, 3) if first else (3, 7))
    assert encounter.pet_s == pytest.approx(1.2, abs=1e-6)


@pytest.mark.parametrize("change", ["utm", "rotation", "reflection"])
def test_encounters_do_not_depend_on_the_coordinates(play: Play, actor: Cast, change: str) -> None:
    def transform(z: complex) -> complex:
        if change == "utm":
            return z + 691_607.86 + 5_334_763.31j
        return z * np.exp(0.7j) if change == "rotation" else z.conjugate()

    motions = cross_road, brake(12.0, 7.5, 5.0, -3.4 - 60.0 - 9.6)
    here = only(play(actor(road_class=WALKER, motion=motions[0]), actor(road_class=CAR, motion=motions[1]))[0])
    there = only(
        play(
            actor(road_class=WALKER, motion=lambda t: transform(motions[0](t))),
            actor(road_class=CAR, motion=lambda t: transform(motions[1](t))),
        )[0]
    )
    assert there.ttc_min_s == pytest.approx(here.ttc_min_s, abs=1e-4)
    assert there.ttc_below_s == pytest.approx(here.ttc_below_s, abs=0.09)
    assert there.conflict_type is here.conflict_type
    assert there.state is here.state
    place = transform(complex(*here.place_m))
    assert there.place_m == pytest.approx((place.real, place.imag), abs=0.02)


@pytest.mark.parametrize("gap_s", [0.4, 1.0, 2.7])
def test_encounters_do_not_depend_on_the_frame_rate(play: Play, actor: Cast, gap_s: float) -> None:
    random = np.random.default_rng(8)
    clocks = [
        np.arange(0, 20.5, 0.1).tolist(),
        np.arange(0, 20.5, 0.04).tolist(),
        np.cumsum(random.uniform(1 / 30, 1 / 6, 220)).tolist(),
    ]
    late = brake(12.0, 7.5, 5.0, -3.4 - 60.0 - 9.6)
    for motion, tolerance_s in ((arrive_after(gap_s), 1e-6), (late, 0.1)):
        found = [
            only(
                play(actor(road_class=WALKER, motion=cross_road), actor(road_class=CAR, motion=motion), times=clock)[0]
            )
            for clock in clocks
        ]
        for other in found[1:]:
            assert np.nan_to_num(other.pet_s) == pytest.approx(np.nan_to_num(found[0].pet_s), abs=tolerance_s)
            assert other.ttc_min_s == pytest.approx(found[0].ttc_min_s, abs=0.12)
            assert other.ttc_below_s == pytest.approx(found[0].ttc_below_s, abs=0.2)
            assert assess(other, SAFEMOB_1) is assess(found[0], SAFEMOB_1)
