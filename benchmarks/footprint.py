"""Position and speed from simulated boxes: the pipeline's footprints and smoother against simpler ways.

Bodies drawn from the size priors drive straight or in curves before a camera 8 m up; their boxes jitter like a
detector's, correlated over frames. The bodies have the shapes that the estimator assumes, so this says what is left
of noise, unknown sizes and unknown headings, not how true the shapes are: footage with a reference says that.
"""

import json
import platform
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from safemob.individual.arrays import Floats
from safemob.individual.ground.body import CORNERS, SIZE_MEANS, SIZE_SDS
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.footprint import box_noise, estimate_footprints
from safemob.individual.ground.trajectory import TrajectorySmoother
from safemob.site import CameraModel
from safemob.taxonomy import RoadUserClass
from safemob.units import Pixels

_SPEEDS = {
    RoadUserClass.PEDESTRIAN: 1.4,
    RoadUserClass.CYCLIST: 5.0,
    RoadUserClass.CAR: 9.0,
    RoadUserClass.TRUCK: 8.0,
}
_DRIVES, _SECONDS, _SEED = 60, 5.0, 0
_JITTER_S = 0.05
_CHI2_90 = 4.605


def make_camera() -> Camera:
    """8 m above the ground, 25° down, 900 px of focal length in 1280 × 720."""
    pitch = np.radians(25.0)
    forward = np.array([0.0, np.cos(pitch), -np.sin(pitch)])
    right = np.array([1.0, 0.0, 0.0])
    turn = Rotation.from_matrix(np.stack([right, np.cross(forward, right), forward])).as_rotvec()
    return Camera(
        CameraModel(
            width_px=1280,
            height_px=720,
            focal_px=Pixels(900.0),
            principal_point_px=(640.0, 360.0),
            distortion=(0.0, 0.0, 0.0, 0.0, 0.0),
            rotation_vector=(float(turn[0]), float(turn[1]), float(turn[2])),
            position_m=(0.0, -20.0, 8.0),
        )
    )


def draw_box(camera: Camera, kind: RoadUserClass, place: Floats, heading: float, size: Floats) -> Floats:
    """(4,) the box that a body shows."""
    body = CORNERS[kind] * size
    cosine, sine = np.cos(heading), np.sin(heading)
    turned = np.stack([cosine * body[:, 0] - sine * body[:, 1], sine * body[:, 0] + cosine * body[:, 1]], axis=1)
    pixels = camera.project(np.column_stack([place + turned, body[:, 2]]))
    return np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])


def drive(camera: Camera, frame_rate: float, random: np.random.Generator, errors: dict[str, list[float]]) -> None:
    """One road user on its way; adds its errors."""
    kind = list(_SPEEDS)[random.integers(len(_SPEEDS))]
    size = np.maximum(SIZE_MEANS[kind] + random.normal(size=3) * SIZE_SDS[kind], 0.2)
    turn_rate = float(random.choice([0.0, 0.3, -0.3])) * (kind is not RoadUserClass.PEDESTRIAN)
    times = np.arange(int(_SECONDS * frame_rate)) / frame_rate
    headings = random.uniform(-np.pi, np.pi) + turn_rate * times
    velocities = _SPEEDS[kind] * np.stack([np.cos(headings), np.sin(headings)], axis=1)
    places = np.cumsum(velocities / frame_rate, axis=0)
    places += np.array([0.0, 5.0]) - places[len(places) // 2]
    smoother, states, jitter = TrajectorySmoother(), [], np.zeros(4)
    keep = np.exp(-1 / frame_rate / _JITTER_S)
    ids, classes, nobody = np.array([1]), np.array([int(kind)]), np.zeros(0, dtype=np.int64)
    for row, time_s in enumerate(times.tolist()):
        box = draw_box(camera, kind, places[row], float(headings[row]), size)
        if not np.isfinite(box).all():
            continue
        jitter = keep * jitter + np.sqrt(1 - keep**2) * random.normal(size=4) * box_noise(box[None])[0]
        seen = box + jitter
        middle = (seen[0] + seen[2]) / 2
        for name, height in (("bottom centre", seen[3]), ("box centre", (seen[1] + seen[3]) / 2)):
            place = camera.to_ground(np.array([middle, height]))
            errors[name].append(float(np.linalg.norm(place - places[row])))
        found = estimate_footprints(seen[None], classes, camera, smoother.expect(time_s, ids, classes))
        states += smoother.update(time_s, ids, classes, found, nobody)
    for each in (*states, *smoother.flush()):
        if len(each):
            row = int(np.searchsorted(times, each.time_s))
            off, off_speed = each.positions[0] - places[row], each.velocities[0] - velocities[row]
            spread = each.covariances[0]
            errors["footprint"].append(float(np.linalg.norm(off)))
            errors["velocity"].append(float(np.linalg.norm(off_speed)))
            errors["inside 90 %"].append(float(off @ np.linalg.inv(spread[:2, :2]) @ off < _CHI2_90))
            errors["velocity inside 90 %"].append(
                float(off_speed @ np.linalg.inv(spread[2:, 2:]) @ off_speed < _CHI2_90)
            )


def main() -> None:
    """Print the table and write results/footprint.json."""
    camera, table = make_camera(), {}
    for frame_rate in (5.0, 12.5, 25.0):
        random, errors = np.random.default_rng(_SEED), defaultdict[str, list[float]](list)
        for _ in range(_DRIVES):
            drive(camera, frame_rate, random, errors)
        table[f"{frame_rate:g} frames/s"] = {
            "position MAE, m": float(np.mean(errors["footprint"])),
            "bottom centre MAE, m": float(np.mean(errors["bottom centre"])),
            "box centre MAE, m": float(np.nanmean(errors["box centre"])),
            "velocity RMSE, m/s": float(np.sqrt(np.mean(np.square(errors["velocity"])))),
            "positions inside 90 % ellipse": float(np.mean(errors["inside 90 %"])),
            "velocities inside 90 % ellipse": float(np.mean(errors["velocity inside 90 %"])),
        }
    for name, row in table.items():
        print(name)
        for what, value in row.items():
            print(f"  {what:32s} {value:6.3f}")
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}",
        "drives": _DRIVES,
        "table": {name: {what: round(value, 3) for what, value in row.items()} for name, row in table.items()},
    }
    path = Path(__file__).parent / "results" / "footprint.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
