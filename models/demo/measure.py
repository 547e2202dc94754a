"""How well a detector finds the labelled road users of a rendered data set."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.sources.picture import StillPicture
from safemob.individual.arrays import Floats, Ints
from safemob.individual.image.association import assign
from safemob.individual.image.frame import Frame
from safemob.individual.image.suppression import box_iou
from safemob.taxonomy import RoadUserClass

__all__ = ["CONFIDENT_SCORE", "SAME_OBJECT", "Quality", "measure_quality"]

CONFIDENT_SCORE = 0.25
SAME_OBJECT = 0.5
"""Least intersection over union of a box with the labelled one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Counts by road user, and how far edges are off.

    Attributes:
        labelled, found, right: (classes,) labelled boxes; boxes found; those of them that show a labelled one.
        edge_errors: (N, 4) found minus labelled left, top, right, bottom of the right ones, in shares of the width.
    """

    labelled: Ints
    found: Ints
    right: Ints
    edge_errors: Floats

    @property
    def precision(self) -> Floats:
        """(classes,) share of what was found that is there; NaN where nothing was found."""
        return _divide(self.right, self.found)

    @property
    def recall(self) -> Floats:
        """(classes,) share of what is labelled that was found; NaN where nothing is labelled."""
        return _divide(self.right, self.labelled)


def measure_quality(detector: OnnxDetector, folder: Path) -> Quality:
    """Run a detector over every picture of a data set.

    Args:
        detector: to judge.
        folder: in YOLO's layout.
    """
    counts = np.zeros((3, len(RoadUserClass)), dtype=np.int64)
    errors = [np.zeros((0, 4))]
    for picture, classes, boxes in _read(folder):
        width = picture.size_px[0]
        found = detector.detect(Frame(picture=picture, time_s=0.0))
        found = found.take(found.scores >= CONFIDENT_SCORE)
        overlaps = box_iou(boxes, found.boxes)
        rows, columns = assign(overlaps, (overlaps >= SAME_OBJECT) & (classes[:, None] == found.classes))
        seen = (classes, found.classes, classes[rows])
        counts += [np.bincount(codes, minlength=counts.shape[1]) for codes in seen]
        errors.append((found.boxes[columns] - boxes[rows]) / width)
    labelled, found_, right = counts
    return Quality(labelled=labelled, found=found_, right=right, edge_errors=np.concatenate(errors))


def _read(folder: Path) -> Iterator[tuple[StillPicture, Ints, Floats]]:
    """Pictures with the classes and boxes, in pixels, of who is in them."""
    for path in sorted((folder / "images").glob("*.jpg")):
        image = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
        lines = (folder / "labels" / f"{path.stem}.txt").read_text(encoding="ascii").splitlines()
        rows = np.array([line.split() for line in lines], dtype=np.float64).reshape(-1, 5)
        size = (image.shape[1], image.shape[0])
        centres, halves = rows[:, 1:3] * size, rows[:, 3:] * size / 2
        yield StillPicture(image=image), rows[:, 0].astype(np.int64), np.hstack((centres - halves, centres + halves))


def _divide(part: Ints, whole: Ints) -> Floats:
    shares: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return shares
