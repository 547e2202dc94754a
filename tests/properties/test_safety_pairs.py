"""What must not change the indicators of a pair: who is first, where north is, which way the mirror hangs."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from safemob.individual.arrays import Floats
from safemob.individual.safety.pet import Poses, compute_pet
from safemob.individual.safety.rectangle import Rectangles, compute_separation, find_overlaps
from safemob.individual.safety.ttc import TimesToCollision, compute_ttc

_UTM = np.array([691_607.86, 5_334_763.31])
_MIRROR = np.array([[1.0, 0.0], [0.0, -1.0]])


def _hundredths(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(lambda number: number / 100)


_users = st.tuples(
    _hundredths(-3000, 3000),  # x
    _hundredths(-3000, 3000),  # y
    _hundredths(-314, 314),  # heading
    _hundredths(30, 1200),  # length
    _hundredths(30, 300),  # width
    _hundredths(-1500, 1500),  # vx
    _hundredths(-1500, 1500),  # vy
)
User = tuple[float, float, float, float, float, float, float]


def _boxes(
    user: User, grow: float = 0.0, matrix: Floats | None = None, shift: Floats | None = None
) -> tuple[Rectangles, Floats]:
    x, y, heading, length, width, vx, vy = user
    matrix = np.eye(2) if matrix is None else matrix
    shift = np.zeros(2) if shift is None else shift
    direction = matrix @ np.array([np.cos(heading), np.sin(heading)])
    centre = matrix @ np.array([x, y]) + shift
    box = Rectangles.facing(centre[None], direction[None], np.array([length + grow]), np.array([width + grow]))
    return box, (matrix @ np.array([vx, vy]))[None]


def _ttc(
    one: User, other: User, grow: float = 0.0, matrix: Floats | None = None, shift: Floats | None = None
) -> TimesToCollision:
    return compute_ttc(*_boxes(one, grow, matrix, shift), *_boxes(other, grow, matrix, shift))


def _assume_clear_cut(one: User, other: User) -> None:
    """Leave out pairs that a micrometre more or less of size would put into another state."""
    smaller, larger = _ttc(one, other, -1e-6), _ttc(one, other, 1e-6)
    assume(smaller.overlap[0] == larger.overlap[0])
    assume(np.isinf(smaller.ttc_s[0]) == np.isinf(larger.ttc_s[0]))
    assume(np.isinf(smaller.ttc_s[0]) or np.isnan(smaller.ttc_s[0]) or smaller.ttc_s[0] - larger.ttc_s[0] < 1e-4)


def _assert_same(one: TimesToCollision, other: TimesToCollision) -> None:
    assert one.overlap[0] == other.overlap[0]
    np.testing.assert_allclose(one.ttc_s, other.ttc_s, rtol=1e-6, atol=1e-4)


@given(one=_users, other=_users)
def test_ttc_is_the_same_for_both_users(one: User, other: User) -> None:
    there, back = _ttc(one, other), _ttc(other, one)
    np.testing.assert_array_equal(there.ttc_s, back.ttc_s)
    np.testing.assert_array_equal(there.clearing_s, back.clearing_s)
    np.testing.assert_array_equal(there.overlap, back.overlap)


@given(one=_users, other=_users)
def test_ttc_survives_utm_coordinates(one: User, other: User) -> None:
    _assume_clear_cut(one, other)
    _assert_same(_ttc(one, other), _ttc(one, other, shift=_UTM))


@given(one=_users, other=_users, angle=st.floats(-3.2, 3.2))
def test_ttc_does_not_depend_on_where_north_is(one: User, other: User, angle: float) -> None:
    _assume_clear_cut(one, other)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    _assert_same(_ttc(one, other), _ttc(one, other, matrix=turn))


@given(one=_users, other=_users)
def test_ttc_is_the_same_in_the_mirror(one: User, other: User) -> None:
    _assume_clear_cut(one, other)
    _assert_same(_ttc(one, other), _ttc(one, other, matrix=_MIRROR))


@given(one=_users, other=_users, seconds=st.floats(0.5, 20.0))
def test_at_ttc_the_gap_is_closed_and_before_it_is_not(one: User, other: User, seconds: float) -> None:
    towards = [one[5 + k] + (one[k] - other[k]) / seconds for k in range(2)]  # the centres would meet then
    other = (*other[:5], towards[0], towards[1])
    course = _ttc(one, other)
    assume(np.isfinite(course.ttc_s[0]))
    _assume_clear_cut(one, other)

    def gap_at(time_s: float) -> float:
        boxes = [
            Rectangles(centres=box.centres + velocity * time_s, along=box.along, across=box.across)
            for box, velocity in (_boxes(one), _boxes(other))
        ]
        return float(compute_separation(*boxes).gaps[0])

    assert gap_at(float(course.ttc_s[0])) < 1e-6
    assert gap_at(float(course.ttc_s[0]) * 0.99) > 0
    assert gap_at(float(course.clearing_s[0]) + 1e-3) > 0


@given(one=_users, other=_users)
def test_gap_is_positive_exactly_where_rectangles_do_not_overlap(one: User, other: User) -> None:
    boxes = _boxes(one)[0], _boxes(other)[0]
    there, back = compute_separation(*boxes), compute_separation(*reversed(boxes))
    assert (there.gaps[0] > 0) == (not find_overlaps(*boxes)[0])
    np.testing.assert_allclose(there.gaps, back.gaps, atol=1e-9)


_legs = st.lists(st.tuples(_hundredths(20, 150), _hundredths(-150, 150), _hundredths(0, 1200)), min_size=3, max_size=8)


def _walk(middle: tuple[float, float], heading: float, legs: list[tuple[float, float, float]], size: float) -> Poses:
    """A path of straight legs (duration, turn before it, speed) whose middle lies at `middle`."""
    times, positions, headings = [0.0], [np.zeros(2)], [heading]
    for duration, turn, speed in legs:
        heading += turn
        times.append(times[-1] + duration)
        positions.append(positions[-1] + speed * duration * np.array([np.cos(heading), np.sin(heading)]))
        headings.append(heading)
    n = len(times)
    return Poses(
        times=np.array(times),
        positions=np.array(positions) - positions[n // 2] + np.array(middle),
        headings=np.array(headings),
        lengths=np.full(n, size),
        widths=np.full(n, size / 2),
    )


def _delay(poses: Poses, seconds: float) -> Poses:
    return Poses(
        times=poses.times + seconds,
        positions=poses.positions,
        headings=poses.headings,
        lengths=poses.lengths,
        widths=poses.widths,
    )


def _reverse(poses: Poses) -> Poses:
    return Poses(
        times=-poses.times[::-1],
        positions=poses.positions[::-1],
        headings=poses.headings[::-1],
        lengths=poses.lengths[::-1],
        widths=poses.widths[::-1],
    )


_paths = st.tuples(
    st.tuples(_hundredths(-500, 500), _hundredths(-500, 500)), _hundredths(-314, 314), _legs, _hundredths(60, 500)
)
Path = tuple[tuple[float, float], float, list[tuple[float, float, float]], float]


@settings(max_examples=60, deadline=None)
@given(one=_paths, other=_paths, delay_s=_hundredths(-400, 400))
def test_pet_changes_sign_with_the_order_of_users_and_of_time(one: Path, other: Path, delay_s: float) -> None:
    first, second = _walk(*one), _delay(_walk(*other), delay_s)
    there, back = compute_pet(first, second, 5.0).pet_s, compute_pet(second, first, 5.0).pet_s
    reversed_time = compute_pet(_reverse(first), _reverse(second), 5.0).pet_s
    np.testing.assert_allclose(abs(there), abs(back), atol=1e-6)
    np.testing.assert_allclose(abs(there), abs(reversed_time), atol=1e-6)
    if np.isnan(there) or abs(there - back) < 1e-6:  # no contact, or the same lag in either order: two places
        return
    np.testing.assert_allclose(back, -there, atol=1e-6)
    np.testing.assert_allclose(reversed_time, -there, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(one=_paths, other=_paths)
def test_pet_is_a_lag_with_contact_and_none_smaller_is_sampled(one: Path, other: Path) -> None:
    first, second = _walk(*one), _walk(*other)
    found = compute_pet(first, second, 5.0)
    moments = np.arange(0.0, 12.0, 0.05)
    limit = 5.0 if np.isnan(found.pet_s) else abs(found.pet_s)
    for lag in np.linspace(-limit + 0.02, limit - 0.02, 9) if limit > 0.03 else []:
        inside = (
            (moments >= 0) & (moments <= first.times[-1]) & (moments + lag >= 0) & (moments + lag <= second.times[-1])
        )
        if inside.any():
            boxes = _shrink(first.at(moments[inside])), _shrink(second.at(moments[inside] + lag))
            assert not find_overlaps(*boxes).any()
    if not np.isnan(found.pet_s):
        touch = [
            poses.at(np.array([time_s])).rectangles
            for poses, time_s in ((first, found.first_time_s), (second, found.second_time_s))
        ]
        assert compute_separation(*touch).gaps[0] < 0.05  # corners stray up to 2 cm where users turn
        assert abs(found.second_time_s - found.first_time_s - found.pet_s) < 1e-9


def _shrink(poses: Poses) -> Rectangles:
    """Footprints 10 cm smaller, so that corners may stray where users turn."""
    return Rectangles.heading(poses.positions, poses.headings, poses.lengths - 0.1, poses.widths - 0.1)
