"""Road users of OTVision's example clip stand where their tyres touch the road, which was told by eye.

Bounds leave room for the eye: a pixel is up to 0.13 m there, along the viewing ray.
"""

from pathlib import Path

import numpy as np
import pytest
from footprint_otvision import pair
from otvision_clip import GROUND, Track, follow, open_site, project_plane, read_published, see_tyres

from safemob.individual.ground.camera import Camera

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tracks(shared_data: Path) -> list[Track]:
    return follow(shared_data / "models" / "yolov8n_640_fp32_rebuilt.onnx", shared_data / "video")


@pytest.mark.parametrize(("name", "mean_m", "worst_m"), [("cyclist", 0.25, 0.4), ("car", 0.5, 0.65)])
def test_a_footprint_lies_between_the_tyres(tracks: list[Track], name: str, mean_m: float, worst_m: float) -> None:
    tyres = see_tyres(name, Camera(open_site().camera))
    index, moments, at = pair(tyres, name, tracks)
    off = np.linalg.norm(tracks[index].positions[at] - tyres.centres[moments], axis=1)
    assert len(moments) == len(GROUND["tyres"][name]["seen"])
    assert off.mean() < mean_m
    assert off.max() < worst_m


def test_a_homography_of_box_centres_gives_what_otvision_publishes(shared_data: Path) -> None:
    site = open_site()
    published = read_published(shared_data / "video", site)
    again = project_plane(site, (published.boxes[:, :2] + published.boxes[:, 2:]) / 2)
    assert len(again) == 480
    assert np.linalg.norm(again - published.positions, axis=1).max() < 0.002
