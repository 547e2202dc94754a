"""`safemob validate` as a user runs it: a scene is rendered, played and judged."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SCENARIO = """\
schema = "safemob-scenario/1"
title = "A car turns up just behind a cyclist"
story = "A cyclist crosses from the south, and a car from the west comes where it was, a second later."
duration_s = 6

[place]
arms.north = {}
arms.east = {}
arms.south = {}
arms.west = {}
buildings = 0.0
trees = 0.0

[camera]
position_m = [12.0, -14.0]
height_m = 9.0
view_deg = 80.0

[video]
width_px = 640
height_px = 360
frame_rate = 8.0

[[user]]
id = "rider"
kind = "cyclist"
from_arm = "south"
to_arm = "north"
speed_kmh = 18
appears_s = -16.0

[[user]]
id = "car"
kind = "car"
from_arm = "west"
to_arm = "east"
speed_kmh = 30
appears_s = -2.0

[[encounter]]
users = ["rider", "car"]
accident_type = 3
severity = "serious"
pet_s = 0.6
spread_s = 0.05
"""


def safemob(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    command = [sys.executable, "-m", "safemob", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where one scenario was validated, with the bundled model."""
    place = tmp_path_factory.mktemp("validate")
    (place / "crossing.toml").write_text(SCENARIO, encoding="utf-8")
    done = safemob("validate", "crossing.toml", "--seeds", "5", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "Report to open: validation/report.html" in done.stdout
    return place


@pytest.fixture(scope="module")
def runs(folder: Path) -> dict[str, Any]:
    results = json.loads((folder / "validation" / "results.json").read_text(encoding="utf-8"))
    assert results["seeds"] == [5]
    return {run["truth_from"]: run for run in results["runs"]}


def test_the_pipeline_runs_as_it_is_and_with_truth_from_every_stage(runs: dict[str, Any]) -> None:
    assert list(runs) == ["nothing", "detections", "tracks", "trajectories"]
    assert {run["films"] for run in runs.values()} == {1}
    assert {run["frames"] for run in runs.values()} == {48}


def test_the_near_miss_is_found_from_pixels_and_measured(runs: dict[str, Any]) -> None:
    (meeting,) = runs["nothing"]["meetings"]
    assert meeting["severity"] == meeting["found_severity"] == "serious"
    assert abs(meeting["found_pet_s"] - meeting["pet_s"]) < 0.15
    assert runs["nothing"]["boxes_by_class"][0]["recall"]["share"] > 0.8
    assert runs["nothing"]["idf1"] > 0.8
    assert runs["nothing"]["states_near"]["position_mae_m"] < 0.4


def test_with_true_detections_the_near_miss_is_found_and_measured(runs: dict[str, Any]) -> None:
    (meeting,) = runs["detections"]["meetings"]
    assert meeting["severity"] == meeting["found_severity"] == "serious"
    assert abs(meeting["found_pet_s"] - meeting["pet_s"]) < 0.1
    assert runs["detections"]["conflicts"][0]["recall"]["share"] == 1.0
    assert runs["detections"]["states_near"]["position_mae_m"] < 0.5


def test_with_true_trajectories_indicators_are_those_of_the_referee(runs: dict[str, Any]) -> None:
    (meeting,) = runs["trajectories"]["meetings"]
    assert abs(meeting["found_pet_s"] - meeting["pet_s"]) < 0.01
    assert runs["trajectories"]["states_near"]["position_mae_m"] == 0


def test_true_tracks_are_perfect_tracks(runs: dict[str, Any]) -> None:
    assert runs["tracks"]["hota"] == runs["tracks"]["idf1"] == 1.0


def test_a_rendered_film_is_used_again_and_a_report_is_not_replaced_unasked(folder: Path) -> None:
    (film,) = (folder / "results" / "scenes").iterdir()
    rendered = (film / "film.mp4").stat().st_mtime_ns
    again = ("validate", "crossing.toml", "--seeds", "5", "--truth-from", "nothing")
    refused = safemob(*again, cwd=folder)
    assert refused.returncode == 7
    assert "--overwrite" in refused.stderr
    done = safemob(*again, "--overwrite", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (film / "film.mp4").stat().st_mtime_ns == rendered
    results = json.loads((folder / "validation" / "results.json").read_text(encoding="utf-8"))
    assert [run["truth_from"] for run in results["runs"]] == ["nothing"]


def test_an_interruption_leaves_no_unfinished_film_and_no_report(tmp_path: Path) -> None:
    (tmp_path / "crossing.toml").write_text(SCENARIO, encoding="utf-8")
    command = [sys.executable, "-m", "safemob", "validate", "crossing.toml", "--seeds", "6"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        while running.poll() is None and not list(tmp_path.glob("results/scenes/*/*")):
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate()
    assert running.returncode == 130
    assert said.startswith("safemob: interrupted: films that are finished are kept in results/scenes")
    assert list((tmp_path / "results" / "scenes").iterdir()) == []
    assert not (tmp_path / "validation").exists()


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["missing.toml"], 8, "missing.toml is no scenario"),
        (["broken.toml"], 8, "broken.toml"),
        (["late.toml", "--seeds", "3"], 8, "late.toml under seed 3"),
        (["crossing.toml", "--seeds", "1,x"], 2, "--seeds"),
    ],
)
def test_what_cannot_be_validated_is_refused_in_one_sentence(
    tmp_path: Path, arguments: list[str], exit_code: int, words: str
) -> None:
    (tmp_path / "crossing.toml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "late.toml").write_text(SCENARIO.replace("-16.0", "-2.0"), encoding="utf-8")
    (tmp_path / "broken.toml").write_text("title = 'nothing else'", encoding="utf-8")
    refused = safemob("validate", *arguments, cwd=tmp_path)
    assert refused.returncode == exit_code
    assert words in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "validation").exists()
