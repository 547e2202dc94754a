"""The main job from pixels to files, as a user runs it: the command line in a process of its own."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "calibration" / "strudl.toml"


def safemob(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command in an empty folder."""
    command = [sys.executable, "-m", "safemob", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


def rows(path: Path) -> list[dict[str, str]]:
    """A CSV file as dictionaries."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def model(shared_data: Path) -> Path:
    """A small real detector."""
    return shared_data / "models" / "yolo11n_320_fp32_rebuilt.onnx"


@pytest.fixture(scope="module")
def clips(shared_data: Path) -> list[Path]:
    """Two contiguous clips of one intersection with side files of true frame times."""
    return [shared_data / "video" / f"strudl_vid{part}.mp4" for part in (0, 1)]


@pytest.fixture(scope="module")
def results(shared_data: Path, clips: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the reference detector on both clips, with the overlay beside them."""
    folder = tmp_path_factory.mktemp("strudl")
    detector = shared_data / "models" / "yolov8n_640_fp32_rebuilt.onnx"
    overlay = folder / "overlay.mp4"
    done = safemob(
        "analyse", *clips, "--site", SITE, "--model", detector, "--out", "results", "--overlay", overlay, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    return folder


def test_all_result_files_are_there_and_agree(results: Path) -> None:
    counts = rows(results / "results" / "counts.csv")
    table = pq.read_table(results / "results" / "counts.parquet").to_pylist()
    assert len(counts) == len(table)
    assert {row["policy"] for row in counts} == {"local"}
    assert {row["release"] for row in counts} == {"not for release"}
    page = (results / "results" / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert not list((results / "results").glob(".unfinished*"))


def test_road_users_of_the_clips_are_found(results: Path) -> None:
    users: Counter[str] = Counter()
    for row in rows(results / "results" / "counts.csv"):
        if row["table"] == "road-users":
            users[row["road_user_class"]] += int(row["count"])
    assert 1 <= users["pedestrian"] <= 4
    assert 7 <= users["car"] <= 14
    assert users["bus"] == users["tram"] == 0


def test_speeds_are_those_of_a_town(results: Path) -> None:
    for row in rows(results / "results" / "conflicts.csv"):
        for speed in (row["speed_first_mps"], row["speed_second_mps"]):
            assert float(speed or 0) * 3.6 < 60


def test_overlay_has_every_frame_at_its_true_time(results: Path, clips: list[Path]) -> None:
    with av.open(str(results / "overlay.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert len(times) == 200
    side_files = [clip.with_suffix(".log").read_text().split("\n") for clip in clips]
    seconds = [float(line.split(":")[-1]) for lines in side_files for line in lines if line.strip()]
    expected = np.array(seconds) - seconds[0]
    assert np.allclose(np.array(times) - times[0], expected, atol=0.002)


def test_results_are_the_same_twice(clips: list[Path], model: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        done = safemob("analyse", clips[0], "--site", SITE, "--model", model, "--out", name, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    for file in ("counts.csv", "conflicts.csv", "counts.parquet", "report.html"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_killed_job_resumes_and_ends_like_an_uninterrupted_one(clips: list[Path], model: Path, tmp_path: Path) -> None:
    common: list[str | Path] = ["--site", SITE, "--model", model, "--out"]
    whole = safemob("analyse", *clips, *common, "whole", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    command: list[str | Path] = [sys.executable, "-m", "safemob", "analyse", *clips, *common, "stopped"]
    with subprocess.Popen(list(map(str, command)), cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not list((tmp_path / "stopped" / ".parts").glob("*.json")):
            time.sleep(0.01)
        process.kill()
    assert not (tmp_path / "stopped" / "report.html").exists()
    resumed = safemob("analyse", *clips, *common, "stopped", "--resume", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    for file in ("counts.csv", "conflicts.csv", "counts.parquet"):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "stopped" / file).read_bytes()


def test_interrupt_keeps_nothing_of_an_unfinished_file(clips: list[Path], model: Path, tmp_path: Path) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits it ignored
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "safemob",
        "analyse",
        clips[0],
        "--site",
        SITE,
        "--model",
        model,
        "--out",
        "r",
    ]
    with subprocess.Popen(
        list(map(str, command)), cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "300"}
    ) as process:
        while process.poll() is None and not (tmp_path / "r").is_dir():
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert not [path for path in (tmp_path / "r").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"video": "missing.mp4"}, 3, "missing.mp4"),
        ({"site": "missing.toml"}, 5, "missing.toml"),
        ({"model": "missing.onnx"}, 4, "missing.onnx"),
        ({"start": "yesterday"}, 2, "yesterday"),
        ({"overlay": "film.avi"}, 2, ".mp4"),
        ({"out": "taken"}, 7, "taken"),
    ],
)
def test_bad_request_is_one_sentence_and_leaves_nothing(
    clips: list[Path], model: Path, tmp_path: Path, change: dict[str, str], code: int, words: str
) -> None:
    (tmp_path / "taken").write_text("a file")
    given: dict[str, str | Path] = {"video": clips[0], "site": SITE, "model": model, "out": "results"}
    given.update(change)
    options: list[str | Path] = [
        part for name, value in given.items() if name != "video" for part in (f"--{name}", str(value))
    ]
    done = safemob("analyse", given["video"], *options, cwd=tmp_path)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert (tmp_path / "taken").read_text() == "a file"
    assert not [path for path in (tmp_path / "results").rglob("*") if path.is_file()]


def test_results_are_not_overwritten_unasked(clips: list[Path], model: Path, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "report.html").write_text("earlier work")
    common: list[str | Path] = ["analyse", clips[0], "--site", SITE, "--model", model, "--out", "results"]
    refused = safemob(*common, cwd=tmp_path)
    assert refused.returncode == 7
    assert "--overwrite" in refused.stderr
    assert (tmp_path / "results" / "report.html").read_text() == "earlier work"
    assert safemob(*common, "--overwrite", cwd=tmp_path).returncode == 0


def test_resume_with_another_model_is_refused(
    clips: list[Path], model: Path, shared_data: Path, tmp_path: Path
) -> None:
    common: list[str | Path] = ["analyse", clips[0], "--site", SITE, "--out", "results", "--model"]
    assert safemob(*common, model, cwd=tmp_path).returncode == 0
    other = safemob(*common, shared_data / "models" / "yolox_nano_416.onnx", "--resume", cwd=tmp_path)
    assert other.returncode == 7
    assert "model" in other.stderr


def test_full_disk_leaves_no_results(clips: list[Path], model: Path, tmp_path: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", mount], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("needs the right to mount a small file system")
    try:
        done = safemob("analyse", clips[0], "--site", SITE, "--model", model, "--out", mount / "out", cwd=tmp_path)
        assert done.returncode == 7, done.stderr
        assert "Traceback" not in done.stderr
        assert not [path for path in (mount / "out").iterdir() if path.is_file()]
    finally:
        subprocess.run(["umount", mount], check=True)
    shutil.rmtree(mount)
