"""Models in 8-bit integers, made of real models on real footage."""

import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner

from safemob.adapters.detectors.int8 import list_head_nodes, quantise_graph
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.detectors.quantise import F1_FLOOR, quantise_model
from safemob.adapters.sources.footage import Footage
from safemob.cli.models import app
from safemob.errors import ModelError, OutputError, SafemobError, UsageError, VideoError
from safemob.individual.image.suppression import box_iou

BUSY = "opencv4nodejs_traffic.mp4"
CALM = "intel_car-detection.mp4"
SMALL = "yolo11n_320_fp32_rebuilt.onnx"
DEPTHWISE = "yolox_nano_416.onnx"
HEAD_CONVOLUTIONS = {
    "yolov8n_384x640_fp32_dequant": 7,  # three of boxes, three of classes, one that turns distributions into distances
    "yolov8n_640_fp32_rebuilt": 7,
    "yolo11n_320_fp32_rebuilt": 7,
    "yolo26n_640_fp32_dequant": 6,  # has no distributions
    "yolox_nano_416": 9,  # three of boxes, three of objectness, three of classes
}


@dataclass(frozen=True)
class Made:
    """A quantised model, and what the command printed and logged of it."""

    model: Path
    printed: str
    logged: list[str]


class Listener(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.messages.append(record.getMessage())


@pytest.fixture(scope="module")
def made(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A small model, quantised by the command in the place of an older one."""
    folder = tmp_path_factory.mktemp("int8")
    shutil.copy(shared_data / "models" / SMALL, folder / "small.onnx")
    out = folder / "small.int8.onnx"
    out.write_text("old", "utf-8")
    command = ["quantise", str(folder / "small.onnx"), str(shared_data / "video" / BUSY), "--frames", "16", "--replace"]
    listener = Listener()
    logging.getLogger().addHandler(listener)
    done = CliRunner().invoke(app, [*command, "--weight-bits", "8"])
    logging.getLogger().removeHandler(listener)
    assert done.exit_code == 0, done.output
    return Made(model=out, printed=done.stdout, logged=listener.messages)


def test_a_quantised_model_is_an_ordinary_model(made: Made, shared_data: Path) -> None:
    detector, original = OnnxDetector(made.model), OnnxDetector(shared_data / "models" / SMALL)
    (frame,) = Footage([shared_data / "video" / BUSY]).frames_at([3.0])
    expected, found = original.detect(frame), detector.detect(frame)
    sure = expected.take(expected.scores > 0.5)
    assert len(sure) >= 4
    assert (box_iou(sure.boxes, found.boxes).max(axis=1) > 0.7).all()
    assert made.model.stat().st_size < (shared_data / "models" / SMALL).stat().st_size / 3


def test_the_manifest_says_what_it_was_made_of_and_how_well_it_agrees(made: Made, shared_data: Path) -> None:
    original = OnnxDetector(shared_data / "models" / SMALL).manifest
    manifest = OnnxDetector(made.model).manifest
    assert manifest.licence == original.licence
    assert manifest.classes == original.classes
    assert "8-bit weights" in manifest.source
    assert original.sha256 in manifest.source
    stated = re.search(r"on 16 frames that .* on (\d+) road users with an F1 of (\d\.\d+) ", manifest.source)
    assert stated is not None
    assert int(stated[1]) >= 100
    assert F1_FLOOR <= float(stated[2]) < 1
    assert f"F1 {stated[2]} " in made.printed


def test_the_command_prints_what_agrees_by_road_user_and_what_it_gains(made: Made) -> None:
    assert re.search(r"^car +\d+ before, \d+ now, \d+ the same *$", made.printed, re.MULTILINE)
    assert re.search(r"^centres +0\.\d px apart \(median\), \d\.\d px", made.printed, re.MULTILINE)
    assert re.search(r"^speed here +\d\.\d\d×", made.printed, re.MULTILINE)


def test_advice_to_the_tool_s_developers_is_not_passed_on(made: Made) -> None:
    assert made.logged == []


@pytest.mark.parametrize("stem", HEAD_CONVOLUTIONS)
def test_the_head_is_found_by_structure_and_not_by_names(stem: str, shared_data: Path) -> None:
    graph = onnx.load_model(shared_data / "models" / f"{stem}.onnx").graph
    for number, node in enumerate(graph.node):
        node.name = str(number)
    head = [graph.node[int(name)] for name in list_head_nodes(graph)]
    assert sum(node.op_type == "Conv" for node in head) == HEAD_CONVOLUTIONS[stem]
    assert graph.node[-1] in head
    body = [node for node in graph.node if node not in head]
    assert len(body) > 0.75 * len(graph.node)


def test_a_model_that_does_not_stand_it_is_refused_and_nothing_is_left(shared_data: Path, tmp_path: Path) -> None:
    model, footage = shared_data / "models" / DEPTHWISE, shared_data / "video" / BUSY
    out = tmp_path / "out" / "yolox.onnx"
    with pytest.raises(ModelError, match=rf"would not find the same .* at least {F1_FLOOR:.2f} is needed") as refusal:
        quantise_model(model, [footage], out, frames=12)
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.iterdir())


def test_too_few_road_users_to_judge_by_are_a_refusal(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.onnx"
    with pytest.raises(ModelError, match="too few to judge"):
        quantise_model(shared_data / "models" / SMALL, [shared_data / "video" / CALM], out, frames=8)
    assert not list(tmp_path.iterdir())


def test_a_quantised_model_is_not_quantised_again(made: Made, shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is quantised already"):
        quantise_model(made.model, [shared_data / "video" / BUSY], tmp_path / "again.onnx", frames=8)


@pytest.mark.parametrize(
    ("out", "there", "error", "sentence"),
    [
        ("new.onnx", "new.onnx", OutputError, "--replace"),
        ("new.onnx", "new.toml", OutputError, "--replace"),
        ("small.onnx", "", UsageError, "take the place of the model"),
        ("small.ONNX", "", UsageError, "take the place of the model"),
        ("new.pt", "", UsageError, "does not end in .onnx"),
        (".", "", UsageError, "does not end in .onnx"),
    ],
)
def test_nothing_is_overwritten_unasked(
    out: str, there: str, error: type[SafemobError], sentence: str, shared_data: Path, tmp_path: Path
) -> None:
    model = tmp_path / "small.onnx"
    shutil.copy(shared_data / "models" / SMALL, model)
    if there:
        (tmp_path / there).write_text("mine", "utf-8")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(error, match=sentence):
        quantise_model(model, [shared_data / "video" / BUSY], tmp_path / out, frames=8)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_model_given_by_a_link_is_not_replaced(shared_data: Path, tmp_path: Path) -> None:
    model, link = tmp_path / "model.onnx", tmp_path / "link.onnx"
    shutil.copy(shared_data / "models" / SMALL, model)
    link.symlink_to(model)
    with pytest.raises(UsageError, match="take the place of the model"):
        quantise_model(link, [shared_data / "video" / BUSY], model, frames=8, replace=True)


def test_a_folder_that_cannot_be_written_to_is_told_before_the_work(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be written to.*--out"):
        quantise_model(shared_data / "models" / SMALL, [tmp_path / "no.mp4"], Path("/proc/new/new.onnx"))


def test_a_folder_is_no_model(shared_data: Path) -> None:
    with pytest.raises(ModelError, match="there is no model file"):
        quantise_model(Path(), [shared_data / "video" / BUSY])


def _write_footage(path: Path, seconds: Sequence[float]) -> Path:
    """Grey pictures, each lasting so long."""
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        start = 0
        for duration in (round(1000 * each) for each in seconds):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 114, np.uint8), format="bgr24")
            picture.pts, picture.time_base = start, Fraction(1, 1000)
            for packet in stream.encode(picture):
                packet.duration = duration
                container.mux(packet)
            start += duration
    return path


@pytest.mark.parametrize(
    ("seconds", "sentence"), [([0.1] * 20, "is 2.0 s long, too short"), ([5.0], "none of the frames")]
)
def test_footage_without_frames_to_choose_from_is_refused(
    seconds: list[float], sentence: str, shared_data: Path, tmp_path: Path
) -> None:
    footage = _write_footage(tmp_path / "footage.mp4", seconds)
    with pytest.raises(VideoError, match=sentence):
        quantise_model(shared_data / "models" / SMALL, [footage], tmp_path / "new.onnx", frames=8)


def test_a_graph_that_the_tools_do_not_master_is_one_sentence() -> None:
    nodes = [
        helper.make_node("Conv", ["images", "weights"], ["inner"]),
        helper.make_node("FusedConv", ["inner", "weights"], ["output"], domain="com.microsoft", activation="Relu"),
    ]
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 32, 32))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, None)
    weights = numpy_helper.from_array(np.ones((3, 3, 1, 1), np.float32), "weights")
    graph = helper.make_graph(nodes, "fused", [images], [output], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    pictures = iter([np.zeros((1, 3, 32, 32), np.float32)])
    with pytest.raises(ModelError, match=r"the model fused cannot be quantised \(.*FusedConv"):
        quantise_graph(model.SerializeToString(), pictures, 1, weight_bits=7, name="fused")


def test_footage_that_is_no_video_is_refused(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(VideoError):
        quantise_model(shared_data / "models" / SMALL, [shared_data / "models" / SMALL], tmp_path / "new.onnx")


@pytest.mark.parametrize("count", [8, 13, 64])
def test_no_block_of_time_is_both_made_with_and_judged_by(count: int, shared_data: Path) -> None:
    footage = Footage([shared_data / "video" / CALM])
    made_with, judged_by = footage.alternate(count)
    assert len(made_with) == len(judged_by) == count
    assert made_with[0] < footage.length_s / 16
    assert footage.length_s * 15 / 16 < judged_by[-1] < footage.length_s
    blocks = [{int(16 * moment / footage.length_s) for moment in moments} for moments in (made_with, judged_by)]
    assert not blocks[0] & blocks[1]
    assert len(blocks[0]) == len(blocks[1]) == 8


def test_frames_come_from_the_moments_asked_for(shared_data: Path) -> None:
    footage = Footage([shared_data / "video" / CALM, shared_data / "video" / BUSY])
    calm_s = Footage([shared_data / "video" / CALM]).length_s
    moments_s = [0.0, 1.0, 12.0, calm_s + 0.5, calm_s + 9.0]
    frames = list(footage.frames_at(moments_s))
    wanted_s = [0.0, 1.0, 12.0, 0.5, 9.0]
    assert [frame.time_s - wanted for frame, wanted in zip(frames, wanted_s, strict=True)] == pytest.approx(
        [0.05] * 5, abs=0.05
    )
    assert [frame.picture.size_px for frame in frames] == [(768, 432)] * 3 + [(640, 360)] * 2
