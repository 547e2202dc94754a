"""Our tracker against those of the `trackers` package on real clips, with five detection models.

Publishes, per model and frame rate and summed over the clips, the road users seen, how often one changed its track, how
often a track changed its road user, tracks of nobody, and how many road users ended under a wrong class (cars, vans and
trucks, which the models do not tell apart, taken as one).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from identity import switches
from oracle_environment import make_environment
from real_clips import CLIPS, class_names, cut_out, every, false_tracks, watch
from results import SHARED, Table, publish
from simulated_intersection import Sighting, track
from tracking import ask_oracle

from safemob.individual.arrays import Ints
from safemob.individual.image.tracking import GroundGatedTracker
from safemob.taxonomy import RoadUserClass

_DRIVEN: Final = {"car", "truck", "bus"}
_TRACKERS: Final = ("ours", "bytetrack", "ocsort")
_COUNTED: Final = ("users seen", "users who changed track", "tracks that changed user", "tracks of nobody")


def main() -> None:
    """Run everything and publish the table."""
    if not SHARED.is_dir():
        print("This benchmark needs the shared footage and models (../shared/data), which are not part of the project.")
        return
    python = make_environment("trackers")
    scenes = {
        f"{path.stem}, {name}, {clip}": scene
        for path in sorted((SHARED / "models").glob("*.onnx"))
        for clip in CLIPS
        for name, scene in _sample(watch(clip, path, SHARED / "video")).items()
    }
    answers, theirs = ask_oracle(python, scenes)
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
    publish(
        "tracking_real",
        "How well our tracker keeps identities on real clips, against two of the `trackers` package given the same"
        " detections.",
        [tabulate(table, misnamed)],
        versions={"trackers": answers["trackers"]},
    )


def tabulate(table: Mapping[str, Mapping[str, Ints]], misnamed: Mapping[str, int]) -> Table:
    """One row per model and frame rate, from `_judge`'s four counts per tracker."""
    return Table(
        title="Identities on three clips of two intersections: ours / ByteTrack / OC-SORT",
        columns=["model", "frames used", *_COUNTED, "wrong class, ours"],
        rows=[
            [
                *name.split(", ", 1),
                *(" / ".join(str(row[tracker][k]) for tracker in _TRACKERS) for k in range(len(_COUNTED))),
                misnamed[name],
            ]
            for name, row in table.items()
        ],
        note="17 s of footage with 28 road users, told apart by eye; counts are sums over the clips. Users who changed"
        " track and tracks that changed user are mistakes, and so are tracks of nobody. All trackers get the same"
        " detections. Cars, vans and trucks count as one class.",
    )


def _sample(scene: Sequence[Sighting]) -> dict[str, list[Sighting]]:
    rates = {"every": 1, "every 2nd": 2, "every 4th": 4}
    return {name: every(scene, step) for name, step in rates.items()} | {"all but 1 s": cut_out(scene, 1.0)}


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
