import sys

import pytest
from job_usage import measure


def test_peak_memory_is_that_of_the_command_and_not_of_whoever_starts_it() -> None:
    ballast = bytearray(300_000_000)  # zeros that are never written to would not count
    ballast[::4096] = b"x" * len(ballast[::4096])
    usage = measure([sys.executable, "-c", "import time; kept = b'x' * 60_000_000; time.sleep(0.3)"])
    assert 60 < usage.peak_mb < 200


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(SystemExit, match="ended with 3: no such luck"):
        measure([sys.executable, "-c", "import sys; print('no such luck'); sys.exit(3)"])
