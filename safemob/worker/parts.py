"""What is finished of a recording: one part per video file, so that an interrupted job goes on where it stopped.

A part holds what policy ``local`` lets through of one file, and nothing individual. It is written whole or not at
all, and is only taken up again for the same file, analysed the same way.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from safemob.adapters.sources.recording import RecordedFile
from safemob.adapters.whole_files import replace_file
from safemob.aggregate.analysis import Analysis, from_json, to_json
from safemob.errors import OutputError, VideoError

__all__ = ["Parts", "hash_file", "hold_folder"]

_FOLDER = ".parts"


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content.

    Raises:
        VideoError: if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror or error})"
        raise VideoError(msg) from None


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Keep other jobs out of a results folder, and clear away what a killed one has left half-written.

    Raises:
        OutputError: if another job is at work there.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                msg = f"another job is writing to {folder}: wait for it, or choose another folder"
                raise OutputError(msg) from None
        for place in (folder, folder / _FOLDER):
            for unfinished in place.glob(".unfinished-*"):
                shutil.rmtree(unfinished, ignore_errors=True)
        yield
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The finished parts in a results folder.

    Attributes:
        folder: the results folder.
        settings: everything that changes results, as plain strings; a part made with others does not count.
    """

    folder: Path
    settings: Mapping[str, str]

    def save(self, index: int, file: RecordedFile, analysis: Analysis) -> None:
        """Keep the part of one finished file.

        Raises:
            OutputError: if it cannot be written.
        """
        header = {"settings": dict(self.settings), **_identify(file)}
        content = json.dumps(header).encode() + b"\n" + to_json(analysis)
        replace_file(self._path(index), content)

    def load(self, files: tuple[RecordedFile, ...]) -> list[Analysis]:
        """The parts of the first files, as far as they are finished without a gap.

        Raises:
            OutputError: if a part was made with other settings or from another file, or is damaged.
        """
        parts: list[Analysis] = []
        for index, file in enumerate(files):
            path = self._path(index)
            if not path.is_file():
                break
            parts.append(self._read(path, file))
        return parts

    def exist(self) -> bool:
        """Whether any file was finished here."""
        return any((self.folder / _FOLDER).glob("*.json"))

    def clear(self) -> None:
        """Forget every part.

        Raises:
            OutputError: if that is not possible.
        """
        try:
            for path in (self.folder / _FOLDER).glob("*.json"):
                path.unlink()
        except OSError as error:
            msg = f"{self.folder / _FOLDER} cannot be cleared ({error.strerror or error}): choose another folder"
            raise OutputError(msg) from None

    def _path(self, index: int) -> Path:
        return self.folder / _FOLDER / f"{index:06d}.json"

    def _read(self, path: Path, file: RecordedFile) -> Analysis:
        again = "start anew with --overwrite"
        try:
            first, _, rest = path.read_bytes().partition(b"\n")
            header = json.loads(first)
            settings, identity = (
                dict(header["settings"]),
                {key: header[key] for key in ("video_sha256", "times_sha256")},
            )
            analysis = from_json(rest)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            msg = f"{path} is damaged: {again}"
            raise OutputError(msg) from None
        if settings != dict(self.settings):
            differing = sorted(key for key in self.settings if settings.get(key) != self.settings[key])
            msg = f"{self.folder} was made with another {' and '.join(differing) or 'version'}: {again}"
            raise OutputError(msg)
        if identity != _identify(file):
            msg = f"{file.path} or its frame times are not those that {path} was made from: {again}"
            raise OutputError(msg)
        return analysis


def _identify(file: RecordedFile) -> dict[str, str | None]:
    return {
        "video_sha256": hash_file(file.path),
        "times_sha256": None if file.times is None else hash_file(file.times.path),
    }
