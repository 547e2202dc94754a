"""The command line: one command per file, heavy imports inside them, so that `--help` is quick."""

import signal
import sys
from importlib import metadata
from types import FrameType
from typing import NoReturn

import typer

from safemob.cli import analyse, calibrate, models
from safemob.errors import SafemobError

__all__ = ["app", "main"]

app = typer.Typer(
    name="safemob",
    help="Find near misses at intersections in recorded video, and count them without watching anybody.",
    epilog="Exit codes: 0 done, 2 usage, 3 video, 4 model, 5 site file, 6 reference points, 7 output, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("analyse")(analyse.analyse)
app.command("calibrate")(calibrate.calibrate)
app.add_typer(models.app, name="models")


@app.callback()
def _show_version(
    *,
    version: bool = typer.Option(False, "--version", help="Show the version and exit.", is_eager=True),  # noqa: FBT003
) -> None:
    if version:
        typer.echo(f"safemob {metadata.version('safemob')}")
        raise typer.Exit


def main() -> None:
    """Run the command line; every refusal becomes one sentence on standard error and its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except SafemobError as error:
        typer.echo(f"safemob: {error}", err=True)
        sys.exit(error.exit_code)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
