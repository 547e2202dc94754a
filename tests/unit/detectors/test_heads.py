import numpy as np
import pytest
from numpy.testing import assert_allclose

from safemob.adapters.detectors.heads import HeadDecoder, recognise_head
from safemob.adapters.detectors.manifest import Head
from safemob.errors import ModelError
from safemob.taxonomy import RoadUserClass as User

INPUT_PX = (64, 32)
ANCHORS = 8 * 4 + 4 * 2 + 2 * 1


def _decoder(head: Head, thresholds: tuple[float, float] = (0.1, 0.1)) -> HeadDecoder:
    """Of four classes, 1 is a cyclist and 3 a bus."""
    return HeadDecoder(
        model="ours.onnx",
        head=head,
        class_count=4,
        indices=np.array([1, 3]),
        road_users=np.array([User.CYCLIST, User.BUS], dtype=np.int64),
        thresholds=np.array(thresholds),
    )


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 84, ANCHORS + 100), (Head.YOLOV8, 80)),
        ((1, 5, ANCHORS), (Head.YOLOV8, 1)),
        ((1, 6, ANCHORS), (Head.YOLOV8, 2)),
        ((1, 300, 6), (Head.END_TO_END, None)),
        ((1, ANCHORS, 85), (Head.YOLOX, 80)),
        ((1, ANCHORS, 6), (Head.YOLOX, 1)),
    ],
)
def test_heads_are_told_from_their_shape(shape: tuple[int, ...], expected: tuple[Head, int | None]) -> None:
    assert recognise_head(shape, INPUT_PX, model="ours.onnx") == expected


@pytest.mark.parametrize("shape", [(1, 1000), (2, 84, 8400), (1, 4, 8400), (1, 300, 7), (), (1, 25200, 85), (1, 0, 0)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match=r"none of the known"):
        recognise_head(shape, INPUT_PX, model="ours.onnx")


def test_a_head_or_class_count_other_than_the_manifests_is_refused() -> None:
    _decoder(Head.YOLOX).check((1, ANCHORS, 9), INPUT_PX)
    _decoder(Head.END_TO_END).check((1, 300, 6), INPUT_PX)
    with pytest.raises(ModelError, match="has the head 'yolov8', not 'yolox'"):
        _decoder(Head.YOLOX).check((1, 8, 99), INPUT_PX)
    with pytest.raises(ModelError, match="knows 7 classes, but its manifest names 4"):
        _decoder(Head.YOLOV8).check((1, 11, 99), INPUT_PX)


def test_yolov8_gives_the_best_road_user_of_each_anchor() -> None:
    output = np.zeros((1, 8, ANCHORS), dtype=np.float32)
    output[0, :, 7] = [20, 10, 8, 4, 0.99, 0.3, 0.0, 0.2]  # the best class is none of ours
    output[0, :, 9] = [40, 20, 10, 10, 0.0, 0.3, 0.0, 0.6]
    output[0, :, 11] = [40, 20, 10, 10, 0.0, 0.05, 0.9, 0.09]
    boxes, scores, users = _decoder(Head.YOLOV8).decode(output, INPUT_PX)
    assert_allclose(boxes, [[16, 8, 24, 12], [35, 15, 45, 25]])
    assert_allclose(scores, [0.3, 0.6], rtol=1e-6)
    assert users.tolist() == [User.CYCLIST, User.BUS]


def test_yolox_places_boxes_on_its_grid_and_multiplies_by_objectness() -> None:
    output = np.zeros((1, ANCHORS, 9), dtype=np.float32)
    second_stride = 8 * 4 + 1 * 4 + 2  # stride 16: row 1, column 2
    output[0, second_stride] = [0.5, 0.25, np.log(2), 0.0, 0.8, 0.0, 0.5, 0.0, 0.1]
    output[0, 3] = [0.5, 0.25, 0.0, 0.0, 0.15, 0.0, 0.5, 0.0, 0.1]  # objectness takes it below
    boxes, scores, users = _decoder(Head.YOLOX).decode(output, INPUT_PX)
    assert_allclose(boxes, [[40 - 16, 20 - 8, 40 + 16, 20 + 8]], rtol=1e-6)
    assert_allclose(scores, [0.4], rtol=1e-6)
    assert users.tolist() == [User.CYCLIST]


def test_end_to_end_boxes_are_taken_as_they_are() -> None:
    output = np.zeros((1, 4, 6), dtype=np.float32)
    output[0] = [[1, 2, 3, 4, 0.9, 3], [5, 6, 7, 8, 0.8, 0], [9, 9, 12, 12, 0.05, 1], [1, 1, 9, 9, 0.5, 1]]
    boxes, scores, users = _decoder(Head.END_TO_END).decode(output, INPUT_PX)
    assert boxes.tolist() == [[1, 2, 3, 4], [1, 1, 9, 9]]
    assert_allclose(scores, [0.9, 0.5], rtol=1e-6)
    assert users.tolist() == [User.BUS, User.CYCLIST]


@pytest.mark.parametrize("index", [4, -1])
def test_end_to_end_classes_without_a_name_are_refused(index: int) -> None:
    output = np.array([[[1, 2, 3, 4, 0.9, index]]], dtype=np.float32)
    with pytest.raises(ModelError, match="does not name"):
        _decoder(Head.END_TO_END).decode(output, INPUT_PX)


@pytest.mark.parametrize("head", list(Head))
def test_each_road_user_has_its_own_threshold(head: Head) -> None:
    output = {
        Head.YOLOV8: np.zeros((1, 8, ANCHORS), dtype=np.float32),
        Head.YOLOX: np.zeros((1, ANCHORS, 9), dtype=np.float32),
        Head.END_TO_END: np.array([[[1, 2, 3, 4, 0.3, 1], [1, 2, 3, 4, 0.3, 3]]], dtype=np.float32),
    }[head]
    if head is Head.YOLOV8:
        output[0, 5, 0] = output[0, 7, 1] = 0.3
    if head is Head.YOLOX:
        output[0, :2, 4] = 1
        output[0, 0, 6] = output[0, 1, 8] = 0.3
    _, _, users = _decoder(head, thresholds=(0.2, 0.4)).decode(output, INPUT_PX)
    assert users.tolist() == [User.CYCLIST]


def test_scores_that_are_no_probabilities_are_refused() -> None:
    output = np.zeros((1, 8, ANCHORS), dtype=np.float32)
    output[0, 5, 0] = 3.5
    with pytest.raises(ModelError, match="sigmoid"):
        _decoder(Head.YOLOV8).decode(output, INPUT_PX)


@pytest.mark.parametrize("head", list(Head))
def test_an_output_without_road_users_gives_none(head: Head) -> None:
    shape = {Head.YOLOV8: (1, 8, ANCHORS), Head.YOLOX: (1, ANCHORS, 9), Head.END_TO_END: (1, 300, 6)}[head]
    boxes, scores, users = _decoder(head).decode(np.zeros(shape, dtype=np.float32), INPUT_PX)
    assert boxes.shape == (0, 4)
    assert scores.shape == users.shape == (0,)
