import multiprocessing
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from safemob.errors import OutputError
from safemob.scenes.drawing.picture import Picture
from safemob.scenes.place.roads import lay_out
from safemob.scenes.refereeing.contact import measure_gaps
from safemob.scenes.scenario import ArmSpec, Kind, PlaceSpec
from safemob.scenes.stage import Stage
from safemob.scenes.training.dataset import label_picture, write_dataset
from safemob.scenes.training.stages import POSES, draw_stage
from safemob.scenes.training.standing import place_everybody
from safemob.taxonomy import RoadUserClass

_PLACE = PlaceSpec(arms={"north": ArmSpec(zebra=True), "south": ArmSpec(), "east": ArmSpec(cycle_track=True)})


def _draw(seed: int) -> Stage:
    return draw_stage(np.random.default_rng(seed))


def _paint(stage: Stage, patches: dict[int, tuple[int, int, int, int]], whole: dict[int, int]) -> Picture:
    """A picture in which actors are rectangles (left, top, right, bottom), later ones before earlier ones."""
    count = len(stage.actors)
    owners, boxes = np.full((360, 640), -1, dtype=np.int16), np.full((count, 4), np.nan)
    for index, (left, top, right, bottom) in patches.items():
        owners[max(top, 0) : bottom, max(left, 0) : right], boxes[index] = index, (left, top, right, bottom)
    sizes = np.array([whole.get(index, 0) for index in range(count)])
    return Picture(bgr=np.zeros((360, 640, 3), dtype=np.uint8), owners=owners, boxes=boxes, whole=sizes)


def test_the_same_seed_draws_the_same_scene_and_another_one_another() -> None:
    one, again, other = _draw(3), _draw(3), _draw(4)
    assert one.scenario == again.scenario
    assert [(each.kind, each.size_m, each.look) for each in one.actors] == [
        (each.kind, each.size_m, each.look) for each in again.actors
    ]
    assert one.scenario.place != other.scenario.place


def test_moments_of_a_scene_have_nothing_to_do_with_each_other() -> None:
    stage = _draw(0)
    moments = np.arange(POSES, dtype=np.float64)
    for actor in stage.actors:
        places = actor.motion.at(moments).positions
        present = places[np.abs(places).max(axis=1) < 100]
        assert len(np.unique(present, axis=0)) == len(present)


def test_nobody_stands_in_somebody_else() -> None:
    kinds = [Kind.PEDESTRIAN, Kind.CAR, Kind.TRUCK, Kind.CYCLIST] * 6
    sizes = {Kind.PEDESTRIAN: (0.5, 0.5), Kind.CAR: (4.4, 1.8), Kind.TRUCK: (8.5, 2.5), Kind.CYCLIST: (1.8, 0.6)}
    poses = place_everybody(lay_out(_PLACE), kinds, [(*sizes[kind], 1.7) for kind in kinds], np.random.default_rng(1))
    there = [number for number in range(len(kinds)) if np.isfinite(poses[number]).all()]
    assert len(there) > len(kinds) / 2
    for one, other in combinations(there, 2):
        offset = (poses[other, :2] - poses[one, :2])[None]
        gaps = measure_gaps(offset, (poses[one, 2:], poses[other, 2:]), (sizes[kinds[one]], sizes[kinds[other]]))
        assert gaps.distances[0] > -0.45  # corners reach so far beyond the discs that stand for a wide body


def test_a_label_holds_the_whole_body_as_far_as_the_picture_reaches() -> None:
    stage = _draw(0)
    (label,) = label_picture(stage, _paint(stage, {2: (-20, 300, 44, 420)}, {2: 44 * 60}))
    assert label[0] == stage.actors[2].road_user
    assert label[1:] == pytest.approx([22 / 640, 330 / 360, 44 / 640, 60 / 360])


def test_who_is_mostly_hidden_or_tiny_has_no_label() -> None:
    stage = _draw(0)
    hidden = {0: (100, 100, 140, 200), 1: (100, 125, 150, 200)}
    assert len(label_picture(stage, _paint(stage, hidden, {0: 40 * 100, 1: 50 * 75}))) == 1
    half_hidden = {0: (100, 100, 140, 200), 1: (100, 150, 150, 200)}
    assert len(label_picture(stage, _paint(stage, half_hidden, {0: 40 * 100, 1: 50 * 50}))) == 2
    assert len(label_picture(stage, _paint(stage, {0: (10, 10, 14, 17)}, {0: 28}))) == 0


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="exists already"):
        write_dataset(tmp_path, images=1, seed=0, progress=lambda _done, _total: None)
    assert not list(tmp_path.iterdir())


def test_a_link_that_leads_nowhere_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "set").symlink_to("nowhere")
    with pytest.raises(OutputError, match="exists already"):
        write_dataset(tmp_path / "set", images=1, seed=0, progress=lambda _done, _total: None)
    assert [each.name for each in tmp_path.iterdir()] == ["set"]


@pytest.mark.slow
def test_a_data_set_has_a_picture_for_every_file_of_labels_and_is_the_same_again(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    for name in ("one", "two"):
        write_dataset(tmp_path / name, images=3, seed=5, progress=lambda *done: told.append(done))
    assert told[-1] == (3, 3)
    for number in range(3):
        content = [(tmp_path / name / "images" / f"{number:06}.jpg").read_bytes() for name in ("one", "two")]
        assert content[0] == content[1]
        assert cv2.imdecode(np.frombuffer(content[0], np.uint8), cv2.IMREAD_COLOR) is not None
        lines = (tmp_path / "one" / "labels" / f"{number:06}.txt").read_text().splitlines()
        rows = np.array([line.split() for line in lines], dtype=np.float64).reshape(-1, 5)
        assert set(rows[:, 0].astype(int)) <= {int(user) for user in RoadUserClass}
        assert ((rows[:, 1:3] - rows[:, 3:] / 2 > -1e-5) & (rows[:, 1:3] + rows[:, 3:] / 2 < 1 + 1e-5)).all()


@pytest.mark.slow
def test_an_interrupted_data_set_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path / "part", images=POSES + 1, seed=0, progress=interrupt)
    for process in multiprocessing.active_children():
        process.join()
    assert not list(tmp_path.iterdir())
