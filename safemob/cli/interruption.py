"""Ctrl-C and SIGTERM: raised at once, and again at the next step of the work should a library have swallowed them."""

import signal
from types import FrameType

__all__ = ["Interruption", "raise_if_interrupted"]


class Interruption:
    """A signal handler that remembers. A `KeyboardInterrupt` that hits a library's callback is lost there."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Remember, and raise `KeyboardInterrupt` where the program is."""
        self.asked = True
        raise KeyboardInterrupt


def raise_if_interrupted() -> None:
    """Raise `KeyboardInterrupt` if a signal has asked for it, whatever became of the first one."""
    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if isinstance(handler, Interruption) and handler.asked:
            handler.asked = False
            raise KeyboardInterrupt
