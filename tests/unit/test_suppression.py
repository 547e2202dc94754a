from collections.abc import Sequence

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from safemob.individual.image.suppression import box_iou, suppress_duplicates
from safemob.taxonomy import RoadUserClass as User

CAR = [0.0, 0.0, 10.0, 10.0]


def _keep(boxes: Sequence[Sequence[float]], scores: Sequence[float], users: Sequence[User]) -> list[int]:
    codes = np.array([int(user) for user in users])
    return [int(index) for index in suppress_duplicates(np.array(boxes), np.array(scores), codes)]


def test_the_better_of_two_boxes_on_one_car_is_kept() -> None:
    assert _keep([CAR, [0, 0, 10, 9]], [0.4, 0.6], [User.CAR, User.CAR]) == [1]


def test_a_van_seen_as_car_truck_and_bus_is_one_road_user() -> None:
    assert _keep([CAR, CAR, CAR], [0.4, 0.6, 0.5], [User.CAR, User.TRUCK, User.BUS]) == [1]


def test_a_rider_and_his_bicycle_do_not_suppress_each_other() -> None:
    assert _keep([CAR, CAR, CAR], [0.4, 0.6, 0.5], [User.PEDESTRIAN, User.CYCLIST, User.CAR]) == [1, 2, 0]


def test_a_box_that_overlaps_only_a_suppressed_one_is_kept() -> None:
    chain = [[0.0, 0.0, 10.0, 10.0], [3.0, 0.0, 13.0, 10.0], [6.0, 0.0, 16.0, 10.0]]
    assert _keep(chain, [0.9, 0.8, 0.7], [User.CAR] * 3) == [0, 2]


def test_equal_scores_keep_the_order_given() -> None:
    apart = [[20.0 * place, 0.0, 20.0 * place + 10, 10.0] for place in range(200)]
    assert _keep(apart + apart, [0.5, 0.4] * 200, [User.CAR] * 400) == [*range(0, 200, 2), *range(1, 200, 2)]


def test_no_boxes_keep_none() -> None:
    empty = np.zeros((0, 4)), np.zeros(0), np.zeros(0, dtype=np.int64)
    assert suppress_duplicates(*empty).size == 0


def test_only_the_best_thousand_are_looked_at() -> None:
    left = np.arange(1500.0) * 20
    boxes = np.column_stack((left, left, left + 10, left + 10))
    scores = np.linspace(0.1, 0.9, 1500)
    kept = suppress_duplicates(boxes, scores, np.full(1500, int(User.CAR)))
    assert_array_equal(kept, np.arange(1499, 499, -1))


def test_iou_is_symmetric_one_on_itself_and_zero_for_empty_boxes() -> None:
    rng = np.random.default_rng(1)
    corner = rng.uniform(0, 50, (20, 2))
    boxes = np.hstack((corner, corner + rng.uniform(1, 50, (20, 2))))
    iou = box_iou(boxes, boxes)
    assert_allclose(iou, iou.T)
    assert_allclose(np.diag(iou), 1)
    point = np.array([[5.0, 5, 5, 5]])
    assert box_iou(point, point) == 0
