"""Where the CPU time of a job goes: the real job, run in a process of its own with its stages followed."""

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from cpu_ledger import Ledger, decoder_threads_s
from road_clip import MODEL, RoadClip

from safemob.adapters.sources.container import open_container
from safemob.worker.job import Job, run_job
from safemob.worker.recorded import Progress

__all__ = ["ONCE", "STAGES", "Account", "keep_account"]

_DECODE, _TENSOR, _NETWORK, _HEAD = "decode", "frame → tensor", "network", "head, suppression"
_TRACKING, _FOOTPRINTS, _SMOOTHING = "riders, tracking", "footprints", "smoothing"
_ENCOUNTERS, _COUNTS = "encounters", "counts"

ONCE: Final = "report and files"
"""The stage that a job has once, not for every frame."""

STAGES: Final = {
    "safemob.adapters.sources.video_file:VideoFile.frames": _DECODE,
    "safemob.adapters.sources.picture:DecodedPicture.to_bgr": _TENSOR,
    "safemob.adapters.detectors.preprocess:FrameLoader.load": _TENSOR,
    "safemob.adapters.detectors.network:Network.run": _NETWORK,
    "safemob.adapters.detectors.onnx:OnnxDetector.detect": _HEAD,
    "safemob.worker.pipeline:join_riders": _TRACKING,
    "safemob.worker.pipeline:GroundGatedTracker.update": _TRACKING,
    "safemob.worker.pipeline:locate": _FOOTPRINTS,
    "safemob.worker.pipeline:Pipeline._place": _FOOTPRINTS,
    "safemob.worker.pipeline:TrajectorySmoother.update": _SMOOTHING,
    "safemob.worker.pipeline:TrajectorySmoother.flush": _SMOOTHING,
    "safemob.worker.pipeline:EncounterEngine.update": _ENCOUNTERS,
    "safemob.worker.pipeline:EncounterEngine.flush": _ENCOUNTERS,
    "safemob.worker.pipeline:assess": _ENCOUNTERS,
    "safemob.worker.recorded:TrafficTally.add": _COUNTS,
    "safemob.worker.recorded:release_local": ONCE,
    "safemob.worker.job:_save": ONCE,
}
"""Functions of the job, and the stage each is booked to."""


class Account(NamedTuple):
    """CPU time of one job from its first frame to its last result file, s: per stage, and of the whole process."""

    stages_s: dict[str, float]
    total_s: float

    @property
    def per_frame_s(self) -> float:
        """All that is spent again for every frame."""
        return self.total_s - self.stages_s[ONCE]

    def list_per_frame(self) -> list[tuple[str, float]]:
        """(stage, s) in the order of the flow, then what no stage explains, then all of it."""
        stages = [(stage, self.stages_s[stage]) for stage in dict.fromkeys(STAGES.values()) if stage != ONCE]
        rest_s = self.per_frame_s - sum(spent_s for _, spent_s in stages)
        return [*stages, ("the rest", rest_s), ("sum", self.per_frame_s)]


def keep_account(clip: RoadClip) -> Account:
    """Run the job over a clip, in a fresh process, and account for its CPU time."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_keep_account, clip).result()


def _keep_account(clip: RoadClip) -> Account:
    ledger, decoders_s, begun_s = Ledger(), 0.0, 0.0

    @contextmanager
    def open_watched(path: Path) -> Iterator[Any]:
        nonlocal decoders_s
        with open_container(path) as opened:
            yield opened
            decoders_s += decoder_threads_s()

    def begin(_start_s: float, _end_s: float | None) -> Progress:
        nonlocal begun_s
        begun_s = time.process_time()
        return lambda _reached_s, _frames: None

    with (
        tempfile.TemporaryDirectory() as out,
        ledger.following(STAGES),
        patch("safemob.adapters.sources.video_file.open_container", open_watched),
    ):
        run_job(Job(videos=(clip.video,), site=clip.site, model=MODEL, out=Path(out)), begin)
    total_s = time.process_time() - begun_s
    stages_s = ledger.spent_s
    stages_s[_DECODE] += decoders_s
    return Account(stages_s, total_s)
