"""Reading the small text files that people write: whole, and only if they are files."""

import errno
import os
import stat
from pathlib import Path

__all__ = ["read_small_file"]


def read_small_file(path: Path, most_bytes: int) -> bytes:
    """The first `most_bytes` of a file and one more, so that a larger one is known by its length.

    Raises:
        OSError: if it cannot be read, or is a folder, device or pipe: a pipe that nobody writes to is never read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return file.read(most_bytes + 1)
