"""Small ONNX files, run by the real runtime, that are wrong in one way each."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner

from safemob.adapters.detectors.adopt import Answers, adopt_model
from safemob.adapters.detectors.manifest import Head, ModelManifest, find_manifest, manifest_beside
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.sources.picture import StillPicture
from safemob.cli.models import app
from safemob.errors import ModelError, OutputError, SafemobError, UsageError
from safemob.individual.image.frame import Frame
from safemob.taxonomy import RoadUserClass

Array = NDArray[np.generic]

NAMES = ("pedestrian", "cyclist", "dog")
SAID = Answers(licence="MIT", class_names=NAMES)
FOUND = np.zeros((1, 10, 6), dtype=np.float32)
FOUND[0, :3] = [[10, 20, 30, 60, 0.9, 0], [0, 20, 50, 60, 0.8, 1], [5, 5, 9, 9, 0.95, 2]]


def _write_onnx(
    path: Path,
    *outputs: Array,
    input_shape: tuple[int | str, ...] = (1, 3, 64, 96),
    input_type: int = TensorProto.FLOAT,
    inputs: int = 1,
    metadata: dict[str, str] | None = None,
) -> Path:
    """A model that gives the same outputs for every image."""
    nodes, values, infos = [], [], []
    for number, output in enumerate(outputs or (FOUND,)):
        values.append(numpy_helper.from_array(output, f"value{number}"))
        nodes.append(helper.make_node("Identity", [f"value{number}"], [f"output{number}"]))
        kind = helper.np_dtype_to_tensor_dtype(output.dtype)
        infos.append(helper.make_tensor_value_info(f"output{number}", kind, output.shape))
    images = [helper.make_tensor_value_info(f"images{n}", input_type, input_shape) for n in range(inputs)]
    graph = helper.make_graph(nodes, "small", images, infos, values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.save_model(model, path)
    return path


def _manifest(path: Path, **changes: object) -> ModelManifest:
    fields = {
        "name": "small",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": "MIT",
        "source": "made by a test",
        "head": "end-to-end",
        "colour_order": "rgb",
        "pixel_scale": "0-1",
        "class_names": NAMES,
        "classes": {"pedestrian": "pedestrian", "cyclist": "cyclist"},
    }
    return ModelManifest.model_validate(fields | changes)


def _frame(width: int = 96, height: int = 64) -> Frame:
    return Frame(picture=StillPicture(image=np.zeros((height, width, 3), dtype=np.uint8)), time_s=0.0)


def _refusal(path: Path, **changes: object) -> str:
    with pytest.raises(ModelError) as refusal:
        OnnxDetector(path, manifest=_manifest(path, **changes))
    sentence = str(refusal.value)
    assert path.name in sentence
    assert "\n" not in sentence
    return sentence


def test_a_model_with_classes_of_its_own_is_mapped_by_its_manifest(tmp_path: Path) -> None:
    path = _write_onnx(tmp_path / "small.onnx")
    found = OnnxDetector(path, manifest=_manifest(path)).detect(_frame(192, 128))
    assert found.boxes.tolist() == [[20, 40, 60, 120], [0, 40, 100, 120]]
    assert found.classes.tolist() == [RoadUserClass.PEDESTRIAN, RoadUserClass.CYCLIST]
    assert found.cut.tolist() == [False, True]


def test_boxes_that_lie_outside_the_frame_are_dropped(tmp_path: Path) -> None:
    padding = np.array([[[0, 0, 96, 14, 0.9, 0], [0, 30, 50, 50, 0.9, 0]]], dtype=np.float32)
    path = _write_onnx(tmp_path / "small.onnx", padding)
    found = OnnxDetector(path, manifest=_manifest(path)).detect(_frame(96, 32))  # 16 px of padding above and below
    assert found.boxes.tolist() == [[0, 14, 50, 32]]


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1)])
def test_frames_of_any_shape_are_taken(tmp_path: Path, size: tuple[int, int]) -> None:
    path = _write_onnx(tmp_path / "small.onnx")
    found = OnnxDetector(path, manifest=_manifest(path)).detect(_frame(*size))
    assert (found.boxes >= 0).all()
    assert (found.boxes <= [*size, *size]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 4, 5])
def test_nan_and_infinite_outputs_are_refused(tmp_path: Path, value: float, column: int) -> None:
    bad = FOUND.copy()
    bad[0, 7, column] = value
    assert "NaN or infinite" in _refusal(_write_onnx(tmp_path / "small.onnx", bad))


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        (np.zeros((1, 1000), np.float32), "none of the known"),
        (np.zeros((0,), np.float32), "none of the known"),
        (np.zeros((1, 10, 6), np.float64), "32-bit floats"),
        (np.zeros((1, 10, 6), np.int64), "32-bit floats"),
        (np.zeros((1, 7, 126), np.float32), "has the head 'yolov8'"),
        (np.full((1, 10, 6), 3, np.float32), "does not name"),
    ],
)
def test_other_outputs_are_refused(tmp_path: Path, output: Array, complaint: str) -> None:
    assert complaint in _refusal(_write_onnx(tmp_path / "small.onnx", output))


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        ((1, 3, 64), "not one colour image"),
        ((1, 1, 64, 64), "not one colour image"),
        ((8, 3, 64, 64), "not one colour image"),
        ((1, 3, 64, 100_000), "cannot be meant"),
    ],
)
def test_other_inputs_are_refused(tmp_path: Path, shape: tuple[int, ...], complaint: str) -> None:
    assert complaint in _refusal(_write_onnx(tmp_path / "small.onnx", input_shape=shape))


@pytest.mark.parametrize("kind", [TensorProto.UINT8, TensorProto.FLOAT16, TensorProto.INT64])
def test_inputs_of_another_type_are_refused(tmp_path: Path, kind: int) -> None:
    assert "export it in fp32" in _refusal(_write_onnx(tmp_path / "small.onnx", input_type=kind))


def test_models_with_two_inputs_or_outputs_are_refused(tmp_path: Path) -> None:
    assert "1 inputs and 2 outputs" in _refusal(_write_onnx(tmp_path / "masks.onnx", FOUND, FOUND))
    assert "2 inputs and 1 outputs" in _refusal(_write_onnx(tmp_path / "pair.onnx", inputs=2))


def test_a_model_whose_own_class_names_differ_from_the_manifest_is_refused(tmp_path: Path) -> None:
    named = {"names": str({0: "cyclist", 1: "pedestrian", 2: "dog"})}
    assert "other class names" in _refusal(_write_onnx(tmp_path / "small.onnx", metadata=named))


@pytest.mark.parametrize("content", [b"\x00" * 1000, b"GIF89a" * 50, b"\x08"])
def test_files_that_are_not_onnx_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "small.onnx"
    path.write_bytes(content)
    assert "not an ONNX model" in _refusal(path)


def test_a_truncated_model_is_refused(tmp_path: Path) -> None:
    path = _write_onnx(tmp_path / "small.onnx")
    path.write_bytes(path.read_bytes()[:-40])
    _refusal(path)


def test_a_flipped_bit_is_refused_before_loading(tmp_path: Path) -> None:
    path = _write_onnx(tmp_path / "small.onnx")
    adopt_model(path, SAID)
    OnnxDetector(path)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(ModelError, match=r"damaged or was exchanged"):
        OnnxDetector(path)
    with pytest.raises(ModelError, match=r"its manifest expects"):
        OnnxDetector(path, manifest=_manifest(path, sha256="0" * 64))


def test_weights_in_a_second_file_are_refused_even_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write_onnx(tmp_path / "small.onnx")
    onnx.save_model(onnx.load_model(path), path, save_as_external_data=True, location="small.bin", size_threshold=0)
    assert (tmp_path / "small.bin").is_file()
    monkeypatch.chdir(tmp_path)
    assert "second file" in _refusal(path)


def test_an_unknown_model_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"safemob models adopt"):
        OnnxDetector(_write_onnx(tmp_path / "small.onnx"))


def test_adopting_recognises_what_ultralytics_writes_into_its_exports(tmp_path: Path) -> None:
    names = {0: 'person "x"', 1: "Bicycle", 2: "größe\x7f", 3: "van"}
    metadata = {"names": str(names), "license": "AGPL-3.0", "description": "ours\nand theirs"}
    path = _write_onnx(tmp_path / "small.onnx", np.zeros((1, 8, 126), np.float32), metadata=metadata)
    written = adopt_model(path, Answers(road_users={"0": "pedestrian"}))
    assert written == find_manifest(path, written.sha256)
    assert (written.head, written.colour_order, written.pixel_scale) == (Head.YOLOV8, "rgb", "0-1")
    assert written.all_class_names == tuple(names.values())
    assert written.classes == {names[0]: "pedestrian", "Bicycle": "cyclist", "van": "truck"}
    assert written.licence == "AGPL-3.0"
    assert OnnxDetector(path).manifest == written


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        (Answers(class_names=NAMES), "--licence"),
        (Answers(licence="MIT"), "--classes coco"),
        (Answers(licence="MIT", class_names=("cat", "dog")), "knows 3 classes, but 2 names"),
        (Answers(licence="MIT", class_names=("cat", "dog", "cow")), "--map CLASS=ROAD_USER"),
        (Answers(licence="MIT", class_names=NAMES, road_users={"horse": "cyclist"}), "does not know"),
        (Answers(licence="MIT", class_names=NAMES, road_users={"dog": "rider"}), "classes.dog"),
    ],
)
def test_adopting_asks_for_what_the_file_does_not_say(tmp_path: Path, answers: Answers, complaint: str) -> None:
    path = _write_onnx(tmp_path / "small.onnx", np.zeros((1, 7, 126), np.float32))
    with pytest.raises(ModelError, match=complaint):
        adopt_model(path, answers)
    assert [file.name for file in tmp_path.iterdir()] == ["small.onnx"]


@pytest.mark.parametrize(
    "names", ["", "{", "{}", "[]", "'ab'", "{1: 'a'}", "{'a': 1}", "{[]: 1}", "__import__('os')", "{0: " * 50, "7"]
)
def test_metadata_that_names_no_classes_is_like_none(tmp_path: Path, names: str) -> None:
    path = _write_onnx(tmp_path / "small.onnx", metadata={"names": names})
    assert OnnxDetector(path, manifest=_manifest(path)).manifest.name == "small"


def test_a_manifest_is_overwritten_only_when_asked(tmp_path: Path) -> None:
    path = _write_onnx(tmp_path / "small.onnx")
    manifest_beside(path).write_text("mine", "utf-8")
    with pytest.raises(OutputError, match="--replace"):
        adopt_model(path, SAID)
    assert manifest_beside(path).read_text("utf-8") == "mine"
    adopt_model(path, SAID, replace=True)
    assert OnnxDetector(path).manifest.licence == "MIT"


def _run(*arguments: str) -> tuple[str, SafemobError | None]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SafemobError), result.output
    return result.output, result.exception


def test_the_commands_list_adopt_and_verify(tmp_path: Path) -> None:
    path = str(_write_onnx(tmp_path / "small.onnx"))
    listed, _ = _run("list")
    assert len(listed.splitlines()) == 6
    _, unknown = _run("verify", path)
    assert unknown is not None
    assert unknown.exit_code == 4
    adopted, error = _run("adopt", path, "--licence", "MIT", "--classes", "walker,cyclist,dog", "--map", "0=pedestrian")
    assert error is None
    assert "walker → pedestrian" in adopted
    verified, error = _run("verify", path)
    assert error is None
    assert "end-to-end, input 96x64" in verified


def test_a_mapping_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    _, error = _run("adopt", str(tmp_path / "small.onnx"), "--map", "cyclist")
    assert isinstance(error, UsageError)
