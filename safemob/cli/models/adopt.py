"""``safemob models adopt``: how a new model becomes known."""

from typing import Annotated, Literal

import typer

from safemob.cli.models.options import Licence, MappingOption, Model, describe_classes, split_mapping

__all__ = ["adopt"]


def adopt(
    model: Model,
    *,
    licence: Licence = None,
    source: Annotated[str | None, typer.Option(help="Where the file comes from.")] = None,
    classes: Annotated[
        str | None, typer.Option(help="'coco', or all class names in order, separated by commas.")
    ] = None,
    mapping: MappingOption = None,
    colour_order: Annotated[
        Literal["rgb", "bgr"] | None, typer.Option(help="Default: what is usual with its head.")
    ] = None,
    pixel_scale: Annotated[
        Literal["0-1", "0-255"] | None, typer.Option(help="Default: what is usual with its head.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the manifest beside the model.")] = False,
) -> None:
    """Look into a model that you trust, and write its manifest beside it."""
    from safemob.adapters.detectors.adopt import Answers, adopt_model  # noqa: PLC0415  (start-up time)
    from safemob.adapters.detectors.manifest import COCO_CLASS_NAMES, manifest_beside  # noqa: PLC0415  (start-up time)

    class_names = COCO_CLASS_NAMES if classes == "coco" else [name.strip() for name in (classes or "").split(",")]
    answers = Answers(
        licence=licence,
        source=source,
        class_names=class_names if classes else None,
        road_users=split_mapping(mapping or []),
        colour_order=colour_order,
        pixel_scale=pixel_scale,
    )
    manifest = adopt_model(model, answers, replace=replace)
    typer.echo(f"Wrote {manifest_beside(model)}: head {manifest.head.value}, {describe_classes(manifest.classes)}.")
    typer.echo("Read it and correct what is not so; `safemob models verify` loads the model with it.")
