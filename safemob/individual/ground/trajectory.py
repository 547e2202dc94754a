"""Trajectories: footprints of each road user over time, smoothed with a fixed lag.

A Kalman filter runs forward; a Rauch–Tung–Striebel pass runs backward over the lag before states are given
out, so indicators are never taken from a noisy, one-sided estimate. All users are filtered at once. What the
size priors and the calibration get wrong is the same in every frame of a user: it is kept out of the filter,
which would average it away, and added to the covariance that is given out.
"""

from dataclasses import dataclass, replace

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.footprint import Expectation, Footprints
from safemob.individual.ground.motion import ACCELERATION_SDS, SPEED_SDS, move
from safemob.individual.ground.states import GroundStates

__all__ = ["TrajectorySmoother"]

_JITTER_S = 0.08
"""Correlation time of a detector's box jitter: frames closer than that tell less than independent ones."""
_GATE = 16.0
"""Squared Mahalanobis distance beyond which a footprint counts less (four sigma)."""
_MOVING_MPS = 0.7
"""Speed above which the direction of travel gives the heading; below it the last heading is held."""
_HEADING_SD = 0.12
"""How far a body's axis lies off its direction of travel, rad."""
_GUESSES, _GUESS_SD = 5, 0.35
"""A user that has not moved yet keeps the heading its first boxes suggest, rad, refined from there."""
_SIGHTINGS, _SURE = 10.0, 0.4
"""After so many sightings a body's size is known as well again as its class tells it; never better than this share."""
_SEEN = np.concatenate([np.eye(2), np.zeros((2, 4))], axis=1)
"""A footprint shows the position part of the state."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class _Users(Ephemeral):
    """Everyone alive at one frame, after that frame's footprints; ids ascending."""

    ids: Ints
    classes: Ints
    mean: Floats
    covariance: Floats
    bias: Floats
    headings: Floats
    guesses: Floats
    sizes: Floats
    counts: Floats
    last_s: Floats
    observed: Bools

    def take(self, index: Ints | Bools) -> "_Users":
        return _Users(**{name: getattr(self, name)[index] for name in self.__slots__})

    def join(self, other: "_Users") -> "_Users":
        """Both together, in order of id."""
        joined = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in self.__slots__}
        return _Users(**joined).take(np.argsort(joined["ids"]))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class _Step(Ephemeral):
    """One frame of the forward pass."""

    time_s: float
    users: _Users
    predicted_ids: Ints
    predicted: Floats
    predicted_covariance: Floats
    transition: Floats


_NOBODY = _Users(
    ids=np.zeros(0, dtype=np.int64),
    classes=np.zeros(0, dtype=np.int64),
    mean=np.zeros((0, 6)),
    covariance=np.zeros((0, 6, 6)),
    bias=np.zeros((0, 2, 2)),
    headings=np.zeros(0),
    guesses=np.zeros(0),
    sizes=np.zeros((0, 3)),
    counts=np.zeros(0),
    last_s=np.zeros(0),
    observed=np.zeros(0, dtype=np.bool_),
)


class TrajectorySmoother:
    """Turns footprints with track ids into smoothed ground states, frame by frame, `lag_s` later.

    Args:
        lag_s: how long a state waits for later footprints, and how long a user without any is kept in mind: one
            that is still tracked, but stands outside the coverage or is cut by the frame edge, begins anew when it
            has a place again. Not shorter than the time a tracker keeps a lost track: then no state beyond a
            user's last sighting is ever given out.
        hop_s: states are given out in blocks of about this length.
    """

    def __init__(self, *, lag_s: float = 2.0, hop_s: float = 0.5) -> None:
        self._lag_s = lag_s
        self._hop_s = hop_s
        self._users = _NOBODY
        self._steps: list[_Step] = []
        self._ended: set[int] = set()
        self._held: dict[int, float] = {}

    def expect(self, time_s: float, ids: Ints, classes: Ints) -> Expectation:
        """What is known of tracks, for their footprints in the coming frame.

        Args:
            time_s: time of that frame.
            ids: (M,) track ids.
            classes: (M,) their class codes.

        Returns:
            Places, headings and sizes.
        """
        expected = Expectation.of_classes(classes)
        here, there = _match(ids, self._users.ids)
        if self._steps:
            ahead = self._users.mean[there, 2:4] * (time_s - self._steps[-1].time_s)
            expected.positions[here] = self._users.mean[there, :2] + ahead
        expected.headings[here], expected.heading_sds[here] = self._users.headings[there], _HEADING_SD
        still = np.isnan(expected.headings[here]) & (self._users.counts[there] >= _GUESSES)
        expected.headings[here[still]] = self._users.guesses[there[still]]
        expected.heading_sds[here[still]] = _GUESS_SD
        same = self._users.classes[there] == classes[here]
        mine, its = here[same], there[same]
        expected.sizes[mine] = self._users.sizes[its]
        expected.size_sds[mine] *= np.maximum(_SURE, 1 / np.sqrt(1 + self._users.counts[its] / _SIGHTINGS))[:, None]
        return expected

    def update(
        self, time_s: float, ids: Ints, classes: Ints, footprints: Footprints, ended: Ints
    ) -> list[GroundStates]:
        """Take in one frame.

        Args:
            time_s: frame time; later than the last.
            ids: (M,) ids of the tracks seen in this frame.
            classes: (M,) their class codes.
            footprints: M footprints; rows of NaN where a track gives no position.
            ended: (K,) ids that will not come again.

        Returns:
            The frames that have become final, in order of time.

        Raises:
            ValueError: if time does not increase.
        """
        if self._steps and time_s <= self._steps[-1].time_s:
            msg = f"frame time {time_s} s does not follow {self._steps[-1].time_s} s"
            raise ValueError(msg)
        gone = np.isin(self._users.ids, ended) | (time_s - self._users.last_s > self._lag_s)
        self._ended.update(ended.tolist())
        users = self._users.take(~gone)
        interval = time_s - self._steps[-1].time_s if self._steps else np.inf
        transition, noise = move(interval if self._steps else 0.0, users.classes)
        users = replace(
            users,
            mean=users.mean @ transition.T,
            covariance=transition @ users.covariance @ transition.T + noise,
            observed=np.zeros(len(users.ids), dtype=np.bool_),
        )
        predicted = users
        placed = np.isfinite(footprints.positions).all(axis=1) & np.isfinite(footprints.noise).all(axis=(1, 2))
        rows = np.flatnonzero(placed)
        here, there = _match(ids[rows], users.ids)
        users = _correct(users, there, classes, footprints, rows[here], max(1.0, 2 * _JITTER_S / interval))
        users.last_s[there] = time_s
        born = np.setdiff1d(rows, rows[here])
        users = users.join(_birth(ids, classes, footprints, born, time_s))
        self._users = users
        self._steps.append(
            _Step(
                time_s=time_s,
                users=users,
                predicted_ids=predicted.ids,
                predicted=predicted.mean,
                predicted_covariance=predicted.covariance,
                transition=transition,
            )
        )
        if time_s - self._steps[0].time_s < self._lag_s + self._hop_s:
            return []
        return self._give_out(time_s - self._lag_s)

    def flush(self) -> list[GroundStates]:
        """Give out everything that is still waiting, and start anew: the recording ends or breaks here."""
        self._ended.update(self._users.ids.tolist())
        states = self._give_out(np.inf)
        self._users, self._steps, self._ended, self._held = _NOBODY, [], set(), {}
        return states

    def _give_out(self, until_s: float) -> list[GroundStates]:
        smoothed: list[tuple[float, _Users]] = []
        waiting: set[int] = set()
        later: _Users | None = None
        final = [step.time_s <= until_s for step in self._steps]
        for index in range(len(self._steps) - 1, -1, -1):
            step = self._steps[index]
            following = self._steps[index + 1] if index + 1 < len(self._steps) else None
            later = _smooth(step.users, following, later)
            if final[index]:
                smoothed.append((step.time_s, later))
            else:
                waiting.update(later.ids.tolist())
        self._steps = [step for step, done in zip(self._steps, final, strict=True) if not done]
        given = [self._state(time_s, users) for time_s, users in reversed(smoothed)]
        if given:
            over = self._ended - waiting
            self._ended -= over
            waiting.update(self._users.ids.tolist())
            self._held = {each: heading for each, heading in self._held.items() if each in waiting}
            given[-1] = replace(given[-1], ended=np.array(sorted(over), dtype=np.int64))
        return given

    def _state(self, time_s: float, users: _Users) -> GroundStates:
        velocities = users.mean[:, 2:4].copy()
        speeds = np.hypot(velocities[:, 0], velocities[:, 1])
        travel = np.arctan2(velocities[:, 1], velocities[:, 0])
        headings = np.empty(len(users.ids))
        for row, each in enumerate(users.ids.tolist()):
            if speeds[row] >= _MOVING_MPS:
                self._held[each] = float(travel[row])
            elif each not in self._held:
                known = np.isfinite(users.headings[row])
                self._held[each] = float(users.headings[row] if known else users.guesses[row])
            headings[row] = self._held[each]
        covariances = users.covariance[:, :4, :4].copy()
        covariances[:, :2, :2] += users.bias
        return GroundStates(
            time_s=time_s,
            ids=users.ids.copy(),
            classes=users.classes.copy(),
            positions=users.mean[:, :2].copy(),
            velocities=velocities,
            accelerations=users.mean[:, 4:].copy(),
            headings=headings,
            lengths=users.sizes[:, 0].copy(),
            widths=users.sizes[:, 1].copy(),
            covariances=covariances,
            observed=users.observed.copy(),
            ended=np.zeros(0, dtype=np.int64),
        )


def _match(wanted: Ints, present: Ints) -> tuple[Ints, Ints]:
    """Positions in both arrays of the ids they share."""
    _, here, there = np.intersect1d(wanted, present, assume_unique=True, return_indices=True)
    return here.astype(np.int64), there.astype(np.int64)


def _correct(users: _Users, there: Ints, classes: Ints, footprints: Footprints, rows: Ints, inflation: float) -> _Users:
    """Kalman update of the users at `there` with the footprints in `rows`."""
    mean, covariance = users.mean.copy(), users.covariance.copy()
    prior_mean, prior = mean[there], covariance[there]
    innovation = footprints.positions[rows] - prior_mean[:, :2]
    noise = footprints.noise[rows] * inflation
    spread = prior[:, :2, :2] + noise
    distance = np.einsum("ni,nij,nj->n", innovation, np.linalg.inv(spread), innovation)
    noise = noise * np.maximum(1.0, distance / _GATE)[:, None, None]
    gain = prior[:, :, :2] @ np.linalg.inv(prior[:, :2, :2] + noise)
    keep = np.eye(6) - gain @ _SEEN
    mean[there] = prior_mean + (gain @ innovation[..., None])[..., 0]
    covariance[there] = keep @ prior @ keep.transpose(0, 2, 1) + gain @ noise @ gain.transpose(0, 2, 1)
    observed, kinds = users.observed.copy(), users.classes.copy()
    observed[there] = True
    kinds[there] = classes[rows]
    counts, sizes, bias = users.counts.copy(), users.sizes.copy(), users.bias.copy()
    counts[there] = np.where(users.classes[there] == kinds[there], counts[there] + 1, 1)
    sizes[there] += (footprints.sizes[rows] - sizes[there]) / counts[there][:, None]
    bias[there] = footprints.bias[rows]
    guesses = users.guesses.copy()
    guesses[there] = footprints.headings[rows]
    headings = users.headings.copy()
    speeds = np.hypot(mean[:, 2], mean[:, 3])
    doubt = np.sqrt(np.maximum(covariance[:, 2, 2], covariance[:, 3, 3]))
    moving = (speeds >= _MOVING_MPS) & (speeds > 2 * doubt)
    headings[moving] = np.arctan2(mean[moving, 3], mean[moving, 2])
    return _Users(
        ids=users.ids,
        classes=kinds,
        mean=mean,
        covariance=covariance,
        bias=bias,
        headings=headings,
        guesses=guesses,
        sizes=sizes,
        counts=counts,
        last_s=users.last_s.copy(),
        observed=observed,
    )


def _birth(ids: Ints, classes: Ints, footprints: Footprints, rows: Ints, time_s: float) -> _Users:
    """Users seen for the first time: at rest, with the spread of speed and acceleration of their class."""
    n = len(rows)
    kinds = classes[rows]
    mean = np.zeros((n, 6))
    mean[:, :2] = footprints.positions[rows]
    covariance = np.zeros((n, 6, 6))
    covariance[:, :2, :2] = footprints.noise[rows]
    for axis in (0, 1):
        covariance[:, 2 + axis, 2 + axis] = np.square(SPEED_SDS[kinds])
        covariance[:, 4 + axis, 4 + axis] = np.square(ACCELERATION_SDS[kinds])
    return _Users(
        ids=ids[rows],
        classes=kinds,
        mean=mean,
        covariance=covariance,
        bias=footprints.bias[rows],
        headings=np.full(n, np.nan),
        guesses=footprints.headings[rows],
        sizes=footprints.sizes[rows],
        counts=np.ones(n),
        last_s=np.full(n, time_s),
        observed=np.ones(n, dtype=np.bool_),
    )


def _smooth(users: _Users, following: _Step | None, later: _Users | None) -> _Users:
    """One step of the backward pass; users not seen at or after this frame fall out."""
    if following is None or later is None:
        return users.take(users.observed)
    here, there = _match(users.ids, later.ids)
    _, before = _match(later.ids[there], following.predicted_ids)
    mean, covariance = users.mean.copy(), users.covariance.copy()
    predicted = following.predicted_covariance[before]
    gain = np.linalg.solve(predicted, following.transition @ covariance[here]).transpose(0, 2, 1)
    mean[here] += (gain @ (later.mean[there] - following.predicted[before])[..., None])[..., 0]
    covariance[here] += gain @ (later.covariance[there] - predicted) @ gain.transpose(0, 2, 1)
    kinds, sizes = users.classes.copy(), users.sizes.copy()
    kinds[here], sizes[here] = later.classes[there], later.sizes[there]
    headings = users.headings.copy()
    unknown = ~np.isfinite(headings[here])
    headings[here[unknown]] = later.headings[there[unknown]]
    seen = users.observed.copy()
    seen[here] = True
    smoothed = replace(users, mean=mean, covariance=covariance, classes=kinds, sizes=sizes, headings=headings)
    return smoothed.take(seen)
