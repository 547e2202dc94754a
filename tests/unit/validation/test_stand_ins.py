from dataclasses import replace

import numpy as np
import pytest

from safemob.individual.image.detection import Detections
from safemob.individual.image.tracking import Tracks
from safemob.site import Site
from safemob.validation.expected import Expected
from safemob.validation.stand_ins import TrueTracker, walk_true_states


def follow(tracker: TrueTracker, expected: Expected, index: int, users: list[int]) -> Tracks:
    """One frame in which only some users are detected."""
    frame = expected.frames[index]
    rows = np.flatnonzero(np.isin(frame.users, users) & frame.wanted)
    found = Detections(
        boxes=frame.boxes[rows], scores=np.ones(len(rows)), classes=frame.classes[rows], cut=frame.cut[rows]
    )
    unknown = np.full((len(rows), 2), np.nan)
    return tracker.update(found, unknown, np.full((len(rows), 2, 2), np.nan), frame.time_s)


def test_a_user_keeps_its_id_until_it_was_unseen_for_two_seconds(expected: Expected) -> None:
    tracker = TrueTracker(expected)
    first = follow(tracker, expected, 20, [0, 1])
    assert len(set(first.ids.tolist())) == 2
    short = follow(tracker, expected, 39, [0, 1])
    assert short.ids.tolist() == first.ids.tolist()
    assert len(short.ended) == 0


def test_a_user_that_comes_back_late_is_a_new_track(expected: Expected) -> None:
    tracker = TrueTracker(expected)
    (first,) = follow(tracker, expected, 10, [1]).ids.tolist()
    late = follow(tracker, expected, 31, [1])
    assert late.ended.tolist() == [first]
    assert late.ids.tolist() == [first + 1]


def test_a_detection_of_nobody_gets_no_track(expected: Expected) -> None:
    ghost = Detections(
        boxes=np.array([[0.0, 0.0, 30.0, 60.0]]),
        scores=np.ones(1),
        classes=np.zeros(1, dtype=np.int64),
        cut=np.zeros(1, dtype=np.bool_),
    )
    nowhere = np.full((1, 2), np.nan), np.full((1, 2, 2), np.nan)
    assert len(TrueTracker(expected).update(ghost, *nowhere, expected.frames[0].time_s)) == 0


def test_true_states_end_once_for_everybody(expected: Expected, site: Site) -> None:
    here = tuple(
        replace(frame, inside=frame.inside & ((frame.users != 0) | (frame.time_s < 4))) for frame in expected.frames
    )
    states = list(walk_true_states(replace(expected, frames=here), site))
    there = {user for each in states for user in each.ids.tolist()}
    assert sorted(user for each in states for user in each.ended.tolist()) == sorted(there)
    for each in states:
        for user in each.ended.tolist():
            assert all(user not in later.ids for later in states if later.time_s > each.time_s)


def test_a_moment_between_frames_has_no_truth(expected: Expected) -> None:
    assert expected.at(0.1004).time_s == pytest.approx(0.1)
    with pytest.raises(ValueError, match=r"no frame at 0\.05 s"):
        expected.at(0.05)
