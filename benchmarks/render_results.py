"""Makes RESULTS.md from results/*.json: `publish` calls it, and this script does so by hand."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

__all__ = ["render", "show", "write"]

_FOLDER: Final = Path(__file__).resolve().parent
_ORDER: Final = (
    "validation",
    "accuracy_efs",
    "footprint",
    "footprint_otvision",
    "throughput",
    "fast_mode",
    "scaling",
    "startup",
    "tracking",
    "tracking_real",
)
"""What a reader wants first; benchmarks that are not named here follow in alphabetical order."""

_HEAD: Final = """# Results of the benchmarks

Made from [results/](results) whenever a benchmark publishes; `make bench` runs them all. What may and may not be
concluded from the numbers stands in [docs/accuracy.md](../docs/accuracy.md). A dash is what was not measured or is not
defined.
"""


def write(folder: Path = _FOLDER) -> None:
    """Write RESULTS.md of a folder that holds results/."""
    (folder / "RESULTS.md").write_text(render(folder / "results"), encoding="utf-8")


def render(results: Path) -> str:
    """Everything that was published, as one Markdown document."""
    ranks = {name: rank for rank, name in enumerate(_ORDER)}
    published = [json.loads(path.read_text(encoding="utf-8")) for path in results.glob("*.json")]
    published.sort(key=lambda content: (ranks.get(content["name"], len(ranks)), content["name"]))
    index = ["| benchmark | what it measures |", "|---|---|"]
    index += [f"| [{content['name']}](#{content['name']}) | {_escape(content['summary'])} |" for content in published]
    return "\n".join([_HEAD, *index, "", *(_render_benchmark(content) for content in published)])


def show(rows: list[list[Any]]) -> list[list[str]]:
    """Cells as text: a column is one quantity, so its numbers get the same decimals; None becomes a dash.

    >>> show([["a", 0.5, 3], ["b", -0.25, None], ["c", -0.0, 12]])
    [['a', '0.50', '3'], ['b', '-0.25', '–'], ['c', '0.00', '12']]
    """
    decimals = [max((_decimals(cell) for cell in column), default=0) for column in zip(*rows, strict=True)]
    return [[_show_cell(cell, most) for cell, most in zip(row, decimals, strict=True)] for row in rows]


def _render_benchmark(content: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in content["versions"].items())
    parts = [f"## {content['name']}", content["summary"]]
    parts += [_render_table(table) for table in content["tables"]]
    parts.append(f"{content['date']}, {content['machine']}; {versions}. `benchmarks/{content['name']}.py`")
    return "\n\n".join(parts) + "\n"


def _render_table(table: dict[str, Any]) -> str:
    ruler = [":--" if index == 0 else "--:" for index in range(len(table["columns"]))]
    lines = [table["columns"], ruler, *show(table["rows"])]
    grid = "\n".join("| " + " | ".join(_escape(cell) for cell in line) + " |" for line in lines)
    return "\n\n".join(part for part in (f"**{table['title']}**", grid, table["note"]) if part)


def _decimals(cell: object) -> int:
    if not isinstance(cell, float):
        return 0
    exponent = Decimal(repr(cell)).as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _show_cell(cell: object, decimals: int) -> str:
    if cell is None:
        return "–"
    return f"{cell + 0.0:.{decimals}f}" if isinstance(cell, float) else str(cell)  # nobody wants to read -0.0


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write()
