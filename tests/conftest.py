"""What every test may use."""

import os
import shutil
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = _ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real footage, weights and reference values that lies beside a developer's checkout."""
    if not _SHARED.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the shared data folder is missing in CI")
        pytest.skip("needs the shared footage and weights (../shared/data), which are not part of the project")
    return _SHARED


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return _ROOT


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """A copy of the package and its configuration, to break and throw away."""
    copy = tmp_path / "project"
    shutil.copytree(_ROOT / "safemob", copy / "safemob", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(_ROOT / "pyproject.toml", copy)
    return copy
