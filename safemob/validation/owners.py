"""Whom each track follows at every moment: the road user whose box it held last."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from safemob.individual.image.association import assign
from safemob.individual.safety.moment import Moment
from safemob.validation.boxes import compare_boxes
from safemob.validation.expected import Expected
from safemob.validation.identity import Sighting

__all__ = ["NOBODY", "Owners"]

NOBODY = -1
"""The owner of a track that never held anybody's box."""

_TOUCHES = 0.3
"""Overlap from which a box is somebody's: less than makes a right detection, since half hidden users are somebody."""


class Owners:
    """Tells whose a track is.

    Args:
        expected: the truth of a film.
        moments: the film as it left the pipeline.
    """

    def __init__(self, expected: Expected, moments: Iterable[Moment]) -> None:
        times: dict[int, list[float]] = defaultdict(list)
        users: dict[int, list[int]] = defaultdict(list)
        self.sightings: list[Sighting] = []
        """Of the users who have to be found, and of tracks that hold none of the others; tracks are numbered anew."""
        number: dict[int, int] = {}
        for moment in moments:
            if not moment.looked_at:
                continue
            truth = expected.at(moment.time_s)
            overlaps = compare_boxes(truth.boxes, moment.boxes)
            rows, columns = assign(overlaps, overlaps >= _TOUCHES)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                track = int(moment.box_ids[column])
                times[track].append(moment.time_s)
                users[track].append(int(truth.users[row]))
            excused = columns[~truth.wanted[rows]]
            counted = np.setdiff1d(np.arange(len(moment.box_ids)), excused)
            tracks = [number.setdefault(track, len(number)) for track in moment.box_ids[counted].tolist()]
            self.sightings.append(
                Sighting(
                    users=truth.users[truth.wanted],
                    tracks=np.array(tracks, dtype=np.int64),
                    overlaps=overlaps[truth.wanted][:, counted],
                )
            )
        self._times = {track: np.array(each) for track, each in times.items()}
        self._users = users

    def find(self, track: int, time_s: float) -> int:
        """The user whose box a track held last at a time, or first after it; `NOBODY` if it never held any."""
        times = self._times.get(track)
        if times is None:
            return NOBODY
        return self._users[track][max(0, int(np.searchsorted(times, time_s, side="right")) - 1)]
