"""Real clips as scenes of known identity: what a tracker is given in the real pipeline, and who each detection shows.

The footage and the models lie beside a developer's checkout; who is where in it was told by eye, see
`tests/reference/data/real_identities.json`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from scipy.optimize import linear_sum_assignment
from simulated_intersection import Sighting

from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.site_file import load_site
from safemob.adapters.sources.recording import Recording
from safemob.individual.arrays import Floats, Ints
from safemob.individual.image.association import box_overlaps
from safemob.individual.image.detection import Detections
from safemob.individual.image.motion import box_measurements
from safemob.individual.image.tracking import GroundGatedTracker, Tracks
from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.worker.pipeline import Pipeline

__all__ = ["CLIPS", "class_names", "cut_out", "every", "false_tracks", "watch"]

_PROJECT: Final = Path(__file__).resolve().parents[1]
CLIPS: Final[dict[str, dict[str, Any]]] = json.loads(
    (_PROJECT / "tests" / "reference" / "data" / "real_identities.json").read_text(encoding="utf-8")
)["clips"]

_SAME: Final = 0.3
"""Intersection over union from which a detection may show the road user whose box was drawn."""

_BEFORE_AND_AFTER_S: Final = 0.3
"""Road users come and go at the frame edge a little before and after the first and last box drawn."""

_NOBODY, _IN_THE_CROWD = -1, -2
_MOST = 0.5


class _Witness:
    """Our tracker, keeping what it is given."""

    def __init__(self) -> None:
        self._tracker = GroundGatedTracker()
        self.given: list[tuple[Detections, Floats, Floats, float]] = []

    def update(self, detections: Detections, positions: Floats, covariances: Floats, time_s: float) -> Tracks:
        self.given.append((detections, positions, covariances, time_s))
        return self._tracker.update(detections, positions, covariances, time_s)

    def reset(self) -> None:
        self._tracker.reset()


def watch(clip: str, model: Path, footage: Path) -> list[Sighting]:
    """Run the pipeline over a clip of `CLIPS`; footage is the folder its files lie in.

    `truth` counts the road users as they are listed; negative is nobody, or somebody in a crowd.
    """
    site = load_site(_PROJECT / "calibration" / f"{CLIPS[clip]['site']}.toml")
    recording = Recording.open([footage / name for name in CLIPS[clip]["files"]], time_zone=ZoneInfo(site.time_zone))
    witness = _Witness()
    pipeline = Pipeline(site, OnnxDetector(model), preset=SAFEMOB_1, tracker=witness)
    for _ in pipeline.run(frame for file in recording.files for frame in file.open().frames()):
        pass
    return [Sighting(*given, _recognise(clip, given[0].boxes, given[3])) for given in witness.given]


def every(scene: Sequence[Sighting], step: int) -> list[Sighting]:
    """The scene at a lower frame rate."""
    return list(scene[::step])


def cut_out(scene: Sequence[Sighting], gap_s: float) -> list[Sighting]:
    """The scene without some time in its middle."""
    middle_s = (scene[0].time_s + scene[-1].time_s) / 2
    return [sighting for sighting in scene if abs(sighting.time_s - middle_s) > gap_s / 2]


def false_tracks(truth: Ints, ids: Ints) -> int:
    """Tracks most of whose detections show nobody at all."""
    return sum(bool((truth[ids == track] == _NOBODY).mean() > _MOST) for track in np.unique(ids[ids >= 0]))


def class_names(clip: str) -> list[str]:
    """The class of every road user, as listed."""
    return [user["class"] for user in CLIPS[clip]["users"].values()]


def _recognise(clip: str, boxes: Floats, time_s: float) -> Ints:
    """(N,) who each box shows: every road user at most once, whoever is drawn closest."""
    overlaps = box_overlaps(_drawn(clip, time_s), box_measurements(boxes))
    users, columns = linear_sum_assignment(np.where(overlaps >= _SAME, overlaps, 0.0), maximize=True)
    same = overlaps[users, columns] >= _SAME
    crowded = np.array(CLIPS[clip]["crowded"], dtype=np.float64).reshape(-1, 4)
    middles = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    within = np.all((middles >= crowded[:, :2]) & (middles <= crowded[:, 2:]), axis=2)
    unclear = within.any(axis=1) | (overlaps >= _SAME).any(axis=0)
    truth = np.where(unclear, _IN_THE_CROWD, _NOBODY)
    truth[columns[same]] = users[same]
    return truth


def _drawn(clip: str, time_s: float) -> Floats:
    """(U, 4) centre x, centre y, width and height of every road user, of no size if not there."""
    drawn = np.zeros((len(CLIPS[clip]["users"]), 4))
    for row, user in zip(drawn, CLIPS[clip]["users"].values(), strict=True):
        times, *edges = np.array(user["boxes"], dtype=np.float64).T
        if times[0] - _BEFORE_AND_AFTER_S <= time_s <= times[-1] + _BEFORE_AND_AFTER_S:
            row[:] = [np.interp(time_s, times, edge) for edge in edges]
    return box_measurements(drawn)
