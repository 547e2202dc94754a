"""What is finished of a recording: one part per video file, so that an interrupted job goes on where it stopped.

A part holds what policy ``local`` lets through of one file, and nothing individual. It is written whole or not at
all, and is only taken up again for the same file, analysed the same way.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safemob.adapters.whole_files import replace_file
from safemob.aggregate.analysis import Analysis, from_json, to_json
from safemob.errors import OutputError, VideoError

__all__ = ["Parts", "hash_file"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The finished parts in a results folder.

    Attributes:
        folder: the results folder.
        settings: everything that changes results, as plain strings; a part made with others does not count.
    """

    folder: Path
    settings: Mapping[str, str]

    def save(self, index: int, video: Path, analysis: Analysis) -> None:
        """Keep the part of one finished file.

        Raises:
            OutputError: if it cannot be written.
        """
        header = {"settings": dict(self.settings), "video_sha256": hash_file(video)}
        content = json.dumps(header).encode() + b"\n" + to_json(analysis)
        replace_file(self._path(index), content)

    def load(self, videos: tuple[Path, ...]) -> list[Analysis]:
        """The parts of the first files, as far as they are finished without a gap.

        Raises:
            OutputError: if a part was made with other settings or from another file, or is damaged.
        """
        parts: list[Analysis] = []
        for index, video in enumerate(videos):
            path = self._path(index)
            if not path.is_file():
                break
            parts.append(self._read(path, video))
        return parts

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

    def _read(self, path: Path, video: Path) -> Analysis:
        again = "start anew with --overwrite"
        try:
            first, _, rest = path.read_bytes().partition(b"\n")
            header = json.loads(first)
            settings, digest = header["settings"], header["video_sha256"]
            analysis = from_json(rest)
        except (OSError, ValueError, KeyError, TypeError):
            msg = f"{path} is damaged: {again}"
            raise OutputError(msg) from None
        if settings != dict(self.settings):
            differing = sorted(key for key in self.settings if settings.get(key) != self.settings[key])
            msg = f"{self.folder} was made with another {' and '.join(differing) or 'version'}: {again}"
            raise OutputError(msg)
        if digest != hash_file(video):
            msg = f"{video} is not the file that {path} was made from: {again}"
            raise OutputError(msg)
        return analysis
