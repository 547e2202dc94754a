"""The same work on many things, in processes of their own, several at a time."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
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
    working: list[Future[Result]] = []
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_leave_when_interrupted) as pool:
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until a process knows what to do then
            try:
                working = [pool.submit(_work, work, item) for item in items]
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            tell(0, len(items))
            for done, future in enumerate(as_completed(working), start=1):
                future.result()
                tell(done, len(items))
            return [future.result() for future in working]
        except BrokenProcessPool:
            msg = "the system has stopped a process: give it more memory, or validate with fewer scenarios at once"
            raise SafemobError(msg) from None
        except BaseException:
            for future in working:
                future.cancel()
            for process in multiprocessing.active_children():
                if process.pid is not None:
                    os.kill(process.pid, signal.SIGINT)
            raise


@dataclass(slots=True)
class _Duty:
    """What a process is at."""

    working: bool = False
    leaving: bool = False


_DUTY = _Duty()


def _work(work: Callable[[Item], Result], item: Item) -> Result:
    try:
        _DUTY.working = True
        if _DUTY.leaving:  # items that were handed over before the interruption
            sys.exit(1)
        return work(item)
    finally:
        _DUTY.working = False


def _leave_when_interrupted() -> None:
    """Ctrl-C reaches every process: each cleans up what it was at, and begins nothing more."""
    signal.signal(signal.SIGINT, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _leave(*_: object) -> None:
    """Work is broken off, once; a result on its way to the parent is not, for half of one would block it for ever."""
    if not _DUTY.leaving:
        _DUTY.leaving = True
        if _DUTY.working:
            sys.exit(1)
