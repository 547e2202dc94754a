"""What a job costs: wall clock, CPU time and peak memory of the command's process."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from road_clip import MODEL, RoadClip

__all__ = ["Usage", "analyse", "measure"]

_LOOK_EVERY_S = 0.02


class Usage(NamedTuple):
    """From the start of a process to its end, its threads included."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def analyse(clip: RoadClip, out: Path) -> Usage:
    """Run `safemob analyse` over a clip, everything on that it does by default."""
    command = [sys.executable, "-m", "safemob", "analyse", str(clip.video), "--site", str(clip.site)]
    return measure([*command, "--model", str(MODEL), "--out", str(out)])


def measure(command: Sequence[str]) -> Usage:
    """Run a command to its end.

    Peak memory is the process's high-water mark of resident memory (`VmHWM`, in 10⁶ bytes), read every 20 ms: what
    `wait4` tells instead also counts the memory of the process that started it.

    Raises:
        SystemExit: if the command fails, with the last line it wrote.
    """
    with tempfile.TemporaryFile() as output:
        begin_s = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603  (a benchmark's own commands)
        peak_kib = 0
        while True:
            ended, status, resources = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            peak_kib = max(peak_kib, _high_water_kib(process.pid))
            time.sleep(_LOOK_EVERY_S)
        wall_s = time.perf_counter() - begin_s
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            last = (output.read().decode(errors="replace").strip().splitlines() or ["nothing written"])[-1]
            msg = f"{Path(command[0]).name} ended with {process.returncode}: {last}"
            raise SystemExit(msg)
    return Usage(wall_s, resources.ru_utime + resources.ru_stime, peak_kib * 1024 / 1e6)


def _high_water_kib(pid: int) -> int:
    """0 once the process has given its memory back."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
