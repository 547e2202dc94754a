"""`safemob calibrate` from a video and a list of points to a site file that loads."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from safemob.adapters.site_file import load_site
from safemob.cli.calibrate import calibrate
from safemob.errors import ReferencePointError, SiteError, UsageError, VideoError


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """Points that a camera 6 m high, 25° down, sees in a 640×480 frame, written to a pixel."""
    down, focal, height = np.radians(25.0), 560.0, 6.0
    lines = ["name,u_px,v_px,x_m,y_m"]
    for name, x, y in (("a", -4, 8), ("b", 4, 9), ("c", 1, 14), ("d", -6, 20), ("e", 8, 24), ("f", 0, 35)):
        depth = y * np.cos(down) + height * np.sin(down)
        u = 320 + focal * x / depth
        v = 240 + focal * (height * np.cos(down) - y * np.sin(down)) / depth
        lines.append(f"{name},{u:.1f},{v:.1f},{x},{y}")
    path = tmp_path / "points.csv"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "junction.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for shade in (80, 90, 100):
            picture = av.VideoFrame.from_ndarray(np.full((480, 640, 3), shade, np.uint8), format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def _run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(calibrate)
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


def test_a_video_and_points_make_a_site_file_and_a_picture(video: Path, points: Path, tmp_path: Path) -> None:
    out = tmp_path / "sites" / "bridge-street.toml"
    result = _run(video, "--points", points, "--out", out, "--name", "Bridge Street")
    assert result.exit_code == 0, result.output
    site = load_site(out)
    assert (site.id, site.name, site.time_zone) == ("bridge-street", "Bridge Street", "Europe/Berlin")
    assert site.camera.position_m == pytest.approx((0.0, 0.0, 6.0), abs=0.1)
    assert np.asarray(cv2.imread(str(out.with_suffix(".grid.png")))).shape == (480, 640, 3)
    assert "root mean square" in result.output
    assert "one pixel covers" in result.output


def test_a_still_picture_does_as_well(points: Path, tmp_path: Path) -> None:
    still, grid = tmp_path / "still.png", tmp_path / "check.png"
    cv2.imwrite(str(still), np.full((480, 640, 3), 80, np.uint8))
    result = _run(still, "--points", points, "--out", tmp_path / "s.toml", "--grid", grid, "--focal-px", "560")
    assert result.exit_code == 0, result.output
    assert grid.is_file()
    assert load_site(tmp_path / "s.toml").fit.method.endswith("points.csv, focal length given")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--id", "Not An Id"), SiteError),
        (("--time-zone", "Mars/Base"), SiteError),
        (("--distortion", "0.1,0.2"), UsageError),
        (("--distortion", "a,b,c,d,e"), UsageError),
        (("--distortion", "nan,0,0,0,0"), UsageError),
    ],
)
def test_wrong_options_are_refused_and_write_nothing(
    video: Path, points: Path, tmp_path: Path, options: tuple[str, ...], error: type[Exception]
) -> None:
    out = tmp_path / "sites" / "s.toml"
    result = _run(video, "--points", points, "--out", out, *options)
    assert isinstance(result.exception, error)
    assert not out.parent.exists()


def test_a_video_that_is_none_is_refused(points: Path, tmp_path: Path) -> None:
    result = _run(points, "--points", points, "--out", tmp_path / "s.toml")
    assert isinstance(result.exception, VideoError)
    assert not (tmp_path / "s.toml").exists()


def test_pixels_of_a_larger_picture_are_refused(video: Path, points: Path, tmp_path: Path) -> None:
    points.write_text(points.read_text() + "\ng,1900,1000,3,3")
    result = _run(video, "--points", points, "--out", tmp_path / "s.toml")
    assert isinstance(result.exception, ReferencePointError)
    assert "outside the 640×480 frame" in str(result.exception)


def test_four_points_are_enough_but_said_to_be_few(video: Path, points: Path, tmp_path: Path) -> None:
    points.write_text("\n".join(points.read_text().splitlines()[i] for i in (0, 1, 2, 4, 5)))
    result = _run(video, "--points", points, "--out", tmp_path / "s.toml")
    assert result.exit_code == 0, result.output
    assert "Four points leave nothing to check the fit with" in result.output
    assert load_site(tmp_path / "s.toml").fit.leave_one_out_rms_m is None


def test_a_point_that_does_not_fit_is_named(video: Path, points: Path, tmp_path: Path) -> None:
    points.write_text(points.read_text().replace(",1,14", ",1.6,14.8"))
    result = _run(video, "--points", points, "--out", tmp_path / "s.toml")
    assert result.exit_code == 0, result.output
    assert "missed by more than 0.5 m" in result.output
    assert "Point 'c' does not agree with the others" in result.output
