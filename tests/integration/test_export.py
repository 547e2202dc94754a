"""Checkpoints of Ultralytics exported by Ultralytics, in an environment that is made once and kept."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose
from typer.testing import CliRunner, Result

from safemob.adapters.detectors.network import Tensor, open_network
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.sources.picture import StillPicture
from safemob.adapters.supply.environment import Environment, create_environment
from safemob.adapters.supply.export import check_export, name_export
from safemob.adapters.supply.yolo import yolo_environment
from safemob.cli.models import app
from safemob.errors import ModelError, OutputError, SafemobError, SupplyError, UsageError
from safemob.individual.image.frame import Frame

CHECKPOINT = "yolov8n_dequant.pt"
SAME_WEIGHTS = "yolov8n_384x640_fp32_dequant.onnx"


class Harm:
    """What a pickle may be: an order to run something when it is opened."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.witness),)


@pytest.fixture(scope="session")
def ultralytics(project: Path) -> Environment:
    """As the benchmarks have it, or where a setting says."""
    chosen = os.environ.get("SAFEMOB_ULTRALYTICS")
    environment = yolo_environment(Path(chosen) if chosen else project / ".venv-ultralytics")
    create_environment(environment)
    return environment


@pytest.fixture
def weights(shared_data: Path, tmp_path: Path) -> Path:
    path = tmp_path / "yolov8n.pt"
    path.write_bytes((shared_data / "models" / CHECKPOINT).read_bytes())
    return path


def _export(weights: Path, environment: Environment, *options: str) -> Result:
    return CliRunner().invoke(app, ["export", str(weights), "--environment", str(environment.folder), *options])


def _run(model: Path, picture: Tensor) -> Tensor:
    return open_network(model.read_bytes(), name=model.name).run(picture)


@pytest.mark.slow
def test_what_is_exported_computes_what_the_published_form_of_its_weights_does(
    ultralytics: Environment, weights: Path, shared_data: Path
) -> None:
    result = _export(weights, ultralytics, "--imgsz", "384x640")
    assert result.exit_code == 0, result.output
    model = weights.with_name("yolov8n_384x640.onnx")
    assert f"Wrote {model} and {model.with_suffix('.toml')}" in result.stdout
    picture = np.random.default_rng(0).random((1, 3, 384, 640), dtype=np.float32)
    assert_allclose(_run(model, picture), _run(shared_data / "models" / SAME_WEIGHTS, picture), atol=1e-3)
    manifest = OnnxDetector(model).manifest
    assert manifest.licence.startswith("AGPL-3.0")
    assert manifest.source.startswith("exported by Ultralytics from yolov8n.pt (sha256 7cb3b1e28769")
    assert sorted(path.name for path in weights.parent.iterdir()) == [
        "yolov8n.pt",
        "yolov8n_384x640.onnx",
        "yolov8n_384x640.toml",
    ]


@pytest.mark.slow
def test_an_export_leaves_nothing_at_home(
    ultralytics: Environment, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = weights.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for variable in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(variable)
    result = _export(weights, ultralytics, "--imgsz", "96")
    assert result.exit_code == 0, result.output
    assert list(home.iterdir()) == []


@pytest.mark.slow
def test_a_dynamic_model_follows_the_frame(ultralytics: Environment, weights: Path, shared_data: Path) -> None:
    result = _export(weights, ultralytics, "--imgsz", "384x640", "--dynamic")
    assert result.exit_code == 0, result.output
    model = weights.with_name("yolov8n_dynamic.onnx")
    detector = OnnxDetector(model)
    assert detector.input_description == "of the frame's shape, 640 px long"
    capture = cv2.VideoCapture(str(shared_data / "video" / "opencv4nodejs_traffic.mp4"))  # 16:9
    is_read, image = capture.read()
    assert is_read
    frame = Frame(picture=StillPicture(image=np.asarray(image, dtype=np.uint8)), time_s=0.0)
    found, expected = detector.detect(frame), OnnxDetector(shared_data / "models" / SAME_WEIGHTS).detect(frame)
    assert len(expected.boxes) > 5
    assert_allclose(found.boxes, expected.boxes, atol=0.1)
    assert found.classes.tolist() == expected.classes.tolist()


@pytest.mark.slow
def test_a_checkpoint_that_would_run_code_is_not_opened(ultralytics: Environment, tmp_path: Path) -> None:
    weights, witness = tmp_path / "harm.pt", tmp_path / "harmed"
    with ZipFile(weights, "w") as archive:
        archive.writestr("harm/data.pkl", pickle.dumps({"model": Harm(witness)}, protocol=2))
        archive.writestr("harm/version", "3\n")
    result = _export(weights, ultralytics)
    assert isinstance(result.exception, SupplyError)
    assert "asks for code that is not of Ultralytics' networks, and was not opened" in str(result.exception)
    assert list(tmp_path.iterdir()) == [weights]
    pickle.loads(pickle.dumps(Harm(witness)))  # noqa: S301  (it would have, had it been opened)
    assert witness.exists()


@pytest.mark.slow
def test_classes_may_be_mapped_and_frames_scaled_otherwise(
    ultralytics: Environment, weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "own" / "model.onnx"
    result = _export(
        weights, ultralytics, "--imgsz", "96", "--dynamic", "--map", "skateboard=e-scooter", "--out", str(out)
    )
    assert result.exit_code == 0, result.output
    detector = OnnxDetector(out)
    assert detector.manifest.classes["skateboard"] == "e-scooter"
    assert detector.input_description == "of the frame's shape, 96 px long"


def test_nothing_is_installed_unless_somebody_agrees(weights: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ultralytics"
    result = CliRunner().invoke(app, ["export", str(weights), "--environment", str(folder)])
    assert isinstance(result.exception, UsageError)
    assert "--yes" in str(result.exception)
    assert f"{folder}\nwhich takes about 1.6 GB" in result.stderr
    assert not folder.exists()


def _as_file(path: Path) -> Path:
    path.write_bytes(b"no archive")
    return path


@pytest.mark.parametrize(
    ("name", "options", "error", "sentence"),
    [
        ("gone.pt", [], ModelError, "there is no checkpoint"),
        ("text.pt", [], ModelError, "is no checkpoint of PyTorch"),
        ("good.pt", ["--imgsz", "384x"], UsageError, "--imgsz 384x is no size"),
        ("good.pt", ["--imgsz", "3x384x640"], UsageError, "--imgsz 3x384x640 is no size"),
        ("good.pt", ["--imgsz", "-32"], UsageError, "--imgsz -32 is no size"),
        ("good.pt", ["--imgsz", "384x641"], UsageError, "no input can be 384x641 px: give multiples of 32"),
        ("good.pt", ["--imgsz", "0"], UsageError, "no input can be 0x0 px"),
        ("good.pt", ["--imgsz", "640x8192"], UsageError, "up to 4096"),
        ("good.pt", ["--out", "x.pt"], UsageError, "x.pt does not end in .onnx"),
        ("good.pt", ["--map", "rider"], UsageError, "--map rider is not CLASS=ROAD_USER"),
        ("good.pt", ["--imgsz", "32x64"], OutputError, "good_32x64.onnx exists already"),
        ("good.pt", ["--out", "other.onnx"], OutputError, "other.toml exists already"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    options: list[str],
    error: type[SafemobError],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SAFEMOB_ULTRALYTICS", raising=False)
    for present in ("text.pt", "good_32x64.onnx", "other.toml"):
        _as_file(tmp_path / present)
    with ZipFile("good.pt", "w") as archive:
        archive.writestr("good/version", "3\n")
    result = CliRunner().invoke(app, ["export", name, *options])
    assert isinstance(result.exception, error)
    assert sentence in str(result.exception)
    assert result.stderr == ""


def test_files_that_are_there_may_be_replaced_if_told_so(tmp_path: Path) -> None:
    weights = tmp_path / "good.pt"
    with ZipFile(weights, "w") as archive:
        archive.writestr("good/version", "3\n")
    out = name_export(weights, (640, 640), dynamic=False)
    assert out == tmp_path / "good_640x640.onnx"
    _as_file(out)
    check_export(weights, out, (640, 640), replace=True)
