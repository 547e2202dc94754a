"""Bodies of motorcyclists."""

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
    Point,
    Riding,
    shape_pipe,
)
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, ball, box, join, loft, tube
from safemob.scenes.drawing.wheels import Size, make_wheel

__all__ = ["make_motorcyclist"]

_VISOR = Paint((0.08, 0.09, 0.10), gloss=0.8)
_LONGEST_MOPED_M = 2.1


def make_motorcyclist(size: Size, colour: Colour, rng: np.random.Generator) -> tuple[Mesh, Riding]:
    """Surfaces and joints of a motorcyclist, or of somebody on a motor scooter.

    Args:
        size: (length, width, height) of rider and vehicle together, m.
        colour: of the jacket, and often of the motorcycle.
        rng: draws everything else.
    """
    length, width, height = size
    moped = happens(0.35, rng) and length < _LONGEST_MOPED_M
    radius = 0.235 if moped else min(0.31, 0.15 * length)
    rear, front = -length / 2 + radius, length / 2 - radius
    hip = 0.50 * height
    lean = 0.08 if moped else float(rng.uniform(0.12, 0.40))
    tall = (height - hip) / (0.472 * np.cos(lean) + 0.006)
    build = Build(tall, min(0.14 * tall, width / 2 - 0.08))
    paint = Paint(pick((*FRAMES, colour), rng), gloss=0.6)
    seat = (-0.18, 0.0, hip)
    bar = (front - 0.33, width / 2 - 0.06, hip + 0.26)
    parts = [
        _shape_wheel(rear, radius, 0.15, 1),
        _shape_wheel(front, radius, 0.11, 2),
        shape_pipe((front, 0.07, radius), (bar[0], 0.07, bar[2] - 0.04), 0.025, METAL),
        shape_pipe((front, -0.07, radius), (bar[0], -0.07, bar[2] - 0.04), 0.025, METAL),
        shape_pipe((bar[0], -bar[1], bar[2]), (bar[0], bar[1], bar[2]), 0.018, DARK),
        box((bar[0] + 0.02, -0.09, bar[2] - 0.20), (bar[0] + 0.13, 0.09, bar[2] - 0.04), HEAD_LAMP),
        box((rear - 0.26, -0.07, hip - 0.12), (rear - 0.21, 0.07, hip - 0.06), REAR_LAMP),
        _shape_hull((rear - 0.22, rear + 0.20, 0.16), (0.09, 0.14, 0.14), (hip - 0.20, hip - 0.05), DARK),
    ]
    if moped:
        parts += [
            _shape_hull((rear - 0.20, rear + 0.10, 0.10), (0.10, 0.17, 0.13), (0.22, hip - 0.12), paint),
            _shape_hull((0.05, front - 0.35, front - 0.22), (0.16, 0.17, 0.14), (0.20, 0.28), DARK),
            _shape_hull((front - 0.42, front - 0.36, front - 0.28), (0.24, 0.25, 0.10), (0.25, hip + 0.18), paint),
        ]
        feet = (front - 0.50, 0.0, 0.32)
    else:
        parts += [
            _shape_hull((-0.05, 0.10, front - 0.40), (0.12, 0.16, 0.10), (hip - 0.16, hip + 0.10), paint),
            _shape_hull((rear + 0.22, 0.02, front - 0.32), (0.10, 0.17, 0.13), (0.22, hip - 0.14), DARK),
            _shape_hull((rear - 0.28, rear - 0.10, -0.45), (0.06, 0.10, 0.11), (hip - 0.06, hip + 0.02), paint),
            tube((rear - 0.10, -0.17, 0.38), (0.05, -0.17, 0.30), (0.05, 0.04), METAL),
        ]
        feet = (-0.12, 0.0, 0.36)
        if happens(0.5, rng):  # half have a fairing
            parts.append(
                _shape_hull(
                    (front - 0.50, front - 0.25, front - 0.02), (0.16, 0.20, 0.07), (hip - 0.12, hip + 0.28), paint
                )
            )
    helmet = Paint(pick(HELMETS, rng), gloss=0.5)
    person = dress(build, colour, rng, helmet=helmet, first_joint=FIXED_JOINTS)
    top = 0.995 * tall - build.hip
    cask = ball((0.012, 0, top - 0.062 * tall), (0.075 * tall, 0.064 * tall, 0.070 * tall), helmet, joint=FIXED_JOINTS)
    visor = box(
        (0.060 * tall, -0.045 * tall, top - 0.085 * tall),
        (0.083 * tall, 0.045 * tall, top - 0.045 * tall),
        _VISOR,
        joint=FIXED_JOINTS,
    )
    gait = Riding(
        build=build,
        lean_rad=lean,
        axles=((rear, radius), (front, radius)),
        hips=seat,
        feet=feet,
        crank=0.0,
        stance=0.22,
        stagger=0.0,
        hands=bar,
    )
    return join([*parts, person, cask, visor]), gait


def _shape_wheel(x: float, radius: float, thick: float, joint: int) -> Mesh:
    sides = [make_wheel(x, side * thick / 2, radius, thick / 2, joint, rim=0.6) for side in (-1.0, 1.0)]
    return join(sides)


def _shape_hull(xs: Point, halves: Point, zs: tuple[float, float], paint: Paint) -> Mesh:
    """A rounded hull along x through three places."""
    low, high = zs
    middle = (low + high) / 2
    rings = []
    for index, (x, half) in enumerate(zip(xs, halves, strict=True)):
        squeeze = 0.75 if index != 1 else 1.0
        z0, z1 = middle - squeeze * (middle - low), middle + squeeze * (high - middle)
        side = [(0.7 * half, z0), (half, middle), (0.7 * half, z1)]
        rings.append([(x, y, z) for y, z in side] + [(x, -y, z) for y, z in reversed(side)])
    return loft(rings, paint, crease_deg=70)
