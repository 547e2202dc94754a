"""`safemob analyse`: recorded video of a calibrated site to conflicts, counts and a page to look at."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from safemob.errors import UsageError

if TYPE_CHECKING:
    from safemob.worker.job import Outcome

__all__ = ["analyse", "report_outcome"]


def analyse(  # noqa: PLR0913  (one parameter an option)
    videos: Annotated[
        list[Path],
        typer.Argument(help="Video files in order of time, or a folder of them: one recording.", show_default=False),
    ],
    site: Annotated[
        Path, typer.Option(help="Site file of the intersection, from `safemob calibrate`.", show_default=False)
    ],
    model: Annotated[
        Path, typer.Option(help="ONNX detection model known to a manifest (`safemob models`).", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results.", show_default=False)],
    *,
    start: Annotated[
        str | None,
        typer.Option(
            help="Wall time of the first frame, e.g. 2024-05-17T08:00:00+02:00; without an offset, in the site's "
            "time zone. Taken from side files or file names if not given.",
            show_default=False,
        ),
    ] = None,
    times: Annotated[
        Path | None,
        typer.Option(
            help="Side file with the true time of every frame. VIDEO.log or VIDEO.times.csv beside the video is found.",
            show_default=False,
        ),
    ] = None,
    interval: Annotated[
        int, typer.Option(help="Length of the counting intervals in minutes, a divisor of 60.", min=1, max=60)
    ] = 15,
    detect_every: Annotated[
        int,
        typer.Option(
            help="Look for road users in every Nth frame only, at least four times a second; in between, they are "
            "where their smoothed motion has them. 2 takes about 0.6 of the time; short appearances and sudden moves "
            "are seen less well.",
            min=1,
            metavar="N",
        ),
    ] = 1,
    runtime: Annotated[
        Literal["onnxruntime", "openvino", "openvino-bf16"],
        typer.Option(help="What runs the model. OpenVINO is an extra, and bf16 needs a processor that has it."),
    ] = "onnxruntime",
    overlay: Annotated[
        Path | None,
        typer.Option(help="Also write an MP4 with boxes, footprints and conflicts drawn in.", show_default=False),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last finished file of an interrupted job.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")] = False,
) -> None:
    """Find the conflicts in recorded video, count them, and write a report.

    Writes report.html (open it first), conflicts.csv (the review list: when and where to look in the video),
    counts.csv and counts.parquet into the results folder. The counts are exact and the list is about single
    moments: both are for those who may see the footage, not for release.

    Example: safemob analyse monday/ --site calibration/market.toml --model yolov8n.onnx --out results/monday
    """
    from safemob.adapters.detectors.network import Runtime  # noqa: PLC0415  (heavy: loaded when the command runs)
    from safemob.cli.progress import follow_progress  # noqa: PLC0415  (start-up time)
    from safemob.worker.job import Job, run_job  # noqa: PLC0415  (start-up time)

    job = Job(
        videos=tuple(videos),
        site=site,
        model=model,
        out=out,
        start=None if start is None else _read_time(start),
        times=times,
        interval_min=interval,
        detect_every=detect_every,
        runtime=Runtime(runtime),
        overlay=overlay,
        resume=resume,
        overwrite=overwrite,
    )
    with follow_progress() as begin:
        outcome = run_job(job, begin)
    report_outcome(outcome, overlay)


def _read_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        msg = f"--start {text!r} is no time: write it like 2024-05-17T08:00:00+02:00"
        raise UsageError(msg) from None


def report_outcome(outcome: "Outcome", overlay: Path | None) -> None:
    """Say in a few lines what was found, and which file to open."""
    from rich.console import Console  # noqa: PLC0415  (start-up time)
    from rich.table import Table as Grid  # noqa: PLC0415  (start-up time)

    from safemob.aggregate.counts import Table, sum_over_time  # noqa: PLC0415  (start-up time)

    counts = outcome.analysis.counts
    users = sum_over_time(counts, Table.ROAD_USERS)
    by_pair = sum_over_time(counts, Table.CONFLICTS_BY_PAIR)
    encounters = sum_over_time(counts, Table.ENCOUNTERS)
    grid = Grid.grid(padding=(0, 2))
    every = outcome.analysis.method.detect_every
    looked = "" if every == 1 else f", one frame in {every} looked at"
    grid.add_row("observed", f"{outcome.analysis.observed_s:.1f} s{looked}")
    grid.add_row("road users", ", ".join(f"{count} {name}" for (name,), count in sorted(users.items())) or "none")
    grid.add_row("encounters", str(encounters.total()))
    for severity in ("record", "conflict", "serious"):
        of_it = {pair: count for (pair, level), count in sorted(by_pair.items()) if level == severity}
        listed = ", ".join(f"{count} {pair}" for pair, count in of_it.items())
        grid.add_row(f"  of them {severity}", f"{sum(of_it.values())}" + (f" ({listed})" if listed else ""))
    console = Console(markup=False, highlight=False)
    console.print(grid)
    for file in outcome.analysis.files:
        if file.is_cut_short:
            console.print(f"{file.file} is cut short: its last {file.missing_end_s:.1f} s are missing.", soft_wrap=True)
    if overlay is not None:
        console.print(f"Overlay: {overlay}", soft_wrap=True)
    console.print(f"Report to open: {outcome.written[-1]}", soft_wrap=True)
