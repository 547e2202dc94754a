"""Intervals of the counts: steps of the civil clock where wall time is known, else of the recording's own clock."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, with_config

from safemob.errors import UsageError

__all__ = ["STORED", "Interval", "ObservedInterval", "RecordingClock", "add_observed"]

STORED = ConfigDict(extra="forbid", ser_json_inf_nan="strings")
"""How every stored record is read and written: unknown fields are refused, infinity survives JSON."""

_MINUTES_PER_HOUR = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A half-open stretch of time.

    Attributes:
        start_s, end_s: on the recording's clock, s; the first interval may begin before the recording.
        start_utc, end_utc: the same as wall time; None if that is unknown.
    """

    start_s: float
    end_s: float
    start_utc: datetime | None
    end_utc: datetime | None


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedInterval:
    """How much of an interval was seen, in whole milliseconds: sums of files do not depend on their grouping."""

    interval: Interval
    coverage_ms: int


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingClock:
    """The clock of a recording and the grid of its intervals.

    Attributes:
        interval_min: length of an interval in minutes, a divisor of 60. Steps are counted from the full hour of
            local time where wall time is known, else from the start of the recording.
        time_zone: IANA name of the site's time zone.
        wall_start_utc: wall time of 0 s on the recording's clock; None if unknown.
    """

    interval_min: int
    time_zone: str
    wall_start_utc: datetime | None

    def __post_init__(self) -> None:
        if self.interval_min < 1 or _MINUTES_PER_HOUR % self.interval_min:
            msg = f"the interval is {self.interval_min} min: give minutes that divide an hour, such as 5, 15, 30 or 60"
            raise UsageError(msg)
        if self.wall_start_utc is not None and self.wall_start_utc.tzinfo is None:
            msg = "the recording's start has no time zone: give wall times with their offset from UTC"
            raise UsageError(msg)

    def wall_time(self, time_s: float) -> datetime | None:
        """Wall time (UTC) of a moment on the recording's clock; None if unknown."""
        if self.wall_start_utc is None:
            return None
        return self.wall_start_utc.astimezone(UTC) + timedelta(seconds=time_s)

    def interval_at(self, time_s: float) -> Interval:
        """The interval a moment falls into.

        >>> RecordingClock(interval_min=15, time_zone="Europe/Berlin", wall_start_utc=None).interval_at(1000.0).end_s
        1800.0
        """
        step = timedelta(minutes=self.interval_min)
        moment = self.wall_time(time_s)
        if moment is None or self.wall_start_utc is None:
            step_s = step.total_seconds()
            start_s = floor(time_s / step_s) * step_s
            return Interval(start_s=start_s, end_s=start_s + step_s, start_utc=None, end_utc=None)
        ahead = moment.astimezone(ZoneInfo(self.time_zone)).utcoffset() or timedelta()
        start = moment - (moment + ahead - _EPOCH) % step
        end = start + step
        return Interval(
            start_s=(start - self.wall_start_utc).total_seconds(),
            end_s=(end - self.wall_start_utc).total_seconds(),
            start_utc=start,
            end_utc=end,
        )

    def split(self, start_s: float, end_s: float) -> Iterator[ObservedInterval]:
        """Share a stretch of observation out to the intervals it touches."""
        moment_s = start_s
        while moment_s < end_s:
            interval = self.interval_at(moment_s)
            seen_s = min(end_s, interval.end_s) - moment_s
            yield ObservedInterval(interval=interval, coverage_ms=round(seen_s * 1000))
            moment_s = interval.end_s


def add_observed(observed: Iterable[ObservedInterval]) -> tuple[ObservedInterval, ...]:
    """Add up what was seen of the same interval, in order of time."""
    totals: Counter[Interval] = Counter()
    for seen in observed:
        totals[seen.interval] += seen.coverage_ms
    ordered = sorted(totals.items(), key=lambda item: item[0].start_s)
    return tuple(ObservedInterval(interval=interval, coverage_ms=seen_ms) for interval, seen_ms in ordered)
