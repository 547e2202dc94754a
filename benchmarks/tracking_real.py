"""Our tracker against those of the `trackers` package on real clips, with five detection models.

Writes `results/tracking_real.json`: per model and frame rate, summed over the clips, the road users seen, how often one
changed its track, how often a track changed its road user, tracks of nobody, and how many road users ended under a
wrong class (cars, vans and trucks, which the models do not tell apart, taken as one).
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from identity import switches
from real_clips import CLIPS, class_names, cut_out, every, false_tracks, watch
from simulated_intersection import Sighting, track
from tracking import ask_oracle, make_environment

from safemob.individual.arrays import Ints
from safemob.individual.image.tracking import GroundGatedTracker
from safemob.taxonomy import RoadUserClass

_HERE: Final = Path(__file__).resolve().parent
_SHARED: Final = _HERE.parents[1] / "shared" / "data"
_DRIVEN: Final = {"car", "truck", "bus"}


def main() -> None:
    """Run everything and write the table."""
    if not _SHARED.is_dir():
        print("This benchmark needs the shared footage and models (../shared/data), which are not part of the project.")
        return
    python = make_environment()
    scenes = {
        f"{path.stem}, {name}, {clip}": scene
        for path in sorted((_SHARED / "models").glob("*.onnx"))
        for clip in CLIPS
        for name, scene in _sample(watch(clip, path, _SHARED / "video")).items()
    }
    _, theirs = ask_oracle(python, scenes)
    table: dict[str, dict[str, Ints]] = defaultdict(lambda: defaultdict(lambda: np.zeros(4, dtype=np.int64)))
    misnamed: dict[str, int] = defaultdict(int)
    for k, (name, scene) in enumerate(scenes.items()):
        model, rate, clip = name.split(", ", 2)
        truth = np.concatenate([s.truth for s in scene])
        given = {"ours": np.concatenate(track(scene)), "bytetrack": theirs[f"bytetrack_{k}"]}
        given["ocsort"] = theirs[f"ocsort_{k}"]
        for tracker, ids in given.items():
            table[f"{model}, {rate}"][tracker] += _judge(truth, ids)
        misnamed[f"{model}, {rate}"] += _count_misnamed(clip, scene)
    columns = ("users_seen", "users_changing_track", "tracks_changing_user", "tracks_of_nobody")
    result: dict[str, Any] = {
        name: {t: dict(zip(columns, counts.tolist(), strict=True)) for t, counts in row.items()}
        | {"ours_misnamed": misnamed[name]}
        for name, row in table.items()
    }
    for name, row in table.items():
        print(f"{name:40s}", *(f"{t} {counts.tolist()}" for t, counts in row.items()), "misnamed", misnamed[name])
    (_HERE / "results" / "tracking_real.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _sample(scene: Sequence[Sighting]) -> dict[str, list[Sighting]]:
    rates = {f"every {step} frames": every(scene, step) for step in (1, 2, 4)}
    return rates | {"gap of 1 s": cut_out(scene, 1.0)}


def _judge(truth: Ints, ids: Ints) -> Ints:
    known = np.maximum(truth, -1)
    seen = np.unique(known[(known >= 0) & (ids >= 0)])
    return np.array([len(seen), switches(known, ids), switches(ids, known), false_tracks(truth, ids)])


def _count_misnamed(clip: str, scene: Sequence[Sighting]) -> int:
    tracker = GroundGatedTracker()
    named: dict[int, int] = {}
    for sighting in scene:
        tracks = tracker.update(sighting.detections, sighting.positions, sighting.covariances, sighting.time_s)
        named.update(zip(sighting.truth[tracks.detections].tolist(), tracks.classes.tolist(), strict=True))
    names = class_names(clip)
    return sum(_plain(names[u]) != _plain(RoadUserClass(code).label) for u, code in named.items() if u >= 0)


def _plain(name: str) -> str:
    return "driven" if name in _DRIVEN else name


if __name__ == "__main__":
    main()
