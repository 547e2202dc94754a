"""What a detector says of one frame, as a struct of arrays."""

from dataclasses import dataclass

from safemob.individual.arrays import Bools, Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral

__all__ = ["Detections"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Detections(Ephemeral):
    """Road users found in one frame, N of them. Arrays are read-only.

    Attributes:
        boxes: (N, 4) left, top, right, bottom in pixels of the full frame, clipped to it.
        scores: (N,) confidence in [0, 1].
        classes: (N,) codes of `RoadUserClass`.
        cut: (N,) whether the box touches the frame edge: it shows a part only.
    """

    boxes: Floats
    scores: Floats
    classes: Ints
    cut: Bools

    def __post_init__(self) -> None:
        n = len(self.boxes)
        check_shapes(self, boxes=(n, 4), scores=(n,), classes=(n,), cut=(n,))

    def __len__(self) -> int:
        return len(self.boxes)

    def take(self, index: Ints | Bools) -> "Detections":
        """The detections at the given indices (or under a mask), in that order."""
        return Detections(
            boxes=self.boxes[index], scores=self.scores[index], classes=self.classes[index], cut=self.cut[index]
        )
