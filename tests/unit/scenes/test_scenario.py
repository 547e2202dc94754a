import os
from pathlib import Path

import pytest

from safemob.errors import ScenarioError
from safemob.scenes.scenario import read_scenario

_LEAST = """
schema = "safemob-scenario/1"
title = "One car"
story = "It drives."
duration_s = 2
[place]
arms.north = {}
arms.south = {}
[camera]
position_m = [14.0, -18.0]
[[user]]
id = "car"
kind = "car"
from_arm = "south"
to_arm = "north"
[[user]]
id = "walker"
kind = "pedestrian"
points = [[9.0, 9.0], [9.0, -9.0]]
[[encounter]]
users = ["car", "walker"]
accident_type = 4
severity = "none"
"""
_LARGEST_BYTES = 64 * 1024


def _refuse(folder: Path, content: str | bytes) -> str:
    path = folder / "scene.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ScenarioError) as refusal:
        read_scenario(path)
    said = str(refusal.value)
    assert said.startswith(f"{path}")
    assert len(said) < 400
    assert "\n" not in said
    return said


def test_a_scenario_may_say_little(tmp_path: Path) -> None:
    path = tmp_path / "scene.toml"
    path.write_bytes(b"\xef\xbb\xbf" + _LEAST.encode())  # as some editors save text
    assert [user.id for user in read_scenario(path).user] == ["car", "walker"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "key 'schema' is missing"),
        (b"title = '\xe4'", "is not TOML"),
        ("duration_s = 1 1", "is not TOML"),
        ("a = " + "[" * 20_000, "nests brackets too deeply"),
        ("a = " + "{a=" * 9_000, "nests brackets too deeply"),
        (_LEAST.replace("duration_s = 2", "duration_s = " + "9" * 5000), "is not TOML"),
        (_LEAST + "#" * _LARGEST_BYTES, "is larger than 64 KiB"),
        (_LEAST + "#" * (_LARGEST_BYTES - len(_LEAST)) + "\nhonks = true", "is larger than 64 KiB"),
    ],
)
def test_what_is_no_toml_or_too_much_of_it_is_refused(tmp_path: Path, content: str | bytes, says: str) -> None:
    assert says in _refuse(tmp_path, content)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e300", "true", "'8'"])
@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("duration_s = 2", "duration_s"),
        ("[light]\nsun_from_deg = 2", "light.sun_from_deg"),
        ("[place]\nparked = [[2, 30.0, 90.0]]", "place.parked[0][0]"),
        ("[place]\nparked = [[30.0, 30.0, 2]]", "place.parked[0][2]"),
        ("[camera]\ndistortion = [0.0, 2]", "camera.distortion[1]"),
        ("[video]\nframe_rate = 2", "video.frame_rate"),
    ],
)
def test_absurd_numbers_are_refused_by_their_key(tmp_path: Path, line: str, key: str, number: str) -> None:
    line = line.replace(" 2", f" {number}").replace("[2", f"[{number}")
    head = line.partition("\n")[0]
    content = _LEAST.replace(head, line) if head in _LEAST else _LEAST + line
    content = content.replace("duration_s = 2", line) if key == "duration_s" else content
    assert f"key '{key}':" in _refuse(tmp_path, content)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"car"\nkind', '"car"\nhonks = true\nkind', "key 'user[0].honks' is unknown"),
        ('"car"\nkind = "car"\n', '"car"\n', "key 'user[0].kind' is missing"),
        ('from_arm = "south"', 'from_arm = "west"', "uses the arm west"),
        ('from_arm = "south"\n', "", "needs either from_arm and to_arm, or points"),
        ('from_arm = "south"', 'door_at_s = 1.0\nfrom_arm = "south"', "opens a door"),
        ('id = "walker"', 'id = "car"', "two users are named 'car'"),
        ('["car", "walker"]', '["car", "car"]', "meets itself"),
        ('["car", "walker"]', '["car", "nobody"]', "'nobody', who is no user"),
        ("accident_type = 4", "accident_type = 4\npet_s = 1.0\nttc_min_s = 1.0", "give one of them"),
        (
            "[[encounter]]",
            '[[encounter]]\nusers = ["walker", "car"]\naccident_type = 4\nseverity = "none"\n[[encounter]]',
            "the encounter of car and walker is declared twice",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in _LEAST
    assert says in _refuse(tmp_path, _LEAST.replace(old, new))


@pytest.mark.parametrize("place", ["missing.toml", "", "pipe"])
def test_what_is_no_file_is_refused(tmp_path: Path, place: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path / place)
