"""Environments of oracles: other packages that a benchmark compares with, kept out of the project's own."""

import subprocess
import venv
from pathlib import Path

__all__ = ["make_environment"]

_HERE = Path(__file__).resolve().parent


def make_environment(oracle: str) -> Path:
    """The interpreter of `.venv-ORACLE`, an environment made on first use from `requirements-ORACLE.txt`.

    Raises:
        SystemExit: if it cannot be installed.
    """
    environment, pinned = _HERE.parent / f".venv-{oracle}", _HERE / f"requirements-{oracle}.txt"
    python, made_from = environment / "bin" / "python", environment / pinned.name
    if not made_from.exists() or made_from.read_bytes() != pinned.read_bytes():
        venv.create(environment, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(pinned)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  (our own interpreter and files)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            msg = f"The oracle of this benchmark, {pinned.name}, cannot be installed (is PyPI reachable?): {reason}"
            raise SystemExit(msg)
        made_from.write_bytes(pinned.read_bytes())
    return python
