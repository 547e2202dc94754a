"""Which files make up a recording, and the times in their names."""

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from safemob.adapters.sources.file_names import list_videos, read_name_start
from safemob.errors import VideoError

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "name",
    [
        "Testvideo_FR20_2020-07-01_14-30-05.mp4",
        "20200701_143005.mkv",
        "cam 2 2020-07-01T14-30-05.h264",
        "NVR_ch3_20200701T143005.dav",
        "20200701-143005_front.mp4",
    ],
)
def test_time_in_a_name_is_local_time(name: str) -> None:
    start = read_name_start(Path(name), BERLIN)
    assert start is not None
    assert start.astimezone(UTC) == datetime(2020, 7, 1, 12, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["cam1.mp4", "2020-07-01.mp4", "2020-13-01_14-30-05.mp4", "120200701_143005.mp4", "00010101_000000.mp4"]
)
def test_name_without_a_time_gives_none(name: str) -> None:
    assert read_name_start(Path(name), BERLIN) is None


def test_folder_gives_its_videos_in_natural_order(tmp_path: Path) -> None:
    for name in ("cam10.mp4", "cam2.MP4", "._cam1.mp4", "notes.txt", "cam2.log"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "deeper.mp4").mkdir()
    assert [path.name for path in list_videos([tmp_path])] == ["cam2.MP4", "cam10.mp4"]


def test_files_keep_the_order_they_are_given_in(tmp_path: Path) -> None:
    paths = [tmp_path / "b.mp4", tmp_path / "a.mp4"]
    for path in paths:
        path.write_bytes(b"x")
    assert list_videos(paths) == tuple(paths)


def test_folder_without_videos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="holds no video files"):
        list_videos([tmp_path])


def test_no_path_at_all_is_refused() -> None:
    with pytest.raises(VideoError, match="no video is given"):
        list_videos([])


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_same_file_under_two_names_is_refused(tmp_path: Path, link: object) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    link(tmp_path / "a.mp4", tmp_path / "b.mp4")  # type: ignore[operator]  # one of two functions
    with pytest.raises(VideoError, match=r"b\.mp4 is the same file as .*a\.mp4"):
        list_videos([tmp_path])
