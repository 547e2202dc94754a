"""What a command loads before it needs it, it pays for in every start and keeps in memory throughout."""

import subprocess
import sys

import pytest

_FOR_RESULTS = {"jinja2", "matplotlib", "pyarrow", "supervision"}
_FOR_WORK = _FOR_RESULTS | {"av", "cv2", "numpy", "onnxruntime", "pydantic", "scipy"}


@pytest.mark.parametrize(
    ("module", "left_out"), [("safemob.cli", _FOR_WORK), ("safemob.worker.job", _FOR_RESULTS)], ids=["help", "analyse"]
)
def test_libraries_that_are_not_needed_yet_are_not_loaded(module: str, left_out: set[str]) -> None:
    lines = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert module in loaded
    assert not loaded & left_out
