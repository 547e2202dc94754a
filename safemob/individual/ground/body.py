"""How big road users are and what shape they show: the priors of the footprint estimate."""

from dataclasses import dataclass

import numpy as np

from safemob.individual.arrays import Floats
from safemob.taxonomy import RoadUserClass

__all__ = ["CORNERS", "SIZE_MEANS", "SIZE_SDS"]


@dataclass(frozen=True, slots=True)
class _Size:
    """Mean and standard deviation of (length, width, height) in metres."""

    mean: tuple[float, float, float]
    sd: tuple[float, float, float]


# Means lie between the annotated means of KITTI (anchors in Zhou & Tuzel, VoxelNet, 2018: car 3.9 × 1.6 × 1.56,
# pedestrian 0.8 × 0.6 × 1.73, cyclist 1.76 × 0.6 × 1.73) and nuScenes (anchors in Zhu et al., CBGS, 2019: car
# 4.63 × 1.97 × 1.74, truck 6.93 × 2.51 × 2.84, bus 10.5 × 2.94 × 3.47, motorcycle 2.11 × 0.77 × 1.47), whose boxes
# include mirrors. Widths of buses and trams: the 2.55 m limit of Directive 96/53/EC and of BOStrab's 2.65 m.
# A person's footprint is the body's, not that of swinging arms. Standard deviations cover the spread inside a class.
_SIZES = {
    RoadUserClass.PEDESTRIAN: _Size((0.50, 0.55, 1.70), (0.15, 0.10, 0.12)),
    RoadUserClass.CYCLIST: _Size((1.75, 0.60, 1.72), (0.15, 0.10, 0.14)),
    RoadUserClass.MOTORCYCLIST: _Size((2.10, 0.78, 1.55), (0.20, 0.10, 0.15)),
    RoadUserClass.E_SCOOTER: _Size((1.15, 0.55, 1.82), (0.15, 0.10, 0.12)),
    RoadUserClass.CAR: _Size((4.35, 1.80, 1.52), (0.40, 0.10, 0.12)),
    RoadUserClass.TRUCK: _Size((6.20, 2.20, 2.60), (1.80, 0.25, 0.50)),
    RoadUserClass.BUS: _Size((12.0, 2.55, 3.10), (2.00, 0.06, 0.25)),
    RoadUserClass.TRAM: _Size((30.0, 2.45, 3.40), (8.00, 0.15, 0.20)),
}


def _ring(length: float, width: float, height: float, cut: float = 0.0, shift: float = 0.0) -> list[list[float]]:
    """Points around a rectangle at one height, in units of the body's size; corners cut by a fraction."""
    x, y = length / 2, width / 2
    if not cut:
        return [[shift + sx * x, sy * y, height] for sx in (-1, 1) for sy in (-1, 1)]
    inner_x, inner_y = x * (1 - cut), y * (1 - cut)
    corners = [(inner_x, y), (x, inner_y)]
    return [[shift + sx * cx, sy * cy, height] for sx in (-1, 1) for sy in (-1, 1) for cx, cy in corners]


_CAR = (
    _ring(0.78, 0.96, 0.0)  # where the tyres touch the ground
    + _ring(1.0, 1.0, 0.25, cut=0.12)  # bumpers
    + _ring(1.0, 1.0, 0.50, cut=0.20)  # bonnet and boot
    + _ring(0.45, 0.76, 1.0, shift=-0.04)  # roof
)
_BOX = _ring(0.80, 0.98, 0.0) + _ring(1.0, 1.0, 0.12, cut=0.05) + _ring(1.0, 1.0, 1.0, cut=0.05)
_RIDER = (
    _ring(0.65, 0.10, 0.0)  # where the tyres touch the ground
    + _ring(1.0, 0.10, 0.20, cut=0.12)  # their foremost and hindmost points, at the height of the axles
    + _ring(0.40, 1.0, 0.60, cut=0.30)  # handlebar, hips
    + _ring(0.30, 0.75, 0.85, cut=0.30)  # shoulders
    + _ring(0.15, 0.35, 1.0, cut=0.30, shift=0.05)  # head
)
_PERSON = _ring(0.90, 0.60, 0.0, cut=0.30) + _ring(0.80, 1.0, 0.60, cut=0.30) + _ring(0.45, 0.45, 1.0, cut=0.30)

_SHAPES = {
    RoadUserClass.PEDESTRIAN: _PERSON,
    RoadUserClass.CYCLIST: _RIDER,
    RoadUserClass.MOTORCYCLIST: _RIDER,
    RoadUserClass.E_SCOOTER: _RIDER,
    RoadUserClass.CAR: _CAR,
    RoadUserClass.TRUCK: _BOX,
    RoadUserClass.BUS: _BOX,
    RoadUserClass.TRAM: _BOX,
}

SIZE_MEANS: Floats = np.array([_SIZES[each].mean for each in RoadUserClass])
"""(classes, 3) mean length, width, height in m, by class code."""

SIZE_SDS: Floats = np.array([_SIZES[each].sd for each in RoadUserClass])
"""(classes, 3) standard deviations of the same."""


def _pad(shape: list[list[float]]) -> list[list[float]]:
    return shape + [shape[0]] * (_MOST_POINTS - len(shape))


_MOST_POINTS = max(len(shape) for shape in _SHAPES.values())

CORNERS: Floats = np.array([_pad(_SHAPES[each]) for each in RoadUserClass])
"""(classes, K, 3) points on each class's hull: forward, left, up, in units of length, width, height."""

for _array in (SIZE_MEANS, SIZE_SDS, CORNERS):
    _array.flags.writeable = False
