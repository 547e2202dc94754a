"""What vehicles have in common: wheels, axles, panes, paints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.joints import Going, turn
from safemob.scenes.drawing.shapes import Colour, Mesh, Paint, box, join, loft, panel, tube

__all__ = [
    "DARK",
    "GLASS",
    "HEAD_LAMP",
    "PAINT_GLOSS",
    "REAR_LAMP",
    "STRIPES",
    "TRIM",
    "WHITE",
    "Rolling",
    "Size",
    "make_wheel",
    "pair_boxes",
    "ring_across",
    "round_box",
    "shape_wheels",
    "side_panel",
]

Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]

PAINT_GLOSS = 0.55
GLASS = Paint((0.10, 0.12, 0.14), gloss=0.9)
DARK = Paint((0.13, 0.13, 0.14))
TRIM = Paint((0.22, 0.22, 0.24), gloss=0.1)
WHITE = Paint((0.90, 0.90, 0.89), gloss=0.25)
HEAD_LAMP = Paint((0.96, 0.95, 0.88), gloss=0.5, glow=1.0)
REAR_LAMP = Paint((0.72, 0.06, 0.07), gloss=0.5, glow=0.6)
STRIPES: tuple[Colour, ...] = (
    (0.75, 0.12, 0.12),
    (0.12, 0.30, 0.62),
    (0.95, 0.76, 0.10),
    (0.14, 0.45, 0.25),
    (0.25, 0.27, 0.30),
    (0.90, 0.45, 0.10),
    (0.85, 0.86, 0.86),
)

_TYRE = Paint((0.09, 0.09, 0.10))
_RIM = Paint((0.62, 0.63, 0.65), gloss=0.3)
_DOOR_OPENS_S = 0.9
_DOOR_ANGLE = np.radians(62.0)


@dataclass(frozen=True, slots=True)
class Rolling:
    """A body on wheels: joint 0 stands still, then one for every axle, then the door.

    Attributes:
        axles: (x, radius) of each, m.
        hinge: (x, y) of the door, m.
    """

    axles: tuple[tuple[float, float], ...]
    hinge: tuple[float, float] = (0.0, 0.0)

    def pose(self, going: Going) -> Floats:
        """Where every joint has its parts, see `safemob.scenes.drawing.bodies.Gait`."""
        wheels = [turn((x, 0.0, radius), 1, going.travelled_m / radius) for x, radius in self.axles]
        opened = float(np.clip(going.door_s / _DOOR_OPENS_S, 0.0, 1.0))
        return np.array([np.eye(4), *wheels, turn((*self.hinge, 0.0), 2, -opened * _DOOR_ANGLE)])


def make_wheel(x: float, y: float, radius: float, width: float, joint: int, *, rim: float = 0.64) -> Mesh:
    """A wheel whose outer face lies at y, away from the middle; spokes let it be seen turning."""
    side = 1.0 if y > 0 else -1.0
    tyre = tube((x, y - side * width, radius), (x, y, radius), (radius, radius), _TYRE, sides=14, joint=joint)
    face = y + 0.004 * side
    spokes = []
    for angle in 2 * np.pi * np.arange(5) / 5:
        ends = [angle - 0.42, angle + 0.42]
        tip = [(x + rim * radius * np.cos(a), face, radius + rim * radius * np.sin(a)) for a in ends]
        corners = [(x, face, radius), *tip, tip[1]]
        spokes.append(panel(corners if y < 0 else corners[::-1], _RIM, joint))
    return join([tyre, *spokes])


def shape_wheels(axles: Sequence[tuple[float, float]], width: float, thick: float) -> list[Mesh]:
    """Wheels on both ends of axles (x, radius), flush with a body so wide, in arches; joints count from 1."""
    parts = []
    for joint, (x, radius) in enumerate(axles, start=1):
        for side in (-1.0, 1.0):
            y = side * (width / 2 - 0.006)
            parts.append(make_wheel(x, y, radius, thick, joint))
            parts.append(_shape_arch(x, y - 0.006 * side, radius))
    return parts


def _shape_arch(x: float, y: float, radius: float) -> Mesh:
    """The dark hollow around a wheel: larger than it, and no lower."""
    large, inner = 1.14 * radius, y - 0.25 * (1.0 if y > 0 else -1.0)
    return tube((x, inner, large), (x, y, large), (large, large), DARK, sides=14)


def pair_boxes(
    xs: tuple[float, float], ys: tuple[float, float], zs: tuple[float, float], paint: Paint
) -> tuple[Mesh, Mesh]:
    """The same box on the right and on the left, its sides so far from the middle: lamps, mirrors."""
    (begin, end), (inner, outer), (low, high) = xs, ys, zs
    return (
        box((begin, -outer, low), (end, -inner, high), paint),
        box((begin, inner, low), (end, outer, high), paint),
    )


def side_panel(side: float, half: float, xs: tuple[float, float], zs: tuple[float, float], paint: Paint) -> Mesh:
    """A flat pane on the left (side 1) or right (side −1) flank."""
    y = side * (half + 0.004)
    corners = [(xs[1], y, zs[0]), (xs[0], y, zs[0]), (xs[0], y, zs[1]), (xs[1], y, zs[1])]
    return panel(corners if side > 0 else corners[::-1], paint)


def round_box(
    span: tuple[float, float],
    halves: tuple[float, float],
    heights: tuple[float, float],
    paint: Paint,
    nose: float = 0.0,
) -> Mesh:
    """A box along x whose edges are rounded, `halves` wide at its rear and its front."""
    low, high = heights
    rows = [(span[0], halves[0]), (span[1], halves[1])]
    rings = [ring_across(x, half, low, high, 0.10) for x, half in rows]
    if nose:
        rings = [
            ring_across(span[0], halves[0] - nose, low + nose, high - nose, 0.10),
            ring_across(span[0] + nose, halves[0], low, high, 0.12),
            ring_across(span[1] - nose, halves[1], low, high, 0.12),
            ring_across(span[1], halves[1] - nose, low + nose, high - nose, 0.10),
        ]
    return loft(rings, paint, crease_deg=50)


def ring_across(x: float, half: float, low: float, high: float, cut: float) -> list[tuple[float, float, float]]:
    """Eight points around a cut-off rectangle that stands across the way."""
    side = [(half - cut, low), (half, low + cut), (half, high - cut), (half - cut, high)]
    return [(x, y, z) for y, z in side] + [(x, -y, z) for y, z in reversed(side)]
