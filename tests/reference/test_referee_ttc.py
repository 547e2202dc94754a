"""The referee's distance, TTC and DRAC against bounded least squares, rational arithmetic, closed forms, the engine."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from arc_drives import SIZES_M, ArcDrive, make_actor
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from safemob.individual.safety.rectangle import Rectangles
from safemob.individual.safety.ttc import compute_ttc
from safemob.scenes.refereeing.collision import close_in
from safemob.scenes.refereeing.contact import Floats, find_touch, measure_gaps
from safemob.scenes.refereeing.referee import measure_pair, measure_ttc_min
from safemob.scenes.scenario import Kind

_SIZE = st.tuples(st.floats(0.4, 15.0), st.floats(0.4, 3.0))
_PLACE = st.tuples(st.floats(-12.0, 12.0), st.floats(-12.0, 12.0))
_TRIPLES = ((3, 4, 5), (-4, 3, 5), (5, -12, 13), (8, 15, 17), (1, 0, 1), (0, -1, 1))

Half = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]


def _axes(heading: float, size_m: tuple[float, float]) -> Floats:
    """(2, 2) half the length and half the width as columns."""
    cosine, sine = np.cos(heading), np.sin(heading)
    axes: Floats = np.array([[cosine, -sine], [sine, cosine]]) * np.array(size_m) / 2
    return axes


@settings(max_examples=150, deadline=None)
@given(place=_PLACE, headings=st.tuples(st.floats(-7.0, 7.0), st.floats(-7.0, 7.0)), sizes=st.tuples(_SIZE, _SIZE))
def test_distance_is_that_of_the_nearest_points_of_two_rectangles(
    place: tuple[float, float],
    headings: tuple[float, float],
    sizes: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    offset = np.array(place)
    both = np.column_stack([_axes(headings[0], sizes[0]), -_axes(headings[1], sizes[1])])
    nearest = lsq_linear(both, offset, bounds=(-1, 1), method="bvls", tol=1e-14)
    expected = float(np.linalg.norm(both @ nearest.x - offset))

    gaps = measure_gaps(offset[None], (np.array([headings[0]]), np.array([headings[1]])), sizes)

    assert max(0.0, gaps.distances[0]) == pytest.approx(expected, abs=1e-6)
    assert np.hypot(*gaps.directions[0]) == pytest.approx(1.0)
    moved = measure_gaps(
        offset[None] - gaps.distances[0] * gaps.directions, (np.array([headings[0]]), np.array([headings[1]])), sizes
    )
    assert moved.distances[0] == pytest.approx(0.0, abs=1e-9)


def test_rectangles_touch_between_the_corner_and_the_edge_that_meet() -> None:
    centres = np.array([0.0, 0.0]), np.array([2.0 + np.sqrt(0.5), 0.3])
    x, y = find_touch(centres, (0.0, np.pi / 4), ((4.0, 2.0), (1.0, 1.0)))
    assert (x, y) == pytest.approx((2.0, 0.3))


def test_ttc_agrees_with_the_engine_on_random_pairs() -> None:
    rng = np.random.default_rng(3)
    count = 4000
    sizes = ((4.5, 1.8), (1.8, 0.6))
    offsets, headings = rng.uniform(-30, 30, (count, 2)), rng.uniform(-9, 9, (2, count))
    velocities = rng.normal(0, 8, (2, count, 2)) * (rng.random((2, count, 1)) > 0.1)
    one, other = (
        Rectangles.heading(centres, heading, np.full(count, length), np.full(count, width))
        for centres, heading, (length, width) in zip((0 * offsets, offsets), headings, sizes, strict=True)
    )
    judged = compute_ttc(one, velocities[0], other, velocities[1])

    times = close_in(offsets, velocities[1] - velocities[0], (headings[0], headings[1]), sizes)

    expected = np.where(judged.overlap, 0.0, judged.ttc_s)
    assert np.isfinite(expected).sum() > 200
    assert np.array_equal(np.isfinite(times), np.isfinite(expected))
    met = np.isfinite(expected)
    assert np.abs(times[met] - expected[met]).max() < 1e-8


def test_rational_arithmetic_finds_contact_at_the_ttc_and_none_before_it() -> None:
    random = Random(4)  # noqa: S311  (not for secrets)
    met = 0
    for _ in range(1500):
        users = [random.choice(_TRIPLES) for _ in range(2)]
        sizes = [(random.randint(2, 9), random.randint(1, 3)) for _ in range(2)]
        offset = (random.randint(-30, 30), random.randint(-30, 30))
        relative = (random.randint(-12, 12), random.randint(-12, 12))
        headings = [np.array([np.arctan2(y, x)]) for x, y, _ in users]
        time_s = close_in(
            np.array([offset], dtype=np.float64),
            np.array([relative], dtype=np.float64),
            (headings[0], headings[1]),
            ((float(sizes[0][0]), float(sizes[0][1])), (float(sizes[1][0]), float(sizes[1][1]))),
        )[0]
        halves = [_half(user, size) for user, size in zip(users, sizes, strict=True)]
        if time_s in (0.0, np.inf):
            continue
        met += 1
        ticks = Fraction(time_s)
        tick = Fraction(1, 10**7)
        assert _touch(halves[0], halves[1], offset, relative, ticks + tick)
        assert not _touch(halves[0], halves[1], offset, relative, ticks - tick)
    assert met > 50


def _half(triple: tuple[int, int, int], size: tuple[int, int]) -> Half:
    x, y, hypotenuse = triple
    along = (Fraction(x * size[0], 2 * hypotenuse), Fraction(y * size[0], 2 * hypotenuse))
    across = (Fraction(-y * size[1], 2 * hypotenuse), Fraction(x * size[1], 2 * hypotenuse))
    return along, across


def _touch(one: Half, other: Half, offset: tuple[int, int], relative: tuple[int, int], time: Fraction) -> bool:
    """Whether two rectangles have a point in common at a moment, exactly."""
    x, y = (start + rate * time for start, rate in zip(offset, relative, strict=True))
    for along in (*one, *other):
        reach = sum(abs(half[0] * along[0] + half[1] * along[1]) for half in (*one, *other))
        if abs(x * along[0] + y * along[1]) > reach:
            return False
    return True


def test_smallest_ttc_before_a_standing_car_is_that_of_the_braking_curve() -> None:
    speed, braking, gap = 12.0, 4.0, 20.0
    follower = make_actor(ArcDrive(start_m=(0.0, 0.0), speed_mps=speed, acceleration_mps2=-braking))
    standing = make_actor(ArcDrive(start_m=(gap + SIZES_M[Kind.CAR][0], 0.0)))
    times = np.linspace(0, speed / braking, 3_000_001)[:-1]
    left = gap - speed * times + braking * times**2 / 2
    ttc = left / (speed - braking * times)

    meeting = measure_pair(follower, standing, 0.0, 10.0)

    assert meeting.ttc_min_s == pytest.approx(ttc.min(), abs=1e-6)
    assert meeting.ttc_min_at_s == pytest.approx(times[ttc.argmin()], abs=1e-3)
    closing = times[speed - braking * times >= 1.0]
    held = np.maximum(np.interp(closing, times, ttc), np.interp(closing + 0.3, times, ttc))[
        closing <= closing[-1] - 0.3
    ]
    assert meeting.ttc_held_s == pytest.approx(held.min(), abs=1e-3)
    drac = (speed - braking * closing) ** 2 / (2 * np.interp(closing, times, left))
    assert meeting.drac_max_mps2 == pytest.approx(drac.max(), rel=1e-3)
    assert meeting.distance_min_m == pytest.approx(gap - speed**2 / (2 * braking), abs=1e-6)
    assert meeting.follows is False


@pytest.mark.parametrize(
    ("closing", "drac", "held"),
    [(0.9, np.nan, np.inf), (1.1, 1.1**2 / (2 * (10.0 - 1.1)), (10.0 - 0.7 * 1.1) / 1.1)],
)
def test_drac_and_held_ttc_count_where_users_close_at_1_m_per_s_or_more(
    closing: float, drac: float, held: float
) -> None:
    leader = make_actor(ArcDrive(start_m=(14.5, 0.0), speed_mps=5.0))
    follower = make_actor(ArcDrive(start_m=(0.0, 0.0), speed_mps=5.0 + closing))
    meeting = measure_pair(leader, follower, 0.0, 1.0)
    assert meeting.drac_max_mps2 == pytest.approx(drac, nan_ok=True)
    assert meeting.ttc_held_s == pytest.approx(held, abs=2e-3)
    assert meeting.ttc_min_s == pytest.approx((10.0 - closing) / closing)


@pytest.mark.parametrize(("kind", "defined"), [(Kind.CAR, False), (Kind.PEDESTRIAN, True)])
def test_ttc_is_undefined_where_a_vehicle_would_turn_by_more_than_30_degrees_within_it(
    kind: Kind, *, defined: bool
) -> None:
    radius, speed = 10.0, 5.0
    turning = make_actor(
        ArcDrive(start_m=(0.0, 0.0), speed_mps=speed, curvature_per_m=1 / radius), kind, size_m=(2.0, 1.0, 1.5)
    )
    waits = make_actor(ArcDrive(start_m=(12.0, 0.0)), Kind.PEDESTRIAN, size_m=(0.5, 0.5, 1.7))
    assert np.isfinite(measure_ttc_min(turning, waits, 0.0, 3.0)) == defined


def test_ttc_counts_a_turn_of_less_than_30_degrees() -> None:
    turning = make_actor(ArcDrive(start_m=(0.0, 0.0), speed_mps=5.0, curvature_per_m=1 / 10), size_m=(2.0, 1.0, 1.5))
    waits = make_actor(ArcDrive(start_m=(6.0, 0.4)), Kind.PEDESTRIAN, size_m=(0.5, 0.5, 1.7))
    assert measure_ttc_min(turning, waits, 0.0, 0.01) == pytest.approx((6.0 - 1.25) / 5.0, abs=0.02)


def test_users_more_than_50_m_apart_have_no_ttc() -> None:
    fast = make_actor(ArcDrive(start_m=(0.0, 0.0), speed_mps=30.0))
    standing = make_actor(ArcDrive(start_m=(90.0, 0.0)))
    assert measure_ttc_min(fast, standing, 0.0, 1.3) == np.inf
    assert measure_ttc_min(fast, standing, 0.0, 1.4) == pytest.approx((90 - 4.5 - 42) / 30)


def test_swapping_two_users_changes_the_sign_of_pet_and_nothing_else() -> None:
    car = make_actor(ArcDrive(start_m=(-30.0, 0.0), speed_mps=9.0, acceleration_mps2=-0.4))
    rider = make_actor(ArcDrive(start_m=(0.0, -18.0), heading_rad=np.pi / 2, speed_mps=5.0), Kind.CYCLIST)
    one, other = measure_pair(car, rider, 0.0, 9.0), measure_pair(rider, car, 0.0, 9.0)
    assert one.pet_s == pytest.approx(-other.pet_s, abs=1e-3)
    for name in ("ttc_min_s", "ttc_held_s", "t2_min_s", "distance_min_m", "pet_at_s"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=2e-3), name
