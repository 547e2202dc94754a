"""The five published models on real pictures of intersections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import exp, log
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from safemob.adapters.detectors.adopt import Answers, adopt_model
from safemob.adapters.detectors.manifest import COCO_CLASS_NAMES, Head
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.sources.picture import StillPicture
from safemob.individual.arrays import Image
from safemob.individual.image.detection import Detections
from safemob.individual.image.frame import Frame
from safemob.individual.image.rider import join_riders
from safemob.individual.image.suppression import box_iou
from safemob.taxonomy import RoadUserClass as User

MODELS = {
    "yolo11n_320_fp32_rebuilt": (320, 320),
    "yolo26n_640_fp32_dequant": (640, 640),
    "yolov8n_384x640_fp32_dequant": (640, 384),
    "yolov8n_640_fp32_rebuilt": (640, 640),
    "yolox_nano_416": (416, 416),
}
COCO_ROAD_USERS = {
    0: User.PEDESTRIAN,
    1: User.CYCLIST,
    2: User.CAR,
    3: User.MOTORCYCLIST,
    5: User.BUS,
    6: User.TRAM,
    7: User.TRUCK,
}
PEOPLE_AND_WHEELS = (User.PEDESTRIAN, User.CYCLIST, User.MOTORCYCLIST, User.E_SCOOTER)
CYCLIST_CLIP = "video/otvision/Testvideo_Cars-Cyclist_FR20_2020-01-01_00-00-00.mp4"

Box = list[float]


@pytest.fixture(scope="module", params=list(MODELS))
def detector(request: pytest.FixtureRequest, shared_data: Path) -> OnnxDetector:
    return OnnxDetector(shared_data / "models" / f"{request.param}.onnx")


def _model_path(detector: OnnxDetector, shared_data: Path) -> Path:
    stems = dict(
        zip(["YOLO11n 320", "YOLO26n 640", "YOLOv8n 640x384", "YOLOv8n 640", "YOLOX-Nano 416"], MODELS, strict=True)
    )
    return shared_data / "models" / f"{stems[detector.manifest.name]}.onnx"


def _read_frames(path: Path, *numbers: int) -> Iterator[Frame]:
    capture = cv2.VideoCapture(str(path))
    for number in range(max(numbers) + 1):
        ok, image = capture.read()
        assert ok
        if number in numbers:
            yield Frame(picture=StillPicture(image=np.asarray(image, dtype=np.uint8)), time_s=number / 20)


def _read_picture(path: Path) -> Frame:
    return Frame(picture=StillPicture(image=np.asarray(cv2.imread(str(path)), dtype=np.uint8)), time_s=0.0)


def _count_found(detector: OnnxDetector, folder: Path) -> tuple[int, int]:
    """Labels on which a road user of any class lies with an overlap of a half, and all labels."""
    found = labelled = 0
    for picture in sorted((folder / "images").glob("*.png")):
        frame = _read_picture(picture)
        width, height = frame.picture.size_px
        rows = np.loadtxt(folder / "labels" / f"{picture.stem}.txt", ndmin=2)
        centre, size = rows[:, 1:3] * (width, height), rows[:, 3:5] * (width, height)
        truth = np.hstack((centre - size / 2, centre + size / 2))
        road_users = join_riders(detector.detect(frame))
        found += int((box_iou(truth, road_users.boxes) >= 0.5).any(axis=1).sum())
        labelled += len(rows)
    return found, labelled


def test_labelled_road_users_are_found(detector: OnnxDetector, shared_data: Path) -> None:
    found, labelled = _count_found(detector, shared_data / "images" / "otlabels_test")
    assert labelled == 26
    assert found >= 21  # 23 to 25 when this was written


def test_clearly_visible_cars_are_found_by_every_model(detector: OnnxDetector, shared_data: Path) -> None:
    (frame,) = _read_frames(shared_data / CYCLIST_CLIP, 0)
    found = detector.detect(frame)
    cars = found.take((found.classes == User.CAR) & (found.scores > 0.3))
    assert (box_iou(np.array([[116.0, 113, 191, 160]]), cars.boxes) > 0.7).sum() == 1


def test_cars_and_the_pedestrian_on_the_zebra_crossing_are_found(detector: OnnxDetector, shared_data: Path) -> None:
    (frame,) = _read_frames(shared_data / "video/strudl_vid0.mp4", 0)
    found = detector.detect(frame)
    classes = found.classes[found.scores > 0.25].tolist()
    assert classes.count(User.PEDESTRIAN) == 1
    assert classes.count(User.CAR) >= 4


def test_a_cyclist_near_the_camera_is_one_road_user(detector: OnnxDetector, shared_data: Path) -> None:
    for frame in _read_frames(shared_data / CYCLIST_CLIP, 32, 56):
        road_users = join_riders(detector.detect(frame))
        at_cyclist = (road_users.boxes[:, 3] > 260) & np.isin(road_users.classes, PEOPLE_AND_WHEELS)
        assert at_cyclist.sum() == 1
    assert road_users.classes[at_cyclist].tolist() == [User.CYCLIST]
    assert box_iou(np.array([[473.0, 300, 623, 488]]), road_users.boxes[at_cyclist]).item() > 0.8


def test_a_cyclist_is_one_road_user_all_the_way_through_the_picture(shared_data: Path) -> None:
    detector = OnnxDetector(shared_data / "models/yolov8n_640_fp32_rebuilt.onnx")
    for frame in _read_frames(shared_data / CYCLIST_CLIP, *range(0, 60, 5)):
        road_users = join_riders(detector.detect(frame))
        left, _, _, bottom = road_users.boxes.T
        on_the_road = (left > 100) & (left < 640) & (bottom > 190)
        found = road_users.take(on_the_road & np.isin(road_users.classes, PEOPLE_AND_WHEELS))
        assert len(found) == 1
        if frame.time_s >= 2:
            assert found.classes.tolist() == [User.CYCLIST]


def test_detections_are_what_an_independent_slow_decoder_reads(detector: OnnxDetector, shared_data: Path) -> None:
    (frame,) = _read_frames(shared_data / CYCLIST_CLIP, 32)
    slow = _detect_slowly(_model_path(detector, shared_data), detector.manifest.head, frame.picture.to_bgr())
    found = detector.detect(frame)
    assert len(found) == len(slow) >= 4
    assert_array_equal(found.classes, [user for user, _, _ in slow])
    assert_allclose(found.scores, [score for _, score, _ in slow], atol=1e-4)
    assert_allclose(found.boxes, [box for _, _, box in slow], atol=0.05)


def test_four_threads_find_what_one_finds(detector: OnnxDetector, shared_data: Path) -> None:
    frames = list(_read_frames(shared_data / CYCLIST_CLIP, 32, 56))
    alone = [detector.detect(frame) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(detector.detect, frames * 2))
    for expected, found in zip(alone * 2, together, strict=True):
        _assert_same(found, expected)


def test_a_rectangular_input_finds_on_wide_frames_what_the_square_one_finds(shared_data: Path) -> None:
    square = OnnxDetector(shared_data / "models/yolov8n_640_fp32_rebuilt.onnx")
    rectangular = OnnxDetector(shared_data / "models/yolov8n_384x640_fp32_dequant.onnx")
    (frame,) = _read_frames(shared_data / "video/opencv4nodejs_traffic.mp4", 0)
    expected, found = square.detect(frame), rectangular.detect(frame)
    sure = expected.take(expected.scores > 0.5)
    assert len(sure) >= 5
    assert (box_iou(sure.boxes, found.boxes).max(axis=1) > 0.6).all()


def test_a_model_that_leaves_its_input_open_follows_the_frame(shared_data: Path, tmp_path: Path) -> None:
    model = onnx.load_model(shared_data / "models/yolox_nano_416.onnx")
    for value, axes in [(model.graph.input[0], (2, 3)), (model.graph.output[0], (1,))]:
        for axis in axes:
            value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}{axis}"
    path = tmp_path / "open.onnx"
    onnx.save_model(model, path)
    assert adopt_model(path, Answers(licence="Apache-2.0", class_names=COCO_CLASS_NAMES)).head is Head.YOLOX
    detector = OnnxDetector(path)
    (frame,) = _read_frames(shared_data / CYCLIST_CLIP, 56)
    found = join_riders(detector.detect(frame))
    assert (box_iou(np.array([[473.0, 300, 623, 488]]), found.boxes) > 0.8).sum() == 1
    turned = Frame(picture=StillPicture(image=np.ascontiguousarray(frame.picture.to_bgr()[:, 300:700])), time_s=0.0)
    assert (box_iou(np.array([[173.0, 300, 323, 488]]), join_riders(detector.detect(turned)).boxes) > 0.8).sum() == 1


def _assert_same(first: Detections, second: Detections) -> None:
    assert_array_equal(first.boxes, second.boxes)
    assert_array_equal(first.scores, second.scores)
    assert_array_equal(first.classes, second.classes)


def _detect_slowly(path: Path, head: Head, image: Image) -> list[tuple[User, float, Box]]:
    """The same in plain Python, box by box, with OpenCV's own letterboxing."""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    width, height = MODELS[path.stem]
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = cv2.resize(image, (round(image.shape[1] * scale), round(image.shape[0] * scale)))
    right, below = width - inner.shape[1], height - inner.shape[0]
    left, top = (0, 0) if head is Head.YOLOX else (right // 2, below // 2)
    grey = (114, 114, 114)
    padded = cv2.copyMakeBorder(inner, top, below - top, left, right - left, cv2.BORDER_CONSTANT, value=grey)
    factor, swap = (1.0, False) if head is Head.YOLOX else (1 / 255, True)
    blob = cv2.dnn.blobFromImage(padded, factor, swapRB=swap)
    output = session.run(None, {session.get_inputs()[0].name: blob})[0][0].astype(float).tolist()
    if head is Head.YOLOX:
        candidates = _read_yolox(output, width, height)
    else:
        candidates = _read_yolov8(output) if head is Head.YOLOV8 else _read_end_to_end(output)
    kept: list[tuple[User, float, Box]] = []
    for user, score, box in sorted(candidates, key=lambda candidate: -candidate[1]):
        if score >= 0.1 and not any(
            _kind(user) == _kind(other) and _iou(box, rival) > 0.45 for other, _, rival in kept
        ):
            kept.append((user, score, box))
    limit = [image.shape[1], image.shape[0]] * 2
    offset = [left, top] * 2
    return [
        (user, score, [min(max((box[side] - offset[side]) / scale, 0), limit[side]) for side in range(4)])
        for user, score, box in kept
    ]


def _kind(user: User) -> str:
    if user is User.PEDESTRIAN:
        return "person"
    return "two wheels" if user in PEOPLE_AND_WHEELS else "more wheels"


def _read_yolov8(rows: list[list[float]]) -> Iterator[tuple[User, float, Box]]:
    for x, y, width, height, *scores in zip(*rows, strict=True):
        index = max(COCO_ROAD_USERS, key=lambda candidate: scores[candidate])
        box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
        yield COCO_ROAD_USERS[index], scores[index], box


def _read_end_to_end(rows: list[list[float]]) -> Iterator[tuple[User, float, Box]]:
    for *box, score, index in rows:
        if int(index) in COCO_ROAD_USERS:
            yield COCO_ROAD_USERS[int(index)], score, box


def _read_yolox(rows: list[list[float]], width: int, height: int) -> Iterator[tuple[User, float, Box]]:
    remaining = iter(rows)
    for stride in (8, 16, 32):
        for down in range(height // stride):
            for across in range(width // stride):
                x, y, log_width, log_height, objectness, *scores = next(remaining)
                index = max(COCO_ROAD_USERS, key=lambda candidate: scores[candidate])
                centre = (x + across) * stride, (y + down) * stride
                half = exp(log_width + log(stride)) / 2, exp(log_height + log(stride)) / 2
                box = [centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1]]
                yield COCO_ROAD_USERS[index], objectness * scores[index], box


def _iou(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = (first[2] - first[0]) * (first[3] - first[1]) + (second[2] - second[0]) * (second[3] - second[1])
    return width * height / (area - width * height)
