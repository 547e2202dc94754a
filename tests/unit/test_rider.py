from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from safemob.individual.image.detection import Detections
from safemob.individual.image.rider import join_riders
from safemob.taxonomy import RoadUserClass as User

# A bicycle seen from the side, 1.8 m by 1.05 m at 40 px a metre; its rider from head to pedal.
BICYCLE = (100.0, 100.0, 172.0, 142.0)
RIDER = (118.0, 70.0, 150.0, 134.0)

Row = tuple[User, tuple[float, float, float, float], float]


def _detections(rows: Sequence[Row], cut: Sequence[bool] | None = None) -> Detections:
    return Detections(
        boxes=np.array([box for _, box, _ in rows], dtype=np.float64).reshape(-1, 4),
        scores=np.array([score for *_, score in rows], dtype=np.float64),
        classes=np.array([int(user) for user, *_ in rows], dtype=np.int64),
        cut=np.array(cut if cut is not None else [False] * len(rows), dtype=np.bool_),
    )


def _users(detections: Detections) -> list[User]:
    return [User(code) for code in detections.classes.tolist()]


def _moved(box: tuple[float, float, float, float], right: float, down: float) -> tuple[float, float, float, float]:
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def _assert_same(first: Detections, second: Detections) -> None:
    assert_array_equal(first.boxes, second.boxes)
    assert_array_equal(first.scores, second.scores)
    assert_array_equal(first.classes, second.classes)
    assert_array_equal(first.cut, second.cut)


@pytest.mark.parametrize("ridden", [User.CYCLIST, User.MOTORCYCLIST, User.E_SCOOTER])
def test_a_rider_and_what_he_rides_become_one_road_user(ridden: User) -> None:
    joined = join_riders(_detections([(ridden, BICYCLE, 0.4), (User.PEDESTRIAN, RIDER, 0.7)], cut=[False, True]))
    assert _users(joined) == [ridden]
    assert joined.boxes.tolist() == [[100.0, 70.0, 172.0, 142.0]]
    assert joined.scores.tolist() == [0.7]
    assert joined.cut.tolist() == [True]


@pytest.mark.parametrize(
    ("person", "bicycle"),
    [
        ((229, 175, 274, 261), (233, 215, 276, 281)),  # coming towards the camera
        ((366, 243, 425, 344), (345, 282, 439, 385)),  # crossing at an angle
        ((505, 300, 590, 430), (473, 354, 623, 488)),  # seen steeply from above
        ((355, 248, 419, 347), (349, 244, 430, 353)),  # nested in the box of a model that knows cyclists
    ],
)
def test_riders_are_joined_from_every_side_a_detector_has_seen_them(
    person: tuple[float, float, float, float], bicycle: tuple[float, float, float, float]
) -> None:
    joined = join_riders(_detections([(User.PEDESTRIAN, person, 0.6), (User.CYCLIST, bicycle, 0.5)]))
    assert _users(joined) == [User.CYCLIST]


@pytest.mark.parametrize(
    "pedestrian",
    [
        pytest.param(_moved(RIDER, 60, 8), id="walking ahead of it"),
        pytest.param(_moved(RIDER, -60, 8), id="walking behind it"),
        pytest.param(_moved(RIDER, 0, 24), id="standing in front of it"),
        pytest.param(_moved(RIDER, 0, -40), id="standing well behind it"),
        pytest.param((130, 118, 140, 136), id="far away"),
        pytest.param((60, -20, 220, 140), id="close to the camera"),
    ],
)
def test_a_pedestrian_near_a_bicycle_is_not_its_rider(pedestrian: tuple[float, float, float, float]) -> None:
    near = _detections([(User.PEDESTRIAN, pedestrian, 0.8), (User.CYCLIST, BICYCLE, 0.5)])
    assert _users(join_riders(near)) == [User.PEDESTRIAN, User.CYCLIST]


def test_a_person_beside_a_bicycle_seen_from_the_front_is_not_its_rider() -> None:
    bicycle, walking = (100.0, 100.0, 124.0, 142.0), (125.0, 74.0, 150.0, 144.0)
    beside = _detections([(User.PEDESTRIAN, walking, 0.8), (User.CYCLIST, bicycle, 0.5)])
    assert _users(join_riders(beside)) == [User.PEDESTRIAN, User.CYCLIST]


def test_the_rider_is_taken_and_the_pedestrian_behind_is_left() -> None:
    behind = _moved(RIDER, 14, -14)
    scene = _detections([(User.PEDESTRIAN, behind, 0.9), (User.PEDESTRIAN, RIDER, 0.6), (User.CYCLIST, BICYCLE, 0.5)])
    joined = join_riders(scene)
    assert _users(joined) == [User.PEDESTRIAN, User.CYCLIST]
    assert joined.boxes[0].tolist() == list(behind)


def test_a_bicycle_takes_one_rider_and_a_motorcycle_two() -> None:
    pillion = _moved(RIDER, -14, -2)
    people: list[Row] = [(User.PEDESTRIAN, RIDER, 0.9), (User.PEDESTRIAN, pillion, 0.8)]
    on_motorcycle = join_riders(_detections([*people, (User.MOTORCYCLIST, BICYCLE, 0.5)]))
    assert _users(on_motorcycle) == [User.MOTORCYCLIST]
    assert on_motorcycle.boxes.tolist() == [[100.0, 68.0, 172.0, 142.0]]
    assert len(join_riders(_detections([*people, (User.CYCLIST, BICYCLE, 0.5)]))) == 2


def test_two_cyclists_side_by_side_stay_two() -> None:
    rows: list[Row] = []
    for right in (0, 30):
        rows += [(User.CYCLIST, _moved(BICYCLE, right, right / 3), 0.5)]
        rows += [(User.PEDESTRIAN, _moved(RIDER, right, right / 3), 0.6)]
    assert _users(join_riders(_detections(rows))) == [User.CYCLIST, User.CYCLIST]


def test_a_rider_seen_in_parts_is_one() -> None:
    parts: list[Row] = [
        (User.PEDESTRIAN, (120, 72, 148, 110), 0.3),
        (User.CYCLIST, (100, 110, 130, 142), 0.2),
        (User.CYCLIST, (140, 108, 172, 142), 0.2),
    ]
    whole: list[Row] = [(User.PEDESTRIAN, RIDER, 0.7), (User.CYCLIST, BICYCLE, 0.6)]
    assert _users(join_riders(_detections([*parts, *whole]))) == [User.CYCLIST]


def test_cars_and_lone_two_wheelers_stay_as_they_are() -> None:
    rows: list[Row] = [(User.CAR, (100, 90, 170, 140), 0.9), (User.CYCLIST, BICYCLE, 0.5)]
    _assert_same(join_riders(_detections(rows)), _detections(rows))


def test_nothing_joins_to_nothing() -> None:
    assert len(join_riders(_detections([]))) == 0


def _boxes() -> st.SearchStrategy[tuple[float, float, float, float]]:
    side = st.integers(8, 120)
    return st.builds(
        lambda left, top, width, height: (float(left), float(top), float(left + width), float(top + height)),
        st.integers(0, 200),
        st.integers(0, 200),
        side,
        side,
    )


CROWDS = st.lists(
    st.tuples(
        st.sampled_from([User.PEDESTRIAN, User.PEDESTRIAN, User.CYCLIST, User.MOTORCYCLIST, User.CAR]),
        _boxes(),
        st.integers(10, 99).map(lambda percent: percent / 100),
    ),
    max_size=10,
)


@given(rows=CROWDS, seed=st.integers(0, 2**32 - 1))
def test_joining_does_not_depend_on_the_order_of_detections(rows: list[Row], seed: int) -> None:
    scene = _detections(rows)
    shuffled = scene.take(np.random.default_rng(seed).permutation(len(scene)))
    _assert_same(join_riders(shuffled), join_riders(scene))


@given(rows=CROWDS, power=st.integers(-3, 3))
def test_joining_does_not_depend_on_the_scale_of_the_picture(rows: list[Row], power: int) -> None:
    scale = 2.0**power
    enlarged = _detections([(user, (*(side * scale for side in box),), score) for user, box, score in rows])  # type: ignore[misc]  # four sides
    plain = join_riders(_detections(rows))
    scaled = join_riders(enlarged)
    assert_allclose(scaled.boxes, plain.boxes * scale)
    assert_array_equal(scaled.classes, plain.classes)


@given(rows=CROWDS)
def test_joining_never_adds_or_invents(rows: list[Row]) -> None:
    scene, joined = _detections(rows), join_riders(_detections(rows))
    assert len(joined) <= len(scene)
    assert set(joined.scores.tolist()) <= set(scene.scores.tolist())
    assert set(joined.boxes.ravel().tolist()) <= set(scene.boxes.ravel().tolist())
    cars = [row for row in rows if row[0] is User.CAR]
    assert _users(joined).count(User.CAR) <= len(cars)


@given(riders=st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 30)), max_size=6))
def test_joining_twice_is_joining_once_where_nobody_else_stands_in_the_box(
    riders: list[tuple[bool, bool, int]],
) -> None:
    rows: list[Row] = []
    for place, (has_person, has_bicycle, noise) in enumerate(riders):
        if has_person:
            rows.append((User.PEDESTRIAN, _moved(RIDER, 300 * place + noise - 15, noise - 15), 0.5 + place / 100))
        if has_bicycle:
            rows.append((User.CYCLIST, _moved(BICYCLE, 300 * place, 0), 0.4 + place / 100))
    once = join_riders(_detections(rows))
    _assert_same(join_riders(once), once)
