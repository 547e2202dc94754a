"""Side files of frame times: both forms, and what is refused with its line."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from safemob.adapters.sources.frame_times import find_frame_times, read_frame_times
from safemob.errors import VideoError

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def _write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_log_times_are_local_times_of_the_site(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.log", "00000 2013 06 06 17:04:39.840", "00001 2013 06 06 17:04:39.900")
    times = read_frame_times(path, STOCKHOLM)
    assert times.start == datetime(2013, 6, 6, 15, 4, 39, 840_000, tzinfo=UTC)
    assert times.offsets_s.tolist() == [0.0, 0.06]


def test_log_runs_on_through_the_repeated_hour(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.log",
        "0 2024 10 27 02:59:59.500",
        "1 2024 10 27 02:00:00.500",
        "2 2024 10 27 02:00:01.500",
    )
    assert read_frame_times(path, STOCKHOLM).offsets_s.tolist() == [0.0, 1.0, 2.0]


def test_seconds_count_from_the_first_frame(tmp_path: Path) -> None:
    times = read_frame_times(_write(tmp_path / "a.csv", "frame,time_s", "1,10.5", "2,10.6", "3,10.8"), STOCKHOLM)
    assert times.start is None
    assert times.offsets_s.tolist() == pytest.approx([0.0, 0.1, 0.3])
    assert times.duration_s == pytest.approx(0.45)


def test_iso_times_keep_their_own_zone(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "frame,time", "0,2024-05-17T08:00:00+02:00", "1,2024-05-17T06:00:00.250Z")
    times = read_frame_times(path, ZoneInfo("America/New_York"))
    assert times.start == datetime(2024, 5, 17, 6, tzinfo=UTC)
    assert times.offsets_s.tolist() == [0.0, 0.25]


def test_equal_times_are_kept_for_the_player_to_drop(tmp_path: Path) -> None:
    times = read_frame_times(_write(tmp_path / "a.csv", "frame,time_s", "0,0", "1,0.01", "2,0.01"), STOCKHOLM)
    assert times.offsets_s.tolist() == [0.0, 0.01, 0.01]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (("00000 2013 06 06 17:04:39.840", "00001 2013 06 06 17:04:39.830"), "line 2: the time is 0.010 s before"),
        (("00000 2013 06 06 17:04:39.840", "00002 2013 06 06 17:04:39.900"), "line 2: frame 2 stands where 1"),
        (("00000 2013 13 06 17:04:39.840",), "line 1: month"),
        (("camera started",), "line 1: expected"),
        (("frame,time_s", "0,0", "1,nan"), "line 3: the time is not a finite number"),
        (("frame,time_s", "0,0", "", "1,1"), "line 3: expected a frame number"),
        (("frame,time_s", "0,zero"), "line 2: could not convert"),
        (("frame,time", "0,2024-05-17T08:00:00"), "line 2: the time '2024-05-17T08:00:00' has no zone"),
        (("frame,time_s",), "has a header and no times"),
        (("", " "), "is empty"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, lines: tuple[str, ...], complaint: str) -> None:
    path = _write(tmp_path / "bad.log", *lines)
    with pytest.raises(VideoError, match=complaint) as refusal:
        read_frame_times(path, STOCKHOLM)
    assert str(path) in str(refusal.value)


def test_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(VideoError, match="line 1"):
        read_frame_times(path, STOCKHOLM)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="cannot be read"):
        read_frame_times(tmp_path / "none.log", STOCKHOLM)


def test_side_file_is_found_beside_its_video(tmp_path: Path) -> None:
    assert find_frame_times(tmp_path / "a.mp4") is None
    csv = _write(tmp_path / "a.times.csv", "frame,time_s", "0,0")
    assert find_frame_times(tmp_path / "a.mp4") == csv
    log = _write(tmp_path / "a.log", "0 2024 10 27 02:59:59.500")
    assert find_frame_times(tmp_path / "a.mp4") == log


def test_log_of_a_program_beside_a_video_is_not_a_side_file(tmp_path: Path) -> None:
    log = _write(tmp_path / "a.log", "analysing 12 %", "0 2024 10 27 02:59:59.500")
    assert find_frame_times(tmp_path / "a.mp4") is None
    log.write_bytes(b"")
    assert find_frame_times(tmp_path / "a.mp4") is None
