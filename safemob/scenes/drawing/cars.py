"""Bodies of cars and vans."""

from collections.abc import Sequence

import numpy as np

from safemob.scenes.drawing.dice import happens, pick
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, box, dim, join, loft
from safemob.scenes.drawing.wheels import (
    DARK,
    GLASS,
    HEAD_LAMP,
    PAINT_GLOSS,
    REAR_LAMP,
    STRIPES,
    Rolling,
    Size,
    pair_boxes,
    shape_wheels,
    side_panel,
)

__all__ = ["make_car", "make_van"]

_PLATE = Paint((0.92, 0.92, 0.90), glow=0.15)
_SUV_M = 1.58
_COMPACT_M = 4.25

# Profiles of cars, in shares of length and height: the hull (x, lower edge, waist, width) and the greenhouse
# (x, top, what the span up to the next row is). Drawn by eye after side views of common models.
_HULL = (
    (-0.500, 0.30, 0.52, 0.80),
    (-0.490, 0.20, 0.58, 0.90),
    (-0.450, 0.14, 0.61, 0.97),
    (-0.250, 0.12, 0.62, 1.00),
    (0.200, 0.12, 0.615, 1.00),
    (0.310, 0.12, 0.59, 0.99),
    (0.420, 0.14, 0.54, 0.95),
    (0.480, 0.17, 0.48, 0.88),
    (0.500, 0.25, 0.42, 0.78),
)
_GREENHOUSES = {
    "hatchback": (
        (-0.485, 0.62, "screen"),
        (-0.400, 0.93, "pillar"),
        (-0.350, 0.975, "glass"),
        (-0.110, 1.0, "pillar"),
        (-0.085, 1.0, "glass"),
        (0.090, 0.97, "screen"),
        (0.300, 0.60, ""),
    ),
    "saloon": (
        (-0.380, 0.63, "screen"),
        (-0.220, 0.95, "pillar"),
        (-0.180, 0.98, "glass"),
        (-0.060, 1.0, "pillar"),
        (-0.040, 1.0, "glass"),
        (0.090, 0.97, "screen"),
        (0.270, 0.61, ""),
    ),
    "estate": (
        (-0.492, 0.62, "screen"),
        (-0.445, 0.93, "pillar"),
        (-0.420, 0.965, "glass"),
        (-0.240, 0.99, "pillar"),
        (-0.215, 0.99, "glass"),
        (-0.070, 1.0, "pillar"),
        (-0.050, 1.0, "glass"),
        (0.090, 0.97, "screen"),
        (0.270, 0.60, ""),
    ),
    "suv": (
        (-0.492, 0.62, "screen"),
        (-0.430, 0.94, "pillar"),
        (-0.390, 0.985, "glass"),
        (-0.230, 1.0, "pillar"),
        (-0.205, 1.0, "glass"),
        (-0.070, 1.0, "pillar"),
        (-0.050, 1.0, "glass"),
        (0.110, 0.97, "screen"),
        (0.270, 0.60, ""),
    ),
    "van": (
        (-0.495, 0.45, "pillar"),
        (-0.493, 0.97, "pillar"),
        (-0.480, 1.0, "pillar"),
        (0.120, 1.0, "pillar"),
        (0.150, 0.995, "glass"),
        (0.230, 0.97, "screen"),
        (0.390, 0.47, ""),
    ),
}


def make_car(size: Size, colour: Colour, rng: np.random.Generator, *, door: bool = False) -> tuple[Mesh, Rolling]:
    """Surfaces and joints of a car: hatchback, saloon, estate or, if it is high, a sport utility vehicle.

    Args:
        size: (length, width, height), m.
        colour: of its paint.
        rng: draws everything else.
        door: whether its left front door can open.
    """
    length, width, height = size
    paint = Paint(colour, gloss=PAINT_GLOSS)
    if height > _SUV_M:
        style = "suv"
    else:
        style = str(rng.choice(["hatchback", "saloon", "estate"] if length > _COMPACT_M else ["hatchback"]))
    parts = [_shape_hull(size, paint, _HULL), _shape_greenhouse(size, paint, style, waist=0.60)]
    parts += _shape_lamps(size, 0.445, 0.50, 0.47, 0.57)
    parts += [
        box((0.478 * length, -0.25 * width, 0.30 * height), (0.497 * length, 0.25 * width, 0.40 * height), DARK),
        box((0.47 * length, -0.13 * width, 0.22 * height), (0.499 * length, 0.13 * width, 0.275 * height), _PLATE),
        box((-0.499 * length, -0.13 * width, 0.40 * height), (-0.47 * length, 0.13 * width, 0.46 * height), _PLATE),
    ]
    parts += pair_boxes(
        (0.20 * length, 0.225 * length), (0.49 * width, 0.545 * width), (0.62 * height, 0.70 * height), paint
    )
    radius = 0.205 * height
    axles = ((-0.295 * length, radius), (0.305 * length, radius))
    parts += shape_wheels(axles, width, 0.20)
    hinge = (0.20 * length, 0.485 * width)
    if door:
        parts += _shape_door(hinge, 0.27 * length, (0.16 * height, 0.60 * height), 0.93 * height, paint)
    return join(parts), Rolling(axles, hinge)


def make_van(size: Size, colour: Colour, rng: np.random.Generator) -> tuple[Mesh, Rolling]:
    """Surfaces and joints of a panel van; see `make_car`."""
    length, width, height = size
    paint = Paint(colour, gloss=PAINT_GLOSS)
    hull = (
        (-0.496, 0.14, 0.46, 0.96),
        (-0.486, 0.10, 0.47, 1.00),
        (0.300, 0.10, 0.47, 1.00),
        (0.400, 0.10, 0.45, 0.98),
        (0.465, 0.11, 0.38, 0.93),
        (0.494, 0.15, 0.32, 0.84),
    )
    parts = [_shape_hull(size, paint, hull), _shape_greenhouse(size, paint, "van", waist=0.44)]
    parts += _shape_lamps(size, 0.43, 0.5, 0.29, 0.36)
    for side in (-1.0, 1.0):
        pane = sorted((side * 0.06 * width, side * 0.40 * width))
        if happens(0.4, rng):  # share of rear doors with windows
            parts.append(box((-0.5 * length, pane[0], 0.60 * height), (-0.48 * length, pane[1], 0.84 * height), GLASS))
        lamp = sorted((side * 0.42 * width, side * 0.475 * width))
        parts.append(box((-0.5 * length, lamp[0], 0.30 * height), (-0.48 * length, lamp[1], 0.46 * height), REAR_LAMP))
    parts.append(box((0.48 * length, -0.3 * width, 0.20 * height), (0.498 * length, 0.3 * width, 0.27 * height), DARK))
    if happens(0.5, rng):  # half of them
        for side in (-1.0, 1.0):
            parts.append(
                side_panel(
                    side,
                    0.437 * width,
                    (-0.40 * length, 0.05 * length),
                    (0.6 * height, 0.8 * height),
                    Paint(pick(STRIPES, rng), gloss=0.3),
                )
            )
    parts += pair_boxes(
        (0.27 * length, 0.29 * length), (0.47 * width, 0.56 * width), (0.50 * height, 0.62 * height), DARK
    )
    radius = min(0.36, 0.16 * height)
    axles = ((-0.28 * length, radius), (0.33 * length, radius))
    parts += shape_wheels(axles, width, 0.22)
    return join(parts), Rolling(axles)


def _shape_hull(size: Size, paint: Paint, rows: Sequence[tuple[float, float, float, float]]) -> Mesh:
    length, width, height = size
    rings = []
    for x, low, waist, wide in rows:
        half, depth = wide * width / 2, waist - low
        side = [
            (0.90 * half, low),
            (half, low + 0.30 * depth),
            (0.985 * half, low + 0.72 * depth),
            (0.90 * half, waist),
        ]
        ring = [(x * length, y, z * height) for y, z in side]
        rings.append(ring + [(px, -py, pz) for px, py, pz in reversed(ring)])
    sill = Paint(dim(paint.colour, 0.35), gloss=0.1)
    around = [sill, paint, paint, paint, paint, paint, sill, DARK]
    return loft(rings, [around] * (len(rows) - 1), crease_deg=35, caps=paint)


def _shape_greenhouse(size: Size, paint: Paint, style: str, waist: float) -> Mesh:
    length, width, height = size
    rows = _GREENHOUSES[style]
    narrow = 0.93 if style == "van" else 0.76
    rings, paints = [], []
    for x, top, what in rows:
        share = max(0.0, (top - waist) / (1 - waist))
        base, roof = 0.89 * width / 2, (0.89 + (narrow - 0.89) * share) * width / 2
        if style == "van":
            base = 0.96 * width / 2
        edge = max(top - 0.05, waist)
        side = [(base, waist), (roof, edge), (0.82 * roof, top)]
        ring = [(x * length, y, z * height) for y, z in side]
        rings.append(ring + [(px, -py, pz) for px, py, pz in reversed(ring)])
        screen = GLASS if what == "screen" else paint
        flank = GLASS if what in {"glass", "screen"} else paint
        paints.append([flank, paint, screen, paint, flank, DARK])
    return loft(rings, paints[:-1], crease_deg=28)


def _shape_lamps(size: Size, x0: float, x1: float, low: float, high: float) -> list[Mesh]:
    length, width, height = size
    low, high = low * height * 0.86, high * height * 0.88
    front, rear = (x0 * length, x1 * length - 0.03), (-0.495 * length, -0.45 * length)
    return [
        *pair_boxes(front, (0.26 * width, 0.42 * width), (low, high), HEAD_LAMP),
        *pair_boxes(rear, (0.30 * width, 0.46 * width), (low * 1.08, high * 1.12), REAR_LAMP),
    ]


def _shape_door(
    hinge: tuple[float, float], long: float, heights: tuple[float, float], top: float, paint: Paint
) -> list[Mesh]:
    """The driver's door, thin enough to be unseen while it is shut. It is moved by the last joint of a car."""
    x, y = hinge
    low, waist = heights
    lower = box((x - long, y - 0.04, low), (x, y + 0.002, waist), paint, joint=3)
    upper = box((x - long + 0.03, y - 0.13, waist), (x - 0.25, y - 0.11, top), GLASS, joint=3)
    return [lower, upper]
