"""The picture a calibration is checked against: the first frame of recorded footage, or a still of it."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from safemob.adapters.sources.container import MAX_PIXELS, check_regular_file
from safemob.adapters.sources.video_file import VideoFile
from safemob.errors import VideoError
from safemob.individual.arrays import Image
from safemob.individual.ephemeral import Ephemeral

__all__ = ["View", "read_view"]

_FORMATS = "png_pipe,jpeg_pipe,bmp_pipe"
_STILLS = {".png", ".jpg", ".jpeg", ".bmp"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class View(Ephemeral):
    """One picture of the site, taken before it is looked at: `read_view` makes it from a regular file only.

    Attributes:
        image: (height, width, 3) uint8, blue-green-red.
    """

    image: Image

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.shape[1], self.image.shape[0]


def read_view(path: Path) -> View:
    """Read the first frame of a video file, or a still picture.

    Raises:
        VideoError: it is neither.
    """
    check_regular_file(path)
    if path.suffix.lower() in _STILLS:
        return View(image=_read_still(path))
    frame = next(VideoFile(path).frames(), None)
    if frame is not None:
        return View(image=frame.picture.to_bgr())
    msg = f"{path} holds no frame: give a recorded video or a picture of the site"
    raise VideoError(msg)


def _read_still(path: Path) -> Image:
    try:
        with av.open(
            f"file:{path}",
            options={"max_pixels": str(MAX_PIXELS)},
            container_options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"},
        ) as container:
            picture = next(container.decode(video=0))
        return np.ascontiguousarray(picture.to_ndarray(format="bgr24"), np.uint8)
    except (av.error.FFmpegError, IndexError, StopIteration, ValueError) as error:
        msg = f"{path} is not a picture that can be read, or too large: save a frame of the video as PNG or JPEG"
        raise VideoError(msg) from error
