"""The command line: one command per file, heavy imports inside them, so that `--help` is quick."""

import logging
import signal
import sys
import warnings
from io import TextIOWrapper
from typing import Annotated

import typer

from safemob.cli import analyse, calibrate, demo, models, scene, validate
from safemob.cli.interruption import Interruption
from safemob.errors import InterruptionError, SafemobError, UsageError

__all__ = ["app", "main"]

_EXTRA_OF = {"onnx": "quantise", "openvino": "openvino", "pyvista": "scenes"}

app = typer.Typer(
    name="safemob",
    help="Find near misses at intersections in recorded video, and count them without watching anybody.",
    epilog="Exit codes: 0 done, 2 usage, 3 video, 4 model, 5 site file, 6 reference points, 7 output, 8 scenario, "
    "9 models that cannot be fetched or made, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("demo")(demo.demo)
app.command("analyse")(analyse.analyse)
app.command("calibrate")(calibrate.calibrate)
app.add_typer(models.app, name="models")
app.add_typer(scene.app, name="scene")
app.command("validate")(validate.validate)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  (how typer calls it)
    if wanted:
        from importlib import metadata  # noqa: PLC0415  (slow to import, rarely asked for)

        typer.echo(f"safemob {metadata.version('safemob')}")
        raise typer.Exit


@app.callback()
def _take_options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; every refusal becomes one sentence on standard error and its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs ask for
            signal.signal(number, Interruption())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what a library warns of is no sentence for people,
    logging.getLogger().addHandler(logging.NullHandler())  # nor is what it logs
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may hold what the terminal cannot show
    sys.exit(_run())


def _run() -> int:
    try:
        code: int | None = app(standalone_mode=False)
    except SafemobError as error:
        return _refuse(str(error), error.exit_code)
    except typer.TyperException as error:
        return _refuse(error.format_message(), UsageError.exit_code)
    except ModuleNotFoundError as error:
        missing = (error.name or str(error)).partition(".")[0]
        extra = _EXTRA_OF.get(missing, "desk")
        sentence = f"the Python package '{missing}' is not installed: pip install \"safemob[{extra}]\""
        return _refuse(sentence, SafemobError.exit_code)
    except OSError as error:
        return _refuse(f"the system refuses ({error}): check disks and permissions", SafemobError.exit_code)
    if code == InterruptionError.exit_code:
        return _refuse("interrupted: nothing is kept", code)
    return code or 0


def _refuse(sentence: str, exit_code: int) -> int:
    """Say it on one line; control characters, which file names may hold, are written out."""
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in sentence)
    if line:  # none where the help was asked for by giving nothing
        typer.echo(f"safemob: {line}", err=True)
    return exit_code
