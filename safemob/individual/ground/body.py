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
# pedestrian 0.8 × 0.6 × 1.73, cyclist 1.76 × 0.6 × 1.73; templates in Qi et al., Frustum PointNets, 2018: van
# 5.07 × 1.90 × 2.21, truck 10.14 × 2.59 × 3.25) and nuScenes (anchors in Zhu et al., CBGS, 2019: car
# 4.63 × 1.97 × 1.74, truck 6.93 × 2.51 × 2.84, bus 10.5 × 2.94 × 3.47, motorcycle 2.11 × 0.77 × 1.47), whose boxes
# include mirrors; vans count as trucks. Widths of buses and trams: the 2.55 m limit of Directive 96/53/EC and of
# BOStrab's 2.65 m. A person's footprint is the body's, not that of swinging arms. Standard deviations cover the spread
# inside a class.
_SIZES = {
    RoadUserClass.PEDESTRIAN: _Size((0.50, 0.55, 1.70), (0.15, 0.10, 0.12)),
    RoadUserClass.CYCLIST: _Size((1.75, 0.60, 1.72), (0.15, 0.10, 0.14)),
    RoadUserClass.MOTORCYCLIST: _Size((2.10, 0.78, 1.55), (0.20, 0.10, 0.15)),
    RoadUserClass.E_SCOOTER: _Size((1.15, 0.55, 1.82), (0.15, 0.10, 0.12)),
    RoadUserClass.CAR: _Size((4.35, 1.80, 1.52), (0.40, 0.10, 0.12)),
    RoadUserClass.TRUCK: _Size((7.40, 2.33, 2.77), (2.20, 0.30, 0.50)),
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


# What a box's lower edge shows is a tyre or what overhangs it, whichever is seen lower. A tyre of radius r, seen from
# an angle a above, ends r · tan(a / 2) before its contact: at 25° a fifth of its radius, by which rings of tyres reach
# beyond the wheelbase. Wheelbases: VW Golf 8 2.64 of 4.28 m, Mercedes-Benz Sprinter 4.32 of 6.96 m and Citaro 5.85 of
# 11.95 m (manufacturer's data; the Citaro's front overhang is 2.71 m, its rear one 3.40 m), single-unit truck 6.1 of
# 9.2 m, with 1.2 m before and 1.8 m behind (AASHTO, Green Book, 2004).
#
# Lower edges: a car's bumpers at 0.2 m, their foremost points at the 0.445 m of UN Regulation 42; a truck's front at
# 0.40 m at most (UN Regulation 93), its rear at 0.55 m (58), a van's lower; a Citaro's ends at 0.33 m and 0.42 m
# (angles of approach and departure of 7°). Heads are round, seen from above: their tops are a few centimetres wide.
# Feet are 0.06 of the height broad (Drillis & Contini 1966) and a tenth of a metre apart; that they reach as far before
# and behind as a body is long allows for half a step.
#
# This project's estimates: a car's 0.2 m, wheelbases of two-wheelers (bicycles 1.03 of 1.75 m, motorcycles 1.4 of
# 2.1 m, e-scooters their length less one wheel of 8 to 10 inches), roofs, cabs and what is said of trams.
_CAR = (
    _ring(0.65, 0.98, 0.0)  # where the tyres touch the ground
    + _ring(0.96, 0.94, 0.13, cut=0.12)  # lower edge of the bumpers
    + _ring(1.0, 1.0, 0.30, cut=0.12)  # bumpers
    + _ring(1.0, 1.0, 0.50, cut=0.20)  # bonnet and boot
    + _ring(0.45, 0.76, 1.0, shift=-0.04)  # roof
)
_TRUCK = (
    _ring(0.67, 0.98, 0.0, shift=0.025)  # where the tyres touch the ground
    + _ring(1.0, 0.98, 0.12, cut=0.05)  # bumper, protection against underrun
    + _ring(1.0, 0.96, 0.60, cut=0.05)  # front of the cab
    + _ring(0.82, 1.0, 1.0, cut=0.05, shift=-0.09)  # roof
)
_BUS = (
    _ring(0.51, 0.98, 0.0, shift=0.03)  # where the tyres touch the ground
    + _ring(1.0, 1.0, 0.11, cut=0.05)  # lower edge
    + _ring(1.0, 1.0, 0.93, cut=0.05)  # edge of the roof
    + _ring(0.60, 0.70, 1.0)  # what stands on it
)
_TRAM = (
    _ring(0.94, 1.0, 0.04, cut=0.05)  # skirts
    + _ring(1.0, 0.70, 0.12)  # noses
    + _ring(0.94, 1.0, 0.92, cut=0.05)  # edge of the roof
    + _ring(0.80, 0.70, 1.0)  # what stands on it
)


def _ride(tyres: float, axles: float) -> list[list[float]]:
    """Somebody on two wheels, from the reach of the tyres on the ground and the height of the axles."""
    return (
        _ring(tyres, 0.10, 0.0)  # where the tyres touch the ground
        + _ring(1.0, 0.10, axles, cut=0.12)  # their foremost and hindmost points
        + _ring(0.40, 1.0, 0.60, cut=0.30)  # handlebar, hips
        + _ring(0.30, 0.75, 0.85, cut=0.30)  # shoulders
        + _ring(0.06, 0.15, 0.995, shift=0.05)  # top of the head
    )


_PERSON = (
    _ring(0.90, 0.36, 0.0, cut=0.30)  # shoes
    + _ring(0.80, 1.0, 0.60, cut=0.30)  # hands, hips
    + _ring(0.16, 0.15, 0.995)  # top of the head
)

_SHAPES = {
    RoadUserClass.PEDESTRIAN: _PERSON,
    RoadUserClass.CYCLIST: _ride(tyres=0.68, axles=0.20),
    RoadUserClass.MOTORCYCLIST: _ride(tyres=0.73, axles=0.20),
    RoadUserClass.E_SCOOTER: _ride(tyres=0.84, axles=0.06),
    RoadUserClass.CAR: _CAR,
    RoadUserClass.TRUCK: _TRUCK,
    RoadUserClass.BUS: _BUS,
    RoadUserClass.TRAM: _TRAM,
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
