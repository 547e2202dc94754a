"""Bodies of buses and trams."""

from itertools import pairwise

import numpy as np

from safemob.scenes.drawing.dice import happens, pick
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, box, join, loft
from safemob.scenes.drawing.wheels import (
    DARK,
    GLASS,
    HEAD_LAMP,
    PAINT_GLOSS,
    REAR_LAMP,
    STRIPES,
    TRIM,
    WHITE,
    Rolling,
    Size,
    pair_boxes,
    ring_across,
    round_box,
    shape_wheels,
    side_panel,
)

__all__ = ["make_bus", "make_tram"]

_DISPLAY = Paint((1.0, 0.72, 0.20), glow=0.8)
_THREE_DOORS_M = 11.0


def make_bus(size: Size, colour: Colour, rng: np.random.Generator) -> tuple[Mesh, Rolling]:
    """Surfaces and joints of a city bus.

    Args:
        size: (length, width, height), m.
        colour: of its paint.
        rng: draws everything else.
    """
    length, width, height = size
    paint = Paint(colour, gloss=PAINT_GLOSS)
    front, half = length / 2, width / 2
    skin = round_box((-front + 0.03, front - 0.03), (half, half), (0.28, height - 0.22), paint, nose=0.12)
    band = (0.36 * height, 0.78 * height)
    parts = [skin, box((-0.30 * length, -0.35 * width, height - 0.25), (0.05 * length, 0.35 * width, height), WHITE)]
    panes = max(4, round(length / 1.6))
    edges = np.linspace(-front + 0.35, front - 0.5, panes + 1).tolist()
    doors = {panes - 1, panes // 2, *([1] if length > _THREE_DOORS_M else [])}
    for side in (-1.0, 1.0):
        for index, (start, end) in enumerate(pairwise(edges)):
            low = 0.36 if side < 0 and index in doors else band[0]
            parts.append(side_panel(side, half, (start + 0.05, end - 0.05), (low, band[1]), GLASS))
    parts += _shape_ends(front, half, (0.30 * height, 0.80 * height), (0.38 * height, 0.76 * height))
    parts.append(box((front - 0.10, -0.5 * half, 0.81 * height), (front, 0.5 * half, 0.88 * height), _DISPLAY))
    parts.append(side_panel(-1.0, half, (front - 2.0, front - 0.7), (0.80 * height, 0.88 * height), _DISPLAY))
    if happens(0.6, rng):  # most cities paint a stripe
        stripe = Paint(pick(STRIPES, rng), gloss=0.4)
        parts += [
            side_panel(side, half, (-front + 0.2, front - 0.3), (0.30, 0.24 * height), stripe) for side in (-1.0, 1.0)
        ]
    parts += pair_boxes((front - 0.05, front), (half, half + 0.18), (0.62 * height, 0.78 * height), DARK)
    wheels = ((-front + 0.27 * length, 0.48), (front - 0.22 * length, 0.48))
    return join([*parts, *shape_wheels(wheels, width, 0.30)]), Rolling(wheels)


def make_tram(size: Size, colour: Colour) -> tuple[Mesh, Rolling]:
    """Surfaces of a tram of several modules, which stand in line; nothing of it turns. See `make_bus`."""
    length, width, height = size
    paint = Paint(colour, gloss=PAINT_GLOSS)
    half = width / 2
    modules = max(2, round(length / 7.5))
    edges = np.linspace(-length / 2, length / 2, modules + 1).tolist()
    parts: list[Mesh] = []
    top = height - 0.30
    for index, (start, end) in enumerate(pairwise(edges)):
        tail, nose = index == 0, index == modules - 1
        low, high = start + (0 if tail else 0.25), end - (0 if nose else 0.25)
        body = (low + (1.1 if tail else 0.0), high - (1.1 if nose else 0.0))
        parts.append(round_box(body, (half, half), (0.12, top), paint))
        for far, near, is_end in ((low, body[0], tail), (high, body[1], nose)):
            if is_end:
                parts += _shape_nose(far, near, half, top, paint)
        for side in (-1.0, 1.0):
            panes = np.linspace(body[0] + 0.15, body[1] - 0.15, 5).tolist()
            for place, (one, other) in enumerate(pairwise(panes)):
                bottom = 0.40 if place == 1 else 0.36 * height
                parts.append(side_panel(side, half, (one + 0.06, other - 0.06), (bottom, 0.74 * height), GLASS))
            parts.append(side_panel(side, half, body, (0.13, 0.28), DARK))
        parts.append(box((low + 1.4, -0.6 * half, top), (high - 1.4, 0.6 * half, height), TRIM))
        if not nose:
            parts.append(box((high, -0.9 * half, 0.3), (end + 0.25, 0.9 * half, top - 0.1), DARK))
    return join(parts), Rolling(())


def _shape_nose(far: float, near: float, half: float, top: float, paint: Paint) -> list[Mesh]:
    ahead = 1.0 if far > near else -1.0
    rings = [(near, 1.0, 0.12, top), (near + 0.6 * (far - near), 0.93, 0.16, top - 0.10), (far, 0.62, 0.30, 0.55 * top)]
    if ahead < 0:
        rings.reverse()
    skin = loft([ring_across(x, half * w, low, high, 0.12) for x, w, low, high in rings], paint, crease_deg=40)
    at = [near + 0.55 * (far - near), far]
    glass = [
        (at[1] - 0.05 * ahead, -0.55 * half, 0.46 * top),
        (at[1] - 0.05 * ahead, 0.55 * half, 0.46 * top),
        (at[0] + 0.12 * ahead, 0.80 * half, 0.90 * top),
        (at[0] + 0.12 * ahead, -0.80 * half, 0.90 * top),
    ]
    lamp = HEAD_LAMP if ahead > 0 else REAR_LAMP
    lamps = [
        box((far - 0.1 if ahead > 0 else far, y - 0.15, 0.62), (far if ahead > 0 else far + 0.1, y + 0.15, 0.82), lamp)
        for y in (-0.42 * half, 0.42 * half)
    ]
    outside = [(x + 0.05 * ahead, y, z + 0.03) for x, y, z in glass]
    return [skin, loft([glass, outside], GLASS), *lamps]


def _shape_ends(front: float, half: float, fore: tuple[float, float], aft: tuple[float, float]) -> list[Mesh]:
    """Windscreen, rear window and lamps of a bus."""
    x, y = front - 0.005, 0.72 * half
    return [
        box((x - 0.10, -0.88 * half, fore[0]), (x, 0.88 * half, fore[1]), GLASS),
        box((-x, -0.80 * half, aft[0] * 1.3), (-x + 0.10, 0.80 * half, aft[1]), GLASS),
        *pair_boxes((x - 0.10, x), (y - 0.16, y + 0.16), (0.55, 0.75), HEAD_LAMP),
        *pair_boxes((-x, -x + 0.10), (y - 0.12, y + 0.12), (0.75, 1.15), REAR_LAMP),
    ]
