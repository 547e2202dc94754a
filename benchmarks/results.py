"""What benchmarks publish: tables on the screen, a JSON file each under `results/`, and RESULTS.md made from them."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import render_results
from rich.console import Console
from rich.table import Table as ScreenTable

__all__ = ["FOLDER", "SHARED", "Cell", "Table", "machine", "publish"]

FOLDER = Path(__file__).resolve().parent / "results"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Footage, weights and reference drives; not part of the project."""

Cell = str | int | float | None
"""None prints as a dash: not measured, or not defined."""

_PACKAGES = ("numpy", "scipy", "onnxruntime", "opencv-python-headless", "av")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a benchmark.

    Attributes:
        title: what it shows.
        columns: headings with units, the first names the rows.
        rows: cells, rounded as they are to be read; a column is one quantity, and all its numbers are shown with the
            decimals of the longest (strings are shown as they are).
        note: what a reader has to know to read it rightly.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


def publish(name: str, summary: str, tables: Sequence[Table], *, versions: Mapping[str, str] | None = None) -> None:
    """Print the tables, write them, the date, the machine and the versions to ``results/NAME.json``; render RESULTS.md.

    Args:
        name: the benchmark's, as its script is called.
        summary: a sentence or two: what was measured against what.
        tables: the results.
        versions: of packages in other environments that took part.
    """
    console = Console(width=160, highlight=False)
    for table in tables:
        screen = ScreenTable(*table.columns, title=table.title, caption=table.note or None, title_justify="left")
        for row in render_results.show([list(row) for row in table.rows]):
            screen.add_row(*row)
        console.print(screen)
    content = {
        "name": name,
        "summary": summary,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": {package: metadata.version(package) for package in _PACKAGES} | dict(versions or {}),
        "tables": [asdict(table) for table in tables],
    }
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    render_results.write()


def machine() -> str:
    """Processor, number of them, system and Python, for people."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"
