"""How long the command takes to start: to its help, and to the first frame that an analysis decodes."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from results import SHARED, Cell, Table, publish

_HERE: Final = Path(__file__).resolve().parent
_ROUNDS: Final = 11
_NOTHING, _HELP, _ANALYSIS = "python, doing nothing", "safemob --help", "safemob analyse, to its first frame"
_AIMS_S: Final = {_HELP: 0.3, _ANALYSIS: 1.5}
_MODULES: Final = (
    "typer",
    "rich",
    "numpy",
    "scipy.optimize",
    "scipy.spatial.transform",
    "pydantic",
    "cv2",
    "av",
    "onnxruntime",
    "pyarrow",
    "jinja2",
    "matplotlib",
    "pyproj",
)


def main() -> None:
    """Measure in turns, publish medians."""
    if not SHARED.is_dir():
        print("This benchmark needs the shared footage and models (../shared/data), which are not part of the project.")
        return
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in (_NOTHING, _HELP, _ANALYSIS)}
    alone: dict[str, list[float]] = {name: [] for name in _MODULES}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(_ROUNDS):
            spent[_NOTHING].append(_run([sys.executable, "-c", "pass"])[:2])
            spent[_HELP].append(_run([str(Path(sys.executable).with_name("safemob")), "--help"])[:2])
            command = _call("first_frame", time.monotonic(), _MODULES, _analysis(Path(folder) / str(turn)))
            _, cpu_s, printed = _run(command)
            wall_s, by_first_frame = json.loads(printed.splitlines()[-1])
            spent[_ANALYSIS].append((wall_s, cpu_s))
            for module, times in alone.items():
                timed = f"import time; b = time.process_time(); import {module}; print(time.process_time() - b)"
                times.append(float(_run([sys.executable, "-c", timed])[2]))
    by_help = json.loads(_run(_call("help_page", _MODULES))[2].splitlines()[-1])
    publish(
        "startup",
        "Wall and processor time from the start of the process to the help page, and to an analysis' first frame.",
        [_tabulate_times(spent), _tabulate_modules(alone, by_help, by_first_frame)],
    )


def _analysis(out: Path) -> list[str]:
    """A whole analysis, as a user asks for it."""
    return [
        "analyse",
        str(SHARED / "video" / "strudl_vid0.mp4"),
        "--site",
        str(_HERE.parent / "calibration" / "strudl.toml"),
        "--model",
        str(SHARED / "models" / "yolov8n_640_fp32_rebuilt.onnx"),
        "--out",
        str(out),
    ]


def _call(function: str, *given: float | Sequence[str]) -> list[str]:
    """A command that calls a function of the probe."""
    return [sys.executable, "-c", f"import startup_probe; startup_probe.{function}(*{list(given)!r})"]


def _run(command: list[str]) -> tuple[float, float, str]:
    """Wall and processor seconds of a process, and what it prints.

    Raises:
        SystemExit: if it fails.
    """
    environment = {**os.environ, "PYTHONPATH": str(_HERE), "COLUMNS": "120"}
    spent, begin_s = _children_cpu_s(), time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)  # noqa: S603  (our own interpreter and files)
    wall_s = time.monotonic() - begin_s
    if done.returncode:
        msg = f"{' '.join(command)} failed: {done.stderr.strip()}"
        raise SystemExit(msg)
    return wall_s, _children_cpu_s() - spent, done.stdout


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _tabulate_times(spent: dict[str, list[tuple[float, float]]]) -> Table:
    rows: list[list[Cell]] = []
    for name, rounds in spent.items():
        walls, cpus = zip(*rounds, strict=True)
        measured = (statistics.median(walls), min(walls), statistics.median(cpus))
        rows.append([name, *(round(each, 2) for each in measured), _AIMS_S.get(name)])
    return Table(
        title="From the start of the process",
        columns=["command", "wall, s", "least wall, s", "CPU, s", "aim, wall, s"],
        rows=rows,
        note=f"Medians of {_ROUNDS} interleaved rounds, files in the page cache. The first frame has 640 × 480 px; it"
        " is decoded and about to be looked at; site, model and results folder are checked by then.",
    )


def _tabulate_modules(alone: dict[str, list[float]], by_help: list[str], by_first_frame: list[str]) -> Table:
    return Table(
        title="Libraries, imported alone",
        columns=["module", "import, CPU ms", "by --help", "by the first frame"],
        rows=[
            [
                name,
                round(1e3 * statistics.median(times)),
                "yes" if name in by_help else "no",
                "yes" if name in by_first_frame else "no",
            ]
            for name, times in alone.items()
        ],
        note="Each in a fresh process, with what it imports itself. Yes: imported by then.",
    )


if __name__ == "__main__":
    main()
