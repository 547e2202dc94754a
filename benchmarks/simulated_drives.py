"""Simulated drives before a camera: bodies drawn from the size priors, and the boxes a detector would give of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.individual.ground.body import CORNERS, SIZE_MEANS, SIZE_SDS
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.coverage import Coverage
from safemob.individual.ground.footprint import box_noise
from safemob.site import CameraModel
from safemob.taxonomy import RoadUserClass
from safemob.units import Pixels

__all__ = ["DRIVES", "FARTHEST_M", "JITTER_S", "SECONDS", "SMALLEST_PX", "SPEEDS", "Drives", "make_camera", "simulate"]

SPEEDS: Final = {
    RoadUserClass.PEDESTRIAN: 1.4,
    RoadUserClass.CYCLIST: 5.0,
    RoadUserClass.MOTORCYCLIST: 9.0,
    RoadUserClass.E_SCOOTER: 5.0,
    RoadUserClass.CAR: 9.0,
    RoadUserClass.TRUCK: 8.0,
    RoadUserClass.BUS: 8.0,
}
"""Of every class, m/s."""
DRIVES: Final = 30
"""Of every class before every camera."""
SECONDS: Final = 5.0
"""That each takes."""
FARTHEST_M: Final = 120.0
SMALLEST_PX: Final = 16.0
"""The least height of a box that a detector finds."""
JITTER_S: Final = 0.05
"""Correlation time of the jitter of boxes."""
_WIDTH, _HEIGHT = 1280, 720
_BLOCK: Final = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.0, 1.0)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Drives:
    """N road users over T frames, as they are and as their boxes show them. NaN where a box is not seen whole.

    Attributes:
        camera: that sees them.
        times: (T,) s.
        classes: (N,) codes.
        positions: (T, N, 2) m.
        velocities: (T, N, 2) m/s.
        boxes: (T, N, 4) px, with jitter.
    """

    camera: Camera
    times: Floats
    classes: Ints
    positions: Floats
    velocities: Floats
    boxes: Floats


def make_camera(height_m: float, pitch_deg: float, focal_px: float) -> Camera:
    """A camera above the origin that looks north and down."""
    pitch = np.radians(pitch_deg)
    forward = np.array([0.0, np.cos(pitch), -np.sin(pitch)])
    right = np.array([1.0, 0.0, 0.0])
    turn = Rotation.from_matrix(np.stack([right, np.cross(forward, right), forward])).as_rotvec()
    return Camera(
        CameraModel(
            width_px=_WIDTH,
            height_px=_HEIGHT,
            focal_px=Pixels(focal_px),
            principal_point_px=(_WIDTH / 2, _HEIGHT / 2),
            distortion=(0.0, 0.0, 0.0, 0.0, 0.0),
            rotation_vector=(float(turn[0]), float(turn[1]), float(turn[2])),
            position_m=(0.0, 0.0, height_m),
        )
    )


def simulate(camera: Camera, rate_hz: float, seed: int, *, blocks: bool = False) -> Drives:
    """Drives of every class through places drawn evenly over what the camera sees; as plain blocks if asked for."""
    random = np.random.default_rng(seed)
    classes = np.repeat(np.array(list(SPEEDS), dtype=np.int64), DRIVES)
    n, times = len(classes), np.arange(int(SECONDS * rate_hz)) / rate_hz
    sizes = np.maximum(SIZE_MEANS[classes] + random.normal(size=(n, 3)) * SIZE_SDS[classes], 0.2)
    turns = random.choice([0.0, 0.3, -0.3], n) * (classes != RoadUserClass.PEDESTRIAN)
    headings = random.uniform(-np.pi, np.pi, n) + turns * (times - SECONDS / 2)[:, None]
    speeds = np.repeat(list(SPEEDS.values()), DRIVES)
    velocities = speeds[:, None] * np.stack([np.cos(headings), np.sin(headings)], axis=-1)
    positions = np.cumsum(velocities / rate_hz, axis=0)
    positions += _draw_places(camera, n, random) - positions[len(times) // 2]
    boxes = np.stack(
        [_draw_boxes(camera, classes, *frame, sizes, blocks=blocks) for frame in zip(positions, headings, strict=True)]
    )
    jitter, keep = random.normal(size=boxes.shape), np.exp(-1 / rate_hz / JITTER_S)
    for row in range(1, len(times)):
        jitter[row] = keep * jitter[row - 1] + np.sqrt(1 - keep**2) * jitter[row]
    boxes = boxes + jitter * box_noise(boxes.reshape(-1, 4)).reshape(boxes.shape)
    boxes[~_is_whole(camera, boxes, positions)] = np.nan
    return Drives(camera=camera, times=times, classes=classes, positions=positions, velocities=velocities, boxes=boxes)


def _draw_places(camera: Camera, count: int, random: np.random.Generator) -> Floats:
    """(count, 2) places spread evenly over the ground that is in the frame and near enough for the pipeline."""
    sides = random.uniform((-FARTHEST_M, 0.0), (FARTHEST_M, FARTHEST_M), (20_000, 2))
    pixels = camera.project(np.column_stack([sides, np.zeros(len(sides))]))
    framed = ((pixels > 0) & (pixels < [_WIDTH, _HEIGHT])).all(axis=1)
    places: Floats = sides[framed & Coverage(camera).contains(sides)][:count]
    return places


def _draw_boxes(
    camera: Camera, classes: Ints, places: Floats, headings: Floats, sizes: Floats, *, blocks: bool
) -> Floats:
    """(N, 4) the boxes that bodies show."""
    bodies = (_BLOCK if blocks else CORNERS[classes]) * sizes[:, None]
    cosine, sine = np.cos(headings)[:, None], np.sin(headings)[:, None]
    points = np.stack(
        [
            places[:, :1] + cosine * bodies[..., 0] - sine * bodies[..., 1],
            places[:, 1:] + sine * bodies[..., 0] + cosine * bodies[..., 1],
            bodies[..., 2],
        ],
        axis=-1,
    )
    pixels = camera.project(points)
    return np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1)


def _is_whole(camera: Camera, boxes: Floats, positions: Floats) -> Bools:
    """(T, N) whether a box is in the frame, not too small for a detector, and where the pipeline looks."""
    with np.errstate(invalid="ignore"):
        framed = (boxes[..., :2] > 1).all(axis=-1) & (boxes[..., 2:] < [_WIDTH - 1, _HEIGHT - 1]).all(axis=-1)
        tall: Bools = boxes[..., 3] - boxes[..., 1] >= SMALLEST_PX
    return framed & tall & Coverage(camera).contains(positions.reshape(-1, 2)).reshape(framed.shape)
