"""A recorded video file as frames on the recording's clock, times from presentation time stamps alone.

Every frame's time is the stamp its container gives it, or the line a side file gives it; never an index divided
by a frame rate. A picture without a stamp is dropped and counted. Pictures the decoder marks corrupt are dropped
too: a gap is honest, an invented picture is not. Decoding goes on behind damage, so a file cut short by a power
loss gives the frames it holds.
"""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame

from safemob.adapters.sources.clock import FrameClock, SideFileClock, StampClock, check_frame_count
from safemob.adapters.sources.container import open_container
from safemob.adapters.sources.decoding import decode_pictures, read_header
from safemob.adapters.sources.frame_times import FrameTimes
from safemob.adapters.sources.picture import DecodedPicture
from safemob.adapters.sources.quality import FrameTally, SourceQuality
from safemob.errors import VideoError
from safemob.individual.image.frame import Frame
from safemob.individual.ports import RecordedSource

__all__ = ["VideoFile"]

_OVERRUN_S = 1.0
_SEEK_MARGIN_S = 2.0


class VideoFile:
    """One file of recorded footage. Implements `safemob.individual.ports.RecordedFrameSource`."""

    def __init__(
        self,
        path: Path,
        *,
        start_s: float = 0.0,
        until_s: float | None = None,
        times: FrameTimes | None = None,
    ) -> None:
        """Read the header and the first picture; the rest is read by `frames`.

        Args:
            path: a regular file.
            start_s: where second 0 of the file lies on the recording's clock.
            until_s: where the next file starts on that clock: frames up to 1 s past it are dropped and counted,
                a frame later than that is an error.
            times: the true frame times of this file, instead of the container's.

        Raises:
            VideoError: if the file is not a video that can be played and timed.
        """
        self.header = read_header(path)
        self.recorded = RecordedSource(path)
        self.start_s = start_s
        self._until_s = until_s
        self._times = times
        self._tally = FrameTally(path)
        if times is not None and self.header.frame_count is not None:
            check_frame_count(path, times, self.header.frame_count)
        if times is None and self.header.origin_s is None:
            msg = (
                f"{path} carries no time stamps: put it into a container with its true frame times, "
                f"or lay a side file of frame times beside it"
            )
            raise VideoError(msg)

    @property
    def path(self) -> Path:
        """The file."""
        return self.recorded.path

    @property
    def quality(self) -> SourceQuality:
        """What the last (or the current) pass of `frames` found so far."""
        return self._tally.summarise()

    def frames(self, from_s: float = 0.0) -> Iterator[Frame]:
        """Every usable frame with a time from `from_s` on the recording's clock on, times strictly increasing.

        Raises:
            VideoError: if times jump back, the frame size changes, or a side file does not fit.
        """
        self._tally = tally = FrameTally(self.path)
        clock = self._make_clock()
        with open_container(self.path) as (container, stream):
            self._seek(container, from_s - self.start_s)
            for picture in decode_pictures(self.path, container, stream, tally):
                media_s = clock.find_time_s(picture)
                self._check_size(picture, media_s)
                if media_s is None:
                    tally.dropped_for_time += 1
                elif tally.accept(media_s) and not self._overruns(media_s) and self.start_s + media_s >= from_s:
                    seen = DecodedPicture(decoded=picture, quarter_turns=self.header.quarter_turns)
                    yield Frame(picture=seen, time_s=self.start_s + media_s, media_s=self._shown_at(picture))
        tally.close(self._times.duration_s if self._times else self.header.duration_s)

    def _make_clock(self) -> FrameClock:
        if self._times is not None:
            return SideFileClock(self.path, self._times)
        return StampClock(self.header.origin_s or Fraction())

    def _seek(self, container: InputContainer, media_s: float) -> None:
        """Go to a key frame before the wanted time; decoding from there on and dropping what is early does the rest."""
        if media_s <= _SEEK_MARGIN_S or self._times is not None or self.header.origin_s is None:
            return
        target_s = media_s - _SEEK_MARGIN_S + float(self.header.origin_s)
        with suppress(av.error.FFmpegError):  # damaged files: then everything before the wanted time is decoded
            container.seek(int(target_s * av.time_base), backward=True)

    def _shown_at(self, picture: VideoFrame) -> float | None:
        """Where a player shows the picture, seconds from the start of the file."""
        if picture.pts is None or picture.time_base is None:
            return None
        return float(picture.pts * picture.time_base - (self.header.origin_s or 0))

    def _check_size(self, picture: VideoFrame, media_s: float | None) -> None:
        if (picture.width, picture.height) == self.header.stored_px:
            return
        width_px, height_px = self.header.stored_px
        where = "" if media_s is None else f" at {media_s:.2f} s"
        msg = (
            f"{self.path}: the frame size changes{where} from {width_px}x{height_px} to "
            f"{picture.width}x{picture.height} pixels; split the file there, each size needs its own calibration"
        )
        raise VideoError(msg)

    def _overruns(self, media_s: float) -> bool:
        if self._until_s is None or self.start_s + media_s < self._until_s:
            return False
        if self.start_s + media_s > self._until_s + _OVERRUN_S:
            msg = (
                f"{self.path} still runs at {media_s:.2f} s, when the file after it has started: "
                f"check the start times of both"
            )
            raise VideoError(msg)
        self._tally.dropped_for_time += 1
        return True
