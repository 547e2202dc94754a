"""What a model file is: its hash, licence, head, input and classes, as a person wrote them down.

A manifest is a TOML file of ``[[model]]`` tables. It lies beside the model under the same name
(``yolov8n.toml`` for ``yolov8n.onnx``) or comes with safemob (``models/manifest.toml``). A model is known
by the SHA-256 of its bytes alone, so a renamed file is still known and a changed one is not.
"""

import hashlib
import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from safemob.adapters.bundled import find_bundled
from safemob.adapters.small_files import read_small_file
from safemob.errors import ModelError
from safemob.taxonomy import RoadUserClass

__all__ = [
    "COCO_CLASS_NAMES",
    "DEFAULT_SCORE_THRESHOLD",
    "MAX_MODEL_BYTES",
    "Head",
    "ModelManifest",
    "bundled_manifests",
    "find_manifest",
    "manifest_beside",
    "parse_manifests",
    "read_manifests",
    "read_model",
]

DEFAULT_SCORE_THRESHOLD = 0.1
"""Low on purpose: a tracker of the ByteTrack kind continues tracks with detections of low score."""

_MAX_MANIFEST_BYTES = 64 * 1024
MAX_MODEL_BYTES = 512 * 1024 * 1024
"""Detectors that run on a CPU are far smaller, and a file is read whole before its hash is known."""

_COCO = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,"
    "parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,"
    "handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,baseball glove,"
    "skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,banana,apple,"
    "sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,"
    "dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,"
    "refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush"
)
COCO_CLASS_NAMES = tuple(_COCO.split(","))
"""The 80 classes of COCO 2017 (https://cocodataset.org) in the order that detectors number them."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Share = Annotated[float, Field(ge=0, le=1)]
RoadUserLabel = Literal["pedestrian", "cyclist", "motorcyclist", "e-scooter", "car", "truck", "bus", "tram"]
_CLASS_OF_LABEL = {user.label: user for user in RoadUserClass}


class Head(StrEnum):
    """How a network writes its boxes."""

    YOLOV8 = "yolov8"
    """(1, 4 + classes, anchors): centre, size and class scores in input pixels (Ultralytics YOLOv8, YOLO11)."""
    END_TO_END = "end-to-end"
    """(1, boxes, 6): corners, score, class; duplicates already removed (YOLOv10, YOLO26)."""
    YOLOX = "yolox"
    """(1, anchors, 5 + classes): offsets to a grid of strides 8, 16, 32, objectness and class scores (YOLOX)."""


class ModelManifest(BaseModel):
    """One ``[[model]]`` table.

    Attributes:
        name: what reports call the model.
        sha256: of the ONNX file.
        licence: of the weights, an SPDX expression where there is one.
        source: where the file comes from, or how it was made.
        address: what `safemob models pull` fetches it from: only one that was seen to give a file of this hash.
        head: how its output is read.
        colour_order, pixel_scale: what its input expects; red-green-blue in 0–1 for Ultralytics' exports,
            blue-green-red in 0–255 for YOLOX.
        class_names: the names of all its classes in order, or ``coco``.
        classes: which of them are road users, by name or index; all others are ignored.
        score_thresholds: least score per road user, where it differs from 0.1.
        long_side_px: longer side of the input, used where the model leaves its input size open.
        limits: what the model is not for, in a few words.
        precision, recall: by road user, as found by whoever made it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Text
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    licence: _Text
    source: _Text
    address: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    head: Head
    colour_order: Literal["rgb", "bgr"]
    pixel_scale: Literal["0-1", "0-255"]
    class_names: Literal["coco"] | Annotated[tuple[_Text, ...], Field(min_length=1, max_length=1000)]
    classes: Annotated[dict[_Text, RoadUserLabel], Field(min_length=1)]
    score_thresholds: dict[RoadUserLabel, Annotated[float, Field(gt=0, lt=1)]] = {}
    long_side_px: Annotated[int, Field(ge=64, le=4096, multiple_of=32)] = 640
    limits: _Text | None = None
    precision: dict[RoadUserLabel, _Share] = {}
    recall: dict[RoadUserLabel, _Share] = {}

    @property
    def file_name(self) -> str:
        """What a file of the model is called where nobody called it otherwise."""
        return f"{re.sub('[^a-z0-9]+', '-', self.name.lower()).strip('-') or 'model'}.onnx"

    @property
    def all_class_names(self) -> tuple[str, ...]:
        """The names of every class the model knows, in its order."""
        return COCO_CLASS_NAMES if self.class_names == "coco" else self.class_names

    @property
    def road_users(self) -> dict[int, RoadUserClass]:
        """Road user class per class index of the model, in order of the index."""
        index_of = {name: index for index, name in enumerate(self.all_class_names)}
        named = {
            index_of.get(key, int(key) if key.isdecimal() else -1): _CLASS_OF_LABEL[label]
            for key, label in self.classes.items()
        }
        return dict(sorted(named.items()))

    def score_threshold(self, road_user: RoadUserClass) -> float:
        """Least score at which this road user is reported."""
        for label, threshold in self.score_thresholds.items():
            if label == road_user.label:
                return threshold
        return DEFAULT_SCORE_THRESHOLD

    @model_validator(mode="after")
    def _check_classes(self) -> Self:
        names = self.all_class_names
        if len(set(names)) < len(names):
            msg = "class_names holds a name twice"
            raise ValueError(msg)
        for key in self.classes:
            if key not in names and not (key.isdecimal() and int(key) < len(names)):
                msg = f"classes maps '{key}', which the model does not know (it has {len(names)} classes)"
                raise ValueError(msg)
        if len(self.road_users) < len(self.classes):
            msg = "classes maps one class twice, by name and by index"
            raise ValueError(msg)
        return self


class _ManifestFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: list[ModelManifest]


def read_model(path: Path) -> tuple[bytes, str]:
    """Read a model file once: the bytes that are hashed are the bytes that are loaded.

    Returns:
        The file's bytes and their SHA-256 in hexadecimal.

    Raises:
        ModelError: if there is no such file, it is empty or larger than a detector's can be.
    """
    if path.suffix.lower() in {".pt", ".pth", ".pkl"}:
        msg = f"{path} is a PyTorch pickle, which can run any code when it is opened: export it to ONNX first"
        raise ModelError(msg)
    try:
        if not path.is_file():
            msg = f"there is no model file {path}: give the path of an ONNX file"
            raise ModelError(msg)
        if path.stat().st_size > MAX_MODEL_BYTES:
            msg = f"{path} is larger than {MAX_MODEL_BYTES >> 20} MiB: give the ONNX file of a detection model"
            raise ModelError(msg)
        model_bytes = path.read_bytes()
    except OSError as error:
        msg = f"the model {path} cannot be read: {error.strerror or error}"
        raise ModelError(msg) from error
    if not model_bytes:
        msg = f"the model {path} is empty: fetch it again"
        raise ModelError(msg)
    return model_bytes, hashlib.sha256(model_bytes).hexdigest()


def manifest_beside(model: Path) -> Path:
    """Where a model's own manifest lies: the same name, ending in ``.toml``."""
    return model.with_suffix(".toml")


def find_manifest(model: Path, sha256: str) -> ModelManifest:
    """The manifest of a model file, from beside it or from those that come with safemob.

    Args:
        model: path of the ONNX file.
        sha256: of the bytes that were read from it.

    Raises:
        ModelError: if no manifest knows the hash, or the one beside the file is not valid.
    """
    beside = manifest_beside(model)
    own = read_manifests(beside) if beside.is_file() else ()
    for manifest in (*own, *bundled_manifests()):
        if manifest.sha256 == sha256:
            return manifest
    if own:
        msg = (
            f"{model} has the sha256 {sha256}, but {beside.name} expects {own[0].sha256}: "
            "the file is damaged or was exchanged, fetch it again or adopt it with `safemob models adopt --replace`"
        )
    else:
        msg = (
            f"{model} (sha256 {sha256}) is in no manifest: "
            f"if you trust this file, run `safemob models adopt {model}` once"
        )
    raise ModelError(msg)


def bundled_manifests() -> tuple[ModelManifest, ...]:
    """The manifests that come with safemob. The files they describe do not."""
    source = find_bundled("models") / "manifest.toml"
    return parse_manifests(source.read_text(encoding="utf-8"), str(source))


def read_manifests(path: Path) -> tuple[ModelManifest, ...]:
    """The ``[[model]]`` tables of a manifest file.

    Raises:
        ModelError: naming the first thing that is wrong.
    """
    try:
        content = read_small_file(path, _MAX_MANIFEST_BYTES)
        if len(content) > _MAX_MANIFEST_BYTES:
            msg = f"{path} is larger than 64 KiB and no model manifest"
            raise ModelError(msg)
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"the model manifest {path} cannot be read: {error}"
        raise ModelError(msg) from error
    return parse_manifests(text, str(path))


def parse_manifests(text: str, where: str) -> tuple[ModelManifest, ...]:
    """The ``[[model]]`` tables of a manifest's text.

    Args:
        text: TOML.
        where: what to call it in errors.

    Raises:
        ModelError: naming the first thing that is wrong.
    """
    try:
        return tuple(_ManifestFile.model_validate(tomllib.loads(text)).model)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "model"
        msg = f"{where} is not a model manifest: at {place}, {first['msg'][:1].lower()}{first['msg'][1:]}"
        raise ModelError(msg) from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and an integer of more digits than Python reads
        msg = f"{where} is not TOML: {str(error)[:200]}"
        raise ModelError(msg) from error
