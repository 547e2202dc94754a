"""How a job's cost grows: with the road users in view, from 5 to 200, and with the cameras on one machine.

Usage: scaling.py [ROUNDS]. Writes `results/scaling.json`. Road users are simulated detections: what is measured is
everything after the network. Cameras are whole jobs side by side on the 720p clip of `throughput.py`.
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import numpy as np
from cpu_ledger import Ledger
from job_ledger import STAGES
from job_usage import Usage, analyse
from results import Cell, Table, publish
from road_clip import RoadClip, make_clip, require_shared
from weave import SITE, Weave

from safemob.adapters.sources.picture import StillPicture
from safemob.disclosure import TrafficTally
from safemob.individual.image.detection import Detections
from safemob.individual.image.frame import Frame
from safemob.individual.ports import RecordedSource
from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.worker.pipeline import Pipeline

__all__ = ["Crowd", "follow_users"]

_ROUNDS: Final = 3
_USERS: Final = (5, 15, 40, 100, 200)
_CAMERAS: Final = (1, 2, 4)
_RATE_HZ, _SECONDS = 20, 20.0
_COUNTS = "counts"


def main() -> None:
    """Measure everything and publish it."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else _ROUNDS
    require_shared()
    crowds = {users: _take_middle([follow_users(users, _SECONDS) for _ in range(rounds)]) for users in _USERS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = make_clip(folder, 720)
        outs = (folder / f"out-{number}" for number in count())
        found: dict[int, list[tuple[float, list[Usage]]]] = {cameras: [] for cameras in _CAMERAS}
        for _ in range(rounds):
            for cameras in _CAMERAS:
                found[cameras].append(_run_cameras(clip, [next(outs) for _ in range(cameras)]))
    publish(
        "scaling",
        "How the cost of a job grows with the road users in view and with the cameras on one machine.",
        [_tabulate_crowds(crowds), _tabulate_cameras(clip, found)],
    )


class Crowd(NamedTuple):
    """CPU s of each stage after the network, and what was followed."""

    stages_s: dict[str, float]
    total_s: float
    frames: int
    states: int
    encounters: int


def follow_users(users: int, seconds: float) -> Crowd:
    """Carry simulated detections of so many road users through the pipeline and into the counts."""
    times_s = np.arange(0.0, seconds, 1 / _RATE_HZ)
    sightings = dict(Weave(users=users).sightings(times_s))
    nothing = StillPicture(image=np.zeros((1, 1, 3), dtype=np.uint8))
    ledger, states, encounters = Ledger(), 0, 0
    tally = TrafficTally(RecordedSource(Path(__file__)))
    with ledger.following({place: stage for place, stage in STAGES.items() if "pipeline:" in place}):
        pipeline = Pipeline(SITE, _Script(sightings), preset=SAFEMOB_1, workers=1)
        begin_s = time.thread_time()
        for moment in pipeline.run(Frame(picture=nothing, time_s=time_s) for time_s in sightings):
            with ledger.stage(_COUNTS):
                tally.add(moment.states)
            states += len(moment.states)
            encounters += len(moment.encounters)
        total_s = time.thread_time() - begin_s
    return Crowd(ledger.spent_s, total_s, len(sightings), states, encounters)


class _Script:
    """A detector that says what it is told to."""

    def __init__(self, sightings: Mapping[float, Detections]) -> None:
        self._sightings = sightings

    def detect(self, frame: Frame) -> Detections:
        return self._sightings[frame.time_s]


def _take_middle(crowds: Sequence[Crowd]) -> Crowd:
    return sorted(crowds, key=lambda crowd: crowd.total_s)[len(crowds) // 2]


def _run_cameras(clip: RoadClip, outs: Sequence[Path]) -> tuple[float, list[Usage]]:
    """Seconds until all of several jobs, started together, are done, and what each took."""
    begin_s = time.perf_counter()
    with ThreadPoolExecutor(len(outs)) as pool:
        usages = list(pool.map(lambda out: analyse(clip, out), outs))
    return time.perf_counter() - begin_s, usages


def _tabulate_crowds(crowds: Mapping[int, Crowd]) -> Table:
    stages = list(dict.fromkeys(stage for crowd in crowds.values() for stage in crowd.stages_s))
    rows: list[list[Cell]] = []
    for users, crowd in crowds.items():
        spent_ms = [crowd.stages_s.get(stage, 0.0) / crowd.frames * 1e3 for stage in stages]
        sum_ms = crowd.total_s / crowd.frames * 1e3
        rows.append(
            [
                users,
                round(crowd.states / crowd.frames, 1),
                round(crowd.encounters / crowd.frames * _RATE_HZ * 60),
                *(round(each, 2) for each in spent_ms),
                round(sum_ms - sum(spent_ms), 2),
                round(sum_ms, 2),
            ]
        )
    return Table(
        title="CPU ms per frame of everything after the network, by road users in view",
        columns=["road users", "followed", "encounters/min", *stages, "the rest", "sum"],
        rows=rows,
        note="Simulated: two sets of one-way lanes on 60 × 60 m that weave through each other, 20 frames/s, everyone "
        "found in every frame. Everybody crosses somebody's way every 2.5 s: more encounters than any street has.",
    )


def _tabulate_cameras(clip: RoadClip, found: Mapping[int, Sequence[tuple[float, Sequence[Usage]]]]) -> Table:
    alone = median(clip.frames / wall_s for wall_s, _ in found[1])
    rows: list[list[Cell]] = []
    for cameras, rounds in found.items():
        rate = median(cameras * clip.frames / wall_s for wall_s, _ in rounds)
        rows.append(
            [
                cameras,
                round(rate, 1),
                round(rate / alone, 2),
                round(rate / cameras, 1),
                round(
                    median(sum(usage.cpu_s for usage in usages) for _, usages in rounds) / cameras / clip.frames * 1e3,
                    1,
                ),
                round(median(sum(usage.peak_mb for usage in usages) for _, usages in rounds)),
            ]
        )
    return Table(
        title="Cameras on one machine, one job each on the 720p clip",
        columns=["cameras", "frames/s in all", "÷ one", "frames/s each", "CPU ms/frame", "sum of peaks, MB"],
        rows=rows,
        note=f"Medians, rounds: {len(found[1])}. Whole jobs of {clip.frames} frames, start-up and report included.",
    )


if __name__ == "__main__":
    main()
