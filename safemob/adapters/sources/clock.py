"""When a picture was taken, in seconds since the start of its file: by its time stamp, or by a side file's line."""

from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from av.video.frame import VideoFrame

from safemob.adapters.sources.decoding import list_stamps
from safemob.adapters.sources.frame_times import FrameTimes
from safemob.errors import VideoError

__all__ = ["FrameClock", "SideFileClock", "StampClock", "check_frame_count"]


class FrameClock(Protocol):
    """Tells a picture's time."""

    def find_time_s(self, picture: VideoFrame) -> float | None:
        """Seconds since the start of the file; None where the picture carries nothing to tell it by."""
        ...


class StampClock:
    """Time by presentation time stamps."""

    def __init__(self, origin_s: Fraction) -> None:
        """Count from the stamp `origin_s`."""
        self._origin_s = origin_s

    def find_time_s(self, picture: VideoFrame) -> float | None:
        """See `FrameClock`."""
        if picture.pts is None or picture.time_base is None:
            return None
        return float(picture.pts * picture.time_base - self._origin_s)


class SideFileClock:
    """Time by the line of a side file, found by the rank of the picture's stamp among all stamps of the file.

    Counting pictures would shift all times behind a damaged one. Only a bare stream without stamps is counted.
    """

    def __init__(self, path: Path, times: FrameTimes) -> None:
        """List the file's stamps.

        Raises:
            VideoError: if the file does not hold exactly one frame per line.
        """
        self._offsets_s = times.offsets_s
        self._stamps, count = list_stamps(path)
        self._next_index = 0
        check_frame_count(path, times, count)

    def find_time_s(self, picture: VideoFrame) -> float | None:
        """See `FrameClock`."""
        if not len(self._stamps):
            index = self._next_index
            self._next_index += 1
        elif picture.pts is None:
            return None
        else:
            index = int(np.searchsorted(self._stamps, picture.pts))
        return float(self._offsets_s[index]) if index < len(self._offsets_s) else None


def check_frame_count(path: Path, times: FrameTimes, frame_count: int) -> None:
    """Refuse a side file that has not exactly one line per frame: which line belongs to which frame is then unknown.

    Raises:
        VideoError: with both numbers.
    """
    lines = len(times.offsets_s)
    if lines == frame_count:
        return
    remedy = (
        "give the side file of this video"
        if lines < frame_count
        else "give its own side file or, if the video was cut short, delete the lines of the frames it lost"
    )
    msg = f"{times.path} has times for {lines} frames but {path} has {frame_count}: {remedy}"
    raise VideoError(msg)
