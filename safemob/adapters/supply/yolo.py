"""The environment of Ultralytics: the one package that opens its checkpoints, under a licence that is not safemob's."""

import os
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from safemob.adapters.supply.environment import Environment, run_python

__all__ = ["run_yolo", "yolo_environment"]

_SIZE_GB = 1.6
"""As found with a PyTorch for processors alone; one for graphics cards is several times as large."""


def yolo_environment(folder: Path | None = None) -> Environment:
    """What the environment is made of, and where.

    Args:
        folder: of its own; one in the user's cache if not given.
    """
    if folder is None:
        cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        folder = Path(cache).expanduser() / "safemob" / "ultralytics"
    here = resources.files(__package__)
    return Environment(
        folder=folder,
        requirements=(here / "requirements-torch.txt").read_text(encoding="utf-8"),
        pins=(here / "requirements-ultralytics.txt").read_text(encoding="utf-8"),
        size_gb=_SIZE_GB,
    )


def run_yolo(environment: Environment, arguments: Sequence[str | Path], *, folder: Path) -> Iterator[str]:
    """Run a script that uses Ultralytics, which then reports nothing, installs nothing, and trusts no pickle.

    Args:
        environment: of Ultralytics, ready.
        arguments: the script and its own; before it ``-I``, unless it imports its neighbours.
        folder: to work in; Ultralytics leaves its settings there.

    Yields:
        What the script prints, line by line.

    Raises:
        SupplyError: with the last line that says something, if it fails.
    """
    manners = {
        "YOLO_CONFIG_DIR": str(folder),
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "ULTRALYTICS_SAFE_LOAD": "true",
    }
    return run_python(environment, arguments, folder=folder, variables=manners)
