"""The `track` mode of Ultralytics with its defaults. Runs in `.venv-ultralytics` alone, see `ultralytics_track.py`.

Usage: ultralytics_oracle.py VIDEO WEIGHTS FRAMES. Prints one line of JSON: frames tracked after the first, the
seconds of wall clock and of CPU that they took, and versions.
"""

import json
import sys
import time
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from types import ModuleType, SimpleNamespace

from ultralytics import YOLO
from ultralytics.utils.nms import TorchNMS


def main() -> None:
    """Track, and say how long it took."""
    video, weights, frames = sys.argv[1], sys.argv[2], int(sys.argv[3])
    _stand_in_for_torchvision()
    results = YOLO(weights, task="detect").track(source=video, stream=True, verbose=False)
    next(results)  # loading and warming up
    begin, begin_cpu = time.perf_counter(), time.process_time()
    tracked = sum(1 for _ in islice(results, frames))
    answer = {
        "frames": tracked,
        "wall_s": time.perf_counter() - begin,
        "cpu_s": time.process_time() - begin_cpu,
        "versions": {package: version(package) for package in ("ultralytics", "torch")},
    }
    print(json.dumps(answer))


def _stand_in_for_torchvision() -> None:
    """Let Ultralytics suppress duplicates itself where torchvision has no operators for this machine.

    Ultralytics has its own suppression for that, but not on the way of videos, which imports torchvision.
    """
    try:
        import_module("torchvision")
    except RuntimeError:
        stand_in = ModuleType("torchvision")
        vars(stand_in)["ops"] = SimpleNamespace(nms=TorchNMS.nms)  # all of it that is called
        sys.modules["torchvision"] = stand_in


if __name__ == "__main__":
    main()
