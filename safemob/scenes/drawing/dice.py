"""Small draws that read like sentences."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

__all__ = ["happens", "pick"]

_Option = TypeVar("_Option")


def happens(share: float, rng: np.random.Generator) -> bool:
    """Whether something happens that happens in a share of all cases."""
    return bool(rng.random() < share)


def pick(options: Sequence[_Option], rng: np.random.Generator) -> _Option:
    """One of several, each as likely as the others."""
    return options[int(rng.integers(len(options)))]
