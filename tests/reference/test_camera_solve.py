"""The solved camera against published calibrations and against markings on the road.

- EFS TrafficMonitoring, Ingolstadt: ten points, leave-one-out error of the published homography 0.25 m.
- OTVision's example junction near Dresden: five points (published fit within 0.24 m), and its own tracks on the ground.
"""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from safemob.adapters.site_file import load_site
from safemob.calibration.local_map import from_utm, to_site_metres
from safemob.calibration.pose import solve_camera
from safemob.calibration.reference_points import read_reference_points
from safemob.individual.ground.camera import Camera

_CALIBRATION = Path(__file__).resolve().parents[2] / "calibration"

# Both ends of the painted lines, pixel by pixel along two rows of dashes in the picture of that junction.
_DASHES = (
    [(148, 415, 248, 364), (313, 323, 375, 292), (416, 263, 463, 244), (485, 225, 521, 210), (539, 195, 567, 184)],
    [(8, 257, 72, 239), (121, 221, 175, 208), (211, 195, 252, 185), (281, 175, 314, 167), (336, 159, 365, 153)],
)


def test_ten_points_in_ingolstadt_leave_out_as_well_as_the_published_homography(shared_data: Path) -> None:
    path = shared_data / "trajectories" / "efs_ingolstadt" / "calibration" / "frame0.png.points"
    solved = solve_camera(read_reference_points(path).points, (1920, 1080))
    fit = solved.summarise("")
    assert fit.residual_rms_m == pytest.approx(0.172, abs=0.005)
    assert fit.leave_one_out_rms_m == pytest.approx(0.254, abs=0.01)
    assert solved.suspect is None


def test_five_points_of_otvision_give_the_committed_site(shared_data: Path) -> None:
    (path,) = (shared_data / "video" / "otvision").glob("*.otrfpts")
    solved = solve_camera(read_reference_points(path).points, (800, 600))
    site = load_site(_CALIBRATION / "otvision.toml")
    assert site.camera.position_m == pytest.approx(solved.camera.position_m, abs=1e-3)
    assert site.camera.focal_px == pytest.approx(solved.camera.focal_px, abs=0.01)
    assert site.reference_points == solved.points
    assert solved.residuals_m.max() < 0.30


@pytest.mark.parametrize("row", _DASHES)
def test_broken_lines_of_otvision_repeat_every_three_metres_and_are_half_painted(
    row: list[tuple[float, float, float, float]],
) -> None:
    camera = Camera(load_site(_CALIBRATION / "otvision.toml").camera)
    ends = camera.to_ground(np.array(row, dtype=np.float64).reshape(-1, 2)).reshape(-1, 2, 2)
    painted = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    period = np.linalg.norm(np.diff(ends[:, 0], axis=0), axis=1)
    assert painted == pytest.approx(np.full(len(painted), 1.5), abs=0.1)
    assert period.mean() == pytest.approx(3.0, abs=0.06)


def test_ground_positions_agree_with_otvisions_within_a_decimetre_up_to_sixty_metres(
    shared_data: Path,
) -> None:
    path = shared_data / "video" / "otvision" / "transform_Testvideo_Cars-Cyclist.gpkg"
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as database:
        table = '"Testvideo_Cars-Cyclist_FR20_2020-01-01_00-00-00"'
        rows = np.array(database.execute(f"SELECT x, y, lon_utm, lat_utm FROM {table}").fetchall())  # noqa: S608  (a constant)
    database.close()
    site = load_site(_CALIBRATION / "otvision.toml")
    camera = Camera(site.camera)
    # The reference points anchor OTVision's UTM in site coordinates: the same projection, about the same origin.
    (points_file,) = path.parent.glob("*.otrfpts")
    theirs = read_reference_points(points_file)
    latitudes, longitudes = from_utm(rows[:, 2].tolist(), rows[:, 3].tolist(), zone=32)
    metres, origin = to_site_metres(latitudes.tolist(), longitudes.tolist())
    assert theirs.origin is not None
    shift, _ = to_site_metres(
        [2 * origin.latitude_deg - theirs.origin.latitude_deg, theirs.origin.latitude_deg],
        [2 * origin.longitude_deg - theirs.origin.longitude_deg, theirs.origin.longitude_deg],
    )
    positions = metres - shift[1]
    near = np.linalg.norm(positions - camera.position[:2], axis=1) < 60
    apart = np.linalg.norm(camera.to_ground(rows[near, :2]) - positions[near], axis=1)
    assert near.sum() > 200
    assert np.percentile(apart, 95) < 0.12
