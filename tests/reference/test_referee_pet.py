"""The referee's PET and T2 against closed forms, brute force over all pairs of moments, and the engine."""

import numpy as np
import pytest
from arc_drives import ArcDrive, make_actor
from hypothesis import given, settings
from hypothesis import strategies as st

from safemob.individual.safety.pet import Poses as SampledPoses
from safemob.individual.safety.pet import compute_pet
from safemob.scenes.refereeing.contact import measure_gaps
from safemob.scenes.refereeing.referee import measure_pair, measure_pet
from safemob.scenes.scenario import Kind
from safemob.scenes.stage import Actor

_TURNS = (
    ArcDrive(start_m=(-14.0, -10.0), speed_mps=6.0, curvature_per_m=1 / 9),
    ArcDrive(start_m=(-20.0, 3.0), speed_mps=7.0, curvature_per_m=-1 / 14, acceleration_mps2=-0.5),
    ArcDrive(start_m=(6.0, 3.0), heading_rad=np.pi, speed_mps=4.0, curvature_per_m=1 / 30),
)


@settings(max_examples=40, deadline=None)
@given(
    gap=st.floats(0.02, 6.0),
    speeds=st.tuples(st.floats(0.5, 4.0), st.floats(2.0, 20.0)),
    walker=st.tuples(st.floats(0.3, 2.0), st.floats(0.3, 1.0)),
    car=st.tuples(st.floats(3.0, 12.0), st.floats(1.4, 2.6)),
    turn=st.floats(-3.2, 3.2),
)
def test_pet_of_a_right_angle_crossing_is_entry_minus_exit(
    gap: float, speeds: tuple[float, float], walker: tuple[float, float], car: tuple[float, float], turn: float
) -> None:
    exit_s = 8.0
    rotation = complex(np.cos(turn), np.sin(turn))
    one = 1j * (car[1] / 2 + walker[0] / 2 - speeds[0] * exit_s) * rotation
    other = complex(-walker[1] / 2 - car[0] / 2 - speeds[1] * (exit_s + gap)) * rotation
    first = make_actor(
        ArcDrive(start_m=(one.real, one.imag), heading_rad=turn + np.pi / 2, speed_mps=speeds[0]),
        Kind.PEDESTRIAN,
        size_m=(*walker, 1.7),
    )
    second = make_actor(
        ArcDrive(start_m=(other.real, other.imag), heading_rad=turn, speed_mps=speeds[1]), size_m=(*car, 1.5)
    )

    assert measure_pet(first, second, 0.0, 20.0) == pytest.approx(gap, abs=1e-3)
    assert measure_pet(second, first, 0.0, 20.0) == pytest.approx(-gap, abs=1e-3)


def test_pet_of_followers_is_the_net_time_gap() -> None:
    leader = make_actor(ArcDrive(start_m=(0.0, 0.0), speed_mps=10.0))
    follower = make_actor(ArcDrive(start_m=(-20.0, 0.0), speed_mps=10.0))
    meeting = measure_pair(leader, follower, 0.0, 8.0)
    assert meeting.pet_s == pytest.approx((20 - 4.5) / 10, abs=1e-3)
    assert meeting.follows
    assert np.isnan(meeting.t2_min_s)
    assert meeting.ttc_min_s == np.inf


def test_a_leader_that_turned_off_is_followed_by_the_car_that_passes_where_it_left() -> None:
    leader = make_actor(ArcDrive(start_m=(0.0, 0.0), speed_mps=6.0, curvature_per_m=-1 / 8), until_s=3.0)
    follower = make_actor(ArcDrive(start_m=(-14.0, 0.0), speed_mps=6.0), until_s=6.0)
    cyclist = make_actor(ArcDrive(start_m=(-14.0, 0.0), speed_mps=6.0), Kind.CYCLIST, until_s=6.0)
    crossing = make_actor(ArcDrive(start_m=(6.0, 30.0), heading_rad=-np.pi / 2, speed_mps=6.0), until_s=9.0)
    assert measure_pair(leader, follower, 0.0, 9.0).follows
    assert measure_pair(leader, cyclist, 0.0, 9.0).follows
    assert not measure_pair(leader, crossing, 0.0, 9.0).follows


@pytest.mark.parametrize("mirrored", [1.0, -1.0])
@pytest.mark.parametrize("until_s", [9.0, 5.2])
def test_a_truck_that_swings_across_a_cyclist_beside_it_does_not_follow(mirrored: float, until_s: float) -> None:
    truck = make_actor(
        ArcDrive(start_m=(0.0, mirrored * 3.4), speed_mps=3.0, curvature_per_m=-mirrored / 12),
        Kind.TRUCK,
        size_m=(9.8, 2.5, 3.7),
        until_s=until_s,
    )
    cyclist = make_actor(ArcDrive(start_m=(-3.0, 0.0), speed_mps=5.3), Kind.CYCLIST, until_s=9.0)
    meeting, swapped = (measure_pair(*pair, 0.0, 9.0) for pair in ((truck, cyclist), (cyclist, truck)))
    assert not meeting.follows
    assert not swapped.follows
    assert meeting.pet_s == pytest.approx(-swapped.pet_s, abs=2e-3)


@pytest.mark.parametrize("aside_m", [-0.2, 0.0, 0.2])
def test_a_cyclist_behind_another_through_a_bend_follows_it(aside_m: float) -> None:
    radius, speed, behind = 25.0, 4.0, 0.2
    leader = make_actor(
        ArcDrive(start_m=(0.0, aside_m), heading_rad=0.02, speed_mps=speed, curvature_per_m=1 / radius), Kind.CYCLIST
    )
    start_m = (-radius * np.sin(behind), radius * (1 - np.cos(behind)))
    follower = make_actor(
        ArcDrive(start_m=start_m, heading_rad=-behind, speed_mps=speed, curvature_per_m=1 / radius), Kind.CYCLIST
    )
    meeting = measure_pair(leader, follower, 0.0, 8.0)
    assert meeting.pet_s == pytest.approx((radius * behind - 1.8) / speed, abs=0.1)
    assert meeting.follows


def test_pet_is_zero_at_one_moment_where_two_touch() -> None:
    car = make_actor(ArcDrive(start_m=(-20.0, 0.0), speed_mps=10.0))
    rider = make_actor(ArcDrive(start_m=(0.0, -10.0), heading_rad=np.pi / 2, speed_mps=5.0), Kind.CYCLIST, from_s=0.37)
    meeting = measure_pair(car, rider, 0.0, 5.0)
    assert meeting.pet_s == 0.0
    assert meeting.distance_min_m == 0.0
    assert meeting.ttc_min_s == 0.0
    assert meeting.t2_min_s == pytest.approx(0.0, abs=5e-3)


@pytest.mark.parametrize(("later_s", "found"), [(9.9, True), (10.1, False)])
def test_users_of_one_place_more_than_10_s_apart_have_no_pet(later_s: float, *, found: bool) -> None:
    first = make_actor(ArcDrive(start_m=(-5.25, 0.0), speed_mps=1.0))
    exit_s = 5.25 + 2.25 + 0.9
    second = make_actor(
        ArcDrive(start_m=(0.0, -(exit_s + later_s) - 2.25 - 0.9), heading_rad=np.pi / 2, speed_mps=1.0), until_s=25.0
    )
    assert np.isfinite(measure_pet(first, second, 0.0, 25.0)) == found


def test_what_happens_after_the_end_or_outside_a_life_does_not_count() -> None:
    first = make_actor(ArcDrive(start_m=(-30.0, 0.0), speed_mps=10.0))
    second = make_actor(ArcDrive(start_m=(0.0, -40.0), heading_rad=np.pi / 2, speed_mps=10.0))
    gone = make_actor(ArcDrive(start_m=(0.0, -40.0), heading_rad=np.pi / 2, speed_mps=10.0), until_s=3.6)
    assert measure_pet(first, second, 0.0, 5.0) == pytest.approx(0.37, abs=1e-3)
    assert np.isnan(measure_pet(first, second, 0.0, 3.6))
    assert np.isnan(measure_pet(first, gone, 0.0, 5.0))
    assert np.isnan(measure_pet(first, second, 3.4, 5.0))


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("lag_s", [0.0, 0.9])
def test_pet_on_curved_ways_agrees_with_brute_force_and_with_the_engine(pair: tuple[int, int], lag_s: float) -> None:
    first = make_actor(_TURNS[pair[0]], until_s=6.0)
    second = make_actor(_delay(_TURNS[pair[1]], lag_s), Kind.CYCLIST, until_s=6.0)

    found = measure_pet(first, second, 0.0, 6.0)

    step = 0.01
    times = np.arange(0.0, 6.0, step)
    s, t = (each.ravel() for each in np.meshgrid(times, times))
    here, there = first.motion.at(s), second.motion.at(t)
    gaps = measure_gaps(
        there.positions - here.positions, (here.headings, there.headings), (first.size_m[:2], second.size_m[:2])
    )
    brute = np.abs(t - s)[gaps.distances <= 0].min()
    assert brute - 2.5 * step <= abs(found) <= brute + 1e-3
    judged = compute_pet(_sample(first), _sample(second), 10.0)
    assert found == pytest.approx(judged.pet_s, abs=4e-3)  # its corners may stray by 2 cm in a turn


def _delay(drive: ArcDrive, lag_s: float) -> ArcDrive:
    """The drive from further back on the tangent."""
    back = lag_s * drive.speed_mps
    x, y = drive.start_m
    return ArcDrive(
        start_m=(x - back * np.cos(drive.heading_rad), y - back * np.sin(drive.heading_rad)),
        heading_rad=drive.heading_rad,
        speed_mps=drive.speed_mps,
        curvature_per_m=drive.curvature_per_m,
        acceleration_mps2=drive.acceleration_mps2,
    )


def _sample(actor: Actor) -> SampledPoses:
    times = np.linspace(actor.from_s, actor.until_s, 1201)
    poses = actor.motion.at(times)
    return SampledPoses(
        times=times,
        positions=poses.positions,
        headings=poses.headings,
        lengths=np.full(len(times), actor.size_m[0]),
        widths=np.full(len(times), actor.size_m[1]),
    )


def test_t2_at_constant_speeds_ends_as_the_pet() -> None:
    first = make_actor(ArcDrive(start_m=(-30.0, 0.0), speed_mps=10.0))
    second = make_actor(ArcDrive(start_m=(0.0, -40.0), heading_rad=np.pi / 2, speed_mps=10.0))
    meeting = measure_pair(first, second, 0.0, 8.0)
    assert meeting.t2_min_s == pytest.approx(meeting.pet_s, abs=5e-3)


def test_t2_on_a_collision_course_is_the_time_to_the_collision() -> None:
    car = make_actor(ArcDrive(start_m=(-20.0, 0.0), speed_mps=10.0))
    rider = make_actor(ArcDrive(start_m=(0.0, -10.0), heading_rad=np.pi / 2, speed_mps=5.0), Kind.CYCLIST)
    meeting = measure_pair(car, rider, 0.0, 0.1)
    assert meeting.ttc_min_s == pytest.approx((20 - 2.25 - 0.3) / 10 - 0.1, abs=1e-4)
    assert meeting.t2_min_s == pytest.approx(meeting.ttc_min_s, abs=5e-3)


def test_t2_of_a_car_that_yields_is_that_of_its_braking_curve() -> None:
    speed, rate, start = 10.0, 0.9, -45.0
    car = make_actor(ArcDrive(start_m=(start, 0.0), speed_mps=speed, acceleration_mps2=-rate))
    stops = make_actor(ArcDrive(start_m=(start, 0.0), speed_mps=speed, acceleration_mps2=-1.4))
    walker = make_actor(ArcDrive(start_m=(0.0, -4.0), heading_rad=np.pi / 2, speed_mps=1.4), Kind.PEDESTRIAN)
    leaves_s = (4.0 + 0.9 + 0.25) / 1.4

    times = np.linspace(0.0, leaves_s, 200_001)[:-1]
    left = -start - 2.25 - 0.3 - speed * times + rate * times**2 / 2
    expected = (left / (speed - rate * times)).min()

    assert measure_pair(walker, car, 0.0, 6.0).t2_min_s == pytest.approx(expected, abs=5e-3)
    assert np.isnan(measure_pair(walker, stops, 0.0, 6.0).t2_min_s)  # its way ends before the walker's
