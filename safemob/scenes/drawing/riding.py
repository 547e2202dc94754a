"""What people on two wheels have in common: how they ride, and what their vehicles are made of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.joints import Going, bend_between, turn
from safemob.scenes.drawing.people import Build, pose_person
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, tube

__all__ = [
    "DARK",
    "FIXED_JOINTS",
    "FRAMES",
    "HEAD_LAMP",
    "HELMETS",
    "METAL",
    "REAR_LAMP",
    "TYRE",
    "Point",
    "Riding",
    "shape_pipe",
]

Floats = npt.NDArray[np.float64]
Point = tuple[float, float, float]

TYRE = Paint((0.10, 0.10, 0.11))
METAL = Paint((0.60, 0.61, 0.63), gloss=0.3)
DARK = Paint((0.12, 0.12, 0.13))
HEAD_LAMP = Paint((0.98, 0.97, 0.90), glow=1.0)
REAR_LAMP = Paint((0.75, 0.08, 0.08), glow=0.8)
FRAMES: tuple[Colour, ...] = (
    (0.10, 0.10, 0.11),
    (0.60, 0.12, 0.12),
    (0.15, 0.30, 0.55),
    (0.75, 0.76, 0.76),
    (0.15, 0.40, 0.28),
)
HELMETS: tuple[Colour, ...] = ((0.92, 0.92, 0.90), (0.13, 0.13, 0.14), (0.75, 0.15, 0.13), (0.18, 0.35, 0.62))
FIXED_JOINTS = 4
"""Joints of the vehicle; those of the person come behind them."""

_METRES_PER_TURN = 5.2


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


def shape_pipe(start: Point, end: Point, radius: float, paint: Paint) -> Mesh:
    """A thin tube, as frames and handlebars are made of."""
    return tube(start, end, (radius, radius), paint, sides=5)
