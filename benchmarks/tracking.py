"""Our tracker against those of the `trackers` package, on simulated intersections with known identities.

Publishes identity measures and milliseconds per frame, and writes the partitions that
`tests/reference/test_tracker_parity.py` expects. The package lives in `.venv-trackers`, made on first use from
`requirements-trackers.txt`; simulated arrays reach it through files in a temporary folder.
"""

import json
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from oracle_environment import make_environment
from results import Cell, Table, publish
from simulated_intersection import Sighting, World, frame_times, parity_scenes, simulate, track

__all__ = ["ask_oracle", "tabulate"]

_HERE = Path(__file__).resolve().parent
_EXPECTED = _HERE.parent / "tests" / "reference" / "data" / "tracker_parity.json"
_SEEDS = (101, 102, 103)
_ROUNDS = 3
_NAMES = {"ours": "ours", "bytetrack": "ByteTrack", "ocsort": "OC-SORT"}
_DECIMALS = {"idf1": 3, "hota": 3, "switches": 1, "tracks": 1}


def main() -> None:
    """Run everything, publish it, and write what the test of parity expects."""
    python = make_environment("trackers")
    hard = {
        f"{users} users, {rate_hz} frames/s, {'gap of 1 s and jitter' if gap else 'regular'}, seed {seed}": simulate(
            World(users=users), frame_times(rate_hz, 20.0, jitter=0.5 * gap, gap_s=1.0 * gap, seed=seed), seed
        )
        for users in (15, 40)
        for rate_hz in (5, 10, 20, 30)
        for gap in (False, True)
        for seed in _SEEDS
    }
    answers, _ = ask_oracle(python, hard)
    measures: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for name, row in answers["scenes"].items():
        for tracker, measured in row.items():
            measures[name.rsplit(",", 1)[0]][tracker].append(measured)
    speed = {users: _race(python, World(users=users)) for users in (15, 40)}

    parity = parity_scenes()
    _, partitions = ask_oracle(python, parity)
    expected = {
        "trackers": answers["trackers"],
        "tracker": "ByteTrackTracker",
        "scenes": {name: partitions[f"bytetrack_{k}"].tolist() for k, name in enumerate(parity)},
    }
    _EXPECTED.parent.mkdir(exist_ok=True)
    _EXPECTED.write_text(json.dumps(expected, separators=(",", ":")) + "\n", encoding="utf-8")
    publish(
        "tracking",
        "How well our tracker keeps identities, and how fast, against two of the `trackers` package given the same"
        " simulated detections.",
        tabulate(measures, speed),
        versions={"trackers": answers["trackers"]},
    )


def tabulate(
    measures: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]], speed: Mapping[int, Mapping[str, float]]
) -> list[Table]:
    """Tables of identity measures per scene, tracker and seed, and of milliseconds per frame."""

    def rows(*keys: str) -> list[list[Cell]]:
        return [
            [scene, *(round(float(np.mean([m[key] for m in row[t]])), _DECIMALS[key]) for key in keys for t in _NAMES)]
            for scene, row in measures.items()
        ]

    def headings(*words: str) -> list[str]:
        return ["scene", *(f"{word}, {name}" for word in words for name in _NAMES.values())]

    return [
        Table(
            title="Identity",
            columns=headings("IDF1", "HOTA"),
            rows=rows("idf1", "hota"),
            note=f"Means of {len(_SEEDS)} seeds; 1 is perfect. Boxes jitter, vanish behind others, dip below any"
            " threshold and carry wrong classes; clutter flickers. The simulation is ours: footage says more"
            " (tracking_real).",
        ),
        Table(
            title="Breaks and mistakes",
            columns=headings("switches", "tracks"),
            rows=rows("switches", "tracks"),
            note="Switches: how often a road user's track became another's. Tracks: how many were made for"
            f" {min(_users(measures)):.1f} to {max(_users(measures)):.1f} road users (per scene).",
        ),
        Table(
            title="Time per frame",
            columns=["road users", *(f"{name}, ms" for name in _NAMES.values())],
            rows=[[str(users), *(row[tracker] for tracker in _NAMES)] for users, row in speed.items()],
            note=f"Medians of {_ROUNDS} interleaved rounds of each run's median, one thread.",
        ),
    ]


def _users(measures: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]) -> list[float]:
    return [float(np.mean([m["users"] for m in row["ours"]])) for row in measures.values()]


def ask_oracle(python: Path, scenes: Mapping[str, list[Sighting]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the oracle answers: measures of every tracker, ours too, and the ids its own trackers gave."""
    arrays: dict[str, Any] = {"count": len(scenes)}
    for k, (name, scene) in enumerate(scenes.items()):
        arrays |= {
            f"name_{k}": name,
            f"boxes_{k}": np.concatenate([s.detections.boxes for s in scene]),
            f"scores_{k}": np.concatenate([s.detections.scores for s in scene]),
            f"frames_{k}": np.repeat(np.arange(len(scene)), [len(s.truth) for s in scene]),
            f"times_{k}": np.array([s.time_s for s in scene]),
            f"truth_{k}": np.concatenate([s.truth for s in scene]),
            f"ours_{k}": np.concatenate(track(scene)),
        }
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("scenes.npz", "answers.npz", "measures.json")]
        np.savez(files[0], **arrays)
        subprocess.run([python, _HERE / "trackers_oracle.py", *files], check=True)  # noqa: S603  (our own interpreter and files)
        with np.load(files[1]) as answers:
            return json.loads(files[2].read_text(encoding="utf-8")), dict(answers)


def _race(python: Path, world: World) -> dict[str, float]:
    """Medians of milliseconds per frame, ours and theirs in turns on the same scene."""
    scene = simulate(world, frame_times(20, 20.0), _SEEDS[0])
    spent: dict[str, list[float]] = defaultdict(list)
    for _ in range(_ROUNDS):
        steps: list[float] = []
        track(scene, steps_s=steps)
        spent["ours"].append(float(np.median(steps)) * 1e3)
        answers, _ = ask_oracle(python, {"race": scene})
        for name in ("bytetrack", "ocsort"):
            spent[name].append(answers["scenes"]["race"][name]["ms_per_frame"])
    return {name: round(float(np.median(values)), 2) for name, values in spent.items()}


if __name__ == "__main__":
    main()
