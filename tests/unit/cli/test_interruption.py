import signal

import pytest

from safemob.cli.interruption import Interruption, raise_if_interrupted


def test_interrupt_that_a_library_swallowed_is_raised_again_once() -> None:
    before = signal.signal(signal.SIGINT, Interruption())
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            raise_if_interrupted()
        raise_if_interrupted()
    finally:
        signal.signal(signal.SIGINT, before)
