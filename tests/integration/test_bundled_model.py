import numpy as np
import pytest

from safemob.adapters.bundled import find_bundled
from safemob.adapters.detectors.manifest import bundled_manifests
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.sources.picture import StillPicture
from safemob.individual.image.association import assign
from safemob.individual.image.frame import Frame
from safemob.individual.image.suppression import box_iou
from safemob.scenes.drawing.picture import Renderer
from safemob.scenes.stage import Stage
from safemob.scenes.training.dataset import label_picture
from safemob.scenes.training.stages import draw_stage
from safemob.taxonomy import RoadUserClass

_MODEL = find_bundled("models") / "safemob-demo.onnx"
_CONFIDENT, _SAME = 0.25, 0.5
_SEED = 3000  # of neither the pictures it was trained on nor those it was measured on


def test_the_manifest_says_what_the_bundled_model_is_good_for() -> None:
    (manifest,) = (each for each in bundled_manifests() if each.file_name == _MODEL.name)
    assert manifest.limits == "for rendered scenes, not for streets"
    assert manifest.licence == "AGPL-3.0-only"
    assert (_MODEL.parent / "demo" / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("GNU AFFERO")
    users = {user.label for user in RoadUserClass}
    assert set(manifest.classes) == set(manifest.precision) == set(manifest.recall) == users
    assert _MODEL.stat().st_size < 5e6


@pytest.mark.slow
def test_the_bundled_model_finds_most_road_users_of_scenes_it_has_never_seen() -> None:
    detector = OnnxDetector(_MODEL)
    counts = [_look(detector, draw_stage(np.random.default_rng((_SEED, scene)))) for scene in range(4)]
    labelled, shown = np.sum(counts, axis=0)
    assert labelled > 80
    assert shown > 0.7 * labelled


def _look(detector: OnnxDetector, stage: Stage) -> tuple[int, int]:
    """How many road users four pictures of a scene show, and how many of them are found."""
    labelled, shown = 0, 0
    with Renderer(stage) as renderer:
        for moment in range(4):
            picture = renderer.render(float(moment))
            labels = label_picture(stage, picture)
            size = np.array(picture.bgr.shape[1::-1])
            centres, halves = labels[:, 1:3] * size, labels[:, 3:] * size / 2
            found = detector.detect(Frame(picture=StillPicture(image=picture.bgr), time_s=0.0))
            found = found.take(found.scores >= _CONFIDENT)
            overlaps = box_iou(np.hstack((centres - halves, centres + halves)), found.boxes)
            rows, _ = assign(overlaps, (overlaps >= _SAME) & (labels[:, :1] == found.classes))
            labelled, shown = labelled + len(labels), shown + len(rows)
    return labelled, shown
