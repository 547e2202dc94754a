"""The same work on many things, in processes of their own, several at a time."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from types import FrameType
from typing import TypeVar

from safemob.errors import SafemobError

__all__ = ["work_on_all"]

_MOST_PROCESSES = 8
"""Each takes about half a gigabyte."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def work_on_all(
    work: Callable[[Item], Result], items: Sequence[Item], tell: Callable[[int, int], None]
) -> list[Result]:
    """Do some work on every item, on as many at a time as there are processors.

    Args:
        work: a function of a module; items and results are pickled on their ways there and back.
        items: what to work on.
        tell: is told how many items are done, and how many they are.

    Returns:
        The results in the order of the items, whichever was done first.

    Raises:
        SafemobError: if the work raises it, or the system stops a process. Then, and if interrupted, none goes on.
    """
    if not items:
        return []
    context = multiprocessing.get_context("spawn")  # a forked process shares libraries' threads and dies of it
    processes = min(os.cpu_count() or 1, _MOST_PROCESSES, len(items))
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_leave_interrupts_to_parent) as pool:
        try:
            working = [pool.submit(_work, work, item) for item in items]
            tell(0, len(items))
            for done, future in enumerate(as_completed(working), start=1):
                future.result()
                tell(done, len(items))
            return [future.result() for future in working]
        except BrokenProcessPool:
            msg = "the system has stopped a process: give it more memory, or validate with fewer scenarios at once"
            raise SafemobError(msg) from None
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _work(work: Callable[[Item], Result], item: Item) -> Result:
    try:
        return work(item)
    except SystemExit:  # raised by the signal; a process that lived on would begin the next item
        os._exit(1)


def _leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process; the parent ends its children, which clean up what they were at."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # cleaning up is not to be interrupted
    sys.exit(1)
