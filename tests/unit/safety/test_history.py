"""What is remembered of a road user outlasts the frames that are forgotten."""

import numpy as np
import pytest

from safemob.individual.safety.history import History, Life, Meeting
from safemob.taxonomy import RoadUserClass


def live(times: list[float], *, forget_s: float = -np.inf) -> History:
    """A car at 1 m/s along x that goes back to where it came from after ten seconds; frames are forgotten last."""
    sure = np.zeros(10)
    rows = [np.array([t, t if t < 10 else 0, 0, 1, 0, 0, 4.5, 1.8, 1, 0.5 if t == 3 else 0.1, *sure]) for t in times]
    history = History(1, RoadUserClass.CAR, rows[0], 5.0)
    for row in rows[1:]:
        history.append(RoadUserClass.CAR, row, float(row[0]))
    history.forget(forget_s)
    return history


def recall(history: History) -> Life:
    return history.recall(-np.inf, np.inf, gone=False)


def test_travel_and_worst_certainty_are_those_of_the_whole_life() -> None:
    life = recall(live([float(second) for second in range(60)], forget_s=30.0))
    assert life.poses.times[0] == 30.0
    assert life.travel_m == 9.0
    assert life.sigma_m == 0.5
    assert life.born_s == 0.0


def test_last_frame_is_never_forgotten() -> None:
    history = live([0.0, 1.0, 2.0], forget_s=99.0)
    assert recall(history).poses.times.tolist() == [2.0]
    history.append(RoadUserClass.CAR, np.array([100.0, *np.zeros(19)]), 100.0)
    assert recall(history).poses.times.tolist() == [2.0, 100.0]


@pytest.mark.parametrize("swapped", [False, True])
def test_two_share_the_frames_in_which_both_were_there(*, swapped: bool) -> None:
    lives = [recall(live([0.0, 1.0, 3.0, 4.0])), recall(live([1.0, 2.0, 4.0, 5.0]))]
    first, second = reversed(lives) if swapped else lives
    meeting = Meeting(first=first, second=second, start_s=0.0, end_s=5.0)
    assert meeting.times.tolist() == [1.0, 4.0]
    assert [boxes.centres[:, 0].tolist() for boxes in meeting.rectangles] == [[1.0, 4.0]] * 2


def test_covariances_come_back_whole() -> None:
    covariance = np.array([[4, 1, 2, 3], [1, 5, 6, 7], [2, 6, 8, 9], [3, 7, 9, 10.0]])
    upper = [4, 1, 2, 3, 5, 6, 7, 8, 9, 10]
    history = History(1, RoadUserClass.CAR, np.array([0.0, 0, 0, 1, 0, 0, 4.5, 1.8, 1, 2.2, *upper]), 5.0)
    assert recall(history).covariances.tolist() == [covariance.tolist()]
