"""How good a source's frames and times were: plain numbers that the report states beside every count.

The tally also keeps time itself in order. Rules, for a frame at time t after one at time u:

- t > u: taken; the difference is an interval, long ones are gaps and stay gaps;
- u − 1 s ≤ t ≤ u: a repeated stamp, or frames stored slightly out of order: the frame is dropped and counted;
- t < u − 1 s: the clock was set back: refused, because everything after it would have the wrong time.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from safemob.errors import VideoError

__all__ = ["LONGEST_FILE_S", "FrameTally", "SourceQuality"]

LONGEST_FILE_S = 366 * 86_400.0
"""No file of footage spans more than a year: what says so is damaged, and would leave the calendar."""

_REORDER_S = 1.0
_TICKS_PER_S = 10_000
_LONGEST_INTERVAL_TICKS = 10 * _TICKS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuality:
    """What one pass over a file found.

    Attributes:
        frames_decoded: pictures the decoder gave.
        frames_dropped_for_time: pictures without a time stamp of their own, or not later than the one before.
        frames_damaged: packets that gave no picture because of damage, and pictures the decoder marked corrupt;
            none of them is passed on.
        largest_gap_s: the longest interval between two frames passed on; 0 below two frames.
        median_interval_s: the median interval, to 0.1 ms; 0 below two frames.
        missing_end_s: how much earlier the last picture came than the promised end, if by over two intervals; else 0.
    """

    frames_decoded: int
    frames_dropped_for_time: int
    frames_damaged: int
    largest_gap_s: float
    median_interval_s: float
    missing_end_s: float


class FrameTally:
    """Accepts frame times in order and counts what happens to frames, in memory that does not grow with them."""

    def __init__(self, path: Path) -> None:
        """Start at zero; `path` is named in errors."""
        self.decoded = 0
        self.damaged = 0
        self.dropped_for_time = 0
        self.missing_end_s = 0.0
        self.last_s: float | None = None
        self._path = path
        self._largest_gap_s = 0.0
        self._intervals: Counter[int] = Counter()

    def accept(self, time_s: float) -> bool:
        """Whether the next frame, at media time `time_s` in seconds, is taken.

        Raises:
            VideoError: if time goes back by more than 1 s, or is more than a year from the file's start.
        """
        if not abs(time_s) <= LONGEST_FILE_S:
            msg = f"{self._path}: a frame's time is {time_s:.3g} s from the start, over a year: correct its time stamps"
            raise VideoError(msg)
        if self.last_s is None:
            self.last_s = time_s
            return True
        interval_s = time_s - self.last_s
        if interval_s < -_REORDER_S:
            msg = (
                f"{self._path}: time stamps jump back by {-interval_s:.2f} s at {self.last_s:.2f} s into the file; "
                f"split it there and give the parts as files of their own"
            )
            raise VideoError(msg)
        if interval_s <= 0:
            self.dropped_for_time += 1
            return False
        self.last_s = time_s
        self._largest_gap_s = max(self._largest_gap_s, interval_s)
        self._intervals[min(round(interval_s * _TICKS_PER_S), _LONGEST_INTERVAL_TICKS)] += 1
        return True

    def close(self, promised_s: float | None) -> None:
        """Compare the last picture, which may itself last an interval or two, with the promised duration."""
        if promised_s is not None:
            missing_s = promised_s - (self.last_s or 0.0)
            self.missing_end_s = missing_s if missing_s > 2 * self._find_median_s() else 0.0

    def summarise(self) -> SourceQuality:
        """The numbers so far."""
        return SourceQuality(
            frames_decoded=self.decoded,
            frames_dropped_for_time=self.dropped_for_time,
            frames_damaged=self.damaged,
            largest_gap_s=self._largest_gap_s,
            median_interval_s=self._find_median_s(),
            missing_end_s=self.missing_end_s,
        )

    def _find_median_s(self) -> float:
        rank = (self._intervals.total() + 1) // 2
        for ticks in sorted(self._intervals):
            rank -= self._intervals[ticks]
            if rank <= 0:
                return ticks / _TICKS_PER_S
        return 0.0
