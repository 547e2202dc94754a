"""Bodies of people on two wheels: cyclists, riders of e-scooters, motorcyclists."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.dice import happens, pick
from safemob.scenes.drawing.joints import Going, bend_between, turn
from safemob.scenes.drawing.people import Build, dress, pose_person
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, ball, box, join, loft, tube
from safemob.scenes.drawing.wheels import Size, make_wheel

__all__ = ["Riding", "make_cyclist", "make_motorcyclist", "make_scooterist"]

Floats = npt.NDArray[np.float64]
Point = tuple[float, float, float]

_TYRE = Paint((0.10, 0.10, 0.11))
_METAL = Paint((0.60, 0.61, 0.63), gloss=0.3)
_DARK = Paint((0.12, 0.12, 0.13))
_HEAD_LAMP = Paint((0.98, 0.97, 0.90), glow=1.0)
_REAR_LAMP = Paint((0.75, 0.08, 0.08), glow=0.8)
_VISOR = Paint((0.08, 0.09, 0.10), gloss=0.8)
_FRAMES: tuple[Colour, ...] = (
    (0.10, 0.10, 0.11),
    (0.60, 0.12, 0.12),
    (0.15, 0.30, 0.55),
    (0.75, 0.76, 0.76),
    (0.15, 0.40, 0.28),
)
_HELMETS: tuple[Colour, ...] = ((0.92, 0.92, 0.90), (0.13, 0.13, 0.14), (0.75, 0.15, 0.13), (0.18, 0.35, 0.62))
_METRES_PER_TURN = 5.2
_FIXED_JOINTS = 4
_LONGEST_MOPED_M = 2.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Riding:
    """Someone on two wheels: joints of frame, rear wheel, front wheel, crank, then of the person.

    Attributes:
        build: of the person.
        lean_rad: of the trunk, forwards.
        axles: (x, radius) of the rear and of the front wheel, m.
        hips: middle between the hips.
        feet: middle between the ankles; of the crank's axle if it is pedalled.
        crank: length of the pedals' arms; 0 where there are none.
        stance: half the distance between the ankles to the side.
        stagger: how far the left foot stands before the right one.
        hands: of the left hand.
    """

    build: Build
    lean_rad: float
    axles: tuple[tuple[float, float], tuple[float, float]]
    hips: Point
    feet: Point
    crank: float
    stance: float
    stagger: float
    hands: Point

    def pose(self, going: Going) -> Floats:
        """Where every joint has its parts, see `safemob.scenes.drawing.bodies.Gait`."""
        build = self.build
        around = 2 * np.pi * going.travelled_m / _METRES_PER_TURN
        wheels = [turn((x, 0.0, radius), 1, going.travelled_m / radius) for x, radius in self.axles]
        reach = 0.95 * build.torso
        sin, cos = np.sin(self.lean_rad), np.cos(self.lean_rad)
        places = []
        for side in (-1, 1):
            hip = np.add(self.hips, (0.0, side * 0.052 * build.height, 0.0))
            angle = around + (0.0 if side > 0 else np.pi)
            ahead = self.crank * np.cos(angle) + side * self.stagger / 2
            above = 0.10 - self.crank * np.sin(angle) if self.crank else 0.0
            ankle = np.add(self.feet, (ahead, side * self.stance, above))
            knee = bend_between(hip, ankle, (build.thigh, build.shank), (1.0, side * 0.12, 0.2))
            shoulder = np.add(self.hips, (reach * sin, side * (build.shoulder - 0.03), reach * cos))
            hand = np.array([self.hands[0], side * self.hands[1], self.hands[2]])
            elbow = bend_between(shoulder, hand, build.arm, (-0.3, side * 0.5, -0.8))
            places.append([hip, knee, ankle, elbow, hand])
        crank = turn(self.feet, 1, around)
        return np.concatenate([[np.eye(4), *wheels, crank], pose_person(build, self.lean_rad, np.array(places))])


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
    frame = Paint(pick(_FRAMES, rng), gloss=0.3)
    parts = [
        *_make_thin_wheel(rear, radius, 1),
        *_make_thin_wheel(front, radius, 2),
        _pipe((rear, 0, radius), crank_at, 0.016, frame),
        _pipe((rear, 0, radius), (saddle[0] + 0.03, 0, saddle[2] - 0.28), 0.014, frame),
        _pipe(crank_at, (saddle[0], 0, saddle[2] - 0.06), 0.018, frame),
        _pipe(crank_at, (front - 0.10, 0, 0.70), 0.020, frame),
        _pipe((saddle[0] + 0.05, 0, 0.72), (front - 0.12, 0, 0.84), 0.018, frame),
        _pipe((front, 0, radius), (bar[0] + 0.02, 0, bar[2]), 0.017, frame),
        _pipe((bar[0], -bar[1], bar[2]), (bar[0], bar[1], bar[2]), 0.014, _DARK),
        box((saddle[0] - 0.14, -0.07, saddle[2] - 0.10), (saddle[0] + 0.12, 0.07, saddle[2] - 0.05), _DARK),
        box((front + 0.02, -0.03, 0.74), (front + 0.07, 0.03, 0.80), _HEAD_LAMP),
        box((rear - 0.10, -0.03, 0.70), (rear - 0.06, 0.03, 0.75), _REAR_LAMP),
    ]
    if happens(0.45, rng):  # share of bicycles with a rack, and what lies on it
        parts.append(box((rear - 0.18, -0.06, 0.70), (rear + 0.22, 0.06, 0.72), _METAL))
        bag = Paint(pick(_FRAMES, rng))
        parts += [box((rear - 0.15, s * 0.11 - 0.05, 0.42), (rear + 0.13, s * 0.11 + 0.05, 0.70), bag) for s in (-1, 1)]
    for side in (-1, 1):
        x, _, z = crank_at
        tip = (x + side * 0.17, side * 0.10, z)
        parts.append(tube((x, side * 0.07, z), tip, (0.013, 0.012), _METAL, sides=4, joint=3))
        parts.append(
            box(
                (tip[0] - 0.05, min(tip[1], side * 0.17), z - 0.012),
                (tip[0] + 0.05, max(tip[1], side * 0.17), z + 0.012),
                _DARK,
                joint=3,
            )
        )
    helmet = Paint(pick(_HELMETS, rng), gloss=0.2) if happens(0.55, rng) else None
    person = dress(build, colour, rng, helmet=helmet, first_joint=_FIXED_JOINTS)
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
    body = Paint(pick(_FRAMES, rng), gloss=0.2)
    parts = [
        tube((rear, -0.03, radius), (rear, 0.03, radius), (radius, radius), _TYRE, sides=10, joint=1),
        tube((front, -0.03, radius), (front, 0.03, radius), (radius, radius), _TYRE, sides=10, joint=2),
        box((rear + 0.05, -0.085, deck - 0.06), (front - 0.12, 0.085, deck), body),
        _pipe((front - 0.13, 0, deck - 0.02), (front - 0.05, 0, 0.30), 0.03, body),
        _pipe((front, 0, radius), (bar[0], 0, bar[2]), 0.024, body),
        _pipe((bar[0], -bar[1], bar[2]), (bar[0], bar[1], bar[2]), 0.017, _DARK),
        box((bar[0] + 0.02, -0.03, bar[2] - 0.12), (bar[0] + 0.07, 0.03, bar[2] - 0.05), _HEAD_LAMP),
        box((rear - 0.09, -0.03, radius + 0.10), (rear - 0.05, 0.03, radius + 0.14), _REAR_LAMP),
    ]
    person = dress(
        build,
        colour,
        rng,
        first_joint=_FIXED_JOINTS,
        helmet=Paint(pick(_HELMETS, rng)) if happens(0.25, rng) else None,
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
    paint = Paint(pick((*_FRAMES, colour), rng), gloss=0.6)
    seat = (-0.18, 0.0, hip)
    bar = (front - 0.33, width / 2 - 0.06, hip + 0.26)
    parts = [
        _wide_wheel(rear, radius, 0.15, 1),
        _wide_wheel(front, radius, 0.11, 2),
        _pipe((front, 0.07, radius), (bar[0], 0.07, bar[2] - 0.04), 0.025, _METAL),
        _pipe((front, -0.07, radius), (bar[0], -0.07, bar[2] - 0.04), 0.025, _METAL),
        _pipe((bar[0], -bar[1], bar[2]), (bar[0], bar[1], bar[2]), 0.018, _DARK),
        box((bar[0] + 0.02, -0.09, bar[2] - 0.20), (bar[0] + 0.13, 0.09, bar[2] - 0.04), _HEAD_LAMP),
        box((rear - 0.26, -0.07, hip - 0.12), (rear - 0.21, 0.07, hip - 0.06), _REAR_LAMP),
        _body((rear - 0.22, rear + 0.20, 0.16), (0.09, 0.14, 0.14), (hip - 0.20, hip - 0.05), _DARK),
    ]
    if moped:
        parts += [
            _body((rear - 0.20, rear + 0.10, 0.10), (0.10, 0.17, 0.13), (0.22, hip - 0.12), paint),
            _body((0.05, front - 0.35, front - 0.22), (0.16, 0.17, 0.14), (0.20, 0.28), _DARK),
            _body((front - 0.42, front - 0.36, front - 0.28), (0.24, 0.25, 0.10), (0.25, hip + 0.18), paint),
        ]
        feet = (front - 0.50, 0.0, 0.32)
    else:
        parts += [
            _body((-0.05, 0.10, front - 0.40), (0.12, 0.16, 0.10), (hip - 0.16, hip + 0.10), paint),
            _body((rear + 0.22, 0.02, front - 0.32), (0.10, 0.17, 0.13), (0.22, hip - 0.14), _DARK),
            _body((rear - 0.28, rear - 0.10, -0.45), (0.06, 0.10, 0.11), (hip - 0.06, hip + 0.02), paint),
            tube((rear - 0.10, -0.17, 0.38), (0.05, -0.17, 0.30), (0.05, 0.04), _METAL),
        ]
        feet = (-0.12, 0.0, 0.36)
        if happens(0.5, rng):  # half have a fairing
            parts.append(
                _body((front - 0.50, front - 0.25, front - 0.02), (0.16, 0.20, 0.07), (hip - 0.12, hip + 0.28), paint)
            )
    helmet = Paint(pick(_HELMETS, rng), gloss=0.5)
    person = dress(build, colour, rng, helmet=helmet, first_joint=_FIXED_JOINTS)
    top = 0.995 * tall - build.hip
    cask = ball((0.012, 0, top - 0.062 * tall), (0.075 * tall, 0.064 * tall, 0.070 * tall), helmet, joint=_FIXED_JOINTS)
    visor = box(
        (0.060 * tall, -0.045 * tall, top - 0.085 * tall),
        (0.083 * tall, 0.045 * tall, top - 0.045 * tall),
        _VISOR,
        joint=_FIXED_JOINTS,
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


def _make_thin_wheel(x: float, radius: float, joint: int) -> list[Mesh]:
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
    tyre = loft(rings, _TYRE, crease_deg=80, joint=joint)
    spokes = [
        tube(
            (x - 0.95 * radius * np.cos(a), 0, radius - 0.95 * radius * np.sin(a)),
            (x + 0.95 * radius * np.cos(a), 0, radius + 0.95 * radius * np.sin(a)),
            (0.005, 0.005),
            _METAL,
            sides=3,
            joint=joint,
        )
        for a in np.pi * np.arange(4) / 4
    ]
    return [tyre, *spokes]


def _wide_wheel(x: float, radius: float, thick: float, joint: int) -> Mesh:
    sides = [make_wheel(x, side * thick / 2, radius, thick / 2, joint, rim=0.6) for side in (-1.0, 1.0)]
    return join(sides)


def _pipe(start: Point, end: Point, radius: float, paint: Paint) -> Mesh:
    return tube(start, end, (radius, radius), paint, sides=5)


def _body(xs: Point, halves: Point, zs: tuple[float, float], paint: Paint) -> Mesh:
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
