"""Our tracker against those of the `trackers` package, on simulated intersections with known identities.

Writes `results/tracking.json` (identity measures and milliseconds per frame) and the partitions that
`tests/reference/test_tracker_parity.py` expects. The package lives in `.venv-trackers`, made on first use from
`requirements-trackers.txt`; simulated arrays reach it through files in a temporary folder.
"""

import json
import platform
import subprocess
import sys
import tempfile
import time
import venv
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from simulated_intersection import Sighting, World, frame_times, parity_scenes, simulate, track

__all__ = ["ask_oracle", "make_environment"]

_HERE = Path(__file__).resolve().parent
_ENVIRONMENT = _HERE.parent / ".venv-trackers"
_EXPECTED = _HERE.parent / "tests" / "reference" / "data" / "tracker_parity.json"
_SEEDS = (101, 102, 103)
_ROUNDS = 3


def main() -> None:
    """Run everything and write both files."""
    python = make_environment()
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
    table: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for name, row in answers["scenes"].items():
        for tracker, measures in row.items():
            table[name.rsplit(",", 1)[0]][tracker].append(measures)
    keys = ("idf1", "hota", "switches", "fragments", "tracks", "users")
    identity = {
        scene: {t: {k: round(float(np.mean([m[k] for m in ms])), 3) for k in keys} for t, ms in row.items()}
        for scene, row in table.items()
    }
    for scene, row in identity.items():
        print(f"{scene:45s}", *(f"{t} {m['idf1']:.3f} {m['hota']:.3f} {m['switches']:5.1f}" for t, m in row.items()))
    speed = {users: _race(python, World(users=users)) for users in (15, 40)}
    print("ms/frame", speed)

    parity = parity_scenes()
    _, partitions = ask_oracle(python, parity)
    expected = {
        "trackers": answers["trackers"],
        "tracker": "ByteTrackTracker",
        "scenes": {name: partitions[f"bytetrack_{k}"].tolist() for k, name in enumerate(parity)},
    }
    _EXPECTED.parent.mkdir(exist_ok=True)
    _EXPECTED.write_text(json.dumps(expected, separators=(",", ":")) + "\n", encoding="utf-8")
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}",
        "trackers": answers["trackers"],
        "identity": identity,
        "median_ms_per_frame": speed,
    }
    (_HERE / "results").mkdir(exist_ok=True)
    (_HERE / "results" / "tracking.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def make_environment() -> Path:
    """The interpreter that has the package, in an environment made on first use.

    Raises:
        SystemExit: if it cannot be installed.
    """
    python = _ENVIRONMENT / "bin" / "python"
    ready = _ENVIRONMENT / ".ready"
    if not ready.exists():
        venv.create(_ENVIRONMENT, with_pip=True, clear=True)
        pinned = _HERE / "requirements-trackers.txt"
        command = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(pinned)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  (our own interpreter and files)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            msg = f"The oracle of this benchmark, {pinned.name}, cannot be installed (is PyPI reachable?): {reason}"
            raise SystemExit(msg)
        ready.touch()
    return python


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
    begin = time.perf_counter()
    main()
    print(f"{time.perf_counter() - begin:.0f} s", file=sys.stderr)
