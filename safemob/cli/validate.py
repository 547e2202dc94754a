"""`safemob validate`: the pipeline held to the exact truth of rendered scenes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safemob.errors import UsageError
from safemob.validation.truth_from import TruthFrom

if TYPE_CHECKING:
    from safemob.validation.results import Results

__all__ = ["validate"]

_SEEDS = "9001,9002,9003"
_MODEL = "safemob-demo.onnx"
_TOO_LARGE_SEED = 2**31


def validate(
    scenarios: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="SCENARIO.toml",
            help="Scenario files, or folders of them; the library that comes with safemob if not given.",
            show_default=False,
        ),
    ] = None,
    *,
    seeds: Annotated[str, typer.Option(help="Seeds that vary every scenario, separated by commas.")] = _SEEDS,
    model: Annotated[
        list[Path] | None,
        typer.Option(
            help="ONNX detection model known to a manifest; the bundled one if not given. Given again, further models "
            "are compared with the first.",
            show_default=False,
        ),
    ] = None,
    truth_from: Annotated[
        list[TruthFrom] | None,
        typer.Option(
            help="Also run with truth in place of a stage and of those before it, to see who loses what. Each of them "
            "if not given; 'nothing' for none.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for report and results.")] = Path("validation"),
    cache: Annotated[Path, typer.Option(help="Folder that keeps rendered films.")] = Path("results/scenes"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a report that is there.")] = False,
) -> None:
    """Render scenes whose truth is known, analyse them, and report how far the results are from it.

    Writes report.html (open it first) and results.json. Films are rendered once and kept; a frame takes about a fifth
    of a second on two cores, so the whole library with three seeds takes a good part of an hour the first time.

    Example: safemob validate sample_videos/scenarios/t4-zebra-near-miss.toml --seeds 1 --out results/zebra
    """
    from safemob.adapters.bundled import find_bundled  # noqa: PLC0415  (heavy: loaded when the command runs)
    from safemob.cli.progress import follow_steps  # noqa: PLC0415  (start-up time)
    from safemob.validation.job import ValidationJob, run_validation  # noqa: PLC0415  (start-up time)

    stages = [each for each in TruthFrom if each is not TruthFrom.NOTHING]
    job = ValidationJob(
        scenarios=tuple(scenarios or [find_bundled("sample_videos") / "scenarios"]),
        seeds=_read_seeds(seeds),
        models=tuple(model or [find_bundled("models") / _MODEL]),
        truth_from=tuple(each for each in stages if truth_from is None or each in truth_from),
        out=out,
        cache=cache,
        overwrite=overwrite,
    )
    results, written = run_validation(job, follow_steps)
    _report(results, written[-1])


def _read_seeds(text: str) -> tuple[int, ...]:
    seeds = [part.strip() for part in text.split(",")]
    if not all(seed.isdecimal() and int(seed) < _TOO_LARGE_SEED for seed in seeds):
        msg = (
            f"--seeds {text[:60]!r} is no list of seeds: write whole numbers below {_TOO_LARGE_SEED}, such as 9001,9002"
        )
        raise UsageError(msg)
    return tuple(dict.fromkeys(int(seed) for seed in seeds))


def _report(results: "Results", page: Path) -> None:
    from rich.console import Console  # noqa: PLC0415  (start-up time)
    from rich.table import Table  # noqa: PLC0415  (start-up time)

    grid = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("aim", "aimed at", "measured", "on", ""):
        grid.add_column(heading, justify="left" if heading in ("aim", "") else "right")
    for aim in results.aims:
        bound = f"{'≤' if aim.at_most else '≥'} {aim.aim:g} {aim.unit}".rstrip()
        verdict = "met" if aim.is_met else "missed"
        grid.add_row(aim.name, bound, f"{aim.measured:.3f}", str(aim.count), verdict if aim.count else "no data")
    console = Console(markup=False, highlight=False)
    console.print(grid)
    console.print(f"Report to open: {page}", soft_wrap=True)
