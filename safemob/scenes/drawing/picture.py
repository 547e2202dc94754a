"""The pictures of a staged scene, and whose every pixel is.

What stands still is painted once, as a plate: ground, houses, trees, sky. A second plate shows the same ground in
shadow. A frame is the first plate, the second where somebody's shadow lies, and the road users over it. They are drawn
straight, wide and fine, and then bent by the lens.
"""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.crowd import Crowd, Standing
from safemob.scenes.drawing.ground import paint_ground
from safemob.scenes.drawing.light import Light, Surfaces
from safemob.scenes.drawing.optics import View, glare, sense
from safemob.scenes.drawing.raster import Raster
from safemob.scenes.drawing.shade import chart_ground
from safemob.scenes.drawing.silhouettes import measure_bodies
from safemob.scenes.drawing.surroundings import Surroundings, build_surroundings
from safemob.scenes.place.roads import lay_out
from safemob.scenes.stage import Stage

__all__ = ["Picture", "Renderer"]

Floats = npt.NDArray[np.float64]
Plane = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]
Owners = npt.NDArray[np.int16]

_SUPERSAMPLING = 2.0
_SURROUNDINGS, _SENSOR, _GROUND = 1, 2, 3
"""Purposes for which random numbers are drawn, so that one does not shift the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One frame and what is true of it, for N actors in the stage's order.

    Attributes:
        bgr: (height, width, 3) blue, green, red.
        owners: (height, width) index of the actor seen at the pixel's centre, −1 for none.
        boxes: (N, 4) left, top, right, bottom of the whole bodies, hidden and cut-off parts too, in pixels; NaN for
            actors that are absent or outside the picture.
        whole: (N,) pixels inside the picture that each body would cover if nothing stood before it.
    """

    bgr: Image
    owners: Owners
    boxes: Floats
    whole: npt.NDArray[np.int64]


class Renderer:
    """Takes pictures of a staged scene.

    Args:
        stage: the scene.

    Raises:
        ScenarioError: if the place cannot be laid out, or the lens folds the picture.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._view = View(stage.camera, _SUPERSAMPLING)
        spec, (aim_x, aim_y) = stage.scenario, stage.scenario.camera.aim_m
        plan = lay_out(spec.place)
        dice = np.random.default_rng((stage.seed, _SURROUNDINGS))
        around = build_surroundings(spec.place, plan, self._view.position, (aim_x, aim_y), dice)
        light = Light(spec.light, around.lamps)
        shadows = _flatten(around, light) if light.sunny else []
        self._crowd = Crowd(stage.actors, light, chart_ground(plan, shadows), self._view.position)
        plates = paint_ground(self._view, plan, light, shadows, np.random.default_rng((stage.seed, _GROUND)))
        self._raster = Raster(self._view)
        stands = self._put_up(around, light)
        covered = stands.max(axis=2, keepdims=True) > 0
        wholes = [np.where(covered, stands, plate * 255).astype(np.float32) for plate in plates]
        self._plates = [self._view.take(whole) for whole in wholes]
        self._bodies = self._raster.add(self._crowd.corners)
        self._shadows = self._raster.add(self._crowd.cast(self._crowd.stand(0.0))[0].reshape(-1, 4, 3))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raster.__exit__(kind, error, trace)

    def render(self, time_s: float) -> Picture:
        """The picture at a moment on the film's clock."""
        standing = self._crowd.stand(time_s)
        colours, names = self._draw(standing)
        view = self._view
        owned = cv2.max(names[..., 0], names[..., 1])
        share = view.take(np.asarray(cv2.threshold(owned, 0, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8))
        shade = view.take(np.ascontiguousarray(names[..., 2])).astype(np.float32)[..., None] / 255
        free = 1 - share.astype(np.float32)[..., None] / 255
        plate, shaded = self._plates
        ground = plate * (free - shade) + shaded * shade
        picture: Plane = ground.astype(np.float32) + view.take(colours)
        light = self._stage.scenario.light
        if light.hour == "dusk":
            picture += glare(picture)
        rgb = np.clip(picture + np.float32(0.5), 0, 255).astype(np.uint8)
        dice = np.random.default_rng((self._stage.seed, _SENSOR, round(abs(time_s) * 1e6)))
        bgr = sense(np.ascontiguousarray(rgb[..., ::-1]), light.noise, light.blur_px, dice)
        seen = view.take(names, nearest=True).astype(np.int16)
        boxes, whole = measure_bodies(view, standing.surfaces.points, self._crowd.firsts)
        return Picture(bgr=bgr, owners=seen[..., 0] + 256 * seen[..., 1] - 1, boxes=boxes, whole=whole)

    def _put_up(self, around: Surroundings, light: Light) -> Image:
        """The straight picture of what stands around; from now on it only hides what is behind it."""
        still = self._raster.add(around.mesh.corners)
        surfaces = Surfaces.of(around.mesh)
        lit = np.ones(len(surfaces.points), dtype=np.float32)
        seen = light.on_surfaces(surfaces, self._view.position.astype(np.float32), lit)
        still.colour(np.asarray(np.clip(seen * 255 + 0.5, 1, 255), dtype=np.uint8))
        stands = self._raster.draw()
        still.colour(np.zeros_like(seen, dtype=np.uint8))
        return stands

    def _draw(self, standing: Standing) -> tuple[Image, Image]:
        """Straight pictures of colours and of names: who is where, and in blue what lies in their shadow."""
        self._shadows.show(visible=False)
        self._bodies.move(standing.surfaces.points)
        self._bodies.colour(self._crowd.paint(standing))
        colours = self._raster.draw()
        places, darkness = self._crowd.cast(standing)
        self._shadows.show(visible=True)
        self._shadows.move(places)
        self._shadows.colour(darkness)
        self._bodies.colour(self._crowd.identities)
        return colours, self._raster.draw()


def _flatten(around: Surroundings, light: Light) -> list[Floats]:
    """(N, 2) shadows on the ground of everything that stands around."""
    slant = light.towards_sun[:2] / light.towards_sun[2]
    flat = [(each[:, :2] - each[:, 2:] * slant).astype(np.float32) for each in around.casters]
    return [np.asarray(cv2.convexHull(each), dtype=np.float64)[:, 0] for each in flat]
