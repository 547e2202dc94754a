from pathlib import Path

import numpy as np
import pytest

from safemob.adapters.sources.recording import RecordedFile
from safemob.errors import UsageError
from safemob.worker.cadence import LONGEST_S, Cadence, check_cadence


def looks(cadence: Cadence, times: list[float]) -> list[float]:
    """The times looked at."""
    return [time_s for time_s in times if cadence.looks_at(time_s)]


def film(rate_hz: float, name: str = "film.mp4") -> RecordedFile:
    """A minute of footage."""
    return RecordedFile(path=Path(name), start_s=0.0, start=None, duration_s=60.0, frame_count=round(60 * rate_hz))


def test_every_frame_is_looked_at_by_default() -> None:
    times = np.cumsum(np.random.default_rng(1).uniform(0.001, 3.0, 50)).tolist()
    assert looks(Cadence(1), times) == times


def test_every_nth_frame_is_looked_at_from_the_first_one_on() -> None:
    times = (7.0 + 0.04 * np.arange(12)).tolist()
    assert looks(Cadence(3), times) == times[::3]


def test_frame_that_comes_late_is_looked_at_and_the_count_goes_on_from_there() -> None:
    times = [0.0, 0.04, 0.04 + LONGEST_S, 0.33, 0.37, 0.41, 9.0, 9.04]
    assert looks(Cadence(3), times) == [0.0, 0.04 + LONGEST_S, 0.41, 9.0]


def test_count_begins_anew_where_it_is_told_to() -> None:
    times = np.arange(0, 1, 0.04).tolist()
    assert looks(Cadence(4, [0.0, 0.25, 0.26]), times) == [*times[0:7:4], *times[7::4]]


def test_resumed_job_looks_at_the_frames_that_an_uninterrupted_one_looks_at() -> None:
    times = np.cumsum(np.random.default_rng(2).uniform(0.01, 0.08, 3000)).tolist()
    anew = [0.0, 30.0, 90.0]
    whole = looks(Cadence(3, anew), times)
    assert looks(Cadence(3, anew), [time_s for time_s in times if time_s >= 30.0]) == [t for t in whole if t >= 30.0]


@pytest.mark.parametrize(("rate_hz", "most"), [(25, 6), (24, 6), (24000 / 1001, 5), (12.5, 3), (20, 5), (60, 15)])
def test_largest_count_is_a_matter_of_time(rate_hz: float, most: int) -> None:
    check_cadence(most, [film(rate_hz)])
    with pytest.raises(UsageError, match=rf"--detect-every {most + 1} looks at film\.mp4 .* use {most} at most"):
        check_cadence(most + 1, [film(rate_hz)])


def test_slowest_of_several_files_decides() -> None:
    with pytest.raises(UsageError, match=r"slow\.mp4 once in 0\.40 s.*use 2 at most"):
        check_cadence(4, [film(25), film(10, "slow.mp4"), film(12.5)])


def test_footage_too_slow_for_any_other_count_is_told_to_leave_it_out() -> None:
    check_cadence(1, [film(2)])
    with pytest.raises(UsageError, match="leave it out"):
        check_cadence(2, [film(7)])
