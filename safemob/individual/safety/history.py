"""What is remembered of each road user, and of two of them who meet."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.pet import Poses
from safemob.individual.safety.rectangle import Rectangles
from safemob.taxonomy import RoadUserClass

__all__ = ["History", "Life", "Meeting", "find_directions", "tabulate_states"]

_MARK_SPACING_S = 0.25
_SHORTEST_TAPE = 32
_SIGMA = 9
_TRIANGLE = np.triu_indices(4)
"""Entries of a symmetric matrix that say all of it."""
_STANDING_MPS = 0.5
"""Below this, the direction of a smoothed velocity says less than the heading that is held."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Life(Ephemeral):
    """What is remembered of one road user, N ≥ 1 frames. Read-only.

    Attributes:
        id: track id.
        road_class: its class as known last.
        born_s: when it appeared, remembered or not.
        gone: whether it will not come again (or the recording ended).
        poses: its footprint at every frame.
        velocities: (N, 2) m/s.
        covariances: (N, 4, 4) of (x, y, vx, vy).
        observed: (N,) whether a detection supports the frame.
        travel_m: the furthest it has been from where it appeared, over its whole life.
        sigma_m: standard deviation of its position where that was worst.
    """

    id: int
    road_class: RoadUserClass
    born_s: float
    gone: bool
    poses: Poses
    velocities: Floats
    covariances: Floats
    observed: Bools
    travel_m: float
    sigma_m: float

    def __post_init__(self) -> None:
        n = len(self.poses)
        check_shapes(self, velocities=(n, 2), covariances=(n, 4, 4), observed=(n,))

    @property
    def is_known_from_birth(self) -> bool:
        """Whether the first remembered frame is the first there was."""
        return bool(self.poses.times[0] <= self.born_s)

    def velocity_at(self, time_s: float) -> Floats:
        """(2,) interpolated velocity, m/s."""
        times = self.poses.times
        return np.array([np.interp(time_s, times, component) for component in self.velocities.T])

    def find_occluded(self, times: Floats, longest_s: float) -> Bools:
        """(M,) whether the times fall between two observations more than `longest_s` apart."""
        own = self.poses.times
        seen = own[self.observed]
        bounds = np.concatenate([own[:1], seen, own[-1:]])
        before = bounds[np.searchsorted(seen, times, side="right")]
        after = bounds[np.searchsorted(seen, times, side="left") + 1]
        occluded: Bools = after - before > longest_s
        return occluded

    def extrapolate(self, seconds: float) -> list[Poses]:
        """Where the user would be, unseen, at constant velocity before its track began and after it ended."""
        unseen = []
        if self.is_known_from_birth:
            unseen.append(self._extend(0, np.array([-seconds, 0.0])))
        if self.gone:
            unseen.append(self._extend(-1, np.array([0.0, seconds])))
        return unseen

    def _extend(self, frame: int, lapse: Floats) -> Poses:
        poses = self.poses
        return Poses(
            times=poses.times[frame] + lapse,
            positions=poses.positions[frame] + lapse[:, None] * self.velocities[frame],
            headings=np.repeat(poses.headings[frame], 2),
            lengths=np.repeat(poses.lengths[frame], 2),
            widths=np.repeat(poses.widths[frame], 2),
        )


class _Tape(Ephemeral):
    """Rows in order of time, their first column: added at the end, forgotten from the front, read in one piece.

    Args:
        row: the first one.
    """

    def __init__(self, row: Floats) -> None:
        self._room = np.empty((_SHORTEST_TAPE, len(row)))
        self._room[0] = row
        self._begin, self._end = 0, 1

    @property
    def rows(self) -> Floats:
        """(N, columns) what is remembered, N ≥ 1."""
        return self._room[self._begin : self._end]

    def append(self, row: Floats) -> None:
        """Remember one more row."""
        if self._end == len(self._room):
            rows = self.rows
            self._room = np.empty((max(_SHORTEST_TAPE, 2 * len(rows)), len(row)))
            self._room[: len(rows)] = rows
            self._begin, self._end = 0, len(rows)
        self._room[self._end] = row
        self._end += 1

    def forget(self, before_s: float) -> None:
        """Drop the rows before a time, all but the last."""
        self._begin += min(int(np.searchsorted(self.rows[:, 0], before_s)), len(self.rows) - 1)


class History(Ephemeral):
    """The frames of one road user, forgotten from the front; `trail` holds time, x, y of places passed, (M, 3).

    Args:
        track_id: its id.
        road_class: its class in the first frame.
        row: its state in the first frame, see `tabulate_states`.
        trail_s: how far back places are remembered one by one, to tell who may come there.
    """

    def __init__(self, track_id: int, road_class: RoadUserClass, row: Floats, trail_s: float) -> None:
        self.id = track_id
        self.road_class = road_class
        self.ended = False
        self.born_s = self.last_s = self._marked_s = float(row[0])
        self.last = row
        self.trail = np.full((int(trail_s / _MARK_SPACING_S) + 2, 3), np.nan)
        self.trail[0] = row[:3]
        self._marks = 1
        self._tape = _Tape(row)
        self._birthplace = row[1:3].copy()
        self._travel_m, self._sigma_m = 0.0, float(row[_SIGMA])

    def append(self, road_class: RoadUserClass, row: Floats, time_s: float) -> None:
        """Remember one more frame; `time_s` is the first number of its row."""
        self.road_class = road_class
        self.last, self.last_s = row, time_s
        self._tape.append(row)
        if time_s - self._marked_s >= _MARK_SPACING_S:
            self.trail[self._marks % len(self.trail)] = row[:3]
            self._marks += 1
            self._marked_s = time_s

    def forget(self, before_s: float) -> None:
        """Drop the frames before a time, all but the last."""
        self._sum_up()
        self._tape.forget(before_s)

    def recall(self, since_s: float, until_s: float, *, gone: bool) -> Life:
        """The life between two times; the user was there at some moment between them."""
        self._sum_up()
        times = self._tape.rows[:, 0]
        begin, end = np.searchsorted(times, since_s, side="left"), np.searchsorted(times, until_s, side="right")
        table = self._tape.rows[begin:end].copy()
        return Life(
            id=self.id,
            road_class=self.road_class,
            born_s=self.born_s,
            gone=gone or self.ended,
            poses=Poses(
                times=table[:, 0],
                positions=table[:, 1:3],
                headings=table[:, 5],
                lengths=table[:, 6],
                widths=table[:, 7],
            ),
            velocities=table[:, 3:5],
            covariances=_fill_symmetric(table[:, _SIGMA + 1 :]),
            observed=table[:, 8] > 0,
            travel_m=self._travel_m,
            sigma_m=self._sigma_m,
        )

    def _sum_up(self) -> None:
        """Bring up to date what is known of the whole life, forgotten frames included."""
        rows = self._tape.rows
        away = rows[:, 1:3] - self._birthplace
        self._travel_m = max(self._travel_m, float(np.hypot(away[:, 0], away[:, 1]).max()))
        self._sigma_m = max(self._sigma_m, float(rows[:, _SIGMA].max()))


def tabulate_states(states: GroundStates) -> Floats:
    """(N, 20) one row per road user: what a `History` remembers of a frame.

    Columns: time, x, y, vx, vy, heading, length, width, observed, sigma, and the upper triangle of the covariance.
    """
    rows = np.empty((len(states), 20))
    rows[:, 0] = states.time_s
    rows[:, 1:3] = states.positions
    rows[:, 3:5] = states.velocities
    rows[:, 5] = states.headings
    rows[:, 6] = states.lengths
    rows[:, 7] = states.widths
    rows[:, 8] = states.observed
    rows[:, _SIGMA] = np.sqrt(np.maximum(states.covariances[:, 0, 0], states.covariances[:, 1, 1]))
    rows[:, _SIGMA + 1 :] = states.covariances[:, *_TRIANGLE]
    return rows


def _fill_symmetric(triangles: Floats) -> Floats:
    """(N, 4, 4) symmetric matrices from their upper triangles (N, 10)."""
    whole = np.empty((len(triangles), 4, 4))
    one, other = _TRIANGLE
    whole[:, one, other] = whole[:, other, one] = triangles
    return whole


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Meeting(Ephemeral):
    """Two road users during one encounter, and the M ≥ 1 frames they share.

    Attributes:
        first, second: ordered by class code, then by id.
        start_s, end_s: first and last moment the gate held.
    """

    first: Life
    second: Life
    start_s: float
    end_s: float

    @cached_property
    def _shared(self) -> tuple[Floats, Ints, Ints]:
        ours, theirs = self.first.poses.times, self.second.poses.times
        places = np.searchsorted(theirs, ours)
        first = np.flatnonzero(np.append(theirs, np.inf)[places] == ours)
        return ours[first], first, places[first]

    @property
    def times(self) -> Floats:
        """(M,) times of the shared frames."""
        return self._shared[0]

    @cached_property
    def rectangles(self) -> tuple[Rectangles, Rectangles]:
        """The footprints of both in the shared frames."""
        return (
            self.first.poses.rectangles.take(self._shared[1]),
            self.second.poses.rectangles.take(self._shared[2]),
        )

    @cached_property
    def velocities(self) -> tuple[Floats, Floats]:
        """(M, 2) velocities of both in the shared frames."""
        return self.first.velocities[self._shared[1]], self.second.velocities[self._shared[2]]

    @cached_property
    def relative_speeds(self) -> Floats:
        """(M,) |v₂ − v₁| in the shared frames."""
        first, second = self.velocities
        speeds: Floats = np.hypot(*(second - first).T)
        return speeds

    @cached_property
    def directions(self) -> tuple[Floats, Floats]:
        """(M, 2) unit directions of travel of both in the shared frames."""
        return (
            find_directions(self.velocities[0], self.rectangles[0].along),
            find_directions(self.velocities[1], self.rectangles[1].along),
        )


def find_directions(velocities: Floats, along: Floats) -> Floats:
    """Unit directions of travel: of the velocity, or of the long axis where the user (nearly) stands.

    Args:
        velocities: (N, 2) m/s.
        along: (N, 2) any vectors along the headings.
    """
    moves = np.hypot(velocities[:, 0], velocities[:, 1]) >= _STANDING_MPS
    vectors = np.where(moves[:, None], velocities, along)
    directions: Floats = vectors / np.hypot(vectors[:, 0], vectors[:, 1])[:, None]
    return directions
