import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safemob.errors import ScenarioError
from safemob.scenes.truth import TrueEncounter, TrueState, TrueUser, Truth, read_truth, write_truth
from safemob.taxonomy import RoadUserClass

_ENCOUNTER = TrueEncounter(
    users=("ann", "bob"),
    declared=True,
    accident_type=2,
    severity="conflict",
    observable=True,
    ttc_min_s=math.inf,
    ttc_min_at_s=math.nan,
    ttc_held_s=1 / 3,
    drac_max_mps2=math.nan,
    pet_s=-1.25,
    pet_at_m=(0.1 + 0.2, -1e-17),
    pet_at_s=2.0,
    t2_min_s=1.5,
    follows=False,
    distance_min_m=0.1,
    distance_min_at_s=1.0,
)
_TRUTH = Truth(
    title='Turning "right"\nübers Eck',
    seed=7,
    frame_times_s=(0.0, 9001 / 90000),
    users=(
        TrueUser(id="ann", kind="van", road_user=RoadUserClass.TRUCK, size_m=(5.2, 2.0, 2.4)),
        TrueUser(id="bob", kind="e-scooter", road_user=RoadUserClass.E_SCOOTER, size_m=(1.2, 0.6, 1.7)),
    ),
    frames=(
        (
            TrueState(
                user="ann",
                position_m=(1 / 7, -2.0),
                heading_rad=math.pi,
                velocity_mps=(0.0, -1e-300),
                box_px=(0.0, 1.5, 200.25, 99.0),
                visible_box_px=None,
                visible_share=0.0,
                cut=True,
            ),
        ),
        (),
    ),
    encounters=(_ENCOUNTER,),
)


def _rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_truth_is_read_as_it_was_written_to_the_last_digit(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    write_truth(_TRUTH, path)
    assert repr(read_truth(path)) == repr(_TRUTH)  # nan is not equal to itself, its name is


def test_numbers_that_are_none_are_written_in_words_that_any_reader_knows(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    write_truth(_TRUTH, path)
    text = path.read_text(encoding="utf-8")
    encounter = json.loads(text, parse_constant=pytest.fail)["encounters"][0]
    assert encounter["ttc_min_s"] == "inf"
    assert encounter["drac_max_mps2"] == "nan"
    assert '"road_user": "e-scooter"' in text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda truth: truth.pop("seed"), "seed"),
        (lambda truth: truth.update(extra=1), "extra"),
        (lambda truth: truth.update(schema="safemob-truth/2"), "does not hold the truth"),
        (lambda truth: truth["encounters"][0].update(pet_s="soon"), "pet_s"),
        (lambda truth: truth["encounters"][0].update(pet_s=None), "pet_s"),
        (lambda truth: truth["encounters"][0].update(users=["ann", "eve"]), "'eve'"),
        (lambda truth: truth["users"][0].update(road_user="hovercraft"), "road_user"),
        (lambda truth: truth["frames"][0][0].update(user="eve"), "'eve'"),
        (lambda truth: truth["frames"].pop(), "1 frames and 2 times"),
        (lambda truth: truth["frames"][0][0].update(visible_share="0.5"), "visible_share"),
        (lambda truth: truth["frames"][0][0].update(heading_rad=math.nan), "heading_rad"),
    ],
)
def test_a_file_that_is_not_the_truth_is_refused_in_one_sentence(
    tmp_path: Path,
    change: Callable[[dict[str, Any]], object],
    says: str,
) -> None:
    path = tmp_path / "truth.json"
    write_truth(_TRUTH, path)
    _rewrite(path, change)
    with pytest.raises(ScenarioError, match=says) as refused:
        read_truth(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 200_000, '{"schema": "safemob-truth/1"', '{"seed": NaN}'])
def test_what_is_no_json_object_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "truth.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"truth\.json"):
        read_truth(path)


def test_a_missing_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="render the scene first"):
        read_truth(tmp_path / "none.json")


def test_every_number_of_an_encounter_may_be_a_word(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    write_truth(_TRUTH, path)
    numbers = {each.name for each in dataclasses.fields(TrueEncounter) if each.name.endswith(("_s", "_m", "_mps2"))}
    numbers.remove("pet_at_m")
    _rewrite(path, lambda truth: truth["encounters"][0].update(dict.fromkeys(numbers, "nan"), pet_at_m=["nan", "nan"]))
    found = read_truth(path).encounters[0]
    assert all(math.isnan(getattr(found, name)) for name in numbers)
    assert all(map(math.isnan, found.pet_at_m))
