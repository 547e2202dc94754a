"""What is remembered of each road user, and of two of them who meet."""

from collections import deque
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

_X, _Y = 1, 2
"""Columns of a row: time, x, y, vx, vy, heading, length, width, observed, sigma."""
_MARK_SPACING_S = 0.25
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
    observed: Bools
    travel_m: float
    sigma_m: float

    def __post_init__(self) -> None:
        n = len(self.poses)
        check_shapes(self, velocities=(n, 2), observed=(n,))

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


class History(Ephemeral):
    """The frames of one road user, forgotten from the front.

    Args:
        track_id: its id.
        road_class: its class in the first frame.
        row: its state in the first frame, see `tabulate_states`.
    """

    def __init__(self, track_id: int, road_class: RoadUserClass, row: Floats) -> None:
        self.id = track_id
        self.road_class = road_class
        self.ended = False
        self._rows: deque[Floats] = deque([row])
        self._marks: deque[tuple[float, float, float]] = deque([(row[0], row[_X], row[_Y])])
        self._first = row
        self._travel_m = 0.0
        self._sigma_m = float(row[-1])

    @property
    def born_s(self) -> float:
        """When the user appeared."""
        return float(self._first[0])

    @property
    def last(self) -> Floats:
        """The latest row."""
        return self._rows[-1]

    @property
    def last_s(self) -> float:
        """When the user was last here."""
        return float(self._rows[-1][0])

    def append(self, road_class: RoadUserClass, row: Floats) -> None:
        """Remember one more frame."""
        self.road_class = road_class
        self._rows.append(row)
        if row[0] - self._marks[-1][0] >= _MARK_SPACING_S:
            self._marks.append((row[0], row[_X], row[_Y]))
        self._travel_m = max(self._travel_m, float(np.hypot(row[_X] - self._first[_X], row[_Y] - self._first[_Y])))
        self._sigma_m = max(self._sigma_m, float(row[-1]))

    def forget(self, before_s: float) -> None:
        """Drop the frames before a time, all but the last."""
        for remembered in (self._rows, self._marks):
            while len(remembered) > 1 and remembered[0][0] < before_s:
                remembered.popleft()

    @property
    def trail(self) -> Floats:
        """(K, 3) time, x, y of places passed, oldest first."""
        return np.array(self._marks)

    def recall(self, since_s: float, until_s: float, *, gone: bool) -> Life:
        """The life between two times; the user was there at some moment between them."""
        table = np.array([row for row in self._rows if since_s <= row[0] <= until_s])
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
            observed=table[:, 8] > 0,
            travel_m=self._travel_m,
            sigma_m=self._sigma_m,
        )


def tabulate_states(states: GroundStates) -> Floats:
    """(N, 10) one row per road user: what a `History` remembers of a frame."""
    sigma = np.sqrt(np.maximum(states.covariances[:, 0, 0], states.covariances[:, 1, 1]))
    columns = [np.full(len(states), states.time_s), *states.positions.T, *states.velocities.T, states.headings]
    return np.column_stack([*columns, states.lengths, states.widths, states.observed, sigma])


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
        times, first, second = np.intersect1d(
            self.first.poses.times, self.second.poses.times, assume_unique=True, return_indices=True
        )
        return times, first, second

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
