"""Several video files of one camera, in order, as one recording on one clock.

Second 0 is the start of the first file. Where a file starts is known from, in this order: the absolute times of
its side file, the date and time in its name (local time of the site), else the end of the file before it. Names
have whole seconds: a start within 1 s of that end is the end. A later start is a gap and stays one; a start more
than 1 s early is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from safemob.adapters.sources.decoding import VideoHeader, measure_duration_s, read_header
from safemob.adapters.sources.file_names import list_videos, read_name_start
from safemob.adapters.sources.frame_times import FrameTimes, find_frame_times, read_frame_times
from safemob.adapters.sources.video_file import VideoFile
from safemob.errors import UsageError, VideoError

__all__ = ["RecordedFile", "Recording"]

_SEAM_S = 1.0
_FIRST_YEAR, _LAST_YEAR = 1970, 2099


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFile:
    """One file's place on the recording's clock.

    Attributes:
        path: the file.
        start_s: its second 0 on the recording's clock.
        start: the same in wall time, UTC; None where no wall time is known.
        duration_s: as stated by its side file or container; None where neither does.
        frame_count: the same for its frames, for progress; None where unknown.
        until_s: where the next file starts; None for the last.
        times: the true frame times, where there is a side file.
    """

    path: Path
    start_s: float
    start: datetime | None
    duration_s: float | None
    frame_count: int | None
    until_s: float | None = None
    times: FrameTimes | None = None

    def open(self) -> VideoFile:
        """The file as frames on the recording's clock.

        Raises:
            VideoError: if it cannot be played any more.
        """
        return VideoFile(self.path, start_s=self.start_s, until_s=self.until_s, times=self.times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Files in order of time, all of one frame size.

    Attributes:
        files: in order.
        frame_size_px: (width, height) of every frame.
        start: wall time of second 0, UTC; None where no file, side file or caller tells it.
    """

    files: tuple[RecordedFile, ...]
    frame_size_px: tuple[int, int]
    start: datetime | None

    @classmethod
    def open(
        cls,
        paths: Sequence[Path],
        *,
        time_zone: ZoneInfo,
        start: datetime | None = None,
        frame_size: tuple[int, int] | None = None,
        times: Path | None = None,
    ) -> "Recording":
        """Look at every file's header and first picture, and put them on one clock.

        Args:
            paths: video files in order of time, or folders of them (read in natural order of their names).
            time_zone: of the site, for local times in names and side files.
            start: aware wall time of second 0; the files keep their distances.
            frame_size: (width, height) in pixels the site is calibrated for; None takes the first file's.
            times: a side file for the one video given, instead of one found beside it.

        Raises:
            VideoError: if a file or its side file is refused, given twice, out of order, overlaps the one before
                by more than 1 s, or has another frame size.
            UsageError: if one side file is given for several videos, or a start without a time zone.
        """
        videos = list_videos(paths)
        if times is not None and len(videos) != 1:
            msg = f"{times} times one video, but {len(videos)} are given: lay a side file beside each instead"
            raise UsageError(msg)
        if start is not None and (start.tzinfo is None or not _FIRST_YEAR <= start.year <= _LAST_YEAR):
            msg = f"the start time {start.isoformat()} has no zone or no likely year: write 2024-05-17T08:00:00+02:00"
            raise UsageError(msg)
        headers = [read_header(path) for path in videos]
        expected = frame_size or _size_of(headers[0])
        timeline = _Timeline()
        for path, header in zip(videos, headers, strict=True):
            _check_size(path, _size_of(header), expected)
            side_file = times or find_frame_times(path)
            timeline.append(path, header, read_frame_times(side_file, time_zone) if side_file else None, time_zone)
        files, origin = timeline.close(start)
        return cls(files=files, frame_size_px=expected, start=origin)


class _Timeline:
    """Places files one after another."""

    def __init__(self) -> None:
        self._files: list[RecordedFile] = []
        self._origin: datetime | None = None
        # Wall time of second 0 as the latest file has it: each file is placed against the one before it, or the
        # drift between a camera's encoder and its clock would add up over the files to a false overlap.
        self._anchor: datetime | None = None
        self._end_s = 0.0

    def append(self, path: Path, header: VideoHeader, times: FrameTimes | None, time_zone: ZoneInfo) -> None:
        if self._files and self._files[-1].duration_s is None:
            self._end_s = self._files[-1].start_s + (measure_duration_s(self._files[-1].path) or 0.0)
        start_s = self._end_s
        if times is not None and times.start is not None:
            start_s = self._place(path, times.start)
        elif (wall := read_name_start(path, time_zone)) is not None:
            start_s = self._close_seam(self._place(path, wall))
        duration_s = header.duration_s if times is None else times.duration_s
        file = RecordedFile(
            path=path,
            start_s=start_s,
            start=None,
            duration_s=duration_s,
            frame_count=header.frame_count if times is None else len(times.offsets_s),
            times=times,
        )
        if self._files:
            self._files[-1] = replace(self._files[-1], until_s=start_s)
        self._files.append(file)
        self._end_s = start_s + (duration_s or 0.0)

    def _place(self, path: Path, wall: datetime) -> float:
        if self._origin is None or self._anchor is None:
            self._origin = self._anchor = wall.astimezone(UTC) - timedelta(seconds=self._end_s)
        anchor = self._anchor
        # In the repeated hour at the end of summer time, the pass that follows the file before is meant.
        passes = (wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC))
        starts_s = [(moment - anchor).total_seconds() for moment in passes]
        start_s = next((s for s in starts_s if s >= self._end_s - _SEAM_S), starts_s[0])
        if start_s < self._end_s - _SEAM_S:
            before = self._files[-1]
            if start_s <= before.start_s:
                msg = f"{path} starts before {before.path}, which is given before it: give the files in order of time"
            else:
                msg = (
                    f"{path} starts {self._end_s - start_s:.1f} s before {before.path} ends: "
                    f"check the times in their names, or give one of them only"
                )
            raise VideoError(msg)
        return start_s

    def _close_seam(self, start_s: float) -> float:
        if self._anchor is None or abs(start_s - self._end_s) > _SEAM_S:
            return start_s
        self._anchor += timedelta(seconds=start_s - self._end_s)
        return self._end_s

    def close(self, start: datetime | None) -> tuple[tuple[RecordedFile, ...], datetime | None]:
        origin = self._origin if start is None else start.astimezone(UTC)
        if origin is None:
            return tuple(self._files), None
        return tuple(replace(f, start=origin + timedelta(seconds=f.start_s)) for f in self._files), origin


def _size_of(header: VideoHeader) -> tuple[int, int]:
    return header.width_px, header.height_px


def _check_size(path: Path, size: tuple[int, int], expected: tuple[int, int]) -> None:
    if size != expected:
        msg = (
            f"{path} has frames of {size[0]}x{size[1]} pixels where {expected[0]}x{expected[1]} are calibrated or "
            f"come before it: calibrate the site for {size[0]}x{size[1]}, or give the files of one size"
        )
        raise VideoError(msg)
