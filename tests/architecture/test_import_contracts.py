"""The import contracts of pyproject.toml hold, and each of them breaks when a module violates it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

_CHECK = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# contract, module to add to (made if it is not there), line to add
_VIOLATIONS = [
    ("layers", "taxonomy.py", "from safemob import site"),
    ("layers", "units.py", "from safemob import errors"),
    ("layers", "calibration/__init__.py", "from safemob import worker"),
    ("layers", "individual/arrays.py", "def late(): import safemob.adapters"),
    ("layers", "aggregate/__init__.py", "import safemob.individual.image.frame"),
    ("layers", "utils.py", "'''A room that took no place among the layers.'''"),
    ("individual-layers", "individual/image/frame.py", "from safemob.individual.ground import camera"),
    ("individual-layers", "individual/ground/states.py", "import safemob.individual.safety"),
    ("individual-layers", "individual/arrays.py", "from safemob.individual.image.frame import Frame"),
    ("individual-layers", "individual/extras.py", "'''A module that took no place.'''"),
    (
        "aggregate",
        "aggregate/__init__.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING: import safemob.individual",
    ),
    ("aggregate", "aggregate/__init__.py", "import safemob.disclosure"),
    ("aggregate", "adapters/sinks/__init__.py", "def late(): from safemob.individual.image import frame"),
    ("aggregate", "adapters/sinks/__init__.py", "import safemob.adapters.sources"),
    ("aggregate", "adapters/sinks/__init__.py", "import safemob.adapters.detectors"),
    ("disclosure", "cli/__init__.py", "import safemob.disclosure"),
    ("disclosure", "adapters/sources/__init__.py", "from safemob import disclosure"),
    ("disclosure", "worker/pipeline.py", "import safemob.disclosure"),
    ("referee", "scenes/collision.py", "def late(): from safemob.individual.safety import ttc"),
    ("referee", "scenes/film.py", "import safemob.worker.job"),
    ("scenes-layers", "scenes/stage.py", "def late(): from safemob.scenes.acting import looks"),
    ("scenes-layers", "scenes/refereeing/contact.py", "from safemob.scenes.drawing import silhouettes"),
    ("scenes-layers", "scenes/scenario/users.py", "from safemob.scenes.place import arms"),
    ("scenes-layers", "scenes/extras.py", "'''A module that took no place.'''"),
    ("cli", "cli/__init__.py", "def late(): from safemob.individual.ground.states import GroundStates"),
]


def _lint(root: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    arguments = ["--no-cache", "--no-logo", *(("--contract", contract) if contract else ())]
    return subprocess.run(
        [sys.executable, "-c", _CHECK, *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},  # the copy, not the installed package
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_untouched_copy_keeps_every_contract(project_copy: Path) -> None:
    result = _lint(project_copy)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "module", "line"), _VIOLATIONS)
def test_a_violating_line_breaks_the_contract(project_copy: Path, contract: str, module: str, line: str) -> None:
    with (project_copy / "safemob" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    result = _lint(project_copy, contract)
    assert result.returncode == 1
    assert "1 broken" in result.stdout, result.stdout + result.stderr


def test_every_contract_is_seen_to_break(project: Path) -> None:
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert contracts == {contract for contract, _, _ in _VIOLATIONS}
