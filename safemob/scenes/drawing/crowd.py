"""All actors of a stage as one heap of faces: moved, lit and coloured together, a few array operations for all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.bodies import make_body
from safemob.scenes.drawing.joints import Going
from safemob.scenes.drawing.light import Light, Surfaces
from safemob.scenes.drawing.shade import Shade
from safemob.scenes.drawing.shapes import join
from safemob.scenes.stage import Actor

__all__ = ["Crowd", "Standing"]

Floats = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

_AWAY_M = -1000.0
_SHADOW_RISE_M = 0.012
_BLOB_REACH_M = 0.45
_BLOB = 210
_STEPS = np.arange(3)
_NINE_FACES = np.stack(
    [
        np.add.outer(np.repeat(_STEPS, 3), (0, 1, 1, 0)).ravel(),
        np.add.outer(np.tile(_STEPS, 3), (0, 0, 1, 1)).ravel(),
    ]
)
"""(2, 36) which of four steps along and aside the corners of nine faces in a square take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everybody at one moment.

    Attributes:
        surfaces: V corners; far below the ground if absent.
        places: (A, 4) x, y, heading, height of the ground of every actor.
    """

    surfaces: Surfaces
    places: Floats


class Crowd:
    """The actors of a stage.

    Args:
        actors: in the stage's order.
        light: on them.
        shade: on the ground below them.
        eye: (3,) the camera.
    """

    def __init__(self, actors: Sequence[Actor], light: Light, shade: Shade, eye: npt.NDArray[np.float64]) -> None:
        self._actors, self._light, self._shade = actors, light, shade
        self._eye = eye.astype(np.float32)
        self._sizes = np.array([actor.size_m for actor in actors], dtype=np.float32).reshape(-1, 3)
        self._bodies = [make_body(actor) for actor in actors]
        meshes = [body.mesh for body in self._bodies]
        joints = np.cumsum([0, *(len(body.gait.pose(Going(travelled_m=0.0, speed_mps=0.0))) for body in self._bodies)])
        whole = join([replace(mesh, joints=mesh.joints + first) for mesh, first in zip(meshes, joints, strict=False)])
        self.corners = whole.corners
        """(V / 4, 4, 3) faces as they were modelled, each body around the origin."""
        self.firsts: Ints = np.cumsum([0, *(4 * len(mesh.corners) for mesh in meshes)])
        """(A + 1,) the first corner of every actor, and V, how many there are in all."""
        self._surfaces = Surfaces.of(whole)
        self._joints = np.repeat(whole.joints, 4)

    @property
    def identities(self) -> Image:
        """(V, 3) the colour that names the owner: red + 256 · green is the index plus one."""
        names = np.repeat(np.arange(len(self._actors)) + 1, np.diff(self.firsts))
        return np.stack([names % 256, names // 256, np.zeros_like(names)], axis=1).astype(np.uint8)

    def stand(self, time_s: float) -> Standing:
        """Where everybody is at a moment."""
        matrices, places = [np.zeros((0, 4, 4))], []
        for actor, body in zip(self._actors, self._bodies, strict=True):
            poses = actor.motion.at(np.array([time_s]))
            (x, y), heading = poses.positions[0], poses.headings[0]
            floor = _AWAY_M
            if actor.from_s <= time_s <= actor.until_s:
                floor = float(self._shade.heights(poses.positions)[0])
            cos, sin = np.cos(heading), np.sin(heading)
            place = np.array([[cos, -sin, 0, x], [sin, cos, 0, y], [0, 0, 1, floor], [0, 0, 0, 1]])
            going = Going(
                travelled_m=float(poses.travelled[0]),
                speed_mps=float(np.hypot(*poses.velocities[0])),
                door_s=-1.0 if actor.door_at_s is None else time_s - actor.door_at_s,
            )
            matrices.append(place @ body.gait.pose(going))
            places.append((x, y, heading, floor))
        own = np.concatenate(matrices).astype(np.float32)[self._joints]
        points = np.einsum("vij,vj->vi", own[:, :3, :3], self._surfaces.points) + own[:, :3, 3]
        normals = np.einsum("vij,vj->vi", own[:, :3, :3], self._surfaces.normals)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.float32(1e-6))
        return Standing(
            surfaces=replace(self._surfaces, points=points, normals=normals),
            places=np.array(places, dtype=np.float32).reshape(-1, 4),
        )

    def paint(self, standing: Standing) -> Image:
        """(V, 3) colours of all corners in this light; never black, which is the colour of nothing."""
        points = standing.surfaces.points
        lit = self._shade.lit(self._flatten(points)) if self._light.sunny else np.ones(len(points), dtype=np.float32)
        seen = self._light.on_surfaces(standing.surfaces, self._eye, lit)
        return np.asarray(np.clip(seen * 255 + 0.5, 1, 255), dtype=np.uint8)

    def cast(self, standing: Standing) -> tuple[Floats, Image]:
        """What darkens the ground: (W, 3) points of the actors' shadows and (W, 3) how much, in blue.

        In sunshine they are the bodies themselves, flattened along the light (W = V); else soft blobs under them.
        """
        if not self._light.sunny:
            return self._cast_blobs(standing.places)
        points = standing.surfaces.points
        flat = self._flatten(points)
        heights = self._shade.heights(flat) + np.float32(_SHADOW_RISE_M)
        heights[points[:, 2] < _AWAY_M / 2] = _AWAY_M
        darkness = np.zeros((len(flat), 3), dtype=np.uint8)
        darkness[:, 2] = 255
        return np.column_stack([flat, heights]), darkness

    def _flatten(self, points: Floats) -> Floats:
        sun = self._light.towards_sun
        return np.asarray(points[:, :2] - points[:, 2:] * (sun[:2] / sun[2]))

    def _cast_blobs(self, places: Floats) -> tuple[Floats, Image]:
        """Nine faces for every actor: its footprint, darkest in the middle, fading out around it."""
        half, reach = self._sizes[:, :2] / 2, np.float32(_BLOB_REACH_M / 2)
        steps = np.stack([-half - reach, -0.75 * half, 0.75 * half, half + reach], axis=1)
        i, j = _NINE_FACES
        ahead, left = steps[:, i, 0], steps[:, j, 1]
        cos, sin = np.cos(places[:, 2:3]), np.sin(places[:, 2:3])
        x, y = places[:, 0:1] + ahead * cos - left * sin, places[:, 1:2] + ahead * sin + left * cos
        z = np.broadcast_to(places[:, 3:4] + np.float32(_SHADOW_RISE_M), x.shape)
        darkness = np.zeros((*x.shape, 3), dtype=np.uint8)
        darkness[..., 2] = np.where(np.all(_NINE_FACES % 3 > 0, axis=0), _BLOB, 0)
        return np.stack([x, y, z], axis=-1).reshape(-1, 3), darkness.reshape(-1, 3)
