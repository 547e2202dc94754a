"""The progress bar of long work: footage done, speed against real time, frames a second, time left."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from safemob.cli.interruption import raise_if_interrupted

__all__ = ["follow_bytes", "follow_progress", "follow_steps"]

_EVERY_S = 0.2


@contextmanager
def follow_progress() -> Iterator[Callable[[float, float | None], Callable[[float, int], None]]]:
    """A bar on standard error, if that is a terminal: it appears when work begins, and vanishes with it.

    Yields:
        A function to call once with the span of footage to do, in seconds; it gives back the function to call
        with the footage time reached and the frames done so far.
    """
    columns = (
        TextColumn("analysing"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[speed]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:

        def begin(start_s: float, end_s: float | None) -> Callable[[float, int], None]:
            total = None if end_s is None else max(end_s - start_s, 0.0)
            task = bar.add_task("analyse", total=total, speed="")
            return _Teller(bar, task, start_s)

        yield begin


@contextmanager
def follow_steps(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A bar as above for work whose steps are counted.

    Args:
        doing: what to call the work.

    Yields:
        A function to call with the steps done and their total.
    """
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=None)

        def tell(done: int, total: int) -> None:
            raise_if_interrupted()
            bar.update(task, completed=done, total=total)

        yield tell


@contextmanager
def follow_bytes(doing: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar as above for a file that comes over the network.

    Args:
        doing: what to call the work.

    Yields:
        A function to call with the bytes at hand and their total, None where nobody knows.
    """
    columns = (TextColumn(doing), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=None)

        def tell(done: int, total: int | None) -> None:
            raise_if_interrupted()
            bar.update(task, completed=done, total=total)

        yield tell


class _Teller:
    """Passes progress on a few times a second."""

    def __init__(self, bar: Progress, task: TaskID, start_s: float) -> None:
        self._bar = bar
        self._task = task
        self._start_s = start_s
        self._began = self._told = time.monotonic()

    def __call__(self, reached_s: float, frames: int) -> None:
        raise_if_interrupted()
        now = time.monotonic()
        if now - self._told < _EVERY_S:
            return
        self._told = now
        spent = now - self._began
        done_s = reached_s - self._start_s
        speed = f"{frames / spent:.1f} frames/s, {done_s / spent:.1f}× real time"
        self._bar.update(self._task, completed=done_s, speed=speed)
