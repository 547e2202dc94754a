"""Exporting a checkpoint of Ultralytics: an ONNX model with its manifest, made in the environment of Ultralytics.

A checkpoint is a pickle, which can run any code when it is opened. Ultralytics is told to open it with the classes of
its own networks alone, and what asks for more is refused.
"""

import dataclasses
import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import is_zipfile

from safemob.adapters.detectors.adopt import Answers, describe_model
from safemob.adapters.detectors.manifest import ModelManifest, manifest_beside, parse_manifests, read_model
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.supply.environment import Environment
from safemob.adapters.supply.yolo import run_yolo
from safemob.adapters.whole_files import check_target, replace_files
from safemob.errors import ModelError, OutputError, SupplyError, UsageError

__all__ = ["check_export", "export_model", "name_export"]

_SCRIPT = Path(__file__).with_name("ultralytics_export.py")
_STRIDE_PX = 32
_MOST_PX = 4096


def name_export(weights: Path, size_px: tuple[int, int], *, dynamic: bool) -> Path:
    """Where an exported model goes unless another place is asked for.

    >>> name_export(Path("yolov8n.pt"), (640, 384), dynamic=False).name
    'yolov8n_384x640.onnx'
    """
    width, height = size_px
    return weights.with_name(f"{weights.stem}_{'dynamic' if dynamic else f'{height}x{width}'}.onnx")


def check_export(weights: Path, out: Path, size_px: tuple[int, int], *, replace: bool = False) -> None:
    """Refuse before the work what would be refused after it.

    Args:
        weights: the checkpoint.
        out: where the model is to go.
        size_px: width and height of its input.
        replace: whether files that are there may be overwritten.

    Raises:
        SafemobError: naming the first thing that is wrong.
    """
    if not weights.is_file():
        msg = f"there is no checkpoint {weights}: give the path of a .pt file of Ultralytics"
        raise ModelError(msg)
    if not is_zipfile(weights):
        msg = f"{weights} is no checkpoint of PyTorch, or a damaged one: give a .pt file of Ultralytics"
        raise ModelError(msg)
    if out.suffix.lower() != ".onnx":
        msg = f"{out} does not end in .onnx: exported models are ONNX files"
        raise UsageError(msg)
    if any(side % _STRIDE_PX or not 0 < side <= _MOST_PX for side in size_px):
        width, height = size_px
        msg = f"no input can be {height}x{width} px: give multiples of {_STRIDE_PX} up to {_MOST_PX}"
        raise UsageError(msg)
    for target in (out, manifest_beside(out)):
        check_target(target)
        if target.exists() and not replace:
            msg = f"{target} exists already: choose another name with --out, or use --replace"
            raise OutputError(msg)


def export_model(
    weights: Path,
    out: Path,
    size_px: tuple[int, int],
    environment: Environment,
    answers: Answers,
    *,
    dynamic: bool = False,
    replace: bool = False,
) -> ModelManifest:
    """Export, load what came of it, and only then write it and its manifest.

    Args:
        weights: the checkpoint; it is only read.
        out: where the model goes.
        size_px: width and height of its input; with `dynamic`, the longer of them is what frames are scaled to.
        environment: of Ultralytics, ready.
        answers: what the file does not say.
        dynamic: whether to leave the size of the input open.
        replace: whether files that are there may be overwritten.

    Returns:
        The manifest as written.

    Raises:
        SafemobError: if a file is refused, or Ultralytics cannot export it. Then nothing is written.
    """
    check_export(weights, out, size_px, replace=replace)
    checkpoint = weights.read_bytes()
    source = f"exported by Ultralytics from {weights.name} (sha256 {hashlib.sha256(checkpoint).hexdigest()})"
    answers = dataclasses.replace(answers, source=answers.source or source)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "weights.pt"
        copy.write_bytes(checkpoint)
        _run_export(environment, copy, weights, size_px, dynamic=dynamic)
        draft = copy.with_suffix(".onnx")
        model_bytes, sha256 = read_model(draft)
        text = describe_model(model_bytes, sha256, out.name, answers, long_side_px=max(size_px))
        (manifest,) = parse_manifests(text, f"the manifest for {out.name}")
        OnnxDetector(draft, manifest=manifest)
    replace_files(out.parent, {out.name: model_bytes, manifest_beside(out).name: text.encode()})
    return manifest


def _run_export(
    environment: Environment, copy: Path, weights: Path, size_px: tuple[int, int], *, dynamic: bool
) -> None:
    width, height = size_px
    arguments = ("-I", _SCRIPT, copy.name, str(height), str(width), "dynamic" if dynamic else "fixed")
    try:
        for _ in run_yolo(environment, arguments, folder=copy.parent):
            pass
    except SupplyError as error:
        msg = f"Ultralytics cannot export {weights} ({error}): give one of its detection models"
        raise SupplyError(msg) from error
