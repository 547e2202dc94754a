"""Environments of oracles: other packages that a benchmark compares with, kept out of the project's own."""

from pathlib import Path

from safemob.adapters.supply.environment import Environment, create_environment
from safemob.adapters.supply.yolo import yolo_environment
from safemob.errors import SupplyError

__all__ = ["describe_environment", "make_environment"]

_HERE = Path(__file__).resolve().parent


def describe_environment(oracle: str) -> Environment:
    """The environment `.venv-ORACLE`: of `requirements-ORACLE.txt`, or that of Ultralytics as safemob has it."""
    folder = _HERE.parent / f".venv-{oracle}"
    if oracle == "ultralytics":
        return yolo_environment(folder)
    return Environment(folder=folder, requirements=(_HERE / f"requirements-{oracle}.txt").read_text(encoding="utf-8"))


def make_environment(oracle: str) -> Path:
    """The interpreter of an oracle's environment, which is made on first use.

    Raises:
        SystemExit: if it cannot be installed.
    """
    environment = describe_environment(oracle)
    try:
        create_environment(environment)
    except SupplyError as error:
        msg = f"The oracle of this benchmark is missing: {error}."
        raise SystemExit(msg) from None
    return environment.python
