"""Runs inside the processes that `startup.py` starts: the command as it is, told apart only by when it is stopped.

Nothing of safemob is imported before the command imports it itself.
"""

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["first_frame", "help_page"]

_SOURCE = "safemob.adapters.sources.video_file"


def help_page(modules: Sequence[str]) -> None:
    """Show the help, then say which of some modules it has imported."""
    sys.argv = ["safemob", "--help"]
    from safemob.cli import main  # noqa: PLC0415  (the import is part of what is looked at)

    try:
        main()
    except SystemExit:
        print("\n" + json.dumps([name for name in modules if name in sys.modules]))


def first_frame(begin_s: float, modules: Sequence[str], arguments: Sequence[str]) -> None:
    """Run a command up to its first decoded frame, and say how long after `begin_s` that was; the process ends there.

    Args:
        begin_s: on the monotonic clock, which all processes share.
        modules: of which those imported by then are listed.
        arguments: of the command.
    """

    def stop() -> None:
        passed_s = time.monotonic() - begin_s
        print(json.dumps([passed_s, [name for name in modules if name in sys.modules]]), flush=True)
        os._exit(0)

    sys.meta_path.insert(0, _Watch(stop))
    sys.argv = ["safemob", *arguments]
    from safemob.cli import main  # noqa: PLC0415  (the import is part of what is timed)

    main()


class _Watch:
    """Lets the module that decodes be imported as ever, and wraps what it decodes with."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        del path, target
        if name != _SOURCE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_wrap(module: ModuleType) -> None:
            execute(module)
            frames = module.VideoFile.frames

            def watched(*given: object, **named: object) -> Iterator[object]:
                for frame in frames(*given, **named):
                    self._stop()
                    yield frame

            module.VideoFile.frames = watched

        spec.loader.exec_module = execute_and_wrap  # type: ignore[method-assign]
        return spec
