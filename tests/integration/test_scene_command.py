import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from safemob.scenes.film import FILM, SITE, TRUTH
from safemob.scenes.truth import read_truth


@pytest.fixture(scope="module")
def example() -> str:
    """The scenario that the documentation shows, with a small picture."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "scenes.md").read_text(encoding="utf-8")
    found = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1] + "\n[video]\nwidth_px = 320\nheight_px = 240\nframe_rate = 2.0\n"


def _render(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "safemob", "scene", "render", *map(str, arguments)]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=300, check=False)


def test_the_documented_scenario_is_rendered_as_declared_and_the_next_command_is_named(
    tmp_path: Path, example: str
) -> None:
    scenario, out = tmp_path / "turn.toml", tmp_path / "scenes" / "turn"
    scenario.write_text(example, encoding="utf-8")

    done = _render(scenario, "--out", out)

    assert done.returncode == 0, done.stderr
    assert {each.name for each in out.iterdir()} == {FILM, SITE, TRUTH}
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith(f"Next: safemob analyse {out / FILM} --site {out / SITE} --model ")
    (encounter,) = (each for each in read_truth(out / TRUTH).encounters if each.declared)
    assert encounter.users == ("turner", "oncoming")
    assert encounter.pet_s == pytest.approx(1.25, abs=0.01)
    assert "1.25 s" in done.stdout

    again = _render(scenario, "--out", out)
    assert again.returncode == 7
    assert "--overwrite" in again.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("accident_type = 2", "accident_type = 1"), "accident_type"),
        (('to_arm = "west"', 'to_arm = "east"\nhonks = true'), "honks"),
        (("pet_s = 1.25", "pet_s = 9.5"), "turner and oncoming"),
    ],
)
def test_a_scenario_that_makes_no_scene_is_refused_in_one_sentence_and_leaves_nothing(
    tmp_path: Path, example: str, change: tuple[str, str], says: str
) -> None:
    scenario = tmp_path / "turn.toml"
    scenario.write_text(example.replace(*change), encoding="utf-8")

    done = _render(scenario, "--out", tmp_path / "out")

    assert done.returncode == 8
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["turn.toml"]


def test_a_machine_without_a_graphics_driver_is_told_what_to_install(tmp_path: Path, example: str) -> None:
    scenario = tmp_path / "turn.toml"
    scenario.write_text(example, encoding="utf-8")

    done = _render(scenario, "--out", tmp_path / "out", __EGL_VENDOR_LIBRARY_DIRS=str(tmp_path))

    assert done.returncode == 1
    assert "libegl1" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["turn.toml"]
