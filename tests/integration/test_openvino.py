"""OpenVINO in the place of ONNX Runtime: the same files, the same findings."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import openvino
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from onnx import TensorProto, helper, numpy_helper

from safemob.adapters.detectors.agreement import measure_agreement
from safemob.adapters.detectors.network import Runtime, open_network
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.sources.footage import Footage
from safemob.errors import ModelError, OutputError
from safemob.individual.image.frame import Frame
from safemob.worker.job import Job, run_job

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ("strudl_vid0.mp4", "opencv4nodejs_traffic.mp4", "intel_car-detection.mp4")
SMALL = "yolo11n_320_fp32_rebuilt"
MODELS = (
    SMALL,
    "yolo26n_640_fp32_dequant",
    "yolov8n_384x640_fp32_dequant",
    "yolov8n_640_fp32_rebuilt",
    "yolox_nano_416",
)


def _frames(shared_data: Path) -> Iterator[Frame]:
    for clip in CLIPS:
        yield from Footage([shared_data / "video" / clip]).frames_at([2.0])


@pytest.mark.parametrize("stem", MODELS)
def test_both_runtimes_find_the_same(stem: str, shared_data: Path) -> None:
    model = shared_data / "models" / f"{stem}.onnx"
    one, other = OnnxDetector(model), OnnxDetector(model, runtime=Runtime.OPENVINO)
    total = 0
    for frame in _frames(shared_data):
        expected, found = one.detect(frame), other.detect(frame)
        near_threshold = 1e-3
        sure, seen = (each.take(each.scores > 0.1 + near_threshold) for each in (expected, found))
        total += len(sure)
        assert_array_equal(seen.classes, sure.classes)
        assert_allclose(seen.scores, sure.scores, atol=near_threshold)
        assert_allclose(seen.boxes, sure.boxes, atol=0.05)
    assert total >= 20


def test_four_threads_find_what_one_finds(shared_data: Path) -> None:
    detector = OnnxDetector(shared_data / "models" / f"{SMALL}.onnx", runtime=Runtime.OPENVINO)
    frames = list(_frames(shared_data))
    alone = [detector.detect(frame) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(detector.detect, frames * 3))
    for expected, found in zip(alone * 3, together, strict=True):
        assert_array_equal(found.boxes, expected.boxes)
        assert_array_equal(found.scores, expected.scores)


def _write_sum(path: Path, *, factor: float = 1.0) -> bytes:
    """A model of open input size that gives the sum of its picture, times a factor, as one number."""
    nodes = [
        helper.make_node("ReduceSum", ["images"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "factor"], ["product"]),
        helper.make_node("Reshape", ["product", "shape"], ["output"]),
    ]
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, "height", "width"))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, (1, 1, 1))
    values = [
        numpy_helper.from_array(np.array(factor, dtype=np.float32), "factor"),
        numpy_helper.from_array(np.array([1, 1, 1], dtype=np.int64), "shape"),
    ]
    graph = helper.make_graph(nodes, "sum", [images], [output], values)
    onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path.read_bytes()


def test_an_open_input_takes_every_size_in_turns(tmp_path: Path) -> None:
    network = open_network(_write_sum(tmp_path / "sum.onnx"), name="sum", runtime=Runtime.OPENVINO)
    for height, width in [(32, 64), (64, 32), (32, 64)]:
        assert network.run(np.ones((1, 3, height, width), dtype=np.float32)).item() == 3 * height * width


def test_infinite_values_are_refused(tmp_path: Path) -> None:
    network = open_network(_write_sum(tmp_path / "sum.onnx", factor=1e38), name="sum", runtime=Runtime.OPENVINO)
    with pytest.raises(ModelError, match="NaN or infinite"):
        network.run(np.ones((1, 3, 32, 32), dtype=np.float32))


def test_an_image_that_does_not_fit_is_one_sentence(shared_data: Path) -> None:
    model = shared_data / "models" / "yolox_nano_416.onnx"
    network = open_network(model.read_bytes(), name=model.name, runtime=Runtime.OPENVINO)
    for _ in range(2):
        with pytest.raises(ModelError, match=r"fails on an image of 33x32 px") as refusal:
            network.run(np.zeros((1, 3, 32, 33), dtype=np.float32))
        assert "\n" not in str(refusal.value)


def test_16_bits_find_nearly_the_same_where_a_processor_has_them_and_are_refused_elsewhere(shared_data: Path) -> None:
    model = shared_data / "models" / "yolov8n_384x640_fp32_dequant.onnx"
    if "BF16" not in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        with pytest.raises(ModelError, match="does not compute in bfloat16"):
            OnnxDetector(model, runtime=Runtime.OPENVINO_BF16)
        return
    one, other = OnnxDetector(model), OnnxDetector(model, runtime=Runtime.OPENVINO_BF16)
    agreement = measure_agreement((one.detect(frame), other.detect(frame)) for frame in _frames(shared_data))
    assert agreement.expected.total() >= 15
    assert agreement.f1 > 0.9
    assert 0.95 < agreement.iou_mean < 1


def test_numbers_are_floats_of_32_bits_whatever_the_processor_prefers(shared_data: Path) -> None:
    model = shared_data / "models" / f"{SMALL}.onnx"
    precise = open_network(model.read_bytes(), name=SMALL, runtime=Runtime.OPENVINO)
    picture = np.random.default_rng(0).random((1, 3, 320, 320), dtype=np.float32)
    single = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.compile_model(openvino.Core().read_model(model), "CPU", single)
    assert_allclose(precise.run(picture), compiled(picture)[0], rtol=1e-4, atol=1e-3)


def test_nothing_is_written_into_the_home_folder_and_nothing_can_be_sent(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    lines = [
        "import sys, safemob.adapters.detectors.openvino, openvino.tools.ovc.telemetry_utils as used",
        "print(used.tm.__name__, [name for name in sys.modules if name.startswith('openvino_telemetry.')])",
    ]
    environment = os.environ | {"HOME": str(home), "XDG_CACHE_HOME": ""}
    environment.pop("CI", None)  # where the package would be silent by itself
    command = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "openvino.tools.ovc.telemetry_stub []\n"
    assert not list(home.iterdir())


def test_results_say_what_ran_the_model_and_parts_of_another_are_not_taken_up(
    shared_data: Path, tmp_path: Path
) -> None:
    def run(runtime: Runtime, *, resume: bool) -> str:
        job = Job(
            videos=(shared_data / "video" / "strudl_vid0.mp4",),
            site=ROOT / "calibration" / "strudl.toml",
            model=shared_data / "models" / f"{SMALL}.onnx",
            out=tmp_path / "out",
            runtime=runtime,
            resume=resume,
        )
        return run_job(job, lambda _start_s, _end_s: lambda _reached_s, _frames: None).analysis.method.runtime

    assert run(Runtime.OPENVINO, resume=False) == "openvino"
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "run by openvino" in page
    with pytest.raises(OutputError, match=r"runtime.*--overwrite"):
        run(Runtime.ONNXRUNTIME, resume=True)
