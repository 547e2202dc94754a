import numpy as np
import pytest

from safemob.individual.arrays import Floats
from safemob.taxonomy import RoadUserClass
from safemob.validation.boxes import BoxFindings, judge_boxes
from safemob.validation.expected import FrameTruth

CAR, WALKER = int(RoadUserClass.CAR), int(RoadUserClass.PEDESTRIAN)
SEEN = np.array([[100.0, 100.0, 200.0, 160.0], [300.0, 100.0, 320.0, 160.0], [400.0, 100.0, 420.0, 160.0]])


@pytest.fixture
def truth() -> FrameTruth:
    """A car and a pedestrian to be found, 10 and 20 m away, and one of whom too little can be seen."""
    return FrameTruth(
        time_s=0.0,
        users=np.arange(3),
        classes=np.array([CAR, WALKER, WALKER]),
        boxes=SEEN,
        wanted=np.array([True, True, False]),
        cut=np.zeros(3, dtype=np.bool_),
        inside=np.ones(3, dtype=np.bool_),
        positions=np.array([[0.0, 10.0], [0.0, 20.0], [0.0, 25.0]]),
        headings=np.zeros(3),
        velocities=np.zeros((3, 2)),
    )


def judge(truth: FrameTruth, boxes: Floats, classes: list[int]) -> BoxFindings:
    places = np.tile([0.0, 30.0], (len(boxes), 1))
    return judge_boxes(truth, boxes, np.array(classes, dtype=np.int64), places, (0.0, 0.0))


def test_exact_boxes_are_found_and_right(truth: FrameTruth) -> None:
    found = judge(truth, SEEN[:2], [CAR, WALKER])
    assert found.overlaps.tolist() == pytest.approx([1.0, 1.0])
    assert found.right.tolist() == [True, True]
    assert found.distances.tolist() == found.box_distances.tolist() == [10.0, 20.0]


def test_a_box_of_another_class_is_wrong_and_named_otherwise(truth: FrameTruth) -> None:
    found = judge(truth, SEEN[:1], [int(RoadUserClass.BUS)])
    assert found.overlaps.tolist() == [0.0, 0.0]
    assert found.named.tolist() == [int(RoadUserClass.BUS), -1]
    assert found.right.tolist() == [False]


def test_a_box_that_overlaps_by_less_than_half_shows_nobody(truth: FrameTruth) -> None:
    found = judge(truth, SEEN[:1] + np.array([60.0, 0.0, 60.0, 0.0]), [CAR])
    assert found.overlaps.max() == 0
    assert found.right.tolist() == [False]
    assert found.box_distances.tolist() == [30.0]


def test_who_can_hardly_be_seen_is_neither_missed_nor_a_mistake(truth: FrameTruth) -> None:
    for box in (SEEN[2:], SEEN[2:] + np.array([0.0, 0.0, 0.0, -40.0])):
        found = judge(truth, np.concatenate([SEEN[:2], box]), [CAR, WALKER, WALKER])
        assert len(found.classes) == len(found.box_classes) == 2


def test_of_two_boxes_the_one_of_the_right_class_counts(truth: FrameTruth) -> None:
    closer, farther = SEEN[:1], SEEN[:1] + np.array([0.0, 0.0, -15.0, 0.0])
    found = judge(truth, np.concatenate([closer, farther]), [int(RoadUserClass.TRUCK), CAR])
    assert found.right.tolist() == [False, True]
    assert found.overlaps[0] == pytest.approx(0.85)


def test_empty_frames_join(truth: FrameTruth) -> None:
    nothing = judge(truth, np.zeros((0, 4)), [])
    both = BoxFindings.join([nothing, judge(truth, SEEN[:2], [CAR, WALKER])])
    assert len(both.classes) == 4
    assert len(both.box_classes) == 2
    assert len(BoxFindings.join([]).classes) == 0
