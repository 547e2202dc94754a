"""Giving memory back to the system between two parts of a job that never need theirs at the same time."""

import ctypes
from contextlib import suppress

__all__ = ["return_freed_memory"]


def return_freed_memory() -> None:
    """Hand freed memory back: glibc keeps up to 64 MB of it, by a threshold that grows with every large block freed.

    Where there is no glibc, nothing is done.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
