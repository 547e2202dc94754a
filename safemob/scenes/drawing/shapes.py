"""Shapes of few faces from which bodies and houses are built: everything is a loft through rings of points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

__all__ = ["Colour", "Floats", "Mesh", "Paint", "ball", "box", "dim", "join", "loft", "panel", "panels", "tube"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Colour = tuple[float, float, float]

_TINY = 1e-12
_FLAT = np.cos(np.radians(5.0))


@dataclass(frozen=True, slots=True)
class Paint:
    """What a surface looks like.

    Attributes:
        colour: (red, green, blue), 0 to 1, as a picture shows it in full light.
        gloss: how much it mirrors sky and sun, 0 (cloth) to 1 (glass).
        glow: how much light it gives by itself after dark, 0 to 1.
    """

    colour: Colour
    gloss: float = 0.0
    glow: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """Q four-cornered faces; a triangle repeats its last corner.

    Attributes:
        corners: (Q, 4, 3) m, counter-clockwise seen from outside.
        normals: (Q, 4, 3) unit vectors, averaged over faces that join smoothly.
        colours: (Q, 3) 0 to 1.
        gloss: (Q,) see `Paint`.
        glow: (Q,) see `Paint`.
        joints: (Q,) which joint of the body moves the face.
    """

    corners: Floats
    normals: Floats
    colours: Floats
    gloss: Floats
    glow: Floats
    joints: Ints

    def moved_by(self, joint: int) -> "Mesh":
        """The same faces, moved by a joint."""
        return replace(self, joints=np.full(len(self.corners), joint))

    def placed(self, x: float, y: float, z: float = 0.0, turn_rad: float = 0.0) -> "Mesh":
        """The same faces, turned about the vertical through the origin and then shifted."""
        cos, sin = np.cos(turn_rad), np.sin(turn_rad)
        turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
        return replace(self, corners=self.corners @ turn.T + (x, y, z), normals=self.normals @ turn.T)


def dim(colour: Colour, factor: float) -> Colour:
    """A colour darkened, or lightened beyond 1."""
    red, green, blue = colour
    return red * factor, green * factor, blue * factor


def join(meshes: Sequence[Mesh]) -> Mesh:
    """All faces of several meshes."""
    if not meshes:
        return _finish(np.zeros((0, 4, 3)), [], 1.0, 0)
    return Mesh(
        corners=np.concatenate([each.corners for each in meshes]),
        normals=np.concatenate([each.normals for each in meshes]),
        colours=np.concatenate([each.colours for each in meshes]),
        gloss=np.concatenate([each.gloss for each in meshes]),
        glow=np.concatenate([each.glow for each in meshes]),
        joints=np.concatenate([each.joints for each in meshes]),
    )


def loft(
    rings: npt.ArrayLike,
    paint: Paint | Sequence[Sequence[Paint]],
    *,
    crease_deg: float = 50.0,
    caps: Paint | None = None,
    joint: int = 0,
) -> Mesh:
    """A skin through R rings of K points each, closed at both ends.

    Args:
        rings: (R, K, 3) points; each ring goes round the way from first to last ring like a right-handed screw.
        paint: of all faces, or of each: R − 1 rows of K.
        crease_deg: faces that meet at less than this angle look round, others have an edge between them.
        caps: paint of both ends; that of the nearest faces if None.
        joint: that moves it.
    """
    points = np.asarray(rings, dtype=np.float64)
    rows, around = points.shape[0] - 1, points.shape[1]
    following = np.roll(points, -1, axis=1)
    sides = np.stack([points[:-1], following[:-1], following[1:], points[1:]], axis=2).reshape(-1, 4, 3)
    paints = [paint] * (rows * around) if isinstance(paint, Paint) else [each for row in paint for each in row]
    ends = []
    for ring, backwards in ((points[0], True), (points[-1], False)):
        order = ring[::-1] if backwards else ring
        middle = np.broadcast_to(order.mean(axis=0), order.shape)
        ends.append(np.stack([middle, order, np.roll(order, -1, axis=0), np.roll(order, -1, axis=0)], axis=1))
    paints += [caps or paints[0]] * around + [caps or paints[-1]] * around
    return _finish(np.concatenate([sides, *ends]), paints, crease_deg, joint)


def box(low: Sequence[float], high: Sequence[float], paint: Paint, joint: int = 0) -> Mesh:
    """A cuboid between two corners."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return loft([[(x, y, z) for x, y in ring] for z in (z0, z1)], paint, crease_deg=1.0, joint=joint)


def tube(
    start: Sequence[float],
    end: Sequence[float],
    radii: tuple[float, float],
    paint: Paint,
    *,
    sides: int = 6,
    joint: int = 0,
) -> Mesh:
    """A cone's frustum around the line between two points."""
    first, last = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    axis = (last - first) / max(float(np.linalg.norm(last - first)), _TINY)
    across = np.cross(axis, (0.0, 1.0, 0.0) if abs(axis[1]) < abs(axis[2]) else (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)
    other = np.cross(axis, across)
    angles = 2 * np.pi * np.arange(sides) / sides
    ring = np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * other
    return loft([first + radii[0] * ring, last + radii[1] * ring], paint, crease_deg=75.0, joint=joint)


def ball(
    centre: Sequence[float], radii: Sequence[float], paint: Paint, *, sides: int = 8, rows: int = 5, joint: int = 0
) -> Mesh:
    """An ellipsoid with upright axis."""
    heights = -np.cos(np.pi * np.linspace(0.08, 0.92, rows))
    angles = 2 * np.pi * np.arange(sides) / sides
    circle = np.stack([np.cos(angles), np.sin(angles), np.zeros(sides)], axis=1)
    rings = [circle * np.sqrt(1 - height**2) + (0, 0, height) for height in heights]
    return loft(np.array(rings) * np.asarray(radii) + np.asarray(centre), paint, crease_deg=95.0, joint=joint)


def panels(corners: npt.ArrayLike, paints: Sequence[Paint]) -> Mesh:
    """Flat faces (Q, 4, 3), each seen from the side from which its corners run counter-clockwise."""
    return _finish(np.asarray(corners, dtype=np.float64), paints, 1.0, 0)


def panel(corners: npt.ArrayLike, paint: Paint, joint: int = 0) -> Mesh:
    """One flat face, seen from the side from which its corners run counter-clockwise."""
    return _finish(np.asarray(corners, dtype=np.float64)[None], [paint], 1.0, joint)


def _finish(corners: Floats, paints: Sequence[Paint], crease_deg: float, joint: int) -> Mesh:
    count = len(corners)
    return Mesh(
        corners=corners,
        normals=_round(corners, np.cos(np.radians(crease_deg))),
        colours=np.array([each.colour for each in paints], dtype=np.float64).reshape(-1, 3),
        gloss=np.array([each.gloss for each in paints]),
        glow=np.array([each.glow for each in paints]),
        joints=np.full(count, joint),
    )


def _round(corners: Floats, crease: float) -> Floats:
    """(Q, 4, 3) normals at corners: the mean of the faces that meet there and are not turned by more than a crease."""
    areas = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normals: Floats = areas / np.maximum(np.linalg.norm(areas, axis=1, keepdims=True), _TINY)
    if crease > _FLAT:
        return np.repeat(normals[:, None], 4, axis=1)
    _, place = np.unique(np.round(corners.reshape(-1, 3), 5), axis=0, return_inverse=True)
    place = place.reshape(-1)
    face = np.repeat(np.arange(len(corners)), 4)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    sums = np.zeros((len(place), 3))
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        members = order[start:end]
        own = normals[face[members]]
        near = own @ own.T > crease
        sums[members] = near @ areas[face[members]]
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), _TINY)
    return sums.reshape(-1, 4, 3)
