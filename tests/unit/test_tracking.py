from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from safemob.individual.arrays import Floats
from safemob.individual.image.detection import Detections
from safemob.individual.image.tracking import GroundGatedTracker, TrackingRules, Tracks
from safemob.taxonomy import RoadUserClass

if TYPE_CHECKING:
    from safemob.individual.ports import Tracker

CAR, TRUCK = RoadUserClass.CAR, RoadUserClass.TRUCK
PEDESTRIAN, CYCLIST = RoadUserClass.PEDESTRIAN, RoadUserClass.CYCLIST
METRES_PER_PIXEL = 0.05


def box_at(x: float, y: float = 300.0, width: float = 80.0, height: float = 40.0) -> tuple[float, ...]:
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def see(
    tracker: GroundGatedTracker,
    time_s: float,
    boxes: Sequence[tuple[float, ...]] = (),
    *,
    scores: Sequence[float] | None = None,
    classes: Sequence[int] | None = None,
    places: Sequence[tuple[float, float]] | None = None,
) -> Tracks:
    n = len(boxes)
    positions: Floats = np.full((n, 2), np.nan) if places is None else np.array(places, dtype=float).reshape(n, 2)
    covariances: Floats = np.where(np.isfinite(positions[:, :1, None]), 0.3**2 * np.eye(2), np.nan)
    return tracker.update(
        Detections(
            boxes=np.array(boxes, dtype=float).reshape(n, 4),
            scores=np.array([0.8] * n if scores is None else scores, dtype=float),
            classes=np.array([CAR] * n if classes is None else classes, dtype=np.int64),
            cut=np.zeros(n, dtype=np.bool_),
        ),
        positions,
        covariances,
        time_s,
    )


def see_standing(tracker: GroundGatedTracker, times: Iterable[float]) -> list[list[int]]:
    return [see(tracker, float(time), [box_at(100)]).ids.tolist() for time in times]


def drive(tracker: GroundGatedTracker, times: Floats, speed_mps: float, *, placed: bool = True) -> list[list[int]]:
    seen = []
    for time in times:
        x_m = speed_mps * float(time)
        places = [(x_m, 0.0)] if placed else None
        seen.append(see(tracker, float(time), [box_at(x_m / METRES_PER_PIXEL)], places=places).ids.tolist())
    return seen


def test_tracker_implements_the_port() -> None:
    tracker: Tracker = GroundGatedTracker()
    tracker.reset()


@pytest.mark.parametrize(("rate_hz", "first"), [(5, 2), (10, 2), (30, 6)])
def test_track_appears_with_its_third_support_and_not_before_a_fifth_of_a_second(rate_hz: int, first: int) -> None:
    seen = see_standing(GroundGatedTracker(), np.arange(10) / rate_hz)
    assert seen == [[]] * first + [[1]] * (10 - first)


def test_two_detections_are_not_believed_however_long_they_span() -> None:
    tracker = GroundGatedTracker()
    assert see_standing(tracker, [0.0, 0.45]) == [[], []]


def test_ids_count_from_one_at_confirmation_so_clutter_takes_none() -> None:
    tracker = GroundGatedTracker()
    see(tracker, 0.0, [box_at(600)])
    see(tracker, 0.1, [box_at(900)])
    assert see_standing(tracker, np.arange(2, 9) / 10)[-1] == [1]


def test_ids_are_not_reused_after_reset_and_time_may_begin_again() -> None:
    tracker = GroundGatedTracker()
    see_standing(tracker, np.arange(5) / 10)
    tracker.reset()
    assert see_standing(tracker, np.arange(5) / 10)[-1] == [2]


def test_trackers_do_not_share_ids() -> None:
    assert see_standing(GroundGatedTracker(), np.arange(5) / 10)[-1] == [1]
    assert see_standing(GroundGatedTracker(), np.arange(5) / 10)[-1] == [1]


@pytest.mark.parametrize("time_s", [1.0, 0.9, float("nan"), float("inf")])
def test_time_that_does_not_increase_is_refused(time_s: float) -> None:
    tracker = GroundGatedTracker()
    see(tracker, 1.0)
    with pytest.raises(ValueError, match="order of time"):
        see(tracker, time_s)


@pytest.mark.parametrize(("positions", "covariances"), [(2, 1), (1, 2)])
def test_positions_and_covariances_of_another_length_are_refused(positions: int, covariances: int) -> None:
    one = Detections(boxes=np.ones((1, 4)), scores=np.ones(1), classes=np.zeros(1, np.int64), cut=np.zeros(1, np.bool_))
    with pytest.raises(ValueError, match="do not fit 1 detections"):
        GroundGatedTracker().update(one, np.zeros((positions, 2)), np.zeros((covariances, 2, 2)), 0.0)


def test_empty_frames_support_nothing() -> None:
    tracker = GroundGatedTracker()
    assert [len(see(tracker, time)) for time in (0.0, 0.1, 0.2)] == [0, 0, 0]


def test_track_unseen_for_longer_than_two_seconds_is_ended_once_and_not_matched() -> None:
    tracker = GroundGatedTracker()
    see_standing(tracker, np.arange(5) / 10)
    back = see(tracker, 2.5, [box_at(100)])
    assert back.ended.tolist() == [1]
    assert see(tracker, 2.6, [box_at(100)]).ended.tolist() == []
    assert see_standing(tracker, [2.7, 2.8])[-1] == [2]


def test_standing_user_is_kept_over_a_gap_of_two_seconds() -> None:
    tracker = GroundGatedTracker()
    see_standing(tracker, np.arange(5) / 10)
    assert see(tracker, 2.4, [box_at(100)]).ids.tolist() == [1]


def test_track_on_probation_is_dropped_without_being_reported() -> None:
    tracker = GroundGatedTracker()
    see_standing(tracker, [0.0, 0.1])
    frames = [see(tracker, time) for time in (0.2, 0.5, 0.8, 3.0)]
    assert [(len(tracks), tracks.ended.tolist()) for tracks in frames] == [(0, [])] * 4
    assert see_standing(tracker, [3.1]) == [[]]


def test_car_at_50_kmh_keeps_its_id_at_5_frames_per_second_though_its_boxes_are_apart() -> None:
    speed_mps = 50 / 3.6
    assert speed_mps / 5 / METRES_PER_PIXEL > 50
    tracker, small = GroundGatedTracker(), 20.0
    seen = []
    for time in np.arange(10) / 5:
        x_m = speed_mps * float(time)
        box = box_at(x_m / METRES_PER_PIXEL, width=small, height=small)
        seen.append(see(tracker, float(time), [box], places=[(x_m, 0.0)]).ids.tolist())
    assert seen == [[], [], *[[1]] * 8]


@pytest.mark.parametrize("placed", [True, False])
@pytest.mark.parametrize("rate_hz", [5, 10, 30])
def test_moving_car_is_found_again_behind_an_obstacle(rate_hz: int, *, placed: bool) -> None:
    times = np.arange(0.0, 4.0, 1.0 / rate_hz)
    times = times[(times < 1.5) | (times > 2.5)]
    seen = drive(GroundGatedTracker(), times, 10.0, placed=placed)
    assert seen[-1] == [1]
    assert {i for ids in seen for i in ids} == {1}


def test_pedestrian_never_becomes_a_car() -> None:
    tracker = GroundGatedTracker()
    for k in range(5):
        see(tracker, k / 10, [box_at(100)], classes=[PEDESTRIAN])
    assert see(tracker, 0.5, [box_at(100)], classes=[CAR]).ids.tolist() == []
    assert see(tracker, 0.6, [box_at(100)], classes=[PEDESTRIAN]).ids.tolist() == [1]


def test_class_is_the_vote_weighted_by_score() -> None:
    tracker = GroundGatedTracker()
    classes, scores = [CAR, TRUCK, CAR, TRUCK], [0.3, 0.9, 0.3, 0.3]
    for k, (code, score) in enumerate(zip(classes, scores, strict=True)):
        tracks = see(tracker, k / 10, [box_at(100)], classes=[code], scores=[score])
    assert tracks.classes.tolist() == [TRUCK]


def test_class_is_told_by_the_near_view_not_by_the_far_one() -> None:
    tracker = GroundGatedTracker()
    for k in range(8):
        far = see(tracker, k / 10, [box_at(100)], classes=[CAR])
    for k in range(3):
        near = see(tracker, 0.8 + k / 10, [box_at(100, width=160, height=80)], classes=[TRUCK])
    assert (far.classes.tolist(), near.classes.tolist()) == ([CAR], [TRUCK])


@pytest.mark.parametrize(("with_bicycle", "expected"), [(2, PEDESTRIAN), (4, CYCLIST)])
def test_rider_whose_bicycle_is_missed_in_most_frames_is_a_rider(with_bicycle: int, expected: int) -> None:
    tracker = GroundGatedTracker()
    for k, code in enumerate([PEDESTRIAN] * 6 + [CYCLIST] * with_bicycle):
        tracks = see(tracker, k / 10, [box_at(100)], classes=[code])
    assert tracks.classes.tolist() == [expected]


def test_weak_detections_keep_a_track_but_begin_none() -> None:
    tracker = GroundGatedTracker()
    see_standing(tracker, np.arange(5) / 10)
    for k in range(5, 10):
        tracks = see(tracker, k / 10, [box_at(100), box_at(500)], scores=[0.15, 0.15])
        assert (tracks.ids.tolist(), tracks.detections.tolist()) == ([1], [0])
    assert see(tracker, 1.0, [box_at(100)], scores=[0.05]).ids.tolist() == []


def test_weak_detection_far_from_the_box_supports_nobody_though_its_vague_place_would_do() -> None:
    for score, expected in ((0.2, []), (0.5, [1])):
        tracker = GroundGatedTracker()
        for k in range(5):
            see(tracker, k / 10, [box_at(100)], places=[(5.0, 0.0)])
        assert see(tracker, 0.5, [box_at(200)], scores=[score], places=[(5.5, 0.0)]).ids.tolist() == expected


def test_car_that_left_the_picture_is_not_met_again_in_another_that_enters_a_second_later() -> None:
    tracker = GroundGatedTracker()
    for k in range(8):  # its last boxes are cut by the frame edge, and give no place
        right = 140.0 - 12.0 * k
        places = [(right * METRES_PER_PIXEL, 0.0)] if right > 80 else None
        see(tracker, k / 10, [(max(right - 80.0, 0.0), 280.0, right, 320.0)], places=places)
    for k in range(8, 18):
        see(tracker, k / 10)
    assert see(tracker, 1.8, [(0.0, 320.0, 50.0, 360.0)]).ids.tolist() == []


def test_car_lost_for_a_moment_where_it_has_no_place_is_met_again_by_its_box_alone() -> None:
    tracker = GroundGatedTracker()
    for k in range(8):
        see(tracker, k / 10, [box_at(100 + 30 * k)])
    assert see(tracker, 1.0).ids.tolist() == []
    assert see(tracker, 1.1, [box_at(450, 335)]).ids.tolist() == [1]


def test_place_grown_vague_over_two_seconds_takes_no_newcomer_for_the_car_that_was_there() -> None:
    for off_m, expected in ((3.0, [1]), (10.0, [])):
        tracker = GroundGatedTracker()
        drive(tracker, np.arange(10) / 10, 10.0)
        x_m = 10.0 * 2.8
        seen = see(tracker, 2.8, [box_at(x_m / METRES_PER_PIXEL, 450)], places=[(x_m, off_m)])
        assert seen.ids.tolist() == expected


def test_box_that_grew_while_it_came_closer_does_not_grow_on_unseen() -> None:
    tracker = GroundGatedTracker()
    for k in range(10):
        see(tracker, k / 10, [box_at(300, width=40 + 8 * k, height=40 + 8 * k)])
    see(tracker, 1.6)
    assert see(tracker, 2.4, [box_at(300, width=95, height=95)]).ids.tolist() == [1]


def test_two_detections_of_one_user_support_one_track_with_one_of_them() -> None:
    tracker = GroundGatedTracker()
    see_standing(tracker, np.arange(5) / 10)
    tracks = see(tracker, 0.5, [box_at(103), box_at(100)])
    assert (tracks.ids.tolist(), tracks.detections.tolist()) == ([1], [1])


def test_places_keep_apart_two_users_whose_boxes_cross() -> None:
    tracker, given = GroundGatedTracker(), []
    for k in range(31):
        x = 20.0 * k
        tracks = see(tracker, k / 10, [box_at(x), box_at(600 - x)], places=[(x / 20, 0.0), (30 - x / 20, 6.0)])
        given.append(dict(zip(tracks.detections.tolist(), tracks.ids.tolist(), strict=True)))
    assert given[-1] == given[2]


def test_place_that_jumps_while_the_box_stays_neither_breaks_nor_moves_the_track() -> None:
    tracker = GroundGatedTracker()
    for k in range(10):
        see(tracker, k / 10, [box_at(100)], places=[(5.0, 0.0)])
    hidden = see(tracker, 1.0, [box_at(100, 295, height=30)], places=[(5.0, 25.0)])
    apart = see(tracker, 1.1, [box_at(160)], places=[(5.0, 0.0)])
    assert (hidden.ids.tolist(), apart.ids.tolist()) == ([1], [1])


def test_place_may_come_after_a_box_cut_by_the_frame_edge() -> None:
    tracker = GroundGatedTracker()
    for k in range(4):
        see(tracker, k / 10, [box_at(30)])
    for k in range(4, 8):
        tracks = see(tracker, k / 10, [box_at(40)], places=[(2.0, 0.0)])
    assert tracks.ids.tolist() == [1]


def test_rules_are_followed() -> None:
    tracker = GroundGatedTracker(TrackingRules(confirm_supports=1, confirm_span_s=0.0))
    assert see_standing(tracker, [0.0]) == [[1]]
