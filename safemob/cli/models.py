"""``safemob models``: which detection models are known, and how a new one becomes known."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from safemob.errors import UsageError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="List, verify and adopt detection models.")

_Model = Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="An ONNX detection model.")]


@app.command("list")
def list_models() -> None:
    """Show the models that safemob knows by their hash. Their files do not come with it."""
    from safemob.adapters.detectors.manifest import bundled_manifests  # noqa: PLC0415  (start-up time)

    for manifest in bundled_manifests():
        typer.echo(f"{manifest.name:18} {manifest.head.value:11} {manifest.licence:14} sha256 {manifest.sha256}")


@app.command()
def verify(model: _Model) -> None:
    """Check a model against its manifest, load it and run it once."""
    from safemob.adapters.detectors.onnx import OnnxDetector  # noqa: PLC0415  (likewise)

    detector = OnnxDetector(model)
    manifest = detector.manifest
    typer.echo(f"{model} is {manifest.name} ({manifest.licence}).")
    typer.echo(f"sha256   {manifest.sha256}")
    typer.echo(f"head     {manifest.head.value}, input {detector.input_description}")
    typer.echo(f"classes  {_describe_classes(manifest.classes)}")


@app.command()
def adopt(
    model: _Model,
    *,
    licence: Annotated[str | None, typer.Option(help="Licence of the weights, if the file does not state it.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the file comes from.")] = None,
    classes: Annotated[
        str | None, typer.Option(help="'coco', or all class names in order, separated by commas.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="CLASS=ROAD_USER", help="A class by name or index, and the road user it is."),
    ] = None,
    colour_order: Annotated[
        Literal["rgb", "bgr"] | None, typer.Option(help="Default: what is usual with its head.")
    ] = None,
    pixel_scale: Annotated[
        Literal["0-1", "0-255"] | None, typer.Option(help="Default: what is usual with its head.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the manifest beside the model.")] = False,
) -> None:
    """Look into a model that you trust, and write its manifest beside it."""
    from safemob.adapters.detectors.adopt import Answers, adopt_model  # noqa: PLC0415  (likewise)
    from safemob.adapters.detectors.manifest import COCO_CLASS_NAMES, manifest_beside  # noqa: PLC0415  (likewise)

    class_names = COCO_CLASS_NAMES if classes == "coco" else [name.strip() for name in (classes or "").split(",")]
    answers = Answers(
        licence=licence,
        source=source,
        class_names=class_names if classes else None,
        road_users=_split_mapping(mapping or []),
        colour_order=colour_order,
        pixel_scale=pixel_scale,
    )
    manifest = adopt_model(model, answers, replace=replace)
    typer.echo(f"Wrote {manifest_beside(model)}: head {manifest.head.value}, {_describe_classes(manifest.classes)}.")
    typer.echo("Read it and correct what is not so; `safemob models verify` loads the model with it.")


def _split_mapping(mapping: list[str]) -> dict[str, str]:
    pairs = {}
    for item in mapping:
        name, equals, user = item.rpartition("=")
        if not (name and equals and user):
            msg = f"--map {item} is not CLASS=ROAD_USER, e.g. --map rider=cyclist"
            raise UsageError(msg)
        pairs[name.strip()] = user.strip()
    return pairs


def _describe_classes(classes: Mapping[str, str]) -> str:
    return ", ".join(name if name == user else f"{name} → {user}" for name, user in classes.items())
