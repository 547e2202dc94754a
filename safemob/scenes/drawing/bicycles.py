"""Bodies of cyclists."""

import numpy as np

from safemob.scenes.drawing.dice import happens, pick
from safemob.scenes.drawing.people import Build, dress
from safemob.scenes.drawing.riding import (
    DARK,
    FIXED_JOINTS,
    FRAMES,
    HEAD_LAMP,
    HELMETS,
    METAL,
    REAR_LAMP,
    TYRE,
    Riding,
    shape_pipe,
)
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, box, join, loft, tube
from safemob.scenes.drawing.wheels import Size

__all__ = ["make_cyclist"]


def make_cyclist(size: Size, colour: Colour, rng: np.random.Generator) -> tuple[Mesh, Riding]:
    """Surfaces and joints of a cyclist.

    Args:
        size: (length, width, height) of rider and vehicle together, m.
        colour: of the jacket.
        rng: draws everything else.
    """
    length, width, height = size
    radius = min(0.345, 0.2 * length)
    rear, front = -length / 2 + radius, length / 2 - radius
    lean = float(rng.uniform(0.15, 0.55))
    tall = (height - 0.10) / (0.488 + 0.465 * np.cos(lean))
    build = Build(tall, min(0.135 * tall, width / 2 - 0.05))
    crank_at = (rear + 0.42 * (front - rear), 0.0, 0.28)
    saddle = (crank_at[0] - 0.24 * tall / 1.75, 0.0, 0.10 + 0.488 * tall)
    bar = (front - 0.14, width / 2 - 0.03, max(0.95, saddle[2] + 0.02 + 0.35 * (0.5 - lean)))
    frame = Paint(pick(FRAMES, rng), gloss=0.3)
    parts = [
        *_shape_wheel(rear, radius, 1),
        *_shape_wheel(front, radius, 2),
        shape_pipe((rear, 0, radius), crank_at, 0.016, frame),
        shape_pipe((rear, 0, radius), (saddle[0] + 0.03, 0, saddle[2] - 0.28), 0.014, frame),
        shape_pipe(crank_at, (saddle[0], 0, saddle[2] - 0.06), 0.018, frame),
        shape_pipe(crank_at, (front - 0.10, 0, 0.70), 0.020, frame),
        shape_pipe((saddle[0] + 0.05, 0, 0.72), (front - 0.12, 0, 0.84), 0.018, frame),
        shape_pipe((front, 0, radius), (bar[0] + 0.02, 0, bar[2]), 0.017, frame),
        shape_pipe((bar[0], -bar[1], bar[2]), (bar[0], bar[1], bar[2]), 0.014, DARK),
        box((saddle[0] - 0.14, -0.07, saddle[2] - 0.10), (saddle[0] + 0.12, 0.07, saddle[2] - 0.05), DARK),
        box((front + 0.02, -0.03, 0.74), (front + 0.07, 0.03, 0.80), HEAD_LAMP),
        box((rear - 0.10, -0.03, 0.70), (rear - 0.06, 0.03, 0.75), REAR_LAMP),
    ]
    if happens(0.45, rng):  # share of bicycles with a rack, and what lies on it
        parts.append(box((rear - 0.18, -0.06, 0.70), (rear + 0.22, 0.06, 0.72), METAL))
        bag = Paint(pick(FRAMES, rng))
        parts += [box((rear - 0.15, s * 0.11 - 0.05, 0.42), (rear + 0.13, s * 0.11 + 0.05, 0.70), bag) for s in (-1, 1)]
    for side in (-1, 1):
        x, _, z = crank_at
        tip = (x + side * 0.17, side * 0.10, z)
        parts.append(tube((x, side * 0.07, z), tip, (0.013, 0.012), METAL, sides=4, joint=3))
        parts.append(
            box(
                (tip[0] - 0.05, min(tip[1], side * 0.17), z - 0.012),
                (tip[0] + 0.05, max(tip[1], side * 0.17), z + 0.012),
                DARK,
                joint=3,
            )
        )
    helmet = Paint(pick(HELMETS, rng), gloss=0.2) if happens(0.55, rng) else None
    person = dress(build, colour, rng, helmet=helmet, first_joint=FIXED_JOINTS)
    gait = Riding(
        build=build,
        lean_rad=lean,
        axles=((rear, radius), (front, radius)),
        hips=saddle,
        feet=crank_at,
        crank=0.17,
        stance=0.12,
        stagger=0.0,
        hands=bar,
    )
    return join([*parts, person]), gait


def _shape_wheel(x: float, radius: float, joint: int) -> list[Mesh]:
    """A bicycle's wheel: a ring one can look through, and a few spokes."""
    angles = 2 * np.pi * np.arange(15) / 14
    rings = []
    for angle in angles:
        cos, sin = np.cos(angle), np.sin(angle)
        rings.append(
            [
                (x + (radius - depth) * cos, y, radius + (radius - depth) * sin)
                for depth, y in ((0.0, 0.0), (0.022, 0.018), (0.045, 0.0), (0.022, -0.018))
            ]
        )
    tyre = loft(rings, TYRE, crease_deg=80, joint=joint)
    spokes = [
        tube(
            (x - 0.95 * radius * np.cos(a), 0, radius - 0.95 * radius * np.sin(a)),
            (x + 0.95 * radius * np.cos(a), 0, radius + 0.95 * radius * np.sin(a)),
            (0.005, 0.005),
            METAL,
            sides=3,
            joint=joint,
        )
        for a in np.pi * np.arange(4) / 4
    ]
    return [tyre, *spokes]
