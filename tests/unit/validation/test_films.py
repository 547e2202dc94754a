from pathlib import Path

import pytest

from safemob.errors import ScenarioError
from safemob.validation.films import find_scenarios, list_films

SCENARIO = """\
schema = "safemob-scenario/1"
title = "A car"
story = "A car drives."
duration_s = 6
place = { arms = { east = {}, west = {} } }
camera = { position_m = [9.0, -9.0] }
user = [{ id = "car", kind = "car", from_arm = "west", to_arm = "east" }]
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "README.md").touch()
    return tmp_path


def test_a_folder_gives_its_scenarios_in_order(library: Path) -> None:
    assert [file.stem for file in find_scenarios([library])] == ["a", "b"]


@pytest.mark.parametrize(("place", "what"), [("missing.toml", "is no scenario"), ("empty", "holds no scenario")])
def test_a_place_without_scenarios_is_refused(library: Path, place: str, what: str) -> None:
    (library / "empty").mkdir()
    with pytest.raises(ScenarioError, match=what):
        find_scenarios([library / place])


def test_two_scenarios_of_one_name_are_refused(library: Path) -> None:
    other = library / "other"
    other.mkdir()
    (other / "a.toml").touch()
    with pytest.raises(ScenarioError, match="two scenarios are named a"):
        find_scenarios([library, other])


def test_every_scenario_is_filmed_under_every_seed(library: Path) -> None:
    films = list_films(find_scenarios([library]), (1, 2), library / "cache")
    assert [(film.scenario.stem, film.seed) for film in films] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert len({film.folder for film in films}) == 4


def test_a_film_is_another_where_the_scenario_says_something_else(library: Path) -> None:
    def place() -> Path:
        return list_films([library / "a.toml"], (1,), library)[0].folder

    before = place()
    (library / "a.toml").write_text(f"# a remark\n{SCENARIO}", encoding="utf-8")
    assert place() == before
    (library / "a.toml").write_text(SCENARIO.replace("= 6", "= 7"), encoding="utf-8")
    assert place() != before


def test_what_is_no_scenario_is_refused_before_anything_is_rendered(library: Path) -> None:
    (library / "b.toml").write_text("title = 'no more'", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"b\.toml"):
        list_films(find_scenarios([library]), (1,), library)
