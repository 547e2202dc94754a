"""Which way road users head who come into the picture, of whom only one end is seen yet.

A box that the picture's edge cuts tells little of that: a bus that comes towards the camera shows the same front as one
that crosses. But whichever way it heads, its centre lies a constant way behind the end that is seen, and moves with
it: the heading is the one along which the centres that it implies have moved.
"""

import numpy as np

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.footprint import Expectation, box_noise, try_headings

__all__ = ["Entrants"]

_ASIDE_M = 0.5
"""How well boxes place the end that is seen, the first ones being slivers."""
_TELLING_M = 5.0
"""Half a body's length is way enough: the direction then places its middle as well as its end is seen. Longer bodies
need no more than so many metres, which tell it to 0.1 rad."""
_VAGUEST = 0.35
"""What a heading is doubted by at most, rad."""
_FITTING = 9.49
"""Squared standard deviations by which 95 % of true boxes and bodies disagree at most (χ², four sides)."""


class Entrants(Ephemeral):
    """Remembers where those stood who came into the picture and were not seen whole yet.

    Args:
        camera: the solved camera.
    """

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._first: dict[int, Floats] = {}
        self._tried: dict[int, Floats] = {}

    def tell_headings(self, ids: Ints, boxes: Floats, classes: Ints, expected: Expectation) -> None:
        """Fill in the headings of those who have moved far enough, where they are not known.

        Args:
            ids: (N,) track ids.
            boxes: (N, 4) px, of what lies inside the picture.
            classes: (N,) class codes.
            expected: what is known of them; what is found out is added.
        """
        unknown = np.flatnonzero(np.isnan(expected.headings))
        new = unknown[
            [self._has_moved(each, box) for each, box in zip(ids[unknown].tolist(), boxes[unknown], strict=True)]
        ]
        if not len(new):
            return
        headings, places, costs = try_headings(boxes[new], classes[new], self._camera, expected.take(new))
        axes = np.stack([np.cos(headings), np.sin(headings)], axis=1)
        self._tried.update(zip(ids[new].tolist(), boxes[new], strict=True))
        places[costs > _FITTING] = np.nan
        for row, each, here, cost in zip(new.tolist(), ids[new].tolist(), places, costs, strict=True):
            before = self._first.get(each, here)
            first = self._first[each] = np.where(np.isnan(before), here, before)
            way = here - first
            aside = way[:, 0] * axes[:, 1] - way[:, 1] * axes[:, 0]
            doubt = cost + np.square(aside / _ASIDE_M)
            best = int(np.argmin(np.where(np.isnan(doubt), np.inf, doubt)))
            far = float(np.hypot(*way[best]))
            if far >= min(expected.sizes[row, 0] / 2, _TELLING_M):
                expected.headings[row] = np.arctan2(way[best, 1], way[best, 0])
                expected.heading_sds[row] = min(_ASIDE_M / far, _VAGUEST)

    def forget(self, ended: Ints) -> None:
        """Those who will not come again."""
        for each in ended.tolist():
            self._first.pop(each, None)
            self._tried.pop(each, None)

    def _has_moved(self, each: int, box: Floats) -> bool:
        """Whoever stands at the edge of the picture is not tried again in every frame."""
        before = self._tried.get(each)
        return before is None or bool((np.abs(box - before) > box_noise(box[None])[0]).any())
