from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from road_clip import RoadClip, fit_site, lengthen

from safemob.adapters.site_file import load_site
from safemob.individual.ground.camera import Camera
from safemob.site import Site

TOP_PX, ROWS, SCALE = 24, 360, 3


@pytest.fixture
def site(project: Path) -> Site:
    return load_site(project / "calibration" / "strudl.toml")


@pytest.fixture
def fitted(site: Site) -> Site:
    return fit_site(site, top_px=TOP_PX, rows=ROWS, scale=SCALE)


def test_the_ground_is_seen_at_the_same_place_of_the_picture(site: Site, fitted: Site) -> None:
    ground = np.array([[x, y, z] for x in (-12.0, 0.0, 4.0) for y in (0.0, 8.0, 20.0) for z in (0.0, 1.7)])
    before = Camera(site.camera).project(ground)
    np.testing.assert_allclose(Camera(fitted.camera).project(ground), (before - [0, TOP_PX]) * SCALE, atol=1e-6)


def test_the_frame_is_that_of_the_enlarged_rows(fitted: Site) -> None:
    assert (fitted.camera.width_px, fitted.camera.height_px) == (1920, 1080)


def test_reference_points_move_along_and_those_cut_away_go(site: Site) -> None:
    first = site.reference_points[0]
    top_px = round(first.pixel[1]) - 1
    kept = fit_site(site, top_px=top_px, rows=2, scale=2).reference_points
    assert 0 < len(kept) < len(site.reference_points)
    assert kept[0].name == first.name
    np.testing.assert_allclose(kept[0].pixel, (2 * first.pixel[0], 2 * (first.pixel[1] - top_px)))


def test_the_focal_length_is_as_uncertain_as_before(site: Site, fitted: Site) -> None:
    assert site.camera.covariance is not None
    assert fitted.camera.covariance is not None
    before, after = np.array(site.camera.covariance), np.array(fitted.camera.covariance)
    assert after[0, 0] / fitted.camera.focal_px**2 == pytest.approx(before[0, 0] / site.camera.focal_px**2)
    assert after[0, 1] / fitted.camera.focal_px == pytest.approx(before[0, 1] / site.camera.focal_px)
    np.testing.assert_array_equal(after[1:, 1:], before[1:, 1:])


def test_a_longer_clip_repeats_its_pictures_at_an_even_pace(tmp_path: Path) -> None:
    video = tmp_path / "clip.mp4"
    greys = [20, 120, 220]
    with av.open(video, "w") as container:
        stream = container.add_stream("libx264", rate=21, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for index, grey in enumerate(greys):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), grey, np.uint8), format="bgr24")
            picture.pts, picture.time_base = index, Fraction(1, 21)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    longer = lengthen(RoadClip(video, tmp_path / "site.toml", len(greys)), 3)
    with av.open(longer.video) as container:
        pictures = list(container.decode(video=0))
    shown = [picture.to_ndarray(format="gray").mean() for picture in pictures]
    np.testing.assert_allclose(shown, greys * 3, atol=16)
    assert longer.frames == len(pictures)
    np.testing.assert_allclose(np.diff([float(picture.time or 0) for picture in pictures]), 1 / 21, atol=1e-3)
