"""As many road users as asked for, in view all the time: two sets of one-way lanes that weave through each other.

Lanes lie at equal distances across a square of 60 m; along each, road users follow each other two distances apart,
timed so that they pass between those of every lane they cross. Everyone meets somebody every few seconds and nobody
collides. The more they are the closer the lanes and the slower the traffic: cars and bicycles while there is room,
bicycles and pedestrians in a crowd. Who leaves on one side comes in anew on the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ground.body import CORNERS, SIZE_MEANS
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.footprint import box_noise
from safemob.individual.image.detection import Detections
from safemob.site import CameraModel, Fit, Site
from safemob.taxonomy import RoadUserClass
from safemob.units import Metres, Pixels

__all__ = ["SITE", "Weave"]

_SIDE_M: Final = 60.0
_NEAR_M: Final = 45.0
"""From below the camera to the square."""
_HEIGHT_M: Final = 20.0
_GAP_S: Final = 2.5
"""Between two that cross each other's way."""
_ROOM_M: Final = 7.0
"""Between lanes, for cars."""
_SCORE: Final = 0.8
_WIDTH_PX, _HEIGHT_PX, _FOCAL_PX = 1920, 1080, 1400.0
_PITCH_RAD: Final = np.arctan2(_HEIGHT_M, _NEAR_M + _SIDE_M / 2)
_SDS: Final = (4.0, 1e-3, 1e-3, 1e-3, 0.05, 0.05, 0.05)
"""Of focal length (px), rotation (rad) and position (m): how well cameras are known after calibration."""

SITE: Final = Site(
    id="weave",
    name="Simulated lanes that weave through each other",
    time_zone="UTC",
    camera=CameraModel(
        width_px=_WIDTH_PX,
        height_px=_HEIGHT_PX,
        focal_px=Pixels(_FOCAL_PX),
        principal_point_px=(_WIDTH_PX / 2, _HEIGHT_PX / 2),
        distortion=(-0.2, 0.0, 0.0, 0.0, 0.0),
        rotation_vector=(float(np.pi / 2 + _PITCH_RAD), 0.0, 0.0),
        position_m=(0.0, 0.0, _HEIGHT_M),
        covariance=tuple(tuple(row) for row in np.diag(np.square(_SDS)).tolist()),
    ),
    reference_points=(),
    fit=Fit(residual_rms_m=Metres(0.0), leave_one_out_rms_m=None, method="none: simulated"),
)
"""The camera that sees all of the square, with a lens that distorts and a calibration that is not perfect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weave:
    """N road users on the square.

    Attributes:
        users: how many, N.
        seed: of which places on the lanes are taken, and of the jitter of boxes.
    """

    users: int
    seed: int = 0

    @property
    def lanes(self) -> int:
        """In each direction: the least even number that has places for all."""
        return 2 * int(np.ceil(np.sqrt(self.users) / 2))

    @property
    def spacing_m(self) -> float:
        """From lane to lane."""
        return _SIDE_M / self.lanes

    @property
    def classes(self) -> Ints:
        """(N,) codes."""
        roomy = self.spacing_m >= _ROOM_M
        along_x, along_y = (
            (RoadUserClass.CAR, RoadUserClass.CYCLIST) if roomy else (RoadUserClass.CYCLIST, RoadUserClass.PEDESTRIAN)
        )
        return np.where(self._places()[:, 0] == 0, along_x, along_y).astype(np.int64)

    def positions(self, time_s: float) -> Floats:
        """(N, 2) where everybody is at a time, m."""
        direction, lane, slot = self._places().T
        # On lanes i and j, the two that cross arrive there at (−i + odd) and (−j + even) steps: a gap apart.
        start = np.where(direction == 0, -lane, 1 - lane) + 2 * slot + 0.5
        along = np.mod((start + time_s / _GAP_S) * self.spacing_m, _SIDE_M)
        across = (lane + 0.5) * self.spacing_m
        x = np.where(direction == 0, along, across) - _SIDE_M / 2
        y = np.where(direction == 0, across, along) + _NEAR_M
        return np.column_stack([x, y])

    def sightings(self, times_s: Floats) -> Iterator[tuple[float, Detections]]:
        """(time, what a detector says) for every frame."""
        camera, classes = Camera(SITE.camera), self.classes
        random = np.random.default_rng(self.seed)
        limits = np.array([_WIDTH_PX, _HEIGHT_PX] * 2, dtype=np.float64)
        for time_s in times_s.tolist():
            boxes = self._draw(camera, classes, self.positions(time_s))
            boxes = np.clip(boxes + random.normal(size=boxes.shape) * box_noise(boxes), 0.0, limits)
            yield (
                time_s,
                Detections(
                    boxes=boxes,
                    scores=np.full(self.users, _SCORE),
                    classes=classes,
                    cut=np.zeros(self.users, dtype=np.bool_),
                ),
            )

    def _places(self) -> Ints:
        """(N, 3) direction (0 along x, 1 along y), lane, and place in the row along it."""
        grid = np.indices((2, self.lanes, self.lanes // 2)).reshape(3, -1).T
        chosen = np.random.default_rng(self.seed).permutation(len(grid))[: self.users]
        return grid[np.sort(chosen)]

    def _draw(self, camera: Camera, classes: Ints, positions: Floats) -> Floats:
        bodies = CORNERS[classes] * SIZE_MEANS[classes][:, None]
        turned = np.where((self._places()[:, 0] == 1)[:, None, None], bodies[..., [1, 0, 2]], bodies)
        points = turned + np.column_stack([positions, np.zeros(len(positions))])[:, None]
        pixels = camera.project(points)
        return np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1)
