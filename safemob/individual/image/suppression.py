"""Greedy non-maximum suppression: of boxes on the same road user, the best is kept.

Boxes compete within a kind of road user: persons, two-wheelers, vehicles on four and more wheels. A person
never suppresses the bicycle under him, but the car, truck and bus that a detector sees in one van are one.
"""

from typing import Final

import numpy as np

from safemob.individual.arrays import Floats, Ints
from safemob.taxonomy import RoadUserClass

__all__ = ["box_iou", "suppress_duplicates"]

IOU_LIMIT: Final = 0.45
"""The limit that YOLOv5's and YOLOX's own detection scripts use (YOLOv5 detect.py, YOLOX demo)."""

_MAX_CANDIDATES: Final = 1000

_KIND: Final = np.array(
    [
        {
            RoadUserClass.PEDESTRIAN: 0,
            RoadUserClass.CYCLIST: 1,
            RoadUserClass.MOTORCYCLIST: 1,
            RoadUserClass.E_SCOOTER: 1,
        }.get(user, 2)
        for user in sorted(RoadUserClass)
    ]
)


def suppress_duplicates(boxes: Floats, scores: Floats, classes: Ints, *, iou_limit: float = IOU_LIMIT) -> Ints:
    """Which boxes to keep.

    Going down the scores, a box is kept unless its overlap (intersection over union) with a kept box of the
    same kind of road user exceeds the limit. Equal scores keep the order given. Only the best 1,000 are looked at.

    Args:
        boxes: (N, 4) left, top, right, bottom, in any one frame of reference.
        scores: (N,) in [0, 1].
        classes: (N,) codes of `RoadUserClass`.
        iou_limit: in [0, 1].

    Returns:
        Indices of the kept boxes in order of falling score.

    >>> van = np.array([[0.0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 9]])
    >>> suppress_duplicates(van, np.array([0.3, 0.8, 0.5]), np.array([4, 5, 0])).tolist()
    [1, 2]
    """
    order = np.argsort(-scores, kind="stable")[:_MAX_CANDIDATES]
    boxes, kinds = boxes[order], _KIND[classes[order]]
    rivals = (box_iou(boxes, boxes) > iou_limit) & (kinds[:, None] == kinds)
    kept = np.ones(len(order), dtype=np.bool_)
    for better in range(len(order)):
        if kept[better]:
            kept[better + 1 :] &= ~rivals[better, better + 1 :]
    return order[kept]


def box_iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of every pair: (N, 4) and (M, 4) boxes to (N, M) in [0, 1].

    >>> box_iou(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2], [5, 5, 6, 6]])).round(3).tolist()
    [[0.333, 0.0]]
    """
    width = np.minimum.outer(first[:, 2], second[:, 2]) - np.maximum.outer(first[:, 0], second[:, 0])
    height = np.minimum.outer(first[:, 3], second[:, 3]) - np.maximum.outer(first[:, 1], second[:, 1])
    intersection: Floats = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    areas = np.add.outer(_areas(first), _areas(second))
    union = areas - intersection
    iou: Floats = np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)
    return iou


def _areas(boxes: Floats) -> Floats:
    areas: Floats = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas
