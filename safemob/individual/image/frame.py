"""One decoded picture with the time it was taken."""

from dataclasses import dataclass

from safemob.individual.arrays import Image
from safemob.individual.ephemeral import Ephemeral

__all__ = ["Frame"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Frame(Ephemeral):
    """One decoded picture.

    Attributes:
        image: (height, width, 3) uint8, blue-green-red.
        time_s: capture time in seconds on the recording's own clock, from presentation time stamps or a
            side file; strictly increasing over a recording. Never frame index ÷ frame rate.
        media_s: where a player shows this picture, seconds from the start of its file; None if there is no file.
            Differs from the time of capture where a header states a wrong frame rate.
    """

    image: Image
    time_s: float
    media_s: float | None = None
