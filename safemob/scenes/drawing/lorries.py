"""Bodies of trucks: with a box, with a curtain, with a tipper."""

import numpy as np

from safemob.scenes.drawing.dice import pick
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, box, join
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
    round_box,
    shape_wheels,
    side_panel,
)

__all__ = ["make_truck"]

_LIGHT_M = 7.5
_THREE_AXLES_M = 8.5


def make_truck(size: Size, colour: Colour, rng: np.random.Generator) -> tuple[Mesh, Rolling]:
    """Surfaces and joints of a truck without a trailer.

    Args:
        size: (length, width, height), m.
        colour: of the cab.
        rng: draws everything else.
    """
    length, width, height = size
    paint = Paint(colour, gloss=PAINT_GLOSS)
    front, half = length / 2, width / 2
    cab_length = min(2.1, 0.33 * length)
    back = front - cab_length
    roof = min(height, max(2.3, 0.82 * height), 3.1)
    radius = 0.40 if length < _LIGHT_M else 0.50
    cab = [
        round_box((back, front - 0.25), (0.93 * half, 0.97 * half), (0.42, roof - 0.05), paint),
        round_box((front - 0.25, front - 0.04), (0.97 * half, 0.90 * half), (0.42, roof - 0.12), paint),
    ]
    waist = 0.42 + 0.47 * (roof - 0.42)
    cab += [box((front - 0.10, -0.82 * half, waist), (front - 0.015, 0.82 * half, roof - 0.28), GLASS)]
    cab += [
        side_panel(side, 0.975 * half, (back + 0.45, front - 0.30), (waist, roof - 0.35), GLASS) for side in (-1.0, 1.0)
    ]
    cab += [box((front - 0.10, -0.55 * half, 0.6), (front - 0.01, 0.55 * half, waist - 0.15), DARK)]
    lamp = 0.75 * half
    cab += pair_boxes((front - 0.06, front), (lamp - 0.14, lamp + 0.14), (0.55, 0.75), HEAD_LAMP)
    bed = back - 0.12
    frame = [box((-front + 0.1, -0.45 * half, 0.55), (back, 0.45 * half, 1.0), DARK)]
    frame += pair_boxes((-front, -front + 0.08), (lamp - 0.16, lamp + 0.16), (0.75, 0.95), REAR_LAMP)
    style = str(rng.choice(["box", "curtain", "tipper"]))
    if style == "tipper":
        body = Paint((0.45, 0.43, 0.40), gloss=0.1)
        top = min(height, 0.72 * height + 0.3)
        frame.append(round_box((-front, bed), (0.90 * half, half), (1.0, top), body))
        frame.append(
            box((-front + 0.1, -0.9 * half, top - 0.02), (bed - 0.1, 0.9 * half, top + 0.01), Paint((0.42, 0.36, 0.28)))
        )
        frame.append(box((bed - 0.05, -half, top), (bed, half, height), body))
    else:
        skin = Paint(pick(STRIPES, rng), gloss=0.2) if style == "curtain" else WHITE
        frame.append(box((-front, -half, 1.0), (bed, half, height), skin))
        frame.append(box((-front, -0.99 * half, 0.9), (bed, 0.99 * half, 1.0), TRIM))
    axles = [front - 0.62 * cab_length, -front + 0.22 * length]
    if length > _THREE_AXLES_M:
        axles.append(-front + 0.22 * length + 2.3 * radius)
    wheels = tuple((x, radius) for x in sorted(axles))
    return join([*cab, *frame, *shape_wheels(wheels, width, 0.35)]), Rolling(wheels)
