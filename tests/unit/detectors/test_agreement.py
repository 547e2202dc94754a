from math import isnan

import numpy as np
import pytest

from safemob.adapters.detectors.agreement import measure_agreement
from safemob.individual.image.detection import Detections
from safemob.taxonomy import RoadUserClass as User

Found = tuple[User, float, tuple[float, float, float, float]]
CAR: Found = (User.CAR, 0.9, (0.0, 0.0, 100.0, 50.0))


def _detections(*found: Found) -> Detections:
    return Detections(
        boxes=np.array([box for _, _, box in found], dtype=np.float64).reshape(-1, 4),
        scores=np.array([score for _, score, _ in found]),
        classes=np.array([user for user, _, _ in found], dtype=np.int64),
        cut=np.zeros(len(found), dtype=np.bool_),
    )


def test_a_detector_agrees_with_itself() -> None:
    found = _detections(CAR, (User.PEDESTRIAN, 0.4, (200.0, 0.0, 210.0, 30.0)))
    agreement = measure_agreement([(found, found)] * 3)
    assert agreement.frames == 3
    assert agreement.f1 == agreement.iou_mean == 1
    assert agreement.centre_error_p95_px == 0
    assert agreement.matched == {"car": 3, "pedestrian": 3}


def test_a_shift_shows_in_overlap_and_centres() -> None:
    moved: Found = (User.CAR, 0.9, (3.0, 4.0, 103.0, 54.0))
    agreement = measure_agreement([(_detections(CAR), _detections(moved))])
    assert agreement.f1 == 1
    assert agreement.iou_mean == pytest.approx(97 * 46 / (2 * 5000 - 97 * 46))
    assert agreement.centre_error_median_px == pytest.approx(5)


@pytest.mark.parametrize(
    "other",
    [
        (User.TRUCK, 0.9, (0.0, 0.0, 100.0, 50.0)),
        (User.CAR, 0.9, (40.0, 0.0, 140.0, 50.0)),
        (User.CAR, 0.2, (0.0, 0.0, 100.0, 50.0)),
    ],
    ids=["another class", "too little overlap", "too low a score"],
)
def test_what_is_not_the_same_is_missed(other: Found) -> None:
    agreement = measure_agreement([(_detections(CAR), _detections(other))])
    assert agreement.f1 == 0
    assert agreement.expected.total() == 1
    assert agreement.matched.total() == 0
    assert isnan(agreement.iou_mean)
    assert isnan(agreement.centre_error_median_px)


def test_one_box_is_matched_once_and_by_the_one_that_fits_best() -> None:
    near: Found = (User.CAR, 0.5, (1.0, 0.0, 101.0, 50.0))
    agreement = measure_agreement(
        [(_detections(near, CAR), _detections(CAR)), (_detections(CAR), _detections(near, CAR))]
    )
    assert agreement.matched.total() == 2
    assert agreement.iou_mean == 1
    assert agreement.f1 == pytest.approx(2 * 2 / 6)


def test_boxes_of_different_frames_do_not_match() -> None:
    none = _detections()
    assert measure_agreement([(_detections(CAR), none), (none, _detections(CAR))]).f1 == 0
    assert isnan(measure_agreement([(none, none)]).f1)
