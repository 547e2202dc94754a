"""Joints: the 4×4 matrices that turn wheels, swing limbs and open doors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Going", "along", "bend_between", "turn"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What moves the parts of a body.

    Attributes:
        travelled_m: distance covered.
        speed_mps: now.
        door_s: seconds since its door began to open; negative before, and if none ever does.
    """

    travelled_m: float
    speed_mps: float
    door_s: float = -1.0


def turn(pivot: Sequence[float] | Floats, axis: int, angle_rad: float) -> Floats:
    """(4, 4) a turn about a line through a pivot, parallel to an axis (0 x, 1 y, 2 z)."""
    one, two = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(4)
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    matrix[one, one] = matrix[two, two] = cos
    matrix[one, two], matrix[two, one] = -sin, sin
    matrix[:3, 3] = np.asarray(pivot) - matrix[:3, :3] @ np.asarray(pivot)
    return matrix


def along(start: Floats, end: Floats) -> Floats:
    """(4, 4) from a limb that hangs from the origin down to (0, 0, −1) to the same limb between two points.

    Only its length is stretched.
    """
    down = start - end
    length = float(np.linalg.norm(down))
    axis = down / length
    side = np.array([0.0, 1.0, 0.0]) - axis[1] * axis
    side /= np.linalg.norm(side)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([np.cross(side, axis), side, down], axis=1)
    matrix[:3, 3] = start
    return matrix


def bend_between(start: Floats, end: Floats, lengths: tuple[float, float], towards: Sequence[float]) -> Floats:
    """(3,) the knee or elbow of a limb of two bones between two points, bent towards a direction."""
    apart = end - start
    distance = min(float(np.linalg.norm(apart)), 0.999 * sum(lengths))
    axis = apart / np.linalg.norm(apart)
    first = (distance**2 + lengths[0] ** 2 - lengths[1] ** 2) / (2 * distance)
    aside = np.asarray(towards) - axis * float(np.dot(axis, towards))
    aside /= np.linalg.norm(aside)
    return np.asarray(start + axis * first + aside * np.sqrt(max(lengths[0] ** 2 - first**2, 0.0)))
