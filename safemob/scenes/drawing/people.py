"""Bodies of people: how they are built and dressed, and how they walk."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.dice import happens, pick
from safemob.scenes.drawing.joints import Going, along, turn
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, ball, box, join, loft, tube

__all__ = ["Build", "Walking", "dress", "make_pedestrian", "pose_person"]

Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]

_SKIN: tuple[Colour, ...] = ((0.93, 0.76, 0.64), (0.85, 0.65, 0.50), (0.66, 0.46, 0.33), (0.42, 0.28, 0.20))
_HAIR: tuple[Colour, ...] = ((0.12, 0.09, 0.07), (0.32, 0.21, 0.13), (0.66, 0.50, 0.30), (0.62, 0.61, 0.60))
_TROUSERS: tuple[Colour, ...] = (
    (0.15, 0.18, 0.28),
    (0.10, 0.10, 0.11),
    (0.36, 0.36, 0.38),
    (0.52, 0.45, 0.34),
    (0.25, 0.32, 0.45),
    (0.78, 0.76, 0.72),
)
_BAGS: tuple[Colour, ...] = ((0.10, 0.10, 0.11), (0.45, 0.14, 0.12), (0.16, 0.25, 0.42), (0.55, 0.45, 0.25))
_SHOES = Paint((0.14, 0.12, 0.11))

_ANKLE = 2
_BACKPACKS, _SIDE_BAGS = 0.22, 0.18
_STRIDE = 0.82
"""Length of a double step of a walker at ease, in body heights."""


@dataclass(frozen=True, slots=True)
class Build:
    """Lengths of one person, m. Shares of the height follow Drillis & Contini (1966), rounded."""

    height: float
    shoulder: float

    @property
    def thigh(self) -> float:
        """Hip to knee."""
        return 0.245 * self.height

    @property
    def shank(self) -> float:
        """Knee to ankle."""
        return 0.246 * self.height

    @property
    def hip(self) -> float:
        """Height of the hips of someone who stands."""
        return 0.525 * self.height

    @property
    def torso(self) -> float:
        """Hips to shoulders."""
        return 0.295 * self.height

    @property
    def arm(self) -> tuple[float, float]:
        """Upper arm and forearm."""
        return 0.186 * self.height, 0.20 * self.height


@dataclass(frozen=True, slots=True)
class Walking:
    """Someone on foot: joint 0 is the trunk, then eight limbs, then the feet."""

    build: Build

    def pose(self, going: Going) -> Floats:
        """Where every joint has its parts, see `safemob.scenes.drawing.bodies.Gait`."""
        build = self.build
        phase = 2 * np.pi * going.travelled_m / (_STRIDE * build.height)
        vigour = float(np.clip(going.speed_mps / 1.3, 0.0, 1.6))
        limbs = []
        for side, shift in ((-1, 0.0), (1, np.pi)):
            swing = 0.42 * vigour * np.sin(phase + shift)
            flex = 0.12 * vigour + 0.62 * vigour * max(0.0, np.cos(phase + shift)) ** 2
            hip = np.array([0.0, side * 0.052 * build.height, build.hip])
            knee = hip + build.thigh * np.array([np.sin(swing), 0.0, -np.cos(swing)])
            ankle = knee + build.shank * np.array([np.sin(swing - flex), 0.0, -np.cos(swing - flex)])
            shoulder = np.array([0.0, side * (build.shoulder - 0.03), build.hip + 0.95 * build.torso])
            arm = -0.5 * swing
            elbow = shoulder + build.arm[0] * np.array([np.sin(arm), side * 0.10, -np.cos(arm)])
            bent = arm + 0.15 + 0.35 * vigour
            hand = elbow + build.arm[1] * np.array([np.sin(bent), 0.0, -np.cos(arm + 0.4 * vigour)])
            limbs.append([hip, knee, ankle, elbow, hand])
        places = np.array(limbs)
        places[..., 2] -= places[:, _ANKLE, 2].min() - 0.034 * build.height  # one foot stands
        return pose_person(build, 0.05 * vigour, places)


def pose_person(build: Build, lean_rad: float, places: Floats) -> Floats:
    """Joints of a person.

    Args:
        build: lengths.
        lean_rad: of the trunk, forwards.
        places: (2, 5, 3) hip, knee, ankle, elbow, hand, right before left, m.

    Returns:
        (11, 4, 4): trunk, then of each side thigh, shank, upper arm and forearm, then the feet.
    """
    trunk = turn((0.0, 0.0, 0.0), 1, lean_rad)
    trunk[:3, 3] = places[:, 0].mean(axis=0)
    limbs, feet = [], []
    for side, (hip, knee, ankle, elbow, hand) in zip((-1, 1), places, strict=True):
        shoulder = (trunk @ (0.0, side * (build.shoulder - 0.03), 0.95 * build.torso, 1.0))[:3]
        limbs += [along(hip, knee), along(knee, ankle), along(shoulder, elbow), along(elbow, hand)]
        foot = np.eye(4)
        foot[:3, 3] = ankle
        feet.append(foot)
    return np.array([trunk, *limbs, *feet])


def dress(
    build: Build, colour: Colour, rng: np.random.Generator, *, helmet: Paint | None = None, first_joint: int = 0
) -> Mesh:
    """The surfaces of a person, modelled limb by limb for `pose_person`; the trunk's origin is between the hips.

    Args:
        build: lengths.
        colour: of jacket or shirt.
        rng: draws skin, hair, trousers, bag.
        helmet: instead of hair.
        first_joint: number of the trunk's joint.
    """
    height = build.height
    skin = Paint(pick(_SKIN, rng))
    hair = helmet or Paint(pick(_HAIR, rng))
    jacket = Paint(colour)
    trousers = Paint(pick(_TROUSERS, rng))
    short_sleeves, shorts = happens(0.3, rng), happens(0.12, rng)
    wide, deep = build.shoulder, 0.068 * height
    torso = [
        _oval(-0.045 * height, 0.80 * wide * 0.92, deep * 1.05),
        _oval(0.05 * height, 0.78 * wide * 0.90, deep * 0.98),
        _oval(0.17 * height, 0.86 * wide, deep * 1.08),
        _oval(build.torso - 0.025 * height, wide * 0.96, deep * 0.9),
        _oval(build.torso + 0.012 * height, wide * 0.45, deep * 0.65),
    ]
    waist = [jacket if happens(0.35, rng) else trousers] * 8
    parts = [loft(torso, [waist, [jacket] * 8, [jacket] * 8, [jacket] * 8], crease_deg=80)]
    top = 0.995 * height - build.hip
    parts += [
        tube((0, 0, build.torso - 0.01), (0.005, 0, build.torso + 0.06 * height), (0.036, 0.034), skin),
        ball((0.012, 0, top - 0.066 * height), (0.053 * height, 0.045 * height, 0.066 * height), skin),
        ball((-0.006, 0, top - 0.047 * height), (0.056 * height, 0.050 * height, 0.050 * height), hair),
    ]
    parts += _pack(rng, build, deep) if helmet is None or happens(0.3, rng) else []
    trunk = [each.moved_by(first_joint) for each in parts]
    limbs = []
    for side in (0, 1):
        joint = first_joint + 1 + 4 * side
        leg = skin if shorts else trousers
        limbs += [
            _limb((0.052 * height, 0.036 * height), trousers, joint),
            _limb((0.036 * height, 0.024 * height), leg, joint + 1),
            _limb((0.033 * height, 0.025 * height), jacket, joint + 2),
            _limb((0.025 * height, 0.020 * height), skin if short_sleeves else jacket, joint + 3),
            ball((0, 0, -1.03), (0.026 * height, 0.018 * height, 0.20), skin, sides=6, rows=4, joint=joint + 3),
            box(
                (-0.045 * height, -0.024 * height, -0.034 * height),
                (0.10 * height, 0.024 * height, 0.008 * height),
                _SHOES,
                joint=first_joint + 9 + side,
            ),
        ]
    return join([*trunk, *limbs])


def make_pedestrian(size: Size, colour: Colour, rng: np.random.Generator) -> tuple[Mesh, Walking]:
    """Surfaces and joints of someone on foot.

    Args:
        size: (length, width, height), m; the shoulders are as wide as the body but for the arms.
        colour: of jacket or shirt.
        rng: draws everything else.
    """
    build = Build(size[2], size[1] / 2 - 0.035)
    return dress(build, colour, rng), Walking(build)


def _pack(rng: np.random.Generator, build: Build, deep: float) -> list[Mesh]:
    """A backpack or a bag, if any."""
    draw = rng.random()
    paint = Paint(pick(_BAGS, rng))
    if draw < _BACKPACKS:
        high = build.torso
        return [box((-deep - 0.13, -0.14, 0.28 * high), (-deep + 0.02, 0.14, 0.95 * high), paint)]
    if draw < _BACKPACKS + _SIDE_BAGS:
        y = build.shoulder
        return [box((-0.12, y - 0.06, -0.12), (0.14, y + 0.03, 0.10), paint)]
    return []


def _limb(radii: tuple[float, float], paint: Paint, joint: int) -> Mesh:
    return tube((0, 0, 0.02), (0, 0, -1.02), radii, paint, sides=6, joint=joint)


def _oval(z: float, half: float, deep: float) -> list[tuple[float, float, float]]:
    angles = 2 * np.pi * np.arange(8) / 8
    return [(deep * np.cos(a), half * np.sin(a), z) for a in angles]
