"""How fast a whole job is, beside bare inference and beside `yolo track`: same network, clip and machine, in turns.

Usage: throughput.py [ROUNDS]. Writes `results/throughput.json`: frames/s of every contender, where a job's CPU time
goes, and its peak memory over a clip and over one ten times longer. Five rounds take about half an hour.
"""

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from typing import Final

from bare_inference import BareInference
from job_ledger import ONCE, Account, keep_account
from job_usage import Usage, analyse
from results import Cell, Table, publish
from road_clip import MODEL, RATE_HZ, WEIGHTS, RoadClip, lengthen, make_clip, require_shared
from ultralytics_track import ask_ultralytics

__all__: list[str] = []

_ROUNDS: Final = 5
_HEIGHTS: Final = (1080, 720)
_CORES: Final = os.cpu_count() or 1
_LIMIT_MB: Final = 300
_LONG: Final = 10

_BARE = f"bare ONNX Runtime, {_CORES} calls of 1 thread at once"
_BARE_WIDE = f"bare ONNX Runtime, 1 call of {_CORES} threads"
_WHOLE = "safemob analyse, from its start to its last file"
_STEADY = "safemob analyse, frame after frame"
_TRACK = "yolo track, its defaults"
_TRACK_ONNX = "yolo track, our ONNX file"

_Round = dict[str, float]
"""Frames/s of each contender."""


def main() -> None:
    """Measure everything and publish it."""
    require_shared()
    rounds = int(sys.argv[1]) if sys.argv[1:] else _ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = {height: make_clip(folder, height) for height in _HEIGHTS}
        versions = ask_ultralytics(clips[_HEIGHTS[0]].video, WEIGHTS, 1).versions
        outs = (folder / f"out-{number}" for number in count())
        races = {height: _Race(clip, outs) for height, clip in clips.items()}
        found: dict[int, list[_Round]] = {height: [] for height in _HEIGHTS}
        for number in range(rounds):
            for height, race in races.items():
                found[height].append(race.run(turn=number))
        accounts = {height: keep_account(clip) for height, clip in clips.items()}
        largest = clips[_HEIGHTS[0]]
        memory = [(clip, analyse(clip, next(outs))) for clip in (largest, lengthen(largest, _LONG))]
    publish(
        "throughput",
        "Frames/s of the whole job against bare ONNX Runtime and Ultralytics on the same clip, network and machine; "
        "where the job's CPU time goes; its peak memory.",
        [_tabulate_speed(found), _tabulate_ledger(accounts, clips), _tabulate_memory(memory)],
        versions=versions,
    )


class _Race:
    """All contenders on one clip."""

    def __init__(self, clip: RoadClip, outs: Iterator[Path]) -> None:
        self._clip, self._twice, self._outs = clip, lengthen(clip, 2), outs
        self._bare = BareInference(clip.video, calls=_CORES, threads=1)

    def run(self, turn: int) -> _Round:
        """One round; who begins changes from turn to turn."""
        done: _Round = {}
        runs = (self._run_bare, self._run_job, self._run_track)
        for index in range(len(runs)):
            done |= runs[(turn + index) % len(runs)]()
        return done

    def _run_bare(self) -> _Round:
        wide = BareInference(self._clip.video, calls=1, threads=_CORES)
        return {
            _BARE: self._bare.frames_per_s(self._twice.frames),
            _BARE_WIDE: wide.frames_per_s(self._clip.frames // 2),
        }

    def _run_job(self) -> _Round:
        once, twice = (analyse(clip, next(self._outs)).wall_s for clip in (self._clip, self._twice))
        return {
            _WHOLE: self._twice.frames / twice,
            _STEADY: (self._twice.frames - self._clip.frames) / (twice - once),
        }

    def _run_track(self) -> _Round:
        return {
            _TRACK: ask_ultralytics(self._clip.video, WEIGHTS).frames_per_s,
            _TRACK_ONNX: ask_ultralytics(self._clip.video, MODEL).frames_per_s,
        }


def _tabulate_speed(found: Mapping[int, Sequence[_Round]]) -> Table:
    columns, rows = ["contender"], defaultdict[str, list[Cell]](list)
    for height, rounds in found.items():
        columns += [f"{height}p, frames/s", "÷ bare", "÷ yolo track"]
        for contender in (_BARE, _BARE_WIDE, _STEADY, _WHOLE, _TRACK, _TRACK_ONNX):
            rows[contender] += [
                round(median(each[contender] for each in rounds), 1),
                round(median(each[contender] / each[_BARE] for each in rounds), 2),
                round(median(each[contender] / each[_TRACK] for each in rounds), 2),
            ]
    return Table(
        title="Frames per second",
        columns=columns,
        rows=[[contender, *cells] for contender, cells in rows.items()],
        note=f"Medians of {len(next(iter(found.values())))} interleaved rounds, of the ratios within each round. "
        "YOLOv8n in fp32 at 640 × 384 for everyone. From its start to its last file: the command over 800 frames (38 s "
        "of footage), with counts, review list and report. Frame after frame: what 400 frames more cost that command, "
        "so without start-up and report, as in footage of an hour. yolo track is not charged for its start-up.",
    )


def _tabulate_ledger(accounts: Mapping[int, Account], clips: Mapping[int, RoadClip]) -> Table:
    columns, rows = ["stage"], defaultdict[str, list[Cell]](list)
    for height, account in accounts.items():
        columns += [f"{height}p, CPU ms/frame", "%"]
        frames = clips[height].frames
        for stage, spent_s in account.list_per_frame():
            rows[stage] += [round(spent_s / frames * 1e3, 2), round(100 * spent_s / account.per_frame_s, 1)]
    once = " and ".join(f"{account.stages_s[ONCE]:.1f} s" for account in accounts.values())
    return Table(
        title="Where the job's CPU time goes",
        columns=columns,
        rows=[[stage, *cells] for stage, cells in rows.items()],
        note="All threads, from the first frame on. The rest is what no stage explains: handing frames from thread to "
        f"thread, bookkeeping. Spent once, not for every frame: {ONCE}, {once}.",
    )


def _tabulate_memory(memory: Sequence[tuple[RoadClip, Usage]]) -> Table:
    return Table(
        title=f"Peak memory of the job on {_HEIGHTS[0]}p footage",
        columns=["frames", "footage, s", "peak, MB", "job, s"],
        rows=[
            [clip.frames, round(clip.frames / RATE_HZ), round(usage.peak_mb, 1), round(usage.wall_s, 1)]
            for clip, usage in memory
        ],
        note=f"Resident set of the command at its largest (VmHWM), 10⁶ bytes. The aim is {_LIMIT_MB} MB at any length.",
    )


if __name__ == "__main__":
    main()
