"""A ledger of CPU time: which stage of a program spends how much, told by wrapping its functions while it runs.

Time is that of the thread that runs a stage, so waiting costs nothing; a stage inside another is booked once, to the
inner one. Threads that FFmpeg starts for itself are read from the system, by their names.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from inspect import isgeneratorfunction
from pathlib import Path
from typing import ParamSpec, TypeVar, cast
from unittest.mock import patch

__all__ = ["Ledger", "decoder_threads_s"]

_P = ParamSpec("_P")
_R = TypeVar("_R")
_TASKS = Path("/proc/self/task")
_DECODERS = "av:"
"""What FFmpeg calls its threads begins so."""


class Ledger:
    """Seconds of CPU per stage, over all threads.

    Args:
        clock: CPU seconds of the thread that asks.
    """

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._local = threading.local()
        self._accounts: list[defaultdict[str, float]] = []

    @property
    def spent_s(self) -> dict[str, float]:
        """What each stage has spent so far."""
        sums: defaultdict[str, float] = defaultdict(float)
        for account in tuple(self._accounts):
            for stage, spent_s in tuple(account.items()):
                sums[stage] += spent_s
        return dict(sums)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Book what is run inside to a stage."""
        local = self._local
        if not hasattr(local, "stack"):
            local.stack, local.account, local.mark_s = [], defaultdict(float), 0.0
            self._accounts.append(local.account)
        self._book()
        local.stack.append(name)
        try:
            yield
        finally:
            self._book()
            local.stack.pop()

    def follow(self, function: Callable[_P, _R], name: str) -> Callable[_P, _R]:
        """The function, its time booked to a stage; of a generator, the time of its steps."""

        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            with self.stage(name):
                return function(*args, **kwargs)

        def iterate(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            return cast("_R", self._step(cast("Generator[object, None, None]", function(*args, **kwargs)), name))

        return iterate if isgeneratorfunction(function) else call

    @contextmanager
    def following(self, stages: Mapping[str, str]) -> Iterator[None]:
        """Follow functions while this lasts.

        Args:
            stages: where each function is looked up, ``package.module:name`` or ``package.module:Class.name``, and
                the stage it is booked to.

        Raises:
            AttributeError: if one of them is not there.
        """
        with ExitStack() as stack:
            for place, name in stages.items():
                module, path = place.split(":")
                owner: object = import_module(module)
                *parents, attribute = path.split(".")
                for parent in parents:
                    owner = getattr(owner, parent)
                stack.enter_context(patch.object(owner, attribute, self.follow(getattr(owner, attribute), name)))
            yield

    def _step(self, steps: Generator[object, None, None], name: str) -> Iterator[object]:
        try:
            while True:
                with self.stage(name):
                    try:
                        step = next(steps)
                    except StopIteration:
                        return
                yield step
        finally:
            with self.stage(name):
                steps.close()

    def _book(self) -> None:
        """Book the time since the last mark to the innermost stage."""
        now_s = self._clock()
        if self._local.stack:
            self._local.account[self._local.stack[-1]] += now_s - self._local.mark_s
        self._local.mark_s = now_s


def decoder_threads_s() -> float:
    """Seconds of CPU that FFmpeg's decoding threads have used, as long as they are alive."""
    spent_s = 0.0
    for task in _TASKS.iterdir():
        try:
            if (task / "comm").read_text().startswith(_DECODERS):
                spent_s += int((task / "schedstat").read_text().split()[0]) * 1e-9
        except OSError:
            continue  # it has just ended
    return spent_s
