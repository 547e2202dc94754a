"""Runs inside the environment of the `trackers` package: gives its trackers the scenes of a file, and times them.

    python trackers_oracle.py scenes.npz answers.npz scores.json

Scenes hold flat arrays per scene k: boxes_k (N, 4), scores_k (N,), frames_k (N,), times_k (F,), truth_k (N,), and
ours_k (N,), the ids our tracker gave. Answers hold ids per tracker and scene in the same order, -1 for none; the
measures of every tracker, ours too, are those that `trackers.eval` computes.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from trackers import ByteTrackTracker, OCSORTTracker
from trackers.eval.clear import compute_clear_metrics
from trackers.eval.hota import compute_hota_metrics
from trackers.eval.identity import compute_identity_metrics

_LOW_SCORE = 0.1


def make_trackers(rate_hz: float) -> dict[str, Any]:
    """The trackers of the package with thresholds as low as ours, and the same patience of two seconds."""
    common = {"lost_track_buffer": 60, "frame_rate": rate_hz, "minimum_consecutive_frames": 3}
    return {
        "bytetrack": ByteTrackTracker(
            track_activation_threshold=0.3, high_conf_det_threshold=0.25, minimum_iou_threshold=0.1, **common
        ),
        "ocsort": OCSORTTracker(high_conf_det_threshold=0.25, minimum_iou_threshold=0.1, **common),
    }


class _Tracker(Protocol):
    """What is used of a tracker of the package, which is not there for the type checker."""

    def update(self, detections: sv.Detections, *, timestamp: float) -> sv.Detections:
        """Ids for one frame's detections."""
        ...


def follow(
    tracker: _Tracker,
    boxes: NDArray[Any],
    scores: NDArray[Any],
    frames: NDArray[Any],
    times: NDArray[Any],
) -> tuple[NDArray[Any], float]:
    """Ids in the order of the detections, and the median of milliseconds per frame."""
    ids, spent = np.full(len(boxes), -1), []
    for k, moment in enumerate(times):
        rows = np.flatnonzero((frames == k) & (scores >= _LOW_SCORE))
        found = sv.Detections(
            xyxy=boxes[rows], confidence=scores[rows], class_id=np.zeros(len(rows), int), data={"row": rows}
        )
        begin = time.perf_counter()
        tracked = tracker.update(found, timestamp=float(moment))
        spent.append(time.perf_counter() - begin)
        if len(tracked):
            ids[tracked.data["row"]] = tracked.tracker_id
    return ids, float(np.median(spent) * 1e3)


def measure(truth: NDArray[Any], ids: NDArray[Any], frames: NDArray[Any], count: int) -> dict[str, float]:
    """IDF1, HOTA, its association part and identity switches over detections, which match themselves alone."""
    users, tracks, same = [], [], []
    for k in range(count):
        rows = np.flatnonzero(frames == k)
        real, given = rows[truth[rows] >= 0], rows[ids[rows] > 0]
        users.append(truth[real])
        tracks.append(ids[given])
        same.append((real[:, None] == given[None]).astype(float))
    _, users_flat = np.unique(np.concatenate(users), return_inverse=True)
    _, tracks_flat = np.unique(np.concatenate(tracks), return_inverse=True)
    users = np.split(users_flat, np.cumsum([len(u) for u in users])[:-1])
    tracks = np.split(tracks_flat, np.cumsum([len(t) for t in tracks])[:-1])
    hota = compute_hota_metrics(users, tracks, same)
    clear = compute_clear_metrics(users, tracks, same)
    return {
        "idf1": float(compute_identity_metrics(users, tracks, same)["IDF1"]),
        "hota": float(hota["HOTA"]),
        "assa": float(hota["AssA"]),
        "switches": int(clear["IDSW"]),
        "fragments": int(clear["Frag"]),
        "tracks": int(tracks_flat.max()) + 1,
        "users": int(users_flat.max()) + 1,
    }


def main(scenes_path: str, answers_path: str, scores_path: str) -> None:
    """Answer every scene of the file."""
    scenes = np.load(scenes_path)
    answers: dict[str, Any] = {}
    measures: dict[str, Any] = {}
    for k in range(int(scenes["count"])):
        boxes, scores, frames, times, truth = (
            scenes[f"{n}_{k}"] for n in ("boxes", "scores", "frames", "times", "truth")
        )
        rate_hz = 1.0 / float(np.median(np.diff(times)))
        row = {"ours": measure(truth, scenes[f"ours_{k}"], frames, len(times))}
        for name, tracker in make_trackers(rate_hz).items():
            ids, spent_ms = follow(tracker, boxes, scores, frames, times)
            ids = np.where(ids >= 0, ids + 1, -1)
            answers[f"{name}_{k}"] = ids
            row[name] = measure(truth, ids, frames, len(times)) | {"ms_per_frame": spent_ms}
        measures[str(scenes[f"name_{k}"])] = row
    np.savez(answers_path, **answers)
    Path(scores_path).write_text(json.dumps({"trackers": version("trackers"), "scenes": measures}))


if __name__ == "__main__":
    main(*sys.argv[1:])
