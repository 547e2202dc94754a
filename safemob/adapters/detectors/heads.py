"""What a network wrote, as boxes: one decoder per head, vectorised.

Sources: the output layouts of Ultralytics' ONNX exports (https://docs.ultralytics.com/modes/export) and the
grid decoding of YOLOX (Ge et al. 2021, arXiv:2107.08430, and its ONNX demo).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from safemob.adapters.detectors.manifest import Head, ModelManifest
from safemob.adapters.detectors.network import Tensor
from safemob.errors import ModelError
from safemob.individual.arrays import Floats, Ints

__all__ = ["HeadDecoder", "recognise_head"]

_BOX = 4
_OBJECTNESS = 4
_YOLOX_FIRST_CLASS = 5
_END_TO_END_COLUMNS = 6
_RANK = 3
_STRIDES_PX = (8, 16, 32)
_SCORE_SLACK = 1e-3  # quantised sigmoids overshoot by as much


def recognise_head(output_shape: tuple[int, ...], input_px: tuple[int, int], *, model: str) -> tuple[Head, int | None]:
    """Tell the head from the shape of an output.

    Args:
        output_shape: as the network gave it for one image.
        input_px: (width, height) of that image.
        model: what to call the model in errors.

    Returns:
        The head and its number of classes (None for end-to-end heads, whose shape does not tell).

    Raises:
        ModelError: if it is none of the known heads.
    """
    anchors = sum((input_px[0] // stride) * (input_px[1] // stride) for stride in _STRIDES_PX)
    if len(output_shape) == _RANK and output_shape[0] == 1:
        _, rows, columns = output_shape
        if rows == anchors and columns > _YOLOX_FIRST_CLASS:
            return Head.YOLOX, columns - _YOLOX_FIRST_CLASS
        if columns == _END_TO_END_COLUMNS:
            return Head.END_TO_END, None
        if _BOX < rows < columns:
            return Head.YOLOV8, rows - _BOX
    known = "(1, 4 + classes, anchors) of YOLOv8 and YOLO11, (1, boxes, 6) of end-to-end models, "
    known += f"(1, {anchors}, 5 + classes) of YOLOX"
    msg = f"the model {model} gives an output of shape {output_shape}, none of the known {known}"
    raise ModelError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadDecoder:
    """Reads the output of one model.

    Attributes:
        model: what to call it in errors.
        head: how boxes are written.
        class_count: how many classes it knows.
        indices: (C,) those that are road users, ascending.
        road_users: (C,) the `RoadUserClass` of each.
        thresholds: (C,) the least score of each.
    """

    model: str
    head: Head
    class_count: int
    indices: Ints
    road_users: Ints
    thresholds: Floats

    @classmethod
    def of(cls, manifest: ModelManifest, *, model: str) -> "HeadDecoder":
        """The decoder that a manifest asks for."""
        users = manifest.road_users
        return cls(
            model=model,
            head=manifest.head,
            class_count=len(manifest.all_class_names),
            indices=np.array(list(users), dtype=np.int64),
            road_users=np.array(list(users.values()), dtype=np.int64),
            thresholds=np.array([manifest.score_threshold(user) for user in users.values()]),
        )

    def check(self, output_shape: tuple[int, ...], input_px: tuple[int, int]) -> None:
        """Refuse a model whose output is not what the manifest says.

        Raises:
            ModelError: naming what is expected and what is there.
        """
        head, class_count = recognise_head(output_shape, input_px, model=self.model)
        if head is not self.head:
            msg = f"the model {self.model} has the head '{head}', not '{self.head}' as its manifest says: adopt it anew"
            raise ModelError(msg)
        if class_count not in (None, self.class_count):
            msg = f"the model {self.model} knows {class_count} classes, but its manifest names {self.class_count}"
            raise ModelError(msg)

    def decode(self, output: Tensor, input_px: tuple[int, int]) -> tuple[Floats, Floats, Ints]:
        """Road users above their least score.

        An anchor gives at most one of them, the best among the classes that are road users.

        Args:
            output: as the network gave it.
            input_px: (width, height) of the image it was given.

        Returns:
            (N, 4) boxes as left, top, right, bottom in input pixels, (N,) scores in [0, 1], (N,) codes of
            `RoadUserClass`.

        Raises:
            ModelError: if the output holds what no such model writes.
        """
        if self.head is Head.YOLOV8:
            boxes, scores, best = self._decode_yolov8(output[0])
        elif self.head is Head.YOLOX:
            boxes, scores, best = self._decode_yolox(output[0], input_px)
        else:
            boxes, scores, best = self._decode_end_to_end(output[0])
        if len(scores) and scores.max() > 1 + _SCORE_SLACK:
            msg = f"the model {self.model} gives scores up to {scores.max():.3g}: export it with its final sigmoid"
            raise ModelError(msg)
        return boxes, np.minimum(scores, 1.0), self.road_users[best]

    def _decode_yolov8(self, output: Tensor) -> tuple[Floats, Floats, Ints]:
        class_scores = output[_BOX + self.indices]
        anchors, best, scores = self._above_threshold(class_scores)
        return _corners(output[:_BOX, anchors].T.astype(np.float64)), scores, best

    def _decode_yolox(self, output: Tensor, input_px: tuple[int, int]) -> tuple[Floats, Floats, Ints]:
        centres, strides = _yolox_grid(*input_px)
        likely = np.flatnonzero(output[:, _OBJECTNESS] >= self.thresholds.min())
        rows = output[likely]
        class_scores = rows[:, _YOLOX_FIRST_CLASS + self.indices] * rows[:, _OBJECTNESS, None]
        anchors, best, scores = self._above_threshold(class_scores.T)
        rows, cells = rows[anchors].astype(np.float64), likely[anchors]
        size_limit = np.log(np.finfo(np.float32).max) / 2
        centre = (rows[:, :2] + centres[cells]) * strides[cells]
        size = np.exp(np.minimum(rows[:, 2:_BOX], size_limit)) * strides[cells]
        return _corners(np.hstack((centre, size))), scores, best

    def _decode_end_to_end(self, output: Tensor) -> tuple[Floats, Floats, Ints]:
        index = output[:, 5].astype(np.int64)
        if len(index) and (index.min() < 0 or index.max() >= self.class_count):
            msg = f"the model {self.model} reports classes that its manifest does not name ({self.class_count} names)"
            raise ModelError(msg)
        column = np.full(self.class_count, -1)
        column[self.indices] = np.arange(len(self.indices))
        best, scores = column[index], output[:, 4].astype(np.float64)
        keep = (best >= 0) & (scores >= self.thresholds[best])
        return output[keep, :_BOX].astype(np.float64), scores[keep], best[keep]

    def _above_threshold(self, class_scores: Tensor) -> tuple[Ints, Ints, Floats]:
        """Anchors, column and score of the best road user in (C, anchors) scores, where high enough."""
        anchors = np.flatnonzero(class_scores.max(axis=0) >= self.thresholds.min())
        best = class_scores[:, anchors].argmax(axis=0)
        scores = class_scores[best, anchors].astype(np.float64)
        keep = scores >= self.thresholds[best]
        return anchors[keep], best[keep], scores[keep]


def _corners(boxes: Floats) -> Floats:
    half = boxes[:, 2:] / 2
    return np.hstack((boxes[:, :2] - half, boxes[:, :2] + half))


@lru_cache(maxsize=8)
def _yolox_grid(width_px: int, height_px: int) -> tuple[Floats, Floats]:
    """(N, 2) cell of each anchor and (N, 1) its stride, in YOLOX's order."""
    cells, strides = [], []
    for stride in _STRIDES_PX:
        rows, columns = np.mgrid[: height_px // stride, : width_px // stride].astype(np.float64)
        cells.append(np.column_stack((columns.ravel(), rows.ravel())))
        strides.append(np.full((rows.size, 1), float(stride)))
    return np.vstack(cells), np.vstack(strides)
