"""``safemob models export``: a checkpoint of Ultralytics to ONNX, in an environment of its own."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safemob.cli.models.options import MappingOption, describe_classes, split_mapping
from safemob.errors import UsageError

if TYPE_CHECKING:
    from safemob.adapters.supply.environment import Environment

__all__ = ["export"]


def export(
    weights: Annotated[Path, typer.Argument(metavar="WEIGHTS.pt", help="A checkpoint of Ultralytics that detects.")],
    *,
    imgsz: Annotated[
        str, typer.Option(metavar="HxW", help="Height and width of the input in pixels, or one number for both.")
    ] = "384x640",
    dynamic: Annotated[
        bool, typer.Option("--dynamic", help="Leave the size open: it follows the frame, as long as the longer side.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The model. Default: WEIGHTS_HxW.onnx beside them.", show_default=False)
    ] = None,
    mapping: MappingOption = None,
    environment: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where Ultralytics is, or is to be, installed. Default: safemob/ultralytics in your cache.",
            envvar="SAFEMOB_ULTRALYTICS",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to install Ultralytics there.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite a model and a manifest that are there.")
    ] = False,
) -> None:
    """Make an ONNX model and its manifest from a checkpoint of Ultralytics, in an environment of its own.

    The environment is made at the first time, once you agree.
    """
    from safemob.adapters.detectors.adopt import Answers  # noqa: PLC0415  (start-up time)
    from safemob.adapters.supply.environment import create_environment  # noqa: PLC0415  (start-up time)
    from safemob.adapters.supply.export import check_export, export_model, name_export  # noqa: PLC0415  (start-up time)
    from safemob.adapters.supply.yolo import yolo_environment  # noqa: PLC0415  (start-up time)
    from safemob.cli.progress import follow_steps  # noqa: PLC0415  (start-up time)

    size_px = _parse_size(imgsz)
    answers = Answers(road_users=split_mapping(mapping or []))
    target = out or name_export(weights, size_px, dynamic=dynamic)
    check_export(weights, target, size_px, replace=replace)
    home = yolo_environment(environment)
    if not home.is_ready:
        _ask_consent(home, agreed=yes)
        with follow_steps("installing Ultralytics") as progress:
            create_environment(home, progress)
    with follow_steps("exporting"):
        manifest = export_model(weights, target, size_px, home, answers, dynamic=dynamic, replace=replace)
    typer.echo(f"Wrote {target} and {target.with_suffix('.toml')}, and loaded them.")
    typer.echo(f"licence  {manifest.licence}")
    typer.echo(f"classes  {describe_classes(manifest.classes)}")
    typer.echo(f"Next: safemob analyse VIDEO --site SITE.toml --model {target} --out results")


def _parse_size(text: str) -> tuple[int, int]:
    """Width and height in pixels.

    >>> _parse_size("384x640"), _parse_size("640")
    ((640, 384), (640, 640))
    """
    height, *width = text.lower().replace("×", "x").split("x", maxsplit=1)
    if not all(side.isdecimal() for side in (height, *width)):
        msg = f"--imgsz {text} is no size: give height and width in pixels, e.g. 384x640"
        raise UsageError(msg)
    return int(*width or [height]), int(height)


def _ask_consent(home: "Environment", *, agreed: bool) -> None:
    typer.echo(
        "This needs Ultralytics (AGPL-3.0) and PyTorch. pip would install them apart from safemob, into\n"
        f"  {home.folder}\n"
        f"which takes about {home.size_gb:.1f} GB, or several times that with a PyTorch for graphics cards.\n"
        "To be rid of them again, delete that folder.",
        err=True,
    )
    if agreed:
        return
    if not sys.stdin.isatty():
        msg = "nobody is there to agree to this: give --yes if you do"
        raise UsageError(msg)
    typer.echo("Go on? [y/N] ", nl=False, err=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        msg = "you did not agree: nothing is installed"
        raise UsageError(msg)
