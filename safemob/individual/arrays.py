"""Array types of the hot path, the check their records make when they are built, and the one inverse they need."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Floats", "Image", "Ints", "check_shapes", "invert_symmetric"]

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


def invert_symmetric(matrices: Floats) -> Floats:
    """Inverses of symmetric matrices two by two: covariances on the ground, many times faster than by LAPACK.

    Args:
        matrices: (N, 2, 2).

    Returns:
        (N, 2, 2).

    >>> invert_symmetric(np.array([[[2.0, 1.0], [1.0, 1.0]]])).tolist()
    [[[1.0, -1.0], [-1.0, 2.0]]]
    """
    xx, xy, yy = matrices[:, 0, 0], matrices[:, 0, 1], matrices[:, 1, 1]
    inverses = np.empty_like(matrices)
    inverses[:, 0, 0], inverses[:, 1, 1] = yy, xx
    inverses[:, 0, 1] = inverses[:, 1, 0] = -xy
    inverses /= (xx * yy - xy * xy)[:, None, None]
    return inverses
