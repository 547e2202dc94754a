"""Decoded pictures, turned into colours on demand. Both implement `safemob.individual.image.frame.Picture`.

A detector looks at a tenth of the pixels of a large picture. So what the decoder left is kept as it is, its planes
(brightness and two of colour) are scaled each by itself, and only then colours are computed: by FFmpeg's scaler,
which honours range (limited, full) and matrix (BT.601, BT.709, BT.2020). A picture that declares none is read as
limited-range BT.601. Pictures marked as rotated by quarter turns are turned upright last, as players do.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane

from safemob.individual.arrays import Image
from safemob.individual.ephemeral import Ephemeral

__all__ = ["DecodedPicture", "StillPicture"]

_BITS = 8

# Frames are worked on side by side; threads of OpenCV's own would spin on the processors that do it.
cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class DecodedPicture(Ephemeral):
    """A picture as the decoder left it.

    Attributes:
        decoded: the decoder's own, in its pixel format.
        quarter_turns: counter-clockwise turns, 0 to 3, that bring it upright.
    """

    decoded: VideoFrame
    quarter_turns: int = 0

    @property
    def size_px(self) -> tuple[int, int]:
        """See `Picture`."""
        return self._turn((self.decoded.width, self.decoded.height))

    def to_bgr(self, size_px: tuple[int, int] | None = None) -> Image:
        """See `Picture`.

        Raises:
            av.error.FFmpegError, ValueError: if FFmpeg's scaler does not know the pixel format.
        """
        decoded = self.decoded if size_px in (None, self.size_px) else _scale(self.decoded, self._turn(size_px))
        image = decoded.to_ndarray(format="bgr24", threads=1)
        return np.ascontiguousarray(np.rot90(image, self.quarter_turns), np.uint8)

    def _turn(self, size_px: tuple[int, int]) -> tuple[int, int]:
        """A size as coded for one as shown, and back."""
        return size_px[::-1] if self.quarter_turns % 2 else size_px


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class StillPicture(Ephemeral):
    """A picture that has its colours already.

    Attributes:
        image: (height, width, 3) uint8, blue-green-red.
    """

    image: Image

    @property
    def size_px(self) -> tuple[int, int]:
        """See `Picture`."""
        return self.image.shape[1], self.image.shape[0]

    def to_bgr(self, size_px: tuple[int, int] | None = None) -> Image:
        """See `Picture`."""
        image = self.image if size_px in (None, self.size_px) else cv2.resize(self.image, size_px)
        return np.ascontiguousarray(image, np.uint8)


def _scale(decoded: VideoFrame, size_px: tuple[int, int]) -> VideoFrame:
    """The picture in another size: every plane is resampled linearly about the centres of its pixels."""
    parts = decoded.format.components
    if len(parts) != len(decoded.planes) or any(part.bits != _BITS for part in parts):
        decoded = decoded.reformat(format="gbrp", threads=1)  # mixed planes, or more than 8 bits
    small = VideoFrame(*size_px, decoded.format.name)
    small.colorspace, small.color_range = decoded.colorspace, decoded.color_range
    for source, target in zip(decoded.planes, small.planes, strict=True):
        cv2.resize(_pixels(source), (target.width, target.height), dst=_pixels(target))
    return small


def _pixels(plane: VideoPlane) -> Image:
    """(height, width) view of a plane of bytes, without the padding at the end of its lines."""
    lines: Image = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, abs(plane.line_size))
    upright = lines if plane.line_size > 0 else lines[::-1]  # some codecs store the last line first
    return upright[:, : plane.width]
