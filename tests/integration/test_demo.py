"""`safemob demo` of an installed wheel, away from the checkout."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    """The folder that a wheel was unpacked into."""
    folder = tmp_path_factory.mktemp("wheel")
    build: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=project, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


@pytest.mark.slow
def test_an_installed_package_analyses_its_clip_and_names_the_report(installed: Path, tmp_path: Path) -> None:
    def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "safemob", "demo", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(installed)}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    done = demo()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Report to open: results/demo/report.html"
    results = tmp_path / "results" / "demo"
    assert "<svg" in (results / "report.html").read_text(encoding="utf-8")
    assert {"counts.csv", "conflicts.csv", "overlay.mp4"} <= {file.name for file in results.iterdir()}
    again = demo()
    assert again.returncode == 7
    assert "--overwrite" in again.stderr
