import hashlib
from pathlib import Path

import pytest

from safemob.adapters.detectors.manifest import (
    COCO_CLASS_NAMES,
    Head,
    bundled_manifests,
    find_manifest,
    parse_manifests,
    read_model,
)
from safemob.errors import ModelError
from safemob.taxonomy import RoadUserClass

SHA = "a" * 64
GOOD = f"""
[[model]]
name = "ours"
sha256 = "{SHA}"
licence = "MIT"
source = "trained by us"
head = "yolov8"
colour_order = "rgb"
pixel_scale = "0-1"
class_names = ["pedestrian", "rider", "Van"]
classes = {{ 0 = "pedestrian", rider = "cyclist", Van = "truck" }}
"""


def test_classes_are_mapped_by_name_or_by_index() -> None:
    (manifest,) = parse_manifests(GOOD, "m.toml")
    assert manifest.road_users == {0: RoadUserClass.PEDESTRIAN, 1: RoadUserClass.CYCLIST, 2: RoadUserClass.TRUCK}
    assert list(manifest.road_users) == [0, 1, 2]


def test_thresholds_are_a_tenth_where_the_manifest_sets_none() -> None:
    (manifest,) = parse_manifests(GOOD + "score_thresholds = { cyclist = 0.3 }\n", "m.toml")
    assert manifest.score_threshold(RoadUserClass.CYCLIST) == 0.3
    assert manifest.score_threshold(RoadUserClass.CAR) == 0.1


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (SHA, "abc", "sha256"),
        ('"MIT"', '" "', "licence"),
        ("yolov8", "yolov5", "head"),
        ('"rgb"', '"rbg"', "colour_order"),
        ('"0-1"', '"0–1"', "pixel_scale"),
        ('rider = "cyclist"', 'rider = "bike"', "classes"),
        ('rider = "cyclist"', 'riders = "cyclist"', "maps 'riders', which the model does not know"),
        ('0 = "pedestrian"', '3 = "pedestrian"', "maps '3', which the model does not know"),
        ('rider = "cyclist"', 'rider = "cyclist", 1 = "cyclist"', "twice"),
        ('"Van"]', '"rider"]', "twice"),
        ('licence = "MIT"', 'license = "MIT"', "licence"),
        ("[[model]]", "[[model]]\nlong_side_px = 100", "multiple of 32"),
        ("[[model]]", "[[model]]\nscore_thresholds = { car = nan }", "score_thresholds.car"),
        ("[[model]]", "[model]", "model"),
        ("[[model]]", "[[model", "not TOML"),
    ],
)
def test_a_manifest_that_is_not_one_is_refused_with_the_place(old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    with pytest.raises(ModelError, match=complaint) as refusal:
        parse_manifests(GOOD.replace(old, new, 1), "m.toml")
    assert "m.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ModelError):
        parse_manifests("x = " + "[" * 20_000, "m.toml")


def test_models_of_coco_that_safemob_knows_map_its_classes_to_road_users() -> None:
    everything = bundled_manifests()
    assert len({manifest.sha256 for manifest in everything}) == len(everything)
    manifests = [manifest for manifest in everything if manifest.class_names == "coco"]
    assert len(manifests) == len(everything) - 1 == 5
    assert {manifest.head for manifest in manifests} == set(Head)
    for manifest in manifests:
        users = {COCO_CLASS_NAMES[index]: user.label for index, user in manifest.road_users.items()}
        assert users == {
            "person": "pedestrian",
            "bicycle": "cyclist",
            "motorcycle": "motorcyclist",
            "car": "car",
            "truck": "truck",
            "bus": "bus",
            "train": "tram",
        }


def test_coco_has_eighty_classes() -> None:
    assert len(COCO_CLASS_NAMES) == len(set(COCO_CLASS_NAMES)) == 80


def test_the_manifest_beside_a_model_is_found_by_hash(tmp_path: Path) -> None:
    model = tmp_path / "ours.onnx"
    model.with_suffix(".toml").write_text(GOOD, "utf-8")
    assert find_manifest(model, SHA).name == "ours"


def test_a_model_that_its_manifest_does_not_expect_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "ours.onnx"
    model.with_suffix(".toml").write_text(GOOD, "utf-8")
    with pytest.raises(ModelError, match=r"damaged or was exchanged"):
        find_manifest(model, "b" * 64)


def test_an_unknown_model_is_told_how_to_become_known(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"safemob models adopt .*ours\.onnx"):
        find_manifest(tmp_path / "ours.onnx", "b" * 64)


def test_a_manifest_beside_a_model_of_more_than_64_kib_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "ours.onnx"
    model.with_suffix(".toml").write_text(GOOD + "#" * 70_000, "utf-8")
    with pytest.raises(ModelError, match="64 KiB"):
        find_manifest(model, SHA)


def test_a_manifest_that_is_not_text_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "ours.onnx"
    model.with_suffix(".toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="cannot be read"):
        find_manifest(model, SHA)


def test_the_bytes_that_are_hashed_are_the_bytes_that_are_given(tmp_path: Path) -> None:
    model = tmp_path / "ours.onnx"
    model.write_bytes(b"weights")
    assert read_model(model) == (b"weights", hashlib.sha256(b"weights").hexdigest())


def test_missing_empty_and_pickled_models_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.onnx").touch()
    (tmp_path / "pickle.pt").write_bytes(b"\x80\x02")
    with (tmp_path / "huge.onnx").open("wb") as sparse:
        sparse.truncate(2**31)
    for name, complaint in [
        ("none.onnx", "no model file"),
        (".", "no model file"),
        ("empty.onnx", "is empty"),
        ("pickle.pt", "export it to ONNX"),
        ("huge.onnx", "larger than 512 MiB"),
    ]:
        with pytest.raises(ModelError, match=complaint):
            read_model(tmp_path / name)
