import json
from pathlib import Path

import pytest
import render_results


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with two published benchmarks, the one that comes first named last."""
    folder = tmp_path / "results"
    folder.mkdir()
    for name, note in (("another", ""), ("throughput", "On a quiet machine.")):
        rows = [["r", 0.5, 3], ["s", 0.25, None]]
        table = {"title": "T", "columns": ["a|b", "x, m", "n"], "rows": rows, "note": note}
        content = {"name": name, "summary": f"What {name} measures.", "date": "2026-01-01", "machine": "M"}
        (folder / f"{name}.json").write_text(json.dumps(content | {"versions": {"numpy": "2"}, "tables": [table]}))
    return folder


def test_results_document_says_what_was_published(project: Path) -> None:
    folder = project / "benchmarks"
    written = (folder / "RESULTS.md").read_text(encoding="utf-8")
    assert written == render_results.render(folder / "results"), "run benchmarks/render_results.py"


def test_every_benchmark_is_named_after_its_script(project: Path) -> None:
    folder = project / "benchmarks"
    names = {path: json.loads(path.read_text(encoding="utf-8"))["name"] for path in (folder / "results").glob("*.json")}
    assert [path for path, name in names.items() if path.stem != name or not (folder / f"{name}.py").is_file()] == []


def test_known_benchmarks_come_before_others(results: Path) -> None:
    text = render_results.render(results)
    assert text.index("## throughput") < text.index("## another")


def test_numbers_of_a_column_have_the_same_decimals_and_none_is_a_dash(results: Path) -> None:
    text = render_results.render(results)
    assert "| r | 0.50 | 3 |\n| s | 0.25 | – |\n\nOn a quiet machine.\n" in text


def test_a_bar_in_a_heading_does_not_end_its_cell(results: Path) -> None:
    assert "| a\\|b | x, m | n |\n" in render_results.render(results)
