"""Side files with the true capture time of every frame of a video, where the container's stamps are not true.

Two forms, told apart by the first line:

- recorder log, one line per frame, local time without a zone: ``00000 2013 06 06 17:04:39.840``;
- CSV with a header: ``frame,time_s`` (seconds) or ``frame,time`` (ISO 8601 with zone).

Frame numbers are consecutive in both, whatever the first one is. Times never go back; two frames may share one,
because a log's resolution (often 10 ms) is coarser than its clock: the later frame is then dropped when the
video is played, and counted, for an interval of zero would be an infinite speed.
"""

import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from safemob.adapters.small_files import read_small_file
from safemob.adapters.sources.quality import LONGEST_FILE_S
from safemob.errors import VideoError

__all__ = ["FrameTimes", "find_frame_times", "read_frame_times"]

_SIDE_SUFFIXES = (".log", ".times.csv")
_MAX_BYTES = 64 * 1024 * 1024
_HEAD_BYTES = 256
_LOG_LINE = re.compile(r"(\d{1,12}) (19[7-9]\d|20\d\d) (\d\d) (\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2099
_LONGEST_NUMBER = 12
_SECONDS_HEADER = "frame,time_s"
_ISO_HEADER = "frame,time"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameTimes:
    """When each frame of one video was taken.

    Attributes:
        path: the side file.
        start: wall time of the first frame, aware, in the zone of the file; None where it gives seconds only.
        offsets_s: (frames,) seconds since the first frame, never decreasing.
    """

    path: Path
    start: datetime | None
    offsets_s: NDArray[np.float64]

    @property
    def duration_s(self) -> float:
        """From the first frame to the end of the last, which is taken to last the median interval."""
        last_s = float(np.median(np.diff(self.offsets_s))) if len(self.offsets_s) > 1 else 0.0
        return float(self.offsets_s[-1]) + last_s


def find_frame_times(video: Path) -> Path | None:
    """The side file that lies beside a video: its name with ``.log``, else ``.times.csv``, for the extension.

    A ``.log`` that does not begin like a list of frame times is some program's log, and not meant.
    """
    for suffix in _SIDE_SUFFIXES:
        with suppress(OSError):  # a name that grows too long with the suffix
            candidate = video.with_suffix(suffix)
            if candidate.is_file() and (suffix != ".log" or _begins_with_a_time(candidate)):
                return candidate
    return None


def _begins_with_a_time(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace").strip()
    return _LOG_LINE.match(head) is not None


def read_frame_times(path: Path, time_zone: ZoneInfo) -> FrameTimes:
    """Read a side file.

    Args:
        path: the side file.
        time_zone: zone of times that carry none. In the repeated hour at the end of summer time, a time that
            would go back is taken from the second pass; a file that starts in that hour starts in the first.

    Raises:
        VideoError: naming file and line.
    """
    try:
        content = read_small_file(path, _MAX_BYTES)
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror}): check the path of the frame times"
        raise VideoError(msg) from error
    if len(content) > _MAX_BYTES:
        msg = f"{path} is above the {_MAX_BYTES >> 20} MiB that frame times may take: rename it if it is none"
        raise VideoError(msg)
    lines = content.decode("utf-8-sig", "replace").splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        msg = f"{path} is empty: it should hold one time per frame"
        raise VideoError(msg)
    header = lines[0].strip().replace(" ", "").lower()
    if header == _SECONDS_HEADER:
        offsets_s = _read_lines(path, lines, 1, _parse_seconds)
        return FrameTimes(path=path, start=None, offsets_s=_since_first(path, offsets_s))
    is_csv = header == _ISO_HEADER
    parse = _parse_iso if is_csv else _LocalClock(time_zone).parse
    moments = _read_lines(path, lines, int(is_csv), parse)
    start = datetime.fromtimestamp(moments[0], UTC if is_csv else time_zone)
    return FrameTimes(path=path, start=start, offsets_s=_since_first(path, moments))


def _since_first(path: Path, seconds: list[float]) -> NDArray[np.float64]:
    offsets_s = np.round(np.array(seconds) - seconds[0], 6)
    if not offsets_s[-1] <= LONGEST_FILE_S:
        msg = f"{path} spans {offsets_s[-1]:.3g} s, over a year: correct the times of its frames"
        raise VideoError(msg)
    offsets_s.flags.writeable = False
    return offsets_s


def _read_lines(path: Path, lines: list[str], skip: int, parse: Callable[[str], tuple[int, float]]) -> list[float]:
    times_s: list[float] = []
    expected_frame: int | None = None
    for number, line in enumerate(lines[skip:], start=skip + 1):
        try:
            frame, time_s = parse(line.strip())
            _check_order(frame, expected_frame, time_s, times_s[-1] if times_s else -math.inf)
        except (ValueError, OverflowError) as error:
            msg = f"{path}, line {number}: {error}"
            raise VideoError(msg) from error
        expected_frame = frame + 1
        times_s.append(time_s)
    if not times_s:
        msg = f"{path} has a header and no times: it should hold one time per frame"
        raise VideoError(msg)
    return times_s


def _check_order(frame: int, expected_frame: int | None, time_s: float, previous_s: float) -> None:
    if expected_frame is not None and frame != expected_frame:
        msg = f"frame {frame} stands where {expected_frame} is due; number the frames without gaps"
        raise ValueError(msg)
    if not math.isfinite(time_s):
        msg = "the time is not a finite number"
        raise ValueError(msg)
    if time_s < previous_s:
        msg = f"the time is {previous_s - time_s:.3f} s before the line above; frame times must not go back"
        raise ValueError(msg)


def _split_csv(line: str) -> tuple[int, str]:
    frame, separator, time = line.partition(",")
    if not separator or "," in time or not frame.strip().isdecimal() or len(frame) > _LONGEST_NUMBER:
        msg = "expected a frame number, a comma and a time"
        raise ValueError(msg)
    return int(frame), time.strip()


def _parse_seconds(line: str) -> tuple[int, float]:
    frame, time = _split_csv(line)
    return frame, float(time)


def _parse_iso(line: str) -> tuple[int, float]:
    frame, time = _split_csv(line)
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        msg = f"the time {time!r} has no zone or no likely year; write it like 2024-05-17T08:00:00.000+02:00"
        raise ValueError(msg)
    return frame, moment.timestamp()


class _LocalClock:
    """Reads a log's local times in order, over the change back from summer time."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        self._time_zone = time_zone
        self._previous_s = -math.inf

    def parse(self, line: str) -> tuple[int, float]:
        found = _LOG_LINE.fullmatch(line)
        if found is None:
            msg = "expected '00000 2013 06 06 17:04:39.840' (frame, local time); rename the file if it is no such log"
            raise ValueError(msg)
        frame, *fields, fraction = found.groups()
        moment = datetime(*map(int, fields), int((fraction or "").ljust(6, "0")), tzinfo=self._time_zone)  # type: ignore[misc,arg-type]  # six, by the pattern
        time_s = moment.timestamp()
        if time_s < self._previous_s <= (second_pass_s := moment.replace(fold=1).timestamp()):
            time_s = second_pass_s
        self._previous_s = time_s
        return int(frame), time_s
