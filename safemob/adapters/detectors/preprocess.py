"""Frame to network input and back: letterboxing with an exact inverse.

The frame is scaled to fit the input, never distorted, and the rest is filled with grey 114, as Ultralytics
and YOLOX do in training. Ultralytics centres the picture; YOLOX puts it in the top left corner.
"""

import threading
from dataclasses import dataclass

import cv2
import numpy as np

from safemob.adapters.detectors.network import Tensor
from safemob.individual.arrays import Bools, Floats, Image

__all__ = ["FrameLoader", "Letterbox", "input_size_px"]

_PAD = 114
_STRIDE_PX = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """Where a frame lies inside the input. Sizes are (width, height) in pixels.

    Attributes:
        frame_px: the frame's size.
        input_px: the network input's size.
        picture_px: the scaled frame's size within the input.
        offset_px: its left and top edge within the input.
    """

    frame_px: tuple[int, int]
    input_px: tuple[int, int]
    picture_px: tuple[int, int]
    offset_px: tuple[int, int]

    @classmethod
    def fit(cls, frame_px: tuple[int, int], input_px: tuple[int, int], *, centred: bool) -> "Letterbox":
        """The largest undistorted placement of a frame in an input.

        >>> Letterbox.fit((1920, 1080), (640, 384), centred=True).offset_px
        (0, 12)
        """
        scale = min(into / size for into, size in zip(input_px, frame_px, strict=True))
        width, height = (min(into, max(1, round(size * scale))) for into, size in zip(input_px, frame_px, strict=True))
        left, top = ((input_px[0] - width) // 2, (input_px[1] - height) // 2) if centred else (0, 0)
        return cls(frame_px=frame_px, input_px=input_px, picture_px=(width, height), offset_px=(left, top))

    @property
    def frame_px_per_input_px(self) -> tuple[float, float]:
        """Frame pixels per input pixel, horizontally and vertically: they differ by the rounding of sizes."""
        return self.frame_px[0] / self.picture_px[0], self.frame_px[1] / self.picture_px[1]

    def to_frame(self, boxes: Floats) -> tuple[Floats, Bools]:
        """Boxes of the input as boxes of the frame.

        A box is `cut` where it reaches within two input pixels of the frame edge. The finest grid of the
        heads has cells of 8 input pixels and a regressed edge is good to about a quarter of one, so a road
        user who leaves the picture is found with an edge that far inside; and never less than 2 frame pixels,
        because encoders smear the last rows.

        Args:
            boxes: (N, 4) left, top, right, bottom in input pixels.

        Returns:
            (N, 4) boxes in frame pixels clipped to the frame, and (N,) whether each is cut by its edge.
        """
        scale = np.array(self.frame_px_per_input_px * 2)
        edge = np.array(self.frame_px * 2, dtype=np.float64)
        mapped = (boxes - np.array(self.offset_px * 2)) * scale
        np.clip(mapped, 0.0, edge, out=mapped)
        margin = np.maximum(2.0, 2.0 * scale)
        cut = (mapped[:, :2] <= margin[:2]).any(axis=1) | (mapped[:, 2:] >= (edge - margin)[2:]).any(axis=1)
        return mapped, cut


def input_size_px(
    frame_px: tuple[int, int], *, width_px: int | None, height_px: int | None, long_side_px: int
) -> tuple[int, int]:
    """The input (width, height) for a frame: the model's own, or the tightest rectangle where it is open.

    >>> input_size_px((1920, 1080), width_px=None, height_px=None, long_side_px=640)
    (640, 384)
    >>> input_size_px((800, 600), width_px=None, height_px=None, long_side_px=640)
    (640, 480)
    """
    scale = long_side_px / max(frame_px)
    width, height = (-(-max(1, round(side * scale)) // _STRIDE_PX) * _STRIDE_PX for side in frame_px)
    return width_px or width, height_px or height


class FrameLoader:
    """Puts frames into network inputs, in buffers that each thread keeps for itself."""

    def __init__(self, *, red_first: bool, unit_range: bool) -> None:
        self._channel_order = (2, 1, 0) if red_first else (0, 1, 2)
        self._factor = np.float32(1 / 255 if unit_range else 1)
        self._local = threading.local()

    def load(self, image: Image, letterbox: Letterbox) -> Tensor:
        """The frame as network input. It holds until this thread loads the next.

        Args:
            image: (height, width, 3) blue-green-red, scaled to the letterbox's `picture_px`.
            letterbox: where it goes.

        Returns:
            (1, 3, height, width) float32.
        """
        tensor = self._tensor(letterbox)
        (left, top), (width, height) = letterbox.offset_px, letterbox.picture_px
        for channel, plane in zip(self._channel_order, cv2.split(image), strict=True):
            np.multiply(plane, self._factor, out=tensor[0, channel, top : top + height, left : left + width])
        return tensor

    def _tensor(self, letterbox: Letterbox) -> Tensor:
        if getattr(self._local, "letterbox", None) != letterbox:
            width, height = letterbox.input_px
            self._local.letterbox = letterbox
            self._local.tensor = np.full((1, 3, height, width), _PAD * self._factor, dtype=np.float32)
        tensor: Tensor = self._local.tensor
        return tensor
