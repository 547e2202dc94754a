"""``safemob models quantise``: a faster form of a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from safemob.cli.models.options import Model

if TYPE_CHECKING:
    from safemob.adapters.detectors.quantise import Quantised

__all__ = ["quantise"]


def quantise(
    model: Model,
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
    from safemob.adapters.detectors.quantise import quantise_model  # noqa: PLC0415  (start-up time)
    from safemob.cli.progress import follow_steps  # noqa: PLC0415  (start-up time)

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
    from rich.console import Console  # noqa: PLC0415  (start-up time)
    from rich.table import Table  # noqa: PLC0415  (start-up time)

    from safemob.adapters.detectors.agreement import CONFIDENT_SCORE, MATCH_IOU  # noqa: PLC0415  (start-up time)
    from safemob.adapters.detectors.manifest import manifest_beside  # noqa: PLC0415  (start-up time)

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
