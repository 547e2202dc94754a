"""Parts of the pipeline that know the truth, and stand in for those that have to find it out."""

from collections.abc import Iterator

import numpy as np

from safemob.individual.arrays import Floats
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.coverage import Coverage
from safemob.individual.ground.states import GroundStates
from safemob.individual.image.association import assign
from safemob.individual.image.detection import Detections
from safemob.individual.image.frame import Frame
from safemob.individual.image.tracking import TrackingRules, Tracks
from safemob.site import Site
from safemob.validation.boxes import compare_boxes
from safemob.validation.expected import Expected

__all__ = ["TrueDetector", "TrueTracker", "walk_true_states"]

_SAME_BOX = 0.5
_EXACT = 1e-4
"""Variance of exact positions and velocities, m² and m²/s²: a centimetre, so that nothing divides by zero."""


class TrueDetector:
    """Finds exactly the road users of whom enough can be seen, in boxes around what can be seen of them.

    Args:
        expected: the truth of the film that is played.
    """

    def __init__(self, expected: Expected) -> None:
        self._expected = expected

    def detect(self, frame: Frame) -> Detections:
        """The road users in a frame."""
        truth = self._expected.at(frame.time_s)
        wanted = np.flatnonzero(truth.wanted)
        return Detections(
            boxes=truth.boxes[wanted],
            scores=np.ones(len(wanted)),
            classes=truth.classes[wanted],
            cut=truth.cut[wanted],
        )


class TrueTracker:
    """Gives every true road user one id, until it has been out of sight for as long as the real tracker waits.

    Args:
        expected: the truth of the film that is played.
    """

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._patience_s = TrackingRules().max_unseen_s
        self._next_id = 1
        self.reset()

    def reset(self) -> None:
        """Forget who is there; ids are not reused."""
        self._id_of: dict[int, int] = {}
        self._seen_s: dict[int, float] = {}

    def update(self, detections: Detections, positions: Floats, covariances: Floats, time_s: float) -> Tracks:  # noqa: ARG002  (the port's; truth needs no places)
        """Name the detections of one frame; one that shows nobody gets no track."""
        gone = [user for user, seen_s in self._seen_s.items() if time_s - seen_s > self._patience_s]
        ended = [self._id_of.pop(user) for user in gone]
        for user in gone:
            del self._seen_s[user]
        truth = self._expected.at(time_s)
        overlaps = compare_boxes(truth.boxes, detections.boxes)
        rows, columns = assign(overlaps, overlaps >= _SAME_BOX)
        ids = []
        for user in truth.users[rows].tolist():
            if user not in self._id_of:
                self._id_of[user], self._next_id = self._next_id, self._next_id + 1
            self._seen_s[user] = time_s
            ids.append(self._id_of[user])
        return Tracks(
            ids=np.array(ids, dtype=np.int64),
            detections=columns,
            classes=truth.classes[rows],
            ended=np.array(ended, dtype=np.int64),
        )


def walk_true_states(expected: Expected, site: Site) -> Iterator[GroundStates]:
    """Exact states of everybody inside the picture and the coverage, hidden or not; a user's place + 1 is its id.

    Args:
        expected: the truth of a film.
        site: where it was filmed.
    """
    polygon = None if site.coverage_m is None else np.array(site.coverage_m)
    coverage = Coverage(Camera(site.camera), polygon)
    there = [np.flatnonzero(frame.inside & coverage.contains(frame.positions)) for frame in expected.frames]
    last = {
        user: index
        for index, (frame, rows) in enumerate(zip(expected.frames, there, strict=True))
        for user in frame.users[rows].tolist()
    }
    for index, (frame, rows) in enumerate(zip(expected.frames, there, strict=True)):
        users = frame.users[rows]
        yield GroundStates(
            time_s=frame.time_s,
            ids=users + 1,
            classes=frame.classes[rows],
            positions=frame.positions[rows],
            velocities=frame.velocities[rows],
            accelerations=np.zeros((len(rows), 2)),  # no indicator asks for it
            headings=frame.headings[rows],
            lengths=expected.sizes[users, 0],
            widths=expected.sizes[users, 1],
            covariances=np.tile(_EXACT * np.eye(4), (len(rows), 1, 1)),
            observed=np.ones(len(rows), dtype=np.bool_),
            ended=np.array([user + 1 for user, end in last.items() if end == index], dtype=np.int64),
        )
