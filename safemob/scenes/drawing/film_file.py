"""An H.264 file whose frames stand at the times they show."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import av
import numpy as np
import numpy.typing as npt

from safemob.errors import OutputError
from safemob.scenes.scenario import VideoSpec

__all__ = ["TICKS", "FilmFile"]

TICKS = 90_000
"""Time stamps count these a second."""


class FilmFile:
    """Writes pictures into an MP4; a context manager.

    Args:
        path: of the file.
        video: its size and quality.

    Raises:
        OutputError: if it cannot be written, now or later.
    """

    def __init__(self, path: Path, video: VideoSpec) -> None:
        self._path = path
        try:
            self._container = av.open(str(path), mode="w", format="mp4")
        except (OSError, av.FFmpegError) as error:
            self._fail(error)
        self._stream = self._container.add_stream("libx264", options={"crf": str(video.crf), "preset": "medium"})
        self._stream.width, self._stream.height = video.width_px, video.height_px
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = self._stream.codec_context.time_base = Fraction(1, TICKS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        else:
            with suppress(OSError, av.FFmpegError):  # what went wrong has been told already
                self._container.close()

    def add(self, picture: npt.NDArray[np.uint8], time_s: float) -> None:
        """Append a picture.

        Args:
            picture: (height, width, 3) blue, green, red.
            time_s: when it is shown, later than the one before; rounded to the file's ticks.
        """
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
        frame.pts, frame.time_base = round(time_s * TICKS), Fraction(1, TICKS)
        try:
            self._container.mux(self._stream.encode(frame))
        except (OSError, av.FFmpegError) as error:
            self._fail(error)

    def _finish(self) -> None:
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except (OSError, av.FFmpegError) as error:
            self._fail(error)

    def _fail(self, error: OSError | av.FFmpegError) -> NoReturn:
        msg = f"the film cannot be written to {self._path} ({error.strerror or error}): make room for it"
        raise OutputError(msg) from None
