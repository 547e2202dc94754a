"""One decoded picture with the time it was taken."""

from dataclasses import dataclass
from typing import Protocol

from safemob.individual.arrays import Image
from safemob.individual.ephemeral import Ephemeral

__all__ = ["Frame", "Picture"]


class Picture(Protocol):
    """A picture as its source holds it: it is turned into colours when somebody looks, and only as large as needed.

    Implementations derive from `Ephemeral`. One thread at a time looks at a picture, any at a picture of its own.
    """

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the upright picture."""
        ...

    def to_bgr(self, size_px: tuple[int, int] | None = None) -> Image:
        """The upright picture, whole or scaled.

        Args:
            size_px: (width, height) to scale to, linearly between the nearest pixels; None for the whole picture.

        Returns:
            (height, width, 3) uint8, blue-green-red, contiguous. Not to be written to: it may be the source's own.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Frame(Ephemeral):
    """One decoded picture and its time.

    Attributes:
        picture: what was seen.
        time_s: capture time in seconds on the recording's own clock, from presentation time stamps or a
            side file; strictly increasing over a recording. Never frame index ÷ frame rate.
        media_s: where a player shows this picture, seconds from the start of its file; None if there is no file.
            Differs from the time of capture where a header states a wrong frame rate.
    """

    picture: Picture
    time_s: float
    media_s: float | None = None
