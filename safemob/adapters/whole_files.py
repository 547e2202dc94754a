"""Files that a reader, a full disk or a power cut meets old or new, never half."""

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from safemob.errors import OutputError

__all__ = ["check_target", "move_into_place", "replace_file", "replace_files"]


def check_target(target: Path) -> None:
    """Refuse a place that holds anything but a file: moving one onto a device, a pipe or a link destroys that.

    Raises:
        OutputError: if there is such a thing, or the place cannot be looked at.
    """
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise _refuse(target, error) from None
    if not stat.S_ISREG(mode):
        kind = "folder" if stat.S_ISDIR(mode) else "link" if stat.S_ISLNK(mode) else "device, pipe or socket"
        msg = f"{target} is a {kind}, not a file: choose another place"
        raise OutputError(msg)


def replace_file(target: Path, content: bytes) -> None:
    """Write one file; its folder is made if missing.

    Raises:
        OutputError: if that fails; a file that was there before is left as it was.
    """
    replace_files(target.parent, {target.name: content})


def replace_files(folder: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files: all are written and flushed beside their places first, and only then moved there.

    Args:
        folder: where to; made if missing.
        contents: bytes by file name.

    Returns:
        The files written.

    Raises:
        OutputError: if that fails; files that were there before are left as they were.
    """
    targets = tuple(folder / name for name in contents)
    for target in targets:
        check_target(target)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
        try:
            for name, content in contents.items():
                _write_durably(staging / name, content)
            for target in targets:
                (staging / target.name).replace(target)
            _flush(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise _refuse(targets[0] if len(targets) == 1 else folder, error) from error
    return targets


def move_into_place(part: Path, target: Path) -> None:
    """Move a file that was written beside its place, once it is flushed.

    Raises:
        OutputError: if that fails; the part stays where it is.
    """
    check_target(target)
    try:
        _flush(part)
        part.replace(target)
        _flush(target.parent)
    except OSError as error:
        raise _refuse(target, error) from error


def _refuse(place: Path, error: OSError | ValueError) -> OutputError:
    reason = error.strerror if isinstance(error, OSError) else None
    return OutputError(f"{place} cannot be written ({reason or error}): make room, or choose another place")


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
