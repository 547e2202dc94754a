"""Bodies of people on e-scooters."""

import numpy as np

from safemob.scenes.drawing.dice import happens, pick
from safemob.scenes.drawing.people import Build, dress
from safemob.scenes.drawing.riding import (
    DARK,
    FIXED_JOINTS,
    FRAMES,
    HEAD_LAMP,
    HELMETS,
    REAR_LAMP,
    TYRE,
    Riding,
    shape_pipe,
)
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, box, join, tube
from safemob.scenes.drawing.wheels import Size

__all__ = ["make_scooterist"]


def make_scooterist(size: Size, colour: Colour, rng: np.random.Generator) -> tuple[Mesh, Riding]:
    """Surfaces and joints of somebody on an e-scooter.

    Args:
        size: (length, width, height) of rider and vehicle together, m.
        colour: of the jacket.
        rng: draws everything else.
    """
    length, width, height = size
    radius = 0.115
    rear, front = -length / 2 + radius, length / 2 - radius
    tall = (height - 0.15) / 0.985
    build = Build(tall, min(0.132 * tall, width / 2 - 0.04))
    deck = 0.15
    bar = (front - 0.16, min(width / 2 - 0.02, 0.26), min(1.12, 0.60 * height))
    body = Paint(pick(FRAMES, rng), gloss=0.2)
    parts = [
        tube((rear, -0.03, radius), (rear, 0.03, radius), (radius, radius), TYRE, sides=10, joint=1),
        tube((front, -0.03, radius), (front, 0.03, radius), (radius, radius), TYRE, sides=10, joint=2),
        box((rear + 0.05, -0.085, deck - 0.06), (front - 0.12, 0.085, deck), body),
        shape_pipe((front - 0.13, 0, deck - 0.02), (front - 0.05, 0, 0.30), 0.03, body),
        shape_pipe((front, 0, radius), (bar[0], 0, bar[2]), 0.024, body),
        shape_pipe((bar[0], -bar[1], bar[2]), (bar[0], bar[1], bar[2]), 0.017, DARK),
        box((bar[0] + 0.02, -0.03, bar[2] - 0.12), (bar[0] + 0.07, 0.03, bar[2] - 0.05), HEAD_LAMP),
        box((rear - 0.09, -0.03, radius + 0.10), (rear - 0.05, 0.03, radius + 0.14), REAR_LAMP),
    ]
    person = dress(
        build,
        colour,
        rng,
        first_joint=FIXED_JOINTS,
        helmet=Paint(pick(HELMETS, rng)) if happens(0.25, rng) else None,
    )
    gait = Riding(
        build=build,
        lean_rad=0.06,
        axles=((rear, radius), (front, radius)),
        hips=(-0.10, 0.0, deck + build.hip - 0.012),
        feet=(-0.06, 0.0, deck + 0.036 * tall),
        crank=0.0,
        stance=0.045,
        stagger=0.26,
        hands=bar,
    )
    return join([*parts, person]), gait
