"""``safemob models``: which detection models are known, how a new one becomes known, and a faster form of one."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from safemob.errors import UsageError

if TYPE_CHECKING:
    from safemob.adapters.detectors.quantise import Quantised

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="List, verify, adopt and quantise detection models.")

_Model = Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="An ONNX detection model.")]


@app.command("list")
def list_models() -> None:
    """Show the models that safemob knows by their hash. Their files do not come with it."""
    from safemob.adapters.detectors.manifest import bundled_manifests  # noqa: PLC0415  (start-up time)

    for manifest in bundled_manifests():
        typer.echo(f"{manifest.name:18} {manifest.head.value:11} {manifest.licence:14} sha256 {manifest.sha256}")


@app.command()
def verify(
    model: _Model,
    *,
    runtime: Annotated[
        Literal["onnxruntime", "openvino", "openvino-bf16"], typer.Option(help="What is to run it.")
    ] = "onnxruntime",
) -> None:
    """Check a model against its manifest, load it and run it once."""
    from safemob.adapters.detectors.network import Runtime  # noqa: PLC0415  (likewise)
    from safemob.adapters.detectors.onnx import OnnxDetector  # noqa: PLC0415  (likewise)

    detector = OnnxDetector(model, runtime=Runtime(runtime))
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


@app.command()
def quantise(
    model: _Model,
    videos: Annotated[
        list[Path], typer.Argument(help="Footage of the cameras that the model is for: files, or folders of them.")
    ],
    *,
    out: Annotated[
        Path | None, typer.Option(help="The new model. Default: MODEL.int8.onnx beside the model.", show_default=False)
    ] = None,
    frames: Annotated[
        int,
        typer.Option(
            help="Frames to set the ranges of numbers from, and as many others to judge by.", min=8, max=10_000
        ),
    ] = 64,
    weight_bits: Annotated[
        Literal["7", "8"],
        typer.Option(help="8 is closer to the original, on processors with VNNI and on ARM; 7 is right on any."),
    ] = "7",
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite a model and a manifest that are there.")
    ] = False,
) -> None:
    """Make a faster model of 8-bit integers, if it finds in your footage what the original finds.

    The frames are taken from all of the footage: give some of every time of day and weather that there is. Writes the
    model and its manifest, or nothing where the two do not agree.
    """
    from safemob.adapters.detectors.quantise import quantise_model  # noqa: PLC0415  (likewise)
    from safemob.cli.progress import follow_steps  # noqa: PLC0415  (likewise)

    with follow_steps("quantising") as progress:
        made = quantise_model(
            model,
            videos,
            out,
            frames=frames,
            weight_bits=7 if weight_bits == "7" else 8,
            replace=replace,
            progress=progress,
        )
    _report(made)


def _report(made: "Quantised") -> None:
    from rich.console import Console  # noqa: PLC0415  (likewise)
    from rich.table import Table  # noqa: PLC0415  (likewise)

    from safemob.adapters.detectors.agreement import CONFIDENT_SCORE, MATCH_IOU  # noqa: PLC0415  (likewise)
    from safemob.adapters.detectors.manifest import manifest_beside  # noqa: PLC0415  (likewise)

    agreement, timing = made.agreement, made.timing
    grid = Table.grid(padding=(0, 2))
    grid.add_row(
        "agreement", f"F1 {agreement.f1:.3f} (same class, overlap from {MATCH_IOU}, score from {CONFIDENT_SCORE})"
    )
    grid.add_row("", f"on {agreement.frames} frames that the new model was not made with")
    grid.add_row("overlap", f"{agreement.iou_mean:.3f} on average")
    grid.add_row(
        "centres",
        f"{agreement.centre_error_median_px:.1f} px apart (median), {agreement.centre_error_p95_px:.1f} px (p95)",
    )
    for user in sorted(agreement.expected | agreement.found):
        before, after, both = (each[user] for each in (agreement.expected, agreement.found, agreement.matched))
        grid.add_row(user, f"{before} before, {after} now, {both} the same")
    speed = timing.original_ms / timing.quantised_ms
    grid.add_row(
        "speed here", f"{speed:.2f}× ({timing.original_ms:.1f} → {timing.quantised_ms:.1f} ms a frame and thread)"
    )
    console = Console(markup=False, highlight=False)
    console.print(grid)
    console.print(f"Wrote {made.model} and {manifest_beside(made.model)}.", soft_wrap=True)


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
