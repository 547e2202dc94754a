"""How fast `yolo track` of Ultralytics is with its defaults, asked of it in an environment of its own.

The defaults: PyTorch on the CPU, 640 pixels, BoT-SORT with compensation of camera motion, as many threads as it
chooses. What favours it: start-up and first frame are not counted, and it neither writes a video nor prints.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from oracle_environment import describe_environment, make_environment

from safemob.adapters.supply.yolo import run_yolo
from safemob.errors import SupplyError

__all__ = ["TrackRun", "ask_ultralytics"]

_ORACLE = Path(__file__).resolve().parent / "ultralytics_oracle.py"


class TrackRun(NamedTuple):
    """Frames tracked, the wall clock and the CPU time that they took, and the versions of its packages."""

    frames: int
    wall_s: float
    cpu_s: float
    versions: Mapping[str, str]

    @property
    def frames_per_s(self) -> float:
        """What counts."""
        return self.frames / self.wall_s


def ask_ultralytics(video: Path, weights: Path, frames: int = 200) -> TrackRun:
    """Track road users in a video's first frames.

    Args:
        video: the file.
        weights: a checkpoint (.pt) or an ONNX file.
        frames: after how many to stop; those of the whole video if it has fewer.

    Raises:
        SystemExit: if it cannot be installed, or fails.
    """
    make_environment("ultralytics")
    arguments = (_ORACLE, video.resolve(), weights.resolve(), str(frames))
    try:
        with tempfile.TemporaryDirectory() as folder:
            *_, answer = run_yolo(describe_environment("ultralytics"), arguments, folder=Path(folder))
    except SupplyError as error:
        msg = f"Ultralytics failed on {video.name}: {error}"
        raise SystemExit(msg) from None
    return TrackRun(**json.loads(answer))
