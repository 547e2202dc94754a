"""Reference drives at an intersection in Ingolstadt: where a camera saw a car, and where the car measured itself.

The data are those of EFS TrafficMonitoring (Elektronische Fahrwerksysteme, Apache-2.0): per frame the centre of the
car's box, projected to the ground ("naive"), and its position as their segmentation refined it; from the car an INS
with dGPS at 100 Hz. Times follow their evaluation: frame number ÷ 30 after the start of the recording, local time one
hour ahead of UTC, 18 leap seconds.

The projection behind the naive positions is not in the data, and is not that of the calibration points: these belong to
a picture with another zoom. But box centres are whole pixels, so under the right homography every step of every
track is a whole number of pixels; that recovers the projection up to a shift, and the shift matters little: what counts
is where the camera stands, and the homography of the ground tells that wherever the picture's centre is taken to be.
"""

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from glob import escape
from pathlib import Path

import cv2
import numpy as np
import pyproj
from results import SHARED
from scipy.optimize import least_squares

from safemob.individual.arrays import Floats

__all__ = ["FOLDER", "FRAME_PX", "Drive", "apply_homography", "read_drives", "read_points", "recover_projection"]

FOLDER = SHARED / "trajectories" / "efs_ingolstadt"
FRAME_PX = (1920, 1080)

_FRAME_RATE = 30.0
_LEAP_SECONDS = 18
_LOCAL_AHEAD = timedelta(hours=1)
_GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
_ZONE = "EPSG:32632"
_LARGEST_STEP_PX, _ROUNDS, _TOLERANCE_PX = 12.0, 6, 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """One drive, all places in metres east and north of the calibration points' middle.

    Attributes:
        name: of the recording.
        times_s: (N,) of frames, since the recording's start.
        naive: (N, 2) projected box centres.
        refined: (N, 2) published refined positions, of the INS's place in the car; NaN where there are none.
        reference: (N, 2) the INS's place at these times.
        velocities: (N, 2) as measured by the INS, m/s.
        headings: (N,) of the car, rad, counter-clockwise from grid east.
    """

    name: str
    times_s: Floats
    naive: Floats
    refined: Floats
    reference: Floats
    velocities: Floats
    headings: Floats


def read_points() -> tuple[Floats, Floats, Floats]:
    """(K, 2) pixels of the calibration points in their picture, (K, 2) their places, and (2,) the places' origin."""
    rows = np.genfromtxt(FOLDER / "calibration" / "frame0.png.points", delimiter=",", skip_header=1)
    origin = rows[:, :2].mean(axis=0)
    return rows[:, 2:4] * [1.0, -1.0], rows[:, :2] - origin, origin


def read_drives(origin: Floats) -> list[Drive]:
    """All drives with a reference, in order of name."""
    return [_read_drive(path, origin) for path in sorted((FOLDER / "matching").glob("*_matching.csv"))]


def _read_drive(matching: Path, origin: Floats) -> Drive:
    (match,) = _read_csv(matching)
    name = matching.name.removesuffix("_matching.csv")
    rows = [
        row
        for row in _read_csv(FOLDER / "trajectories" / f"{name}_trajectories.csv")
        if row["track_id"] == match["relevant_track_id"] and row["coordinate_world_x"]
    ]
    times = np.array([int(row["frame_id"]) for row in rows]) / _FRAME_RATE
    naive, refined = (
        np.array([[float(row[f"coordinate_world_{axis}{kind}"] or "nan") for axis in "xy"] for row in rows]) - origin
        for kind in ("", "_opt")
    )
    (path,) = (FOLDER / "ins_reference").glob(escape(match["measurement_prefix"].strip()) + "*")
    ins = {
        key: np.array([float(row[key]) for row in _read_csv(path) if row["pos_x"]])
        for key in ("week", "gps_tow", "pos_x", "pos_y", "vel_x", "vel_y", "rpy_z")
    }
    start = datetime.fromisoformat(match["start_timestamp"]).replace(tzinfo=UTC) - _LOCAL_AHEAD
    start_s = (start - _GPS_EPOCH).total_seconds() + _LEAP_SECONDS - ins["week"][0] * 7 * 86400
    east, north = pyproj.Transformer.from_crs("EPSG:4326", _ZONE, always_xy=True).transform(
        np.degrees(ins["pos_x"]), np.degrees(ins["pos_y"])
    )
    turn = np.radians(
        pyproj.Proj(_ZONE).get_factors(np.degrees(ins["pos_x"][0]), np.degrees(ins["pos_y"][0])).meridian_convergence
    )
    course = np.arctan2(ins["vel_x"], ins["vel_y"]) + turn  # the INS's axes are north and east
    speed = np.hypot(ins["vel_x"], ins["vel_y"])

    def at_frames(values: Floats) -> Floats:
        at: Floats = np.interp(start_s + times, ins["gps_tow"], values)
        return at

    return Drive(
        name=name,
        times_s=times,
        naive=naive,
        refined=refined,
        reference=np.column_stack([at_frames(east), at_frames(north)]) - origin,
        velocities=np.column_stack([at_frames(speed * np.cos(course)), at_frames(speed * np.sin(course))]),
        headings=at_frames(np.unwrap(np.pi / 2 - ins["rpy_z"] + turn)),
    )


def recover_projection(pixels: Floats, places: Floats, origin: Floats) -> Floats:
    """(3, 3) homography from places to the pixels of the recordings, from the grid on which box centres lie.

    Args:
        pixels: (K, 2) of the calibration points in their picture, near enough to begin from.
        places: (K, 2) of the calibration points.
        origin: of the places.

    Raises:
        ValueError: if the steps of the tracks are not whole pixels under any homography found.
    """
    begin = np.asarray(cv2.findHomography(places, pixels)[0], dtype=np.float64)
    tracks: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for path in sorted((FOLDER / "trajectories").glob("*.csv")):
        for row in _read_csv(path):
            if row["coordinate_world_x"]:
                place = (float(row["coordinate_world_x"]), float(row["coordinate_world_y"]))
                tracks[path.name, row["track_id"]].append(place)
    seen = [apply_homography(begin, np.array(track) - origin) for track in tracks.values()]
    before = np.concatenate([track[:-1] for track in seen])
    after = np.concatenate([track[1:] for track in seen])
    moved = np.abs(after - before)
    use = (moved.max(axis=1) < _LARGEST_STEP_PX) & (moved.max(axis=1) > 0)
    before, after = before[use], after[use]

    def step(parameters: Floats) -> Floats:
        change = _unpack(parameters)
        return apply_homography(change, after) - apply_homography(change, before)

    parameters = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    scales = np.linspace(0.9, 1.1, 201)
    parameters[[0, 3]] = scales[np.argmax([np.cos(2 * np.pi * scale * (after - before)).mean() for scale in scales])]
    for _ in range(_ROUNDS):
        whole = np.round(step(parameters))
        found = least_squares(_miss, parameters, args=(step, whole), loss="soft_l1", f_scale=0.05)
        parameters = found.x
    off = np.abs(step(parameters) - np.round(step(parameters)))
    if np.quantile(off, 0.99) > _TOLERANCE_PX:
        msg = f"the box centres of {FOLDER} lie on no pixel grid: one step in a hundred is off by {off.max():.2g} px"
        raise ValueError(msg)
    homography = _unpack(parameters) @ begin
    return _centre(apply_homography(homography, places), pixels) @ homography


def _read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _miss(parameters: Floats, step: Callable[[Floats], Floats], whole: Floats) -> Floats:
    return (step(parameters) - whole).ravel()


def _unpack(parameters: Floats) -> Floats:
    """A homography that keeps the origin where it is, of six numbers near 1, 0, 0, 1, 0, 0."""
    a, b, c, d, e, f = parameters
    return np.array([[a, b, 0.0], [c, d, 0.0], [e * 1e-4, f * 1e-4, 1.0]])


def _centre(shown: Floats, pixels: Floats) -> Floats:
    """(3, 3) shift after which points shown differ from their pixels by a zoom about the picture's middle."""
    middle = np.array(FRAME_PX) / 2
    apart, spread = shown - shown.mean(axis=0), pixels - pixels.mean(axis=0)
    zoom = np.sum(apart * spread) / np.sum(np.square(spread))
    by = middle + zoom * (pixels.mean(axis=0) - middle) - shown.mean(axis=0)
    return np.array([[1.0, 0.0, by[0]], [0.0, 1.0, by[1]], [0.0, 0.0, 1.0]])


def apply_homography(homography: Floats, points: Floats) -> Floats:
    """(N, 2) images of points."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return mapped[:, :2] / mapped[:, 2:]
