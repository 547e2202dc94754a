"""Adopting a model: look into a file that a person trusts, and write down what it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from safemob.adapters.detectors.heads import recognise_head
from safemob.adapters.detectors.manifest import (
    COCO_CLASS_NAMES,
    Head,
    ModelManifest,
    manifest_beside,
    parse_manifests,
    read_model,
)
from safemob.adapters.detectors.network import Network, open_network
from safemob.adapters.detectors.preprocess import input_size_px
from safemob.adapters.whole_files import replace_file
from safemob.errors import ModelError, OutputError
from safemob.taxonomy import RoadUserClass

__all__ = ["Answers", "adopt_model", "describe_model", "write_manifest"]

_PROBE_PX = (640, 640)

_ROAD_USER_NAMES = {user.label: user.label for user in RoadUserClass} | {
    "person": "pedestrian",
    "people": "pedestrian",
    "bicycle": "cyclist",
    "bike": "cyclist",
    "bicyclist": "cyclist",
    "motorcycle": "motorcyclist",
    "motorbike": "motorcyclist",
    "escooter": "e-scooter",
    "van": "truck",
    "lorry": "truck",
    "train": "tram",
}
"""Class names that data sets use, and the road user each means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person says about a model, where the file does not.

    Attributes:
        licence: of the weights; None for the one the file states.
        source: where it comes from; None for what the exporter wrote.
        class_names: its classes in order; None for those in the file.
        road_users: extra or corrected mapping, class name or index to road user.
        colour_order, pixel_scale: its input; None for what is usual with its head.
    """

    licence: str | None = None
    source: str | None = None
    class_names: Sequence[str] | None = None
    road_users: Mapping[str, str] | None = None
    colour_order: Literal["rgb", "bgr"] | None = None
    pixel_scale: Literal["0-1", "0-255"] | None = None


def adopt_model(path: Path, answers: Answers, *, replace: bool = False) -> ModelManifest:
    """Recognise a model and write its manifest beside it.

    Args:
        path: the ONNX file.
        answers: what the file does not say.
        replace: whether a manifest that is already there may be overwritten.

    Returns:
        The manifest as written.

    Raises:
        ModelError: if the file is no detection model of a known kind, or something is left unsaid.
        OutputError: if the manifest exists already or cannot be written.
    """
    model_bytes, sha256 = read_model(path)
    target = manifest_beside(path)
    if target.exists() and not replace:
        msg = f"{target} exists already: use --replace to write it anew"
        raise OutputError(msg)
    text = describe_model(model_bytes, sha256, path.name, answers)
    (manifest,) = parse_manifests(text, f"the manifest for {path.name}")
    replace_file(target, text.encode())
    return manifest


def describe_model(
    model_bytes: bytes, sha256: str, name: str, answers: Answers, *, long_side_px: int | None = None
) -> str:
    """The text of a manifest for a model, as far as it can be told by looking into it.

    Args:
        model_bytes: the ONNX file.
        sha256: of these bytes.
        name: of the file.
        answers: what the file does not say.
        long_side_px: longer side of the input where the model leaves its size open; None for the usual one.

    Raises:
        ModelError: if the file is no detection model of a known kind, or something is left unsaid.
    """
    network = open_network(model_bytes, name=name)
    head, class_count = _probe_head(network)
    names = _choose_class_names(network, answers, class_count)
    is_yolox, is_open = head is Head.YOLOX, network.width_px is None or network.height_px is None
    fields = {
        "name": Path(name).stem,
        "sha256": sha256,
        "licence": answers.licence or _stated_licence(network),
        "source": answers.source or network.metadata.get("description", "").strip() or f"adopted from {name}",
        "head": head.value,
        "colour_order": answers.colour_order or ("bgr" if is_yolox else "rgb"),
        "pixel_scale": answers.pixel_scale or ("0-255" if is_yolox else "0-1"),
        "class_names": "coco" if names == COCO_CLASS_NAMES else list(names),
        "classes": _map_road_users(names, answers.road_users or {}, model=name),
    }
    return write_manifest(fields | ({"long_side_px": long_side_px} if is_open and long_side_px else {}))


def _probe_head(network: Network) -> tuple[Head, int | None]:
    width, height = input_size_px(
        _PROBE_PX, width_px=network.width_px, height_px=network.height_px, long_side_px=max(_PROBE_PX)
    )
    output = network.run(np.zeros((1, 3, height, width), dtype=np.float32))
    return recognise_head(output.shape, (width, height), model=network.name)


def _choose_class_names(network: Network, answers: Answers, class_count: int | None) -> tuple[str, ...]:
    names = tuple(answers.class_names) if answers.class_names else network.class_names
    if names is None:
        known = "" if class_count is None else f" for its {class_count} classes"
        msg = f"the model {network.name} carries no class names{known}: say --classes coco, or name them all in order"
        raise ModelError(msg)
    if class_count not in (None, len(names)):
        msg = f"the model {network.name} knows {class_count} classes, but {len(names)} names are given: name them all"
        raise ModelError(msg)
    return names


def _stated_licence(network: Network) -> str:
    licence = network.metadata.get("license", "").strip()
    if not licence:
        msg = f"the model {network.name} does not state the licence of its weights: give it with --licence"
        raise ModelError(msg)
    return licence


def _map_road_users(names: Sequence[str], said: Mapping[str, str], *, model: str) -> dict[str, str]:
    indices = {str(index): name for index, name in enumerate(names)}
    guessed = {name: _ROAD_USER_NAMES[name.lower()] for name in names if name.lower() in _ROAD_USER_NAMES}
    mapped = guessed | {key if key in names else indices.get(key, key): user for key, user in said.items()}
    if not mapped:
        msg = f"none of the classes of {model} is known as a road user: map them with --map CLASS=ROAD_USER"
        raise ModelError(msg)
    return mapped


def write_manifest(fields: Mapping[str, Any]) -> str:
    """TOML of one model: text, numbers and lists first, then tables. JSON strings are TOML strings, apart from DEL."""
    tables = {key: value for key, value in fields.items() if isinstance(value, Mapping)}
    lines = ["[[model]]", *(f"{key} = {_quote(value)}" for key, value in fields.items() if key not in tables)]
    for key, table in tables.items():
        lines += ["", f"[model.{key}]", *(f"{_quote(name)} = {_quote(value)}" for name, value in table.items())]
    return "\n".join(lines) + "\n"


def _quote(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
