"""What is found in single frames: boxes against the road users of whom enough can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.individual.image.association import assign, box_overlaps
from safemob.validation.expected import FrameTruth

__all__ = ["SAME_OBJECT", "BoxFindings", "compare_boxes", "judge_boxes"]

SAME_OBJECT = 0.5
"""Least intersection over union of a box with that of the road user it is said to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFindings:
    """Road users to be found, and boxes, over any number of frames.

    Attributes:
        classes: (N,) class codes of the users.
        distances: (N,) from the foot of the camera, m.
        overlaps: (N,) with the box of the same class that shows them; 0 where there is none.
        named: (N,) class codes of the box that shows them, whatever its class; -1 for none.
        box_classes: (M,) class codes of the boxes. Those that show a user who needs not be found are left out.
        box_distances: (M,) of the user they show, else of the place they seem to stand at; NaN if they stand nowhere.
        right: (M,) whether they show a user of their class.
    """

    classes: Ints
    distances: Floats
    overlaps: Floats
    named: Ints
    box_classes: Ints
    box_distances: Floats
    right: Bools

    @classmethod
    def join(cls, findings: Sequence["BoxFindings"]) -> "BoxFindings":
        """All of them, one after the other."""
        columns = (np.concatenate([getattr(each, name) for each in (_NONE, *findings)]) for name in cls.__slots__)
        return cls(**dict(zip(cls.__slots__, columns, strict=True)))


_NONE = BoxFindings(
    classes=np.zeros(0, dtype=np.int64),
    distances=np.zeros(0),
    overlaps=np.zeros(0),
    named=np.zeros(0, dtype=np.int64),
    box_classes=np.zeros(0, dtype=np.int64),
    box_distances=np.zeros(0),
    right=np.zeros(0, dtype=np.bool_),
)


def compare_boxes(truth: Floats, boxes: Floats) -> Floats:
    """(N, M) intersection over union of boxes (N, 4) and (M, 4) given by their edges; 0 where one is NaN."""
    return np.nan_to_num(box_overlaps(_centre(truth), _centre(boxes)))


def judge_boxes(
    truth: FrameTruth, boxes: Floats, classes: Ints, places: Floats, camera_m: tuple[float, float]
) -> BoxFindings:
    """One frame.

    Args:
        truth: who is there.
        boxes: (M, 4) what was found, px.
        classes: (M,) class codes.
        places: (M, 2) where the boxes seem to stand, m; NaN where that is not known.
        camera_m: foot of the camera.
    """
    overlaps = compare_boxes(truth.boxes, boxes)
    same_class = truth.classes[:, None] == classes
    rows, columns = assign(overlaps + same_class, overlaps >= SAME_OBJECT)
    found, named = np.zeros(len(truth)), np.full(len(truth), -1)
    named[rows] = classes[columns]
    agreeing = same_class[rows, columns]
    found[rows[agreeing]] = overlaps[rows[agreeing], columns[agreeing]]
    away = np.hypot(*(truth.positions - camera_m).T)
    box_away = np.hypot(*(places - camera_m).T)
    box_away[columns] = away[rows]
    right = np.zeros(len(boxes), dtype=np.bool_)
    right[columns] = agreeing
    counted = np.ones(len(boxes), dtype=np.bool_)
    counted[columns[~truth.wanted[rows]]] = False
    alone = np.setdiff1d(np.arange(len(boxes)), columns)
    counted[alone[_shows_unwanted(truth, boxes[alone])]] = False
    return BoxFindings(
        classes=truth.classes[truth.wanted],
        distances=away[truth.wanted],
        overlaps=found[truth.wanted],
        named=named[truth.wanted],
        box_classes=classes[counted],
        box_distances=box_away[counted],
        right=right[counted],
    )


def _shows_unwanted(truth: FrameTruth, boxes: Floats) -> Bools:
    """(M,) whether a box lies for the most part where a user is who needs not be found."""
    unwanted = truth.boxes[~truth.wanted & np.isfinite(truth.boxes).all(axis=1)]
    low = np.maximum(unwanted[:, None, :2], boxes[:, :2])
    high = np.minimum(unwanted[:, None, 2:], boxes[:, 2:])
    shared = np.maximum(high - low, 0.0).prod(axis=-1)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=-1)
    mostly: Bools = (shared >= SAME_OBJECT * area).any(axis=0)
    return mostly


def _centre(boxes: Floats) -> Floats:
    return np.hstack([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]])
