"""Array types of the hot path, and the check their records make when they are built."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Floats", "Image", "Ints", "check_shapes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Image = NDArray[np.uint8]


def check_shapes(record: object, **shapes: tuple[int, ...]) -> None:
    """Refuse a record whose arrays do not have the given shapes, and make them read-only.

    Args:
        record: the struct of arrays being built.
        **shapes: expected shape per attribute name.

    Raises:
        ValueError: naming the first attribute whose shape differs, expected and actual.
    """
    for name, expected in shapes.items():
        array: NDArray[np.generic] = getattr(record, name)
        if array.shape != expected:
            msg = f"{type(record).__name__}.{name} has shape {array.shape}, expected {expected}"
            raise ValueError(msg)
        array.flags.writeable = False
