"""Position and speed from simulated boxes: the pipeline's footprints and smoother against simpler ways.

Bodies drawn from the size priors drive straight or in curves before cameras from 5 to 33 m up; their boxes jitter like
a detector's, correlated over frames. No camera and no class is favoured: every way is judged on the same boxes, and the
fixed offsets that it is compared with are fitted to each camera and class, on drives of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from results import Cell, Table, publish
from scipy.optimize import minimize_scalar
from simulated_drives import (
    DRIVES,
    FARTHEST_M,
    JITTER_S,
    SECONDS,
    SMALLEST_PX,
    SPEEDS,
    Drives,
    make_camera,
    simulate,
)

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.individual.ground.body import SIZE_MEANS
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.footprint import Expectation, estimate_footprints
from safemob.individual.ground.trajectory import TrajectorySmoother
from safemob.taxonomy import RoadUserClass

_CAMERAS: Final = {  # height in m, pitch in degrees, focal length in px of a frame of 1280 × 720
    "5 m up, 15° down": (5.0, 15.0, 900.0),
    "8 m up, 25° down": (8.0, 25.0, 900.0),
    "12 m up, 20° down": (12.0, 20.0, 1400.0),
    "20 m up, 45° down": (20.0, 45.0, 1000.0),
    "33 m up, 35° down": (33.0, 35.0, 1600.0),
}
_SEED, _SEED_OF_FIT = 0, 1
_RATE_HZ, _OTHER_RATES_HZ = 12.5, (5.0, 25.0)
_CHI2_90: Final = 4.605
_OFFSETS_M: Final = (-4.0, 12.0)
_AT_ONCE: Final = 200
"""Boxes looked at together: more would only cost memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How far off M estimates of one way are: (M,) m, and (M,) whether the truth lies inside the 90 % ellipse."""

    off: Floats
    inside: Bools | None = None


ByWay = Mapping[str, Mapping[int, Judged]]
"""What every way gives before one camera, by class."""


def main() -> None:
    """Simulate, judge, publish."""
    cameras = {name: make_camera(*setting) for name, setting in _CAMERAS.items()}
    runs = {name: simulate(camera, _RATE_HZ, _SEED) for name, camera in cameras.items()}
    tracks = {name: judge_track(run) for name, run in runs.items()}
    offsets = {name: fit_offsets(simulate(camera, _RATE_HZ, _SEED_OF_FIT)) for name, camera in cameras.items()}
    judged = {name: judge(run, offsets[name]) | {"track": tracks[name][0]} for name, run in runs.items()}
    blocks = [judge(simulate(camera, _RATE_HZ, _SEED, blocks=True), offsets[name]) for name, camera in cameras.items()]
    rates = {_RATE_HZ: list(tracks.values())} | {
        rate_hz: [judge_track(simulate(camera, rate_hz, _SEED)) for camera in cameras.values()]
        for rate_hz in _OTHER_RATES_HZ
    }
    publish(
        "footprint",
        "Position from one box, and position and speed from a track of boxes, on simulated drives before five cameras:"
        " the pipeline's estimate against box centres, lower edges and fixed offsets.",
        [
            _tabulate_classes(list(judged.values())),
            _tabulate_blocks(blocks),
            _tabulate_cameras(judged),
            _tabulate_rates(rates),
        ],
    )


def fit_offsets(drives: Drives) -> Floats:
    """(classes,) shift of the lower edge's middle away from the camera that leaves the least mean error, m."""
    boxes, classes, truth = _flatten(drives)
    offsets = np.zeros(len(RoadUserClass))
    for kind in SPEEDS:
        rows = classes == kind

        def miss(offset: float, rows: Bools = rows) -> float:
            return float(np.nanmean(_off(_shift(boxes[rows], drives.camera, offset), truth[rows])))

        offsets[kind] = minimize_scalar(miss, bounds=_OFFSETS_M, method="bounded").x
    return offsets


def judge(drives: Drives, offsets: Floats) -> dict[str, dict[int, Judged]]:
    """Every way's estimates from single boxes, by class, on the same boxes."""
    boxes, classes, truth = _flatten(drives)
    half = (SIZE_MEANS[:, 0] + SIZE_MEANS[:, 1]) / 4
    middle = drives.camera.to_ground((boxes[:, :2] + boxes[:, 2:]) / 2)
    ways = {
        "box centre": Judged(off=_off(middle, truth)),
        "lower edge": Judged(off=_off(_shift(boxes, drives.camera, 0.0), truth)),
        "+ half a body": Judged(off=_off(_shift(boxes, drives.camera, half[classes]), truth)),
        "+ fitted offset": Judged(off=_off(_shift(boxes, drives.camera, offsets[classes]), truth)),
    }
    return {name: _split(each, classes) for name, each in ways.items()} | {"one box": judge_one_box(drives)}


def judge_one_box(drives: Drives) -> dict[int, Judged]:
    """The pipeline's estimate from the class alone, heading unknown."""
    boxes, classes, truth = _flatten(drives)
    offs, spreads = [], []
    for begin in range(0, len(boxes), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        found = estimate_footprints(boxes[some], classes[some], drives.camera, Expectation.of_classes(classes[some]))
        offs.append(found.positions - truth[some])
        spreads.append(found.noise + found.bias)
    off = np.concatenate(offs)
    return _split(Judged(off=_length(off), inside=_inside(off, np.concatenate(spreads))), classes)


def judge_track(drives: Drives) -> tuple[dict[int, Judged], dict[int, Judged]]:
    """The pipeline's positions and velocities after smoothing, by class."""
    smoother, given = TrajectorySmoother(), []
    nobody = np.zeros(0, dtype=np.int64)
    for time_s, boxes in zip(drives.times.tolist(), drives.boxes, strict=True):
        ids = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        classes = drives.classes[ids]
        expected = smoother.expect(time_s, ids, classes)
        found = estimate_footprints(boxes[ids], classes, drives.camera, expected)
        given += smoother.update(time_s, ids, classes, found, nobody)
    given += smoother.flush()
    positions, velocities, spreads, users = [], [], [], []
    for states in given:
        row = int(np.searchsorted(drives.times, states.time_s))
        seen = states.observed
        users.append(states.ids[seen])
        positions.append(states.positions[seen] - drives.positions[row, states.ids[seen]])
        velocities.append(states.velocities[seen] - drives.velocities[row, states.ids[seen]])
        spreads.append(states.covariances[seen])
    off, off_speed, spread = np.concatenate(positions), np.concatenate(velocities), np.concatenate(spreads)
    classes = drives.classes[np.concatenate(users)]
    return (
        _split(Judged(off=_length(off), inside=_inside(off, spread[:, :2, :2])), classes),
        _split(Judged(off=_length(off_speed), inside=_inside(off_speed, spread[:, 2:, 2:])), classes),
    )


def _flatten(drives: Drives) -> tuple[Floats, Ints, Floats]:
    """The whole boxes of all frames, their classes and true places."""
    whole = np.isfinite(drives.boxes).all(axis=-1)
    classes = np.broadcast_to(drives.classes, whole.shape)
    return drives.boxes[whole], classes[whole], drives.positions[whole]


def _shift(boxes: Floats, camera: Camera, offset: float | Floats) -> Floats:
    """(M, 2) the lower edge's middle on the ground, moved away from the camera."""
    contact = camera.to_ground(np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1))
    away = contact - camera.position[:2]
    shifted: Floats = contact + away / _length(away)[:, None] * np.broadcast_to(offset, len(boxes))[:, None]
    return shifted


def _off(positions: Floats, truth: Floats) -> Floats:
    return _length(positions - truth)


def _length(vectors: Floats) -> Floats:
    length: Floats = np.linalg.norm(vectors, axis=-1)
    return length


def _inside(off: Floats, spread: Floats) -> Bools:
    inside: Bools = np.einsum("ni,nij,nj->n", off, np.linalg.inv(spread), off) < _CHI2_90
    return inside


def _split(judged: Judged, classes: Ints) -> dict[int, Judged]:
    return {
        int(kind): replace(
            judged,
            off=judged.off[classes == kind],
            inside=None if judged.inside is None else judged.inside[classes == kind],
        )
        for kind in SPEEDS
    }


def _mean_off(judged: Sequence[Judged]) -> float:
    return round(float(np.nanmean(np.concatenate([each.off for each in judged]))), 2)


def _share_inside(judged: Sequence[Judged]) -> float:
    inside = [each.inside for each in judged if each.inside is not None]
    return round(100 * float(np.mean(np.concatenate(inside))), 1)


def _tabulate_classes(cameras: Sequence[ByWay]) -> Table:
    rows: list[list[Cell]] = []
    for kind in SPEEDS:
        by_way = {way: [camera[way][kind] for camera in cameras] for way in cameras[0]}
        inside = (_share_inside(by_way[way]) for way in ("one box", "track"))
        rows.append([kind.label, *(_mean_off(judged) for judged in by_way.values()), *inside])
    return Table(
        title="Position error by class, all cameras",
        columns=[
            "class",
            *(f"{way}, m" for way in cameras[0]),
            "one box, in 90 % ellipse, %",
            "track, in 90 % ellipse, %",
        ],
        rows=rows,
        note=f"Mean distance from the true centre; {DRIVES} drives of {SECONDS:g} s per class and camera at"
        f" {_RATE_HZ:g} frames/s. Half a body: a quarter of mean length and width together. Fitted offset: the best"
        " shift along the viewing ray for each camera and class, from other drives, which no real site has. One box:"
        " the pipeline's estimate without any history, to be compared with the four ways before it; track: the same"
        " boxes, headings and sizes learnt under way, smoothed. The camera is known exactly and bodies have the shapes"
        " that the estimate assumes: this tells what noise, unknown sizes and unknown headings cost, not how true the"
        " shapes are.",
    )


def _tabulate_blocks(cameras: Sequence[ByWay]) -> Table:
    return Table(
        title="Position error by class if bodies were plain blocks, all cameras",
        columns=["class", *(f"{way}, m" for way in cameras[0])],
        rows=[
            [kind.label, *(_mean_off([camera[way][kind] for camera in cameras]) for way in cameras[0])]
            for kind in SPEEDS
        ],
        note="As before, but users are upright blocks of their size, and nobody is told: neither the estimate, nor the"
        " fitted offsets.",
    )


def _tabulate_cameras(cameras: Mapping[str, ByWay]) -> Table:
    rows: list[list[Cell]] = []
    for name, ways in cameras.items():
        by_way = {way: [judged[kind] for kind in SPEEDS] for way, judged in ways.items()}
        rows.append(
            [name, *(_mean_off(judged) for judged in by_way.values()), _share_inside(by_way["track"])],
        )
    return Table(
        title="Position error by camera, all classes",
        columns=[
            "camera",
            *(f"{way}, m" for way in next(iter(cameras.values()))),
            "track, in 90 % ellipse, %",
        ],
        rows=rows,
        note=f"Places are spread evenly over the ground in view up to {FARTHEST_M:g} m, as far as a pixel covers no"
        f" more than the pipeline admits and users are {SMALLEST_PX:g} px tall at least.",
    )


def _tabulate_rates(rates: Mapping[float, Sequence[tuple[Mapping[int, Judged], Mapping[int, Judged]]]]) -> Table:
    rows: list[list[Cell]] = []
    for rate_hz, tracks in sorted(rates.items()):
        places = [each for positions, _ in tracks for each in positions.values()]
        speeds = [each for _, velocities in tracks for each in velocities.values()]
        squares = np.square(np.concatenate([each.off for each in speeds]))
        rows.append(
            [
                f"{rate_hz:g}",
                _mean_off(places),
                _share_inside(places),
                round(float(np.sqrt(np.mean(squares))), 2),
                _share_inside(speeds),
            ]
        )
    return Table(
        title="Track by frame rate, all classes and cameras",
        columns=[
            "frames/s",
            "position MAE, m",
            "positions in 90 % ellipse, %",
            "velocity RMSE, m/s",
            "velocities in 90 % ellipse, %",
        ],
        rows=rows,
        note=f"After smoothing. Boxes jitter with a correlation time of {JITTER_S:g} s.",
    )


if __name__ == "__main__":
    main()
