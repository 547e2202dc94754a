"""Quantising a model: made in 8-bit integers from a person's own footage, kept only if it finds the same there.

Frames are taken evenly from the footage, in blocks of time that alternate: half of them set the ranges of
activations, and on the others the new model is held against the old one. What is kept of the frames are those
ranges, one pair of numbers per layer, and the counts of the agreement.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Literal

from safemob.adapters.detectors.adopt import write_manifest
from safemob.adapters.detectors.agreement import MATCH_IOU, Agreement, measure_agreement
from safemob.adapters.detectors.int8 import quantise_graph
from safemob.adapters.detectors.manifest import (
    ModelManifest,
    find_manifest,
    manifest_beside,
    parse_manifests,
    read_model,
)
from safemob.adapters.detectors.network import Tensor
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.sources.footage import Footage
from safemob.adapters.whole_files import check_target, replace_files
from safemob.errors import ModelError, OutputError, UsageError, VideoError
from safemob.individual.image.detection import Detections

__all__ = ["F1_FLOOR", "Quantised", "Timing", "name_quantised", "quantise_model"]

F1_FLOOR = 0.90
"""Least agreement with the original (docs/adr/0016)."""

_LEAST_EXPECTED = 100
"""Road users to judge by: with fewer, chance moves F1 by more than two hundredths."""

_LEAST_LENGTH_S = 3.0
"""Of footage: in less, a block of time may be shorter than a frame lasts, and the same frames be made with and
judged by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Median processor time of one detection, ms, of the original and the quantised model, called in turns."""

    original_ms: float
    quantised_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantised:
    """A quantised model that was kept.

    Attributes:
        model: its file; the manifest lies beside it.
        manifest: what it is.
        agreement: with the model it was made from, on frames that it was not made with.
        timing: of both.
    """

    model: Path
    manifest: ModelManifest
    agreement: Agreement
    timing: Timing


def name_quantised(model: Path) -> Path:
    """Where a model's quantised form goes unless another place is asked for.

    >>> name_quantised(Path("models/yolov8n.onnx")).name
    'yolov8n.int8.onnx'
    """
    return model.with_suffix(".int8.onnx")


def quantise_model(
    model: Path,
    videos: Sequence[Path],
    out: Path | None = None,
    *,
    frames: int = 64,
    weight_bits: Literal[7, 8] = 7,
    replace: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Quantised:
    """Make an int8 model and its manifest, if it agrees with the original.

    Args:
        model: an ONNX model known to a manifest.
        videos: footage, or folders of it, of the cameras that the model is for.
        out: where the new model goes; beside the original by default.
        frames: to set ranges from, and as many others to judge by.
        weight_bits: 7 for any processor; 8, closer to the original, for those with VNNI or of ARM.
        replace: whether files that are there may be overwritten.
        progress: told how many frames of how many are done.

    Returns:
        What was written and how well it agrees.

    Raises:
        SafemobError: if a file is refused, the model cannot be quantised, there is too little to judge by, or the
            agreement is below `F1_FLOOR`. Then nothing is written.
    """
    model_bytes, sha256 = read_model(model)
    out = out or name_quantised(model)
    _check_places(model, out, replace=replace)
    manifest = find_manifest(model, sha256)
    original = OnnxDetector(model, manifest=manifest)
    footage = Footage(videos)
    _check_length(footage)
    seen, unseen = footage.alternate(frames)

    def load_pictures() -> Iterator[Tensor]:
        done = 0
        for frame in footage.frames_at(seen):
            progress(done, 2 * frames)
            yield original.load(frame)[0]
            done += 1
        if not done:
            msg = "none of the frames that are looked for in the footage can be decoded: give other footage"
            raise VideoError(msg)

    int8_bytes = quantise_graph(model_bytes, load_pictures(), frames, weight_bits=weight_bits, name=model.name)
    with TemporaryDirectory() as folder:
        draft = Path(folder) / out.name
        draft.write_bytes(int8_bytes)
        _, int8_sha256 = read_model(draft)
        int8_manifest = manifest.model_copy(update={"name": f"{manifest.name} int8", "sha256": int8_sha256})
        contest = _Contest(original, OnnxDetector(draft, manifest=int8_manifest))
        agreement = measure_agreement(contest.detect(footage, unseen, lambda done: progress(frames + done, 2 * frames)))
    _judge(agreement, model)
    source = (
        f"static int8 ({weight_bits}-bit weights) of {manifest.name} (sha256 {sha256}); on {agreement.frames} frames "
        f"that it was not made with, it agrees with that on {agreement.expected.total()} road users with an F1 of "
        f"{agreement.f1:.3f} at IoU {MATCH_IOU}"
    )
    int8_manifest = int8_manifest.model_copy(update={"source": source, "address": None})
    text = write_manifest(int8_manifest.model_dump(mode="json", exclude_none=True))
    (int8_manifest,) = parse_manifests(text, f"the manifest for {out.name}")
    replace_files(out.parent, {out.name: int8_bytes, manifest_beside(out).name: text.encode()})
    return Quantised(model=out, manifest=int8_manifest, agreement=agreement, timing=contest.timing)


def _check_places(model: Path, out: Path, *, replace: bool) -> None:
    """Refuse before the work what would be refused after it."""
    if out.suffix.lower() != ".onnx":
        msg = f"{out} does not end in .onnx: quantised models are ONNX files"
        raise UsageError(msg)
    places = (out, manifest_beside(out))
    for target in places:
        check_target(target)
    is_same = out.resolve() == model.resolve()  # through links; manifests lie beside the names
    if is_same or manifest_beside(out).resolve() == manifest_beside(model).resolve():
        msg = f"{out} would take the place of the model it is made from: choose another name"
        raise UsageError(msg)
    for target in places:
        if target.exists() and not replace:
            msg = f"{target} exists already: choose another name with --out, or use --replace"
            raise OutputError(msg)
    folder = next(each for each in out.absolute().parents if each.exists())
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        msg = f"{folder} cannot be written to ({error.strerror or error}): choose another place with --out"
        raise OutputError(msg) from None


def _check_length(footage: Footage) -> None:
    if footage.length_s < _LEAST_LENGTH_S:
        msg = (
            f"the footage is {footage.length_s:.1f} s long, too short to make a model with one part of it and judge it "
            f"by another (at least {_LEAST_LENGTH_S:g} s): give more of it"
        )
        raise VideoError(msg)


class _Contest:
    """Two detectors on the same frames."""

    def __init__(self, original: OnnxDetector, quantised: OnnxDetector) -> None:
        self._detectors = (original, quantised)
        self._spent_ms: tuple[list[float], list[float]] = ([], [])

    def detect(
        self, footage: Footage, moments_s: Sequence[float], progress: Callable[[int], None]
    ) -> Iterator[tuple[Detections, Detections]]:
        for done, frame in enumerate(footage.frames_at(moments_s)):
            progress(done)
            found = []
            for detector, spent_ms in zip(self._detectors, self._spent_ms, strict=True):
                began = time.thread_time()
                found.append(detector.detect(frame))
                spent_ms.append(1000 * (time.thread_time() - began))
            yield found[0], found[1]

    @property
    def timing(self) -> Timing:
        original_ms, quantised_ms = (median(each) for each in self._spent_ms)
        return Timing(original_ms=original_ms, quantised_ms=quantised_ms)


def _judge(agreement: Agreement, model: Path) -> None:
    expected = agreement.expected.total()
    if expected < _LEAST_EXPECTED:
        msg = (
            f"{model} finds {expected} road users in {agreement.frames} frames of this footage, too few to judge an "
            f"int8 model by (at least {_LEAST_EXPECTED}): give busier footage, or more --frames"
        )
        raise ModelError(msg)
    if agreement.f1 < F1_FLOOR:
        msg = (
            f"in int8, {model} would not find the same road users (F1 {agreement.f1:.2f} against the original on "
            f"{agreement.frames} frames, at least {F1_FLOOR:.2f} is needed): nothing is written, use the model as it is"
        )
        raise ModelError(msg)
