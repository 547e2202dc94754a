"""The picture with the grid: what is drawn lies where the camera sees it."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from safemob.calibration.grid import draw_grid, write_grid
from safemob.calibration.pose import Solved
from safemob.calibration.sampling import compute_sampling
from safemob.calibration.view import View, read_view
from safemob.errors import OutputError, VideoError
from safemob.individual.arrays import Image
from safemob.individual.ground.camera import Camera
from safemob.units import Pixels


@pytest.fixture
def grey() -> Image:
    return np.full((720, 1280, 3), 128, np.uint8)


@pytest.fixture
def view(grey: Image, tmp_path: Path) -> View:
    path = tmp_path / "frame.png"
    cv2.imwrite(str(path), grey)
    return read_view(path)


def test_coarse_lines_run_where_the_ground_is_a_multiple_of_five_metres(grey: Image, solved: Solved) -> None:
    drawn = draw_grid(grey, solved.camera, solved.points).astype(int)
    on, off = Camera(solved.camera).project(np.array([[-2.5, 15.0, 0.0], [-2.5, 15.5, 0.0]]))
    yellow = drawn[..., 2] - drawn[..., 0]
    assert _around(yellow, on).max() > 50
    assert _around(yellow, off).max() < 20


def test_horizon_is_drawn_where_rays_run_level(grey: Image, solved: Solved) -> None:
    wider = replace(solved.camera, focal_px=Pixels(600.0))
    drawn = draw_grid(grey, wider, solved.points).astype(int)
    levels = [abs(Camera(wider).rays(np.array([1000.0, row]))[2]) for row in range(150)]
    blue = drawn[:150, 1000, 0] - drawn[:150, 1000, 2]
    assert blue.max() > 100
    assert abs(int(blue.argmax()) - int(np.argmin(levels))) <= 1


def test_the_picture_given_is_left_as_it_was(grey: Image, solved: Solved) -> None:
    draw_grid(grey, solved.camera, solved.points)
    assert (grey == 128).all()


def test_picture_is_written_whole(view: View, solved: Solved, tmp_path: Path) -> None:
    path = tmp_path / "new" / "grid.png"
    write_grid(view, solved.camera, solved.points, path)
    written = cv2.imread(str(path))
    assert np.array_equal(np.asarray(written), draw_grid(view.image, solved.camera, solved.points))
    assert [p.name for p in path.parent.iterdir()] == ["grid.png"]


def test_picture_that_cannot_be_written_is_an_error(view: View, solved: Solved, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"frame\.png.* cannot be written"):
        write_grid(view, solved.camera, solved.points, tmp_path / "frame.png" / "grid.png")


@pytest.mark.parametrize("name", ["missing.png", "empty.png"])
def test_what_is_no_picture_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(VideoError, match=name):
        read_view(tmp_path / name)


def test_one_pixel_covers_more_road_farther_away(solved: Solved) -> None:
    near, far, behind = compute_sampling(solved.camera, [12.0, 40.0, 2.0])
    assert near is not None
    assert far is not None
    # Along the sight line a pixel covers distance² + height² over focal length × height, at the axis.
    assert near == pytest.approx((12.0**2 + 7.0**2) / (1004.6 * 7.0), rel=0.1)
    assert far > 5 * near
    assert behind is None


def _around(
    picture: np.ndarray[tuple[int, ...], np.dtype[np.int64]], pixel: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    u, v = (round(float(x)) for x in pixel)
    return picture[v - 1 : v + 2, u - 1 : u + 2]
