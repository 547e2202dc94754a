"""How well one detector finds what another finds in the same frames."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from safemob.individual.arrays import Floats, Ints
from safemob.individual.image.detection import Detections
from safemob.individual.image.suppression import box_iou
from safemob.taxonomy import RoadUserClass

__all__ = ["CONFIDENT_SCORE", "MATCH_IOU", "Agreement", "measure_agreement"]

CONFIDENT_SCORE = 0.25
"""Detections below only keep tracks alive that others have begun; they flicker in any model."""
MATCH_IOU = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a detector found, against what its reference found in the same frames. Numbers only, nobody's boxes.

    Attributes:
        frames: how many were compared.
        expected, found, matched: confident detections by road user: of the reference, of the detector, and of both,
            paired one to one by class and overlap.
        iou_mean: of the pairs, in [0, 1]; NaN without any.
        centre_error_median_px, centre_error_p95_px: distance between the centres of pairs, in pixels of the frame;
            NaN without any.
    """

    frames: int
    expected: Counter[str]
    found: Counter[str]
    matched: Counter[str]
    iou_mean: float
    centre_error_median_px: float
    centre_error_p95_px: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall against the reference, in [0, 1]; NaN where neither found any."""
        boxes = self.expected.total() + self.found.total()
        return 2 * self.matched.total() / boxes if boxes else float("nan")


def measure_agreement(pairs: Iterable[tuple[Detections, Detections]]) -> Agreement:
    """Compare detections frame by frame.

    Args:
        pairs: what the reference and what the other detector found in each frame.
    """
    frames = 0
    expected, found, matched = Counter[str](), Counter[str](), Counter[str]()
    ious: list[Floats] = []
    centre_errors_px: list[Floats] = []
    for reference, other in pairs:
        ours, theirs = (each.take(each.scores >= CONFIDENT_SCORE) for each in (reference, other))
        overlaps = box_iou(ours.boxes, theirs.boxes)
        rows, columns = _pair_up(np.where(ours.classes[:, None] == theirs.classes, overlaps, 0.0))
        frames += 1
        expected.update(_labels(ours.classes))
        found.update(_labels(theirs.classes))
        matched.update(_labels(ours.classes[rows]))
        ious.append(overlaps[rows, columns])
        shift = (ours.boxes[rows] - theirs.boxes[columns]).reshape(-1, 2, 2).mean(axis=1)
        centre_errors_px.append(np.hypot(shift[:, 0], shift[:, 1]))
    errors_px = np.concatenate([*centre_errors_px, np.empty(0)])
    median_px, p95_px = np.percentile(errors_px, (50, 95)) if len(errors_px) else (np.nan, np.nan)
    return Agreement(
        frames=frames,
        expected=expected,
        found=found,
        matched=matched,
        iou_mean=float(np.concatenate(ious).mean()) if len(errors_px) else float("nan"),
        centre_error_median_px=float(median_px),
        centre_error_p95_px=float(p95_px),
    )


def _pair_up(overlaps: Floats) -> tuple[Ints, Ints]:
    """Rows and columns of pairs, best overlap first, each row and column once."""
    rows, columns = np.nonzero(overlaps >= MATCH_IOU)
    order = np.argsort(-overlaps[rows, columns], kind="stable")
    taken: dict[int, int] = {}
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in taken and column not in taken.values():
            taken[row] = column
    return np.array(list(taken), dtype=np.int64), np.array(list(taken.values()), dtype=np.int64)


def _labels(classes: Ints) -> list[str]:
    return [RoadUserClass(code).label for code in classes.tolist()]
