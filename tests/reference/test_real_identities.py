"""Road users keep their tracks, and tracks their road users, on real footage with a real detector.

Who is where was told by eye. The bounds are those that `benchmarks/tracking.py` measures, no better.
"""

from pathlib import Path

import numpy as np
import pytest
from identity import switches
from real_clips import CLIPS, class_names, cut_out, every, watch
from simulated_intersection import Sighting, track

from safemob.individual.image.tracking import GroundGatedTracker
from safemob.taxonomy import RoadUserClass

pytestmark = pytest.mark.slow

STRUDL, *OTVISION = CLIPS


@pytest.fixture(scope="module")
def scenes(shared_data: Path) -> dict[str, list[Sighting]]:
    model = shared_data / "models" / "yolov8n_640_fp32_rebuilt.onnx"
    return {clip: watch(clip, model, shared_data / "video") for clip in CLIPS}


def judge(scene: list[Sighting]) -> tuple[int, int, int]:
    """Road users seen, how often one changed track, and how often a track changed its road user."""
    truth, ids = np.concatenate([s.truth for s in scene]), np.concatenate(track(scene))
    known = np.where(truth >= 0, truth, -1)
    return len(np.unique(known[(known >= 0) & (ids >= 0)])), switches(known, ids), switches(ids, known)


def test_at_full_rate_no_road_user_changes_identity(scenes: dict[str, list[Sighting]]) -> None:
    assert judge(scenes[STRUDL]) == (17, 0, 0)


def test_at_half_the_rate_no_road_user_changes_identity(scenes: dict[str, list[Sighting]]) -> None:
    assert judge(every(scenes[STRUDL], 2)) == (17, 0, 0)


def test_over_a_gap_of_a_second_no_road_user_changes_identity(scenes: dict[str, list[Sighting]]) -> None:
    assert judge(cut_out(scenes[STRUDL], 1.0)) == (17, 0, 0)


def test_at_five_frames_per_second_one_identity_at_most_is_passed_on(scenes: dict[str, list[Sighting]]) -> None:
    seen, changes, passed_on = judge(every(scenes[STRUDL], 4))
    assert seen == 17
    assert changes == 0
    assert passed_on <= 1


@pytest.mark.parametrize("clip", OTVISION)
@pytest.mark.parametrize("step", [1, 2, 4])
def test_cyclist_beside_turning_cars_keeps_apart_from_them(
    scenes: dict[str, list[Sighting]], clip: str, step: int
) -> None:
    scene = every(scenes[clip], step)
    truth, ids = np.concatenate([s.truth for s in scene]), np.concatenate(track(scene))
    cyclist = class_names(clip).index("cyclist")
    own = np.unique(ids[(truth == cyclist) & (ids >= 0)])
    assert len(own) == 1
    assert set(truth[ids == own[0]]) <= {cyclist, -2}


@pytest.mark.parametrize("clip", OTVISION)
def test_cyclist_ends_as_cyclist(scenes: dict[str, list[Sighting]], clip: str) -> None:
    tracker, named = GroundGatedTracker(), None
    cyclist = class_names(clip).index("cyclist")
    for sighting in scenes[clip]:
        tracks = tracker.update(sighting.detections, sighting.positions, sighting.covariances, sighting.time_s)
        for detection, code in zip(tracks.detections, tracks.classes, strict=True):
            if sighting.truth[detection] == cyclist:
                named = code
    assert named == RoadUserClass.CYCLIST
