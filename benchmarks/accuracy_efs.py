"""Position, speed and heading against reference drives: the pipeline's estimator on published box centres.

See `ingolstadt` for the data. No parameter is fitted on a drive that it is reported on, though outlines of a car were
compared on them: the camera is solved from the
calibration points (where the projection of the recordings shows them, with the uncertainty of the pixels that were
clicked), the estimator is the one of `safemob analyse`, and the antenna's place in the car is the one that
the authors of the data use, two thirds of the length behind the front.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ingolstadt import FOLDER, FRAME_PX, Drive, apply_homography, read_drives, read_points, recover_projection
from results import Cell, Table, publish

from safemob.calibration.pose import Solved, solve_camera
from safemob.individual.arrays import Bools, Floats
from safemob.individual.ground.body import SIZE_MEANS
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.fit import show_boxes
from safemob.individual.ground.footprint import estimate_footprints_of_centres
from safemob.individual.ground.trajectory import TrajectorySmoother
from safemob.site import ReferencePoint
from safemob.taxonomy import RoadUserClass

__all__ = ["Errors", "judge_drive", "solve_pose"]

_CAR = np.array([int(RoadUserClass.CAR)])
_SIZE = SIZE_MEANS[RoadUserClass.CAR]
_ANTENNA_M = float(_SIZE[0]) * (2 / 3 - 1 / 2)
"""How far behind the car's middle its position was taken (EFS TrafficMonitoring, position_estimation)."""
_CHI2_90 = 4.605
_MOVING_MPS = 0.5
_EVERY_M = 8.0
"""Between places of other drives that serve as further reference points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What is wrong with one drive's estimates, one row per frame; positions are those of the car's middle."""

    offsets: Floats
    rays: Floats
    speeds: Floats
    headings: Floats
    inside: Bools
    velocity_inside: Bools
    moving: Bools

    @property
    def distances(self) -> Floats:
        """(N,) m."""
        distances: Floats = np.hypot(self.offsets[:, 0], self.offsets[:, 1])
        return distances


def main() -> None:
    """Print the tables and write results/accuracy_efs.json."""
    if not FOLDER.is_dir():
        print(f"This benchmark needs the reference drives in {FOLDER}, which are not part of the project.")
        sys.exit()
    pixels, places, origin = read_points()
    homography = recover_projection(pixels, places, origin)
    shown = apply_homography(homography, places)
    drives = read_drives(origin)
    camera = solve_pose(shown, places)
    clicked = np.array(solve_pose(pixels, places).camera.covariance)
    plain = [judge_drive(drive, homography, camera, clicked) for drive in drives]
    helped = []
    for drive in drives:
        others = [_list_points(other, homography, Camera(camera.camera)) for other in drives if other is not drive]
        more_pixels, more_places = (np.concatenate(each) for each in zip(*others, strict=True))
        better = solve_pose(np.concatenate([shown, more_pixels]), np.concatenate([places, more_places]))
        helped.append(judge_drive(drive, homography, better, np.array(better.camera.covariance)))
    publish(
        "accuracy_efs",
        "Positions, speeds and headings of one car on nine drives through an intersection in Ingolstadt, from "
        "published box centres, against the car's INS with dGPS.",
        [
            _compare(drives, camera, plain, helped),
            _list_drives(drives, plain),
            _list_drives(drives, helped, again=True),
        ],
    )


def solve_pose(pixels: Floats, places: Floats) -> Solved:
    """The camera from (K, 2) pixels of (K, 2) places on the ground, m."""
    points = [
        ReferencePoint(name=str(k), pixel=(float(u), float(v)), ground_m=(float(x), float(y), 0.0))
        for k, ((u, v), (x, y)) in enumerate(zip(pixels, places, strict=True))
    ]
    return solve_camera(points, FRAME_PX)


def _centre(drive: Drive) -> Floats:
    """(N, 2) the car's middle, from its antenna."""
    ahead = np.column_stack([np.cos(drive.headings), np.sin(drive.headings)])
    return drive.reference + _ANTENNA_M * ahead


def judge_drive(drive: Drive, homography: Floats, solved: Solved, covariance: Floats) -> Errors:
    """What the estimator makes of a drive, against its reference.

    Args:
        drive: with its naive positions.
        homography: (3, 3) places to pixels, as the naive positions were made with.
        solved: the camera.
        covariance: (7, 7) of the camera's parameters.
    """
    camera = Camera(solved.camera)
    smoother, states, ids, nobody = TrajectorySmoother(), [], np.array([1]), np.zeros(0, dtype=np.int64)
    for time_s, centre in zip(drive.times_s.tolist(), apply_homography(homography, drive.naive), strict=True):
        expected = smoother.expect(time_s, ids, _CAR)
        found = estimate_footprints_of_centres(centre[None], _CAR, camera, expected, covariance)
        states += smoother.update(time_s, ids, _CAR, found, nobody)
    states = [each for each in (*states, *smoother.flush()) if len(each)]
    rows = np.searchsorted(drive.times_s, [each.time_s for each in states])
    velocities = np.concatenate([each.velocities for each in states])
    spread = np.concatenate([each.covariances for each in states])
    middle = _centre(drive)[rows]
    offsets = np.concatenate([each.positions for each in states]) - middle
    off_velocity = velocities - drive.velocities[rows]
    rays = middle - camera.position[:2]
    turned = np.concatenate([each.headings for each in states]) - drive.headings[rows]
    true_speeds = np.hypot(*drive.velocities[rows].T)
    return Errors(
        offsets=offsets,
        rays=rays / np.linalg.norm(rays, axis=1, keepdims=True),
        speeds=np.hypot(*velocities.T) - true_speeds,
        headings=np.degrees((turned + np.pi) % (2 * np.pi) - np.pi),
        inside=_lies_inside(offsets, spread[:, :2, :2]),
        velocity_inside=_lies_inside(off_velocity, spread[:, 2:, 2:]),
        moving=true_speeds > _MOVING_MPS,
    )


def _lies_inside(offsets: Floats, covariances: Floats) -> Bools:
    """(N,) whether truth lies in the 90 % ellipse."""
    inside: Bools = np.einsum("ni,nij,nj->n", offsets, np.linalg.inv(covariances), offsets) < _CHI2_90
    return inside


def _list_points(drive: Drive, homography: Floats, camera: Camera) -> tuple[Floats, Floats]:
    """(K, 2) pixels and (K, 2) places of ground points that a drive gives: the middle of the car, every few metres.

    What is seen is the middle of its box; the pixel of the ground point below follows from a body of mean size.
    """
    middle = _centre(drive)
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1))])
    rows = np.searchsorted(way, np.arange(_EVERY_M / 4, way[-1], _EVERY_M))
    rows = rows[np.hypot(*drive.velocities[rows].T) > _MOVING_MPS]
    states = np.column_stack([middle[rows], drive.headings[rows], np.tile(_SIZE, (len(rows), 1))])
    boxes = show_boxes(states, np.repeat(_CAR, len(rows)), camera)
    below = camera.project(np.column_stack([middle[rows], np.zeros(len(rows))])) - (boxes[:, :2] + boxes[:, 2:]) / 2
    return apply_homography(homography, drive.naive[rows]) + below, middle[rows]


def _compare(drives: Sequence[Drive], solved: Solved, plain: Sequence[Errors], helped: Sequence[Errors]) -> Table:
    foot = Camera(solved.camera).position[:2]
    scaled = []
    for drive in drives:
        others = [other for other in drives if other is not drive]
        away = np.concatenate([other.naive for other in others]) - foot
        wanted = np.concatenate([other.reference for other in others]) - foot
        scale = np.sum(away * wanted) / np.sum(np.square(away))
        scaled.append(np.linalg.norm(foot + scale * (drive.naive - foot) - drive.reference, axis=1))
    ways = {
        "naive: box centre on the ground": [np.linalg.norm(d.naive - d.reference, axis=1) for d in drives],
        "naive, one scale fitted on other drives": scaled,
        "published refined positions": [np.linalg.norm(d.refined - d.reference, axis=1) for d in drives],
        "safemob": [each.distances for each in plain],
        "safemob, other drives as further calibration points": [each.distances for each in helped],
    }
    moving = [np.hypot(*drive.velocities.T) > _MOVING_MPS for drive in drives]
    rows: list[list[Cell]] = []
    for name, errors in ways.items():
        pooled, under_way = np.concatenate(errors), np.concatenate(moving)
        known = np.isfinite(pooled)
        rows.append(
            [
                name,
                round(float(pooled[known].mean()), 2),
                round(float(np.sqrt(np.mean(np.square(pooled[known])))), 2),
                round(float(np.mean([np.nanmean(each) for each in errors])), 2),
                round(float(pooled[known & under_way].mean()), 2),
            ]
        )
    return Table(
        title="Position against the reference",
        columns=("way", "MAE pooled, m", "RMSE pooled, m", "MAE, mean of drives, m", "MAE pooled, moving, m"),
        rows=rows,
        note="Pooled over frames: a drive that waits 21 s for a gap makes up 38 % of them. The published refined "
        "positions use segmentation masks, safemob only box centres. Published and naive positions are compared with "
        "the antenna, safemob's with the car's middle.",
    )


def _list_drives(drives: Sequence[Drive], errors: Sequence[Errors], *, again: bool = False) -> Table:
    rows = [[drive.name, *_sum_up(each, _difference(drive))] for drive, each in zip(drives, errors, strict=True)]
    differences = np.concatenate([_difference(drive) for drive in drives])
    pooled = Errors(**{name: np.concatenate([getattr(each, name) for each in errors]) for name in Errors.__slots__})
    return Table(
        title="By drive, other drives as further calibration points" if again else "By drive",
        columns=(
            "drive",
            "frames",
            "MAE, m",
            "RMSE, m",
            "along ray, m",
            "across ray, m",
            "speed RMSE, m/s",
            "by differences, m/s",
            "heading MAE moving, °",
            "90 % ellipse: position",
            "velocity",
        ),
        rows=[*rows, ["pooled", *_sum_up(pooled, differences)]],
        note="Along and across the viewing ray: mean error, positive away from the camera and to its left. "
        "By differences: finite differences of naive positions.",
    )


def _difference(drive: Drive) -> Floats:
    """(N,) errors of speeds from finite differences."""
    x, y = np.gradient(drive.naive, drive.times_s, axis=0).T
    errors: Floats = np.hypot(x, y) - np.hypot(drive.velocities[:, 0], drive.velocities[:, 1])
    return errors


def _sum_up(errors: Errors, differences: Floats) -> list[int | float]:
    x, y = errors.offsets.T
    along = x * errors.rays[:, 0] + y * errors.rays[:, 1]
    across = y * errors.rays[:, 0] - x * errors.rays[:, 1]
    return [
        len(along),
        round(float(errors.distances.mean()), 2),
        round(float(np.sqrt(np.mean(np.square(errors.distances)))), 2),
        round(float(along.mean()), 2),
        round(float(across.mean()), 2),
        round(float(np.sqrt(np.mean(np.square(errors.speeds)))), 2),
        round(float(np.sqrt(np.mean(np.square(differences)))), 2),
        round(float(np.abs(errors.headings[errors.moving]).mean()), 1),
        round(float(errors.inside.mean()), 2),
        round(float(errors.velocity_inside.mean()), 2),
    ]


if __name__ == "__main__":
    main()
