"""The ends a user may swap: where frames come from, what detects, what tracks.

Recorded footage is told from live cameras by type: only a `RecordedSource` opens the review list, the
overlay and exact counts, and it can only be made from a regular file on disk.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from safemob.individual.arrays import Floats
from safemob.individual.image.detection import Detections
from safemob.individual.image.frame import Frame
from safemob.individual.image.tracking import Tracks

__all__ = ["Detector", "FrameSource", "RecordedFrameSource", "RecordedSource", "Tracker", "require_recorded"]


class RecordedSource:
    """Proof that footage was recorded before it was analysed: a regular file lies at `path`.

    Cameras, pipes, sockets and addresses are refused when the token is made, so code that asks for one
    cannot be reached from a live source.
    """

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        if not isinstance(path, Path) or not path.is_file():
            msg = "only a regular file is recorded footage"
            raise TypeError(msg)
        self.path = path


def require_recorded(recorded: object, what: str) -> None:
    """Refuse at run time, too, what is for recorded footage only.

    Raises:
        TypeError: without a real `RecordedSource`.
    """
    if not isinstance(recorded, RecordedSource):
        msg = f"{what} is for recorded footage only: it needs a RecordedSource"
        raise TypeError(msg)


class FrameSource(Protocol):
    """Frames in order of time."""

    def frames(self) -> Iterator[Frame]:
        """Every frame once, times strictly increasing."""
        ...


@runtime_checkable
class RecordedFrameSource(FrameSource, Protocol):
    """A frame source that plays recorded footage, and can prove it."""

    @property
    def recorded(self) -> RecordedSource:
        """The proof."""
        ...


class Detector(Protocol):
    """Finds road users in one frame; may be called from several threads at once."""

    def detect(self, frame: Frame) -> Detections:
        """The road users in the frame, riders not yet joined with what they ride."""
        ...


class Tracker(Protocol):
    """Gives detections of the same road user the same id; ids are local to a run."""

    def update(self, detections: Detections, positions: Floats, covariances: Floats, time_s: float) -> Tracks:
        """Associate one frame's detections. See `safemob.individual.image.tracking`."""
        ...

    def reset(self) -> None:
        """Forget every track; ids are not reused."""
        ...
