"""The picture a calibration is checked against: the first frame of recorded footage, or a still of it."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from safemob.adapters.sources.video_file import VideoFile
from safemob.errors import VideoError
from safemob.individual.arrays import Image
from safemob.individual.ephemeral import Ephemeral

__all__ = ["View", "read_view"]

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
    if not path.is_file():
        msg = f"{path} is not a file: give a recorded video or a picture of the site"
        raise VideoError(msg)
    if path.suffix.lower() in _STILLS:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if picture is None:
            msg = f"{path} is not a picture that can be read: save it as PNG or JPEG"
            raise VideoError(msg)
        return View(image=np.asarray(picture, np.uint8))
    frame = next(VideoFile(path).frames(), None)
    if frame is not None:
        return View(image=frame.image)
    msg = f"{path} holds no frame: give a recorded video or a picture of the site"
    raise VideoError(msg)
