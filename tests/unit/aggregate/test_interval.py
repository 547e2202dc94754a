from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemob.aggregate.interval import RecordingClock
from safemob.errors import UsageError


def _clock(wall_start: datetime | None, *, interval_min: int = 15, time_zone: str = "Europe/Berlin") -> RecordingClock:
    return RecordingClock(interval_min=interval_min, time_zone=time_zone, wall_start_utc=wall_start)


def test_without_wall_time_intervals_count_from_the_start() -> None:
    interval = _clock(None).interval_at(900.0)
    assert (interval.start_s, interval.end_s, interval.start_utc) == (900.0, 1800.0, None)


def test_with_wall_time_intervals_keep_the_civil_clock() -> None:
    interval = _clock(datetime(2024, 5, 3, 5, 12, tzinfo=UTC)).interval_at(0.0)
    assert interval.start_utc == datetime(2024, 5, 3, 5, 0, tzinfo=UTC)
    assert (interval.start_s, interval.end_s) == (-720.0, 180.0)


def test_hours_are_local_where_the_zone_is_half_an_hour_off() -> None:
    interval = _clock(datetime(2024, 5, 3, 5, 12, tzinfo=UTC), interval_min=60, time_zone="Asia/Kolkata").interval_at(0)
    assert interval.start_utc == datetime(2024, 5, 3, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(("month", "day"), [(3, 31), (10, 27)])
def test_hours_stay_whole_when_daylight_saving_begins_and_ends(month: int, day: int) -> None:
    clock = _clock(datetime(2024, month, day, tzinfo=UTC), interval_min=60)
    seen = list(clock.split(0.0, 4 * 3600.0))
    assert [part.interval.start_s for part in seen] == [0.0, 3600.0, 7200.0, 10800.0]


@given(
    start_s=st.floats(0, 1e6),
    length_s=st.floats(0, 2e5),
    wall_start=st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  (a naive time is meant)
    interval_min=st.sampled_from([15, 20, 30, 60]),
)
def test_split_shares_out_all_of_a_stretch(
    start_s: float, length_s: float, wall_start: datetime | None, interval_min: int
) -> None:
    clock = _clock(wall_start, interval_min=interval_min)
    seen = list(clock.split(start_s, start_s + length_s))
    assert sum(part.coverage_ms for part in seen) == pytest.approx(length_s * 1000, abs=len(seen) + 1e-3)
    for part, following in pairwise(seen):
        assert part.interval.end_s == pytest.approx(following.interval.start_s, abs=1e-6)
        assert part.interval.end_utc == following.interval.start_utc


@pytest.mark.parametrize("interval_min", [0, -5, 7, 90])
def test_an_interval_that_does_not_divide_an_hour_is_refused(interval_min: int) -> None:
    with pytest.raises(UsageError, match=f"the interval is {interval_min} min"):
        _clock(None, interval_min=interval_min)


def test_wall_time_without_zone_is_refused() -> None:
    with pytest.raises(UsageError, match="no time zone"):
        _clock(datetime(2024, 5, 3, 5, 12))  # noqa: DTZ001  (a naive time is meant)
