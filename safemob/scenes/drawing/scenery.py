"""Things that stand along a street: houses, trees, posts, and the edge of town far away."""

from dataclasses import replace

import numpy as np

from safemob.scenes.drawing.dice import happens, pick
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, ball, box, dim, join, loft, panels, tube

__all__ = ["build_house", "grow_forest", "grow_tree", "raise_lamp", "raise_signal"]

_WALLS: tuple[Colour, ...] = (
    (0.86, 0.82, 0.72),
    (0.78, 0.70, 0.58),
    (0.70, 0.42, 0.34),
    (0.80, 0.80, 0.78),
    (0.62, 0.60, 0.58),
    (0.83, 0.74, 0.52),
    (0.60, 0.66, 0.68),
)
_ROOFS: tuple[Colour, ...] = ((0.50, 0.26, 0.20), (0.30, 0.29, 0.30), (0.42, 0.24, 0.19))
_LEAVES: tuple[Colour, ...] = ((0.22, 0.36, 0.14), (0.28, 0.40, 0.16), (0.18, 0.31, 0.16), (0.36, 0.41, 0.16))
_FAR_WOODS = (0.36, 0.44, 0.36)
_BARK = Paint((0.30, 0.25, 0.20))
_POST = Paint((0.42, 0.44, 0.45), gloss=0.2)
_BLACK = Paint((0.08, 0.08, 0.09))
_GLASS = (0.20, 0.24, 0.28)
_LIT_WINDOW = Paint((0.55, 0.52, 0.45), gloss=0.5, glow=1.3)
_FRAME = Paint((0.88, 0.88, 0.86))
_LAMP_M = 7.0
_SIGNAL_M = 3.2
_FOREST_M = 190.0


def build_house(size: tuple[float, float], rng: np.random.Generator) -> tuple[list[Mesh], Mesh]:
    """A house around the origin, so wide along x and deep along y, m: its convex solids, and its windows."""
    (wide, deep), floors = size, int(rng.integers(2, 6))
    storey = float(rng.uniform(2.9, 3.5))
    height = floors * storey + 0.6
    wall = Paint(pick(_WALLS, rng))
    parts = [box((-wide / 2, -deep / 2, 0), (wide / 2, deep / 2, height), wall)]
    parts.append(
        box(
            (-wide / 2 - 0.05, -deep / 2 - 0.05, 0),
            (wide / 2 + 0.05, deep / 2 + 0.05, 0.7),
            Paint(dim(wall.colour, 0.7)),
        )
    )
    if happens(0.5, rng):  # half of the roofs are flat
        parts.append(
            box(
                (-wide / 2 - 0.15, -deep / 2 - 0.15, height),
                (wide / 2 + 0.15, deep / 2 + 0.15, height + 0.4),
                Paint((0.55, 0.54, 0.52)),
            )
        )
    else:
        rise, roof = float(rng.uniform(2.5, 4.5)), Paint(pick(_ROOFS, rng))
        base = [
            (-wide / 2 - 0.4, -deep / 2 - 0.4),
            (wide / 2 + 0.4, -deep / 2 - 0.4),
            (wide / 2 + 0.4, deep / 2 + 0.4),
            (-wide / 2 - 0.4, deep / 2 + 0.4),
        ]
        ridge = [(x, y * 0.02) if wide > deep else (x * 0.02, y) for x, y in base]
        parts.append(
            loft([[(x, y, height) for x, y in base], [(x, y, height + rise) for x, y in ridge]], roof, crease_deg=5)
        )
    walls = ((wide, deep), (deep, wide), (wide, deep), (deep, wide))
    panes = [
        _glaze(across, out / 2, floors, storey, rng).placed(0, 0, 0, turn * np.pi / 2)
        for turn, (across, out) in enumerate(walls)
    ]
    return parts, join(panes)


def _glaze(across: float, out: float, floors: int, storey: float, rng: np.random.Generator) -> Mesh:
    """Windows on the wall that looks towards −y."""
    columns = max(2, int(across / 2.6))
    corners, paints = [], []
    shop = happens(0.3, rng)
    for floor in range(floors):
        for column in range(columns):
            x = (column + 0.5 - columns / 2) * across / columns
            half, low, high = 0.62, floor * storey + 1.0, floor * storey + 2.45
            if floor == 0 and shop:
                half, low, high = 0.42 * across / columns, 0.45, 2.7
            dull = Paint(dim(_GLASS, float(rng.uniform(0.7, 1.25))), gloss=0.8)
            glass = _LIT_WINDOW if happens(0.3, rng) else dull
            for grow, depth, paint in ((0.09, 0.03, _FRAME), (0.0, 0.05, glass)):
                left, right, y = x - half - grow, x + half + grow, -out - depth
                bottom, top = low - grow, high + grow
                corners.append([(left, y, bottom), (right, y, bottom), (right, y, top), (left, y, top)])
                paints.append(paint)
    return panels(corners, paints)


def grow_tree(rng: np.random.Generator) -> list[Mesh]:
    """A tree at the origin: its nearly convex solids."""
    height, width = float(rng.uniform(5, 12)), float(rng.uniform(1.5, 3.0))
    leaves = pick(_LEAVES, rng)
    parts = [tube((0, 0, 0), (0, 0, 0.5 * height), (0.05 * width + 0.06, 0.07), _BARK)]
    for _ in range(6):
        radius = float(width * rng.uniform(0.45, 0.72))
        at = rng.normal(0, 0.30 * width, 3)
        tone = rng.uniform(0.8, 1.2)
        middle = (float(at[0]), float(at[1]), float(at[2]) + 0.68 * height)
        shape = ball(middle, (radius, radius, 0.85 * radius), Paint(dim(leaves, float(tone))), sides=10, rows=7)
        bumps = np.sin(shape.corners * 5.3 / radius + rng.uniform(0, 6, 3))[..., [1, 2, 0]]
        tones = shape.colours * rng.uniform(0.75, 1.2, (len(bumps), 1))
        parts.append(replace(shape, corners=shape.corners + 0.16 * radius * bumps, colours=np.clip(tones, 0, 1)))
    return parts


def raise_lamp(x: float, y: float) -> tuple[list[Mesh], tuple[float, float, float]]:
    """A lamp post at a place, its arm towards the centre: solids, and where its lamp hangs."""
    away = max(float(np.hypot(x, y)), 0.1)
    dx, dy = -x / away * 1.6, -y / away * 1.6
    head = Paint((0.80, 0.80, 0.76), glow=1.6)
    parts = [
        tube((x, y, 0), (x, y, _LAMP_M), (0.09, 0.06), _POST, sides=8),
        tube((x, y, _LAMP_M - 0.05), (x + dx, y + dy, _LAMP_M + 0.15), (0.045, 0.04), _POST),
        box((x + dx - 0.22, y + dy - 0.22, _LAMP_M + 0.06), (x + dx + 0.22, y + dy + 0.22, _LAMP_M + 0.20), head),
    ]
    return parts, (x + dx, y + dy, _LAMP_M)


def raise_signal(x: float, y: float) -> list[Mesh]:
    """A post with a signal at a place; it shows red."""
    parts = [
        tube((x, y, 0), (x, y, _SIGNAL_M), (0.07, 0.06), _POST, sides=8),
        box((x - 0.16, y - 0.16, _SIGNAL_M - 0.9), (x + 0.16, y + 0.16, _SIGNAL_M), _BLACK),
    ]
    lens = Paint((0.85, 0.15, 0.12), glow=1.5)
    parts += [box((x - 0.18, y - 0.09, _SIGNAL_M - 0.26), (x + 0.18, y + 0.09, _SIGNAL_M - 0.08), lens)]
    return parts


def grow_forest(rng: np.random.Generator) -> Mesh:
    """Woods far away all around, so that streets do not end at the horizon."""
    count = 240
    angles = 2 * np.pi * np.arange(count) / count
    circle = _FOREST_M * np.column_stack([np.cos(angles), np.sin(angles)])
    hills = sum(np.sin(angles * waves + rng.uniform(0, 7)) / waves for waves in (3, 7, 11, 19))
    tops = 11 + 6 * hills + rng.normal(0, 0.7, count)
    low = np.column_stack([circle, np.zeros(count)])
    high = np.column_stack([circle * 1.02, np.maximum(tops, 4)])
    paints = [Paint(dim(_FAR_WOODS, float(tone))) for tone in rng.uniform(0.94, 1.06, count)]
    return panels(np.stack([low, high, np.roll(high, -1, axis=0), np.roll(low, -1, axis=0)], axis=1), paints)
