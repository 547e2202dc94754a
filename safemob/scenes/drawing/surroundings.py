"""What stands around an intersection: houses, trees, lamp posts, signals. It hides road users and throws shadows."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.dice import happens
from safemob.scenes.drawing.scenery import build_house, grow_forest, grow_tree, raise_lamp, raise_signal
from safemob.scenes.drawing.shapes import Mesh, join
from safemob.scenes.place.roads import Plan
from safemob.scenes.scenario import PlaceSpec

__all__ = ["Surroundings", "build_surroundings"]

Floats = npt.NDArray[np.float64]

_KEEP_FREE_M = 15.0
_VIEW_RAD = 0.75
_HOUSES_FROM_M = 17.0
_LAMPS_M = 13.0, 60.0
_BETWEEN_LAMPS_M = 20.0
_FROM_EDGE_M = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything that stands still.

    Attributes:
        mesh: its faces.
        casters: (N, 3) points of convex pieces that throw shadows.
        lamps: (x, y, z) of street lamps.
    """

    mesh: Mesh
    casters: tuple[Floats, ...]
    lamps: tuple[tuple[float, float, float], ...]


def build_surroundings(
    place: PlaceSpec, plan: Plan, eye: Floats, aim: tuple[float, float], rng: np.random.Generator
) -> Surroundings:
    """Build and plant the plots.

    Args:
        place: says how densely, and where posts stand.
        plan: says where.
        eye: (3,) the camera; nothing is put between it and the intersection.
        aim: (x, y) what the camera looks at.
        rng: draws everything.
    """
    free = _Free(plan, eye, aim)
    solids: list[Mesh] = []
    windows: list[Mesh] = []
    lamps = []
    for plot in plan.plots:
        for _ in range(round(7 * place.buildings)):
            room = free.find_rectangle(plot, rng)
            if room:
                (x, y), size = room
                house, panes = build_house(size, rng)
                solids += [part.placed(x, y) for part in house]
                windows.append(panes.placed(x, y))
        for _ in range(round(14 * place.trees)):
            spot = free.find_spot(plot, 2.2, rng)
            if spot:
                solids += [part.placed(*spot) for part in grow_tree(rng)]
    lamp_places = []
    for x, y in place.poles:
        if happens(0.5, rng):
            lamp_places.append((x, y))
        else:
            solids += raise_signal(x, y)
    for x, y in [*lamp_places, *free.find_lamp_places()]:
        post, lamp = raise_lamp(x, y)
        solids += post
        lamps.append(lamp)
    mesh = join([*solids, *windows, grow_forest(rng)])
    return Surroundings(mesh=mesh, casters=tuple(each.corners.reshape(-1, 3) for each in solids), lamps=tuple(lamps))


class _Free:
    """What room is left."""

    def __init__(self, plan: Plan, eye: Floats, aim: tuple[float, float]) -> None:
        self._plan, self._eye, self._aim = plan, eye[:2], np.array(aim)
        self._taken: list[tuple[float, float, float]] = []

    def find_spot(self, plot: Floats, radius: float, rng: np.random.Generator) -> tuple[float, float] | None:
        """A place inside a plot for something round."""
        contour = plot.astype(np.float32)
        for _ in range(12):
            x, y = rng.uniform(-60, 60, 2)
            inside = cv2.pointPolygonTest(contour, (float(x), float(y)), measureDist=True)
            if inside > radius - 0.8 and self._is_free(x, y, radius):
                self._taken.append((x, y, radius))
                return float(x), float(y)
        return None

    def find_rectangle(
        self, plot: Floats, rng: np.random.Generator
    ) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Middle and size of a house inside a plot, its walls parallel to the axes."""
        contour = plot.astype(np.float32)
        for _ in range(40):
            x, y = rng.uniform(-75, 75, 2)
            wide, deep = rng.uniform(9, 22), rng.uniform(9, 15)
            if happens(0.5, rng):
                wide, deep = deep, wide
            corners = [(x + i * wide / 2, y + j * deep / 2) for i in (-1, 1) for j in (-1, 1)]
            inside = min(cv2.pointPolygonTest(contour, (float(u), float(v)), measureDist=True) for u, v in corners)
            radius = float(np.hypot(wide, deep)) / 2
            if inside > _FROM_EDGE_M and np.hypot(x, y) - radius > _HOUSES_FROM_M and self._is_free(x, y, radius):
                self._taken.append((x, y, 0.85 * radius))
                return (float(x), float(y)), (float(wide), float(deep))
        return None

    def find_lamp_places(self) -> list[tuple[float, float]]:
        """At the back of the pavements, where their edge has a corner or an end."""
        places: list[tuple[float, float]] = []
        for plot in self._plan.plots:
            line = plot[: len(plot) - 1]
            for x, y in line:
                near = _LAMPS_M[0] < np.hypot(x, y) < _LAMPS_M[1]
                apart = all(np.hypot(x - u, y - v) > _BETWEEN_LAMPS_M for u, v in places)
                if near and apart and self._is_open(x, y, 0.3):
                    places.append((float(x), float(y)))
        return places

    def _is_free(self, x: float, y: float, radius: float) -> bool:
        apart = all(np.hypot(x - u, y - v) > radius + other for u, v, other in self._taken)
        return apart and self._is_open(x, y, radius)

    def _is_open(self, x: float, y: float, radius: float) -> bool:
        """Whether something there leaves the intersection in sight."""
        away = np.array([x, y]) - self._eye
        distance = float(np.hypot(*away))
        if distance < radius + 4:
            return False
        sight = self._aim - self._eye
        reach = max(float(np.hypot(*sight)), 1.0)
        angle = abs(float(np.arctan2(away[0] * sight[1] - away[1] * sight[0], away @ sight)))
        width = max(float(np.arctan2(_KEEP_FREE_M, reach)), _VIEW_RAD) + float(np.arctan2(radius, distance))
        return angle > width or distance > reach + _KEEP_FREE_M
