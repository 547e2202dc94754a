"""A simulated intersection seen by a camera: what a detector would say of road users whose identity is known.

Road users are boxes of the size of their class that drive, turn, queue at a red light, ride and walk across four
arms, 15 to 90 m from a camera on a 9 m mast. Every frame gives their image boxes with the faults of a small
detector: jitter, scores that drift and dip below any threshold for some tenths of a second, misses, confused
classes, boxes trimmed or lost behind nearer road users, boxes cut by the frame edge, and clutter that flickers at
fixed places. All faults are functions of time, not of the frame: a scene may be sampled at any frame rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.coverage import Coverage
from safemob.individual.ground.states import GroundStates
from safemob.individual.image.detection import Detections
from safemob.individual.image.tracking import GroundGatedTracker, TrackingRules
from safemob.site import CameraModel
from safemob.taxonomy import RoadUserClass
from safemob.units import Pixels

__all__ = [
    "Sighting",
    "World",
    "frame_times",
    "make_camera_model",
    "parity_scenes",
    "simulate",
    "track",
    "true_states",
]

_WIDTH, _HEIGHT = 1280, 720
_GRID_S = 0.05
_ARM_M = 60.0
_WALKING_MPS = 2.0
"""Faster ones drive or ride."""
_HELD_BY_RED, _MISSED, _MISTAKEN = 0.35, 0.03, 0.05
"""Shares: of drives that a red light holds, of users missed in a frame, of classes taken for another."""
_SHOWN_LEAST, _HIDDEN_NOTED = 0.3, 0.2
"""Share of a box that must show for it to be found, and from which being hidden changes it."""
_EDGE_PX = 2.0
"""Boxes that come this near the frame's edge are cut."""


class Sighting(NamedTuple):
    """One frame: what a tracker is given, and `truth` (N,): who each detection shows, -1 for clutter."""

    detections: Detections
    positions: Floats
    covariances: Floats
    time_s: float
    truth: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How crowded and how hard to see the intersection is. Without faults only the jitter of boxes is left."""

    users: int = 20
    duration_s: float = 20.0
    faults: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    code: RoadUserClass
    mistaken_for: RoadUserClass
    size_m: tuple[float, float, float]
    speed_mps: float
    lane_m: float
    share: float


_KINDS = (
    _Kind(
        code=RoadUserClass.CAR,
        mistaken_for=RoadUserClass.TRUCK,
        size_m=(4.4, 1.8, 1.5),
        speed_mps=13.0,
        lane_m=2.0,
        share=0.5,
    ),
    _Kind(
        code=RoadUserClass.BUS,
        mistaken_for=RoadUserClass.TRUCK,
        size_m=(12.0, 2.5, 3.0),
        speed_mps=10.0,
        lane_m=2.0,
        share=0.08,
    ),
    _Kind(
        code=RoadUserClass.CYCLIST,
        mistaken_for=RoadUserClass.PEDESTRIAN,
        size_m=(1.8, 0.6, 1.75),
        speed_mps=5.0,
        lane_m=5.0,
        share=0.17,
    ),
    _Kind(
        code=RoadUserClass.PEDESTRIAN,
        mistaken_for=RoadUserClass.CYCLIST,
        size_m=(0.5, 0.6, 1.75),
        speed_mps=1.4,
        lane_m=8.0,
        share=0.25,
    ),
)


def frame_times(rate_hz: float, duration_s: float, *, jitter: float = 0.0, gap_s: float = 0.0, seed: int = 0) -> Floats:
    """Times of frames: at a rate, each off by up to `jitter` of the step, with a gap in the middle."""
    times = np.arange(0.0, duration_s, 1.0 / rate_hz)
    if jitter:
        times = times + np.random.default_rng(seed).uniform(0.0, jitter / rate_hz, len(times))
    return times[(times < duration_s / 2) | (times >= duration_s / 2 + gap_s)]


def simulate(world: World, times: Floats, seed: int) -> list[Sighting]:
    """What a detector says of a world at the given times; the same seed is the same world at any times."""
    rng = np.random.default_rng(seed)
    camera = Camera(make_camera_model())
    kinds, drives = _populate(world, rng)
    clutter = _clutter(rng) if world.faults else np.zeros((0, 4))
    scores = _drifting(rng, world.users + len(clutter), world.duration_s)
    scores[: world.users] += 0.62
    scores[world.users :] += 0.05
    sightings = []
    for time in times:
        moment = np.random.default_rng([seed, round(time * 1e6)])
        sightings.append(_see(camera, world, kinds, drives, clutter, scores, float(time), moment))
    return sightings


def true_states(world: World, times: Floats, seed: int) -> list[GroundStates]:
    """Where the road users of a world truly are, as long as all of their box is in the picture and not too far off."""
    kinds, drives = _populate(world, np.random.default_rng(seed))
    camera = Camera(make_camera_model())
    coverage = Coverage(camera)
    codes, sizes = np.array([_KINDS[k].code for k in kinds]), np.array([_KINDS[k].size_m for k in kinds])
    grid = np.stack([np.column_stack([drive, np.gradient(drive[:, :2], _GRID_S, axis=0)]) for drive in drives])
    found = []
    for time in times.tolist():
        step = int(time / _GRID_S)
        part = time / _GRID_S - step
        states = (1 - part) * grid[:, step] + part * grid[:, step + 1]
        boxes, _ = _project(camera, kinds, states)
        whole = ((boxes > 0.0) & (boxes < [_WIDTH, _HEIGHT, _WIDTH, _HEIGHT])).all(axis=1)
        rows = np.flatnonzero(whole & coverage.contains(states[:, :2]) & np.isfinite(states).all(axis=1))
        found.append(
            GroundStates(
                time_s=time,
                ids=rows + 1,
                classes=codes[rows].astype(np.int64),
                positions=states[rows, :2],
                velocities=states[rows, 4:],
                accelerations=np.zeros((len(rows), 2)),
                headings=np.arctan2(states[rows, 3], states[rows, 2]),
                lengths=sizes[rows, 0],
                widths=sizes[rows, 1],
                covariances=np.zeros((len(rows), 4, 4)),
                observed=np.ones(len(rows), dtype=np.bool_),
                ended=np.zeros(0, dtype=np.int64),
            )
        )
    return found


def parity_scenes() -> dict[str, list[Sighting]]:
    """Scenes without faults at a constant 25 frames/s, on which any good tracker finds the same tracks."""
    world = World(users=12, duration_s=8.0, faults=False)
    return {f"seed {seed}": simulate(world, frame_times(25, world.duration_s), seed) for seed in (1, 2, 3)}


def track(
    scene: Sequence[Sighting], rules: TrackingRules | None = None, steps_s: list[float] | None = None
) -> list[Ints]:
    """The id our tracker gives each detection of each frame, -1 for none; `steps_s` collects the time each takes."""
    tracker, given = GroundGatedTracker(rules), []
    for sighting in scene:
        begin = perf_counter()
        tracks = tracker.update(sighting.detections, sighting.positions, sighting.covariances, sighting.time_s)
        if steps_s is not None:
            steps_s.append(perf_counter() - begin)
        ids = np.full(len(sighting.truth), -1)
        ids[tracks.detections] = tracks.ids
        given.append(ids)
    return given


def _populate(world: World, rng: np.random.Generator) -> tuple[Ints, list[Floats]]:
    """Kinds and ways of the road users."""
    kinds = rng.choice(len(_KINDS), world.users, p=[kind.share for kind in _KINDS])
    drives: list[Floats] = []
    for k in kinds:
        drives.append(_free_drive(_KINDS[k], world.duration_s, [_KINDS[j] for j in kinds[: len(drives)]], drives, rng))
    return kinds, drives


def make_camera_model() -> CameraModel:
    """On a mast of 9 m beside the intersection, looking at its middle."""
    position = np.array([-22.0, -26.0, 9.0])
    forward = np.array([4.0, 6.0, 0.0]) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    turn = Rotation.from_matrix(np.stack([right, np.cross(forward, right), forward])).as_rotvec()
    return CameraModel(
        width_px=_WIDTH,
        height_px=_HEIGHT,
        focal_px=Pixels(900.0),
        principal_point_px=(_WIDTH / 2, _HEIGHT / 2),
        distortion=(0.0, 0.0, 0.0, 0.0, 0.0),
        rotation_vector=(float(turn[0]), float(turn[1]), float(turn[2])),
        position_m=(-22.0, -26.0, 9.0),
    )


def _free_drive(
    kind: _Kind, duration_s: float, others: Sequence[_Kind], drives: Sequence[Floats], rng: np.random.Generator
) -> Floats:
    """A drive that keeps clear of the others, at least as far as some tries can find."""
    clear = [0.5 * max(kind.size_m[0], other.size_m[0]) + 0.8 for other in others]
    for _ in range(40):
        drive = _drive(kind, duration_s, rng)
        apart = [np.linalg.norm(drive[:, :2] - other[:, :2], axis=1) for other in drives]
        if all(np.nanmin(gap, initial=np.inf) > least for gap, least in zip(apart, clear, strict=True)):
            break
    return drive


def _drive(kind: _Kind, duration_s: float, rng: np.random.Generator) -> Floats:
    """(steps, 4) x, y and heading (cos, sin) on the time grid; x is NaN while absent. Some are held by a red light."""
    turn = int(rng.integers(-1, 2)) if kind.code is not RoadUserClass.PEDESTRIAN else 0
    radius = kind.lane_m + 4.0 if turn == 1 else 14.0 - kind.lane_m  # to the left, to the right
    reach = 10.0 if turn == 0 else radius
    straight = np.column_stack([np.arange(-_ARM_M, -reach, 0.5), np.full(int((_ARM_M - reach) * 2), -kind.lane_m)])
    if turn == 0:
        path = np.column_stack([np.arange(-_ARM_M, _ARM_M, 0.5), np.full(int(_ARM_M * 4), -kind.lane_m)])
    else:
        angles = np.linspace(0.0, np.pi / 2, 40)
        arc = np.column_stack([-reach + radius * np.sin(angles), -kind.lane_m + turn * radius * (1 - np.cos(angles))])
        out = arc[-1] + np.column_stack([np.zeros(80), turn * np.arange(0.5, 40.5, 0.5)])
        path = np.concatenate([straight, arc, out])
    quarter = rng.integers(0, 4) * np.pi / 2
    path = path @ np.array([[np.cos(quarter), np.sin(quarter)], [-np.sin(quarter), np.cos(quarter)]])
    path = path + rng.normal(0.0, 0.3, 2)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])

    speed = kind.speed_mps * rng.uniform(0.75, 1.15) * (0.55 if turn else 1.0)
    stop = _ARM_M - 12.0 - 7.0 * rng.integers(0, 3) if rng.random() < _HELD_BY_RED else np.inf
    green_s = rng.uniform(0.4, 0.8) * duration_s
    place = rng.uniform(0.0, 40.0 if kind.speed_mps > _WALKING_MPS else 100.0)
    begin_s = rng.uniform(0.0, 0.6) * duration_s if kind.speed_mps > _WALKING_MPS else 0.0
    stop = stop if stop > place else np.inf
    clock = np.arange(0.0, duration_s + 2 * _GRID_S, _GRID_S)
    now, places = speed, []
    for time in clock.tolist():
        braking = time < green_s and stop - place < now * now / 5.0 + 0.5
        now = min(max(now + (-2.5 if braking else 1.5) * _GRID_S, 0.0), speed)
        place += now * _GRID_S if time >= begin_s else 0.0
        places.append(place)
    spots, ahead, behind = (
        np.column_stack([np.interp(np.array(places) + off, along, path[:, k]) for k in (0, 1)])
        for off in (0.0, 0.5, -0.5)
    )
    course = ahead - behind
    heading = course / np.maximum(np.linalg.norm(course, axis=1, keepdims=True), 1e-9)
    spots[(clock < begin_s) | (np.array(places) >= along[-1]), 0] = np.nan
    return np.column_stack([spots, heading])


def _drifting(rng: np.random.Generator, count: int, duration_s: float) -> Floats:
    """(count, steps) scores around zero that wander with a memory of 0.4 s and a spread of 0.15."""
    steps = int(duration_s / _GRID_S) + 2
    keep = np.exp(-_GRID_S / 0.4)
    wander = np.zeros((count, steps))
    wander[:, 0] = rng.normal(0.0, 0.15, count)
    for k in range(1, steps):
        wander[:, k] = keep * wander[:, k - 1] + rng.normal(0.0, 0.15 * np.sqrt(1 - keep**2), count)
    return wander + rng.normal(0.0, 0.05, (count, 1))


def _clutter(rng: np.random.Generator, count: int = 8) -> Floats:
    corner = rng.uniform([0.0, 150.0], [_WIDTH - 80.0, _HEIGHT - 80.0], (count, 2))
    return np.concatenate([corner, corner + rng.uniform(20.0, 70.0, (count, 2))], axis=1)


def _see(
    camera: Camera,
    world: World,
    kinds: Ints,
    drives: Sequence[Floats],
    clutter: Floats,
    scores: Floats,
    time: float,
    rng: np.random.Generator,
) -> Sighting:
    """One frame. The generator belongs to the frame alone; what lasts longer is in `drives` and `scores`."""
    step = int(time / _GRID_S)
    part = time / _GRID_S - step
    states = np.array([(1 - part) * drive[step] + part * drive[step + 1] for drive in drives])
    now = (1 - part) * scores[:, step] + part * scores[:, step + 1]

    whole, distances = _project(camera, kinds, states)
    boxes = np.clip(whole, 0.0, [_WIDTH, _HEIGHT, _WIDTH, _HEIGHT])
    sizes = boxes[:, 2:] - boxes[:, :2]
    present = np.isfinite(whole).all(axis=1) & (sizes > [5.0, 12.0]).all(axis=1)
    now[: len(kinds)] -= 0.25 * np.clip((40.0 - sizes[:, 1]) / 40.0, 0.0, 1.0)  # the small are hard to see
    codes = np.array([_KINDS[k].code for k in kinds])
    if world.faults:
        boxes, visible = _occlude(boxes, np.where(present, distances, np.nan))
        now[: len(kinds)] -= 0.5 * (1 - visible)
        present &= (visible > _SHOWN_LEAST) & (rng.random(len(kinds)) > _MISSED)
        others = np.array([_KINDS[k].mistaken_for for k in kinds])
        codes = np.where(rng.random(len(kinds)) < _MISTAKEN, others, codes)
    else:
        now = np.full(len(now), 0.9)

    shown = np.concatenate([np.flatnonzero(present), len(kinds) + np.flatnonzero(now[len(kinds) :] > 0)])
    boxes = np.concatenate([boxes, clutter])[shown]
    codes = np.concatenate([codes, np.full(len(clutter), RoadUserClass.CAR)])[shown].astype(np.int64)
    size = np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))[:, None]
    boxes = np.clip(boxes + 0.025 * size * rng.normal(size=boxes.shape), 0.0, [_WIDTH, _HEIGHT, _WIDTH, _HEIGHT])
    cut = ((boxes[:, :2] < _EDGE_PX) | (boxes[:, 2:] > [_WIDTH - _EDGE_PX, _HEIGHT - _EDGE_PX])).any(axis=1)
    found = np.clip(now[shown] + rng.normal(0.0, 0.05, len(shown)), 0.01, 0.97)

    feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
    places = camera.to_ground(feet)
    real = shown < len(kinds)
    user = shown[real]
    true_feet = np.column_stack([(whole[user, 0] + whole[user, 2]) / 2, whole[user, 3]])
    places[real] += states[user, :2] - camera.to_ground(true_feet)
    slopes = camera.ground_slopes(camera.to_ground(feet))
    spread = slopes @ slopes.swapaxes(1, 2) * (0.04 * size[..., None]) ** 2 + 0.3**2 * np.eye(2)
    places[cut] = np.nan
    spread[~np.isfinite(places[:, 0])] = np.nan
    return Sighting(
        detections=Detections(boxes=boxes, scores=found, classes=codes, cut=cut),
        positions=places,
        covariances=spread,
        time_s=time,
        truth=np.where(real, shown, -1),
    )


def _project(camera: Camera, kinds: Ints, states: Floats) -> tuple[Floats, Floats]:
    """Image boxes of the users, uncut, NaN if absent or behind; and how far from the camera they are, m."""
    sizes = np.array([_KINDS[k].size_m for k in kinds])
    unit = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.0, 1.0)])
    local = unit * sizes[:, None]
    cos, sin = states[:, 2, None], states[:, 3, None]
    x = states[:, 0, None] + local[..., 0] * cos - local[..., 1] * sin
    y = states[:, 1, None] + local[..., 0] * sin + local[..., 1] * cos
    pixels = camera.project(np.stack([x, y, local[..., 2]], axis=-1))
    distances = np.linalg.norm(states[:, :2] - camera.position[:2], axis=1)
    return np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1), distances


def _occlude(boxes: Floats, distances: Floats) -> tuple[Floats, Floats]:
    """Boxes trimmed to what the nearer user that hides the most leaves, and the visible share of each."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    hidden = np.maximum(high - low, 0.0).prod(axis=2) / np.maximum(areas, 1.0)[:, None]
    hidden = np.where(distances[None] < distances[:, None] - 1.0, hidden, 0.0)
    trimmed = boxes.copy()
    for far in np.flatnonzero(hidden.max(axis=1) > _HIDDEN_NOTED):
        near = boxes[hidden[far].argmax()]
        rests = []
        for side, edge in ((0, near[2]), (1, near[3]), (2, near[0]), (3, near[1])):
            rest = boxes[far].copy()
            rest[side] = np.clip(edge, boxes[far, side % 2], boxes[far, side % 2 + 2])
            rests.append(rest)
        trimmed[far] = max(rests, key=lambda rest: float((rest[2] - rest[0]) * (rest[3] - rest[1])))
    return trimmed, 1.0 - np.minimum(hidden.sum(axis=1), 1.0)
