"""Which files make up a recording, and what their names say about time."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from safemob.adapters.sources.container import check_regular_file
from safemob.errors import VideoError

__all__ = ["list_videos", "read_name_start"]

_EXTENSIONS = frozenset({
    ".3gp", ".asf", ".avi", ".dav", ".flv", ".h264", ".h265", ".hevc", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4",
    ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".webm", ".wmv",
})  # fmt: skip
# 2020-01-01_00-00-00, 2020-01-01T00-00-00, 20200101_000000, 20200101T000000, not inside a longer number
_DATE_TIME = re.compile(
    r"(?<!\d)(19[7-9]\d|20\d\d)(?:-(\d\d)-(\d\d)[_T ](\d\d)-(\d\d)-(\d\d)|(\d\d)(\d\d)[_T-](\d\d)(\d\d)(\d\d))(?!\d)",
    re.ASCII,
)


def list_videos(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files given and the videos of folders given (not of folders in them), natural order within a folder.

    Raises:
        VideoError: if there is none, one is missing, or one is given twice.
    """
    videos: list[Path] = []
    for path in paths:
        videos.extend(_list_folder(path) if _is_folder(path) else [path])
    if not videos:
        msg = "no video is given: name video files, or a folder of them"
        raise VideoError(msg)
    seen: dict[tuple[int, int], Path] = {}
    for video in videos:
        status = check_regular_file(video)
        twin = seen.setdefault((status.st_dev, status.st_ino), video)
        if twin is not video:
            msg = f"{video} is the same file as {twin}: give it once"
            raise VideoError(msg)
    return tuple(videos)


def read_name_start(path: Path, time_zone: ZoneInfo) -> datetime | None:
    """The date and time in a file's name, to the second, as local time; None if it holds none that exists."""
    found = _DATE_TIME.search(path.stem)
    if found is None:
        return None
    fields = [int(field) for field in found.groups() if field is not None]
    try:
        return datetime(*fields, tzinfo=time_zone)  # type: ignore[misc,arg-type]  # six numbers at most, by the pattern
    except ValueError:
        return None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # what is wrong with it is said where it is checked as a file


def _list_folder(folder: Path) -> list[Path]:
    try:
        entries = [entry for entry in folder.iterdir() if entry.suffix.lower() in _EXTENSIONS]
    except OSError as error:
        msg = f"{folder} cannot be read ({error.strerror}): check its permissions"
        raise VideoError(msg) from error
    videos = [entry for entry in entries if not entry.name.startswith(".") and entry.is_file()]
    if not videos:
        msg = f"{folder} holds no video files: give a folder with MP4, MKV, AVI, MOV or TS files"
        raise VideoError(msg)
    return sorted(videos, key=_natural_key)


def _natural_key(path: Path) -> list[tuple[int, int | str]]:
    """Numbers by value, text by letters: ``cam2`` before ``cam10``."""
    parts = re.split(r"(\d+)", path.name.lower(), flags=re.ASCII)
    return [(1, int(part)) if part.isdecimal() and part.isascii() else (0, part) for part in parts]
