"""Trajectories: footprints of each road user over time, smoothed with a fixed lag.

A Kalman filter runs forward; a Rauch–Tung–Striebel pass runs backward over the lag before states are given
out, so indicators are never taken from a noisy, one-sided estimate. All users are filtered at once. What the
size priors and the calibration get wrong is the same in every frame of a user: it is kept out of the filter,
which would average it away, and added to the covariance that is given out.
"""

from dataclasses import replace

import numpy as np

from safemob.individual.arrays import Ints
from safemob.individual.ground.filter import MOVING_MPS, NOBODY, Step, Users, begin, correct, match, predict, smooth
from safemob.individual.ground.footprint import Expectation, Footprints
from safemob.individual.ground.states import GroundStates

__all__ = ["TrajectorySmoother"]

_JITTER_S = 0.15
"""Correlation time of a detector's box jitter: frames closer than that tell less than independent ones."""
_HEADING_SD = 0.12
"""How far a body's axis lies off its direction of travel, rad."""
_GUESSES, _GUESS_SD = 5, 0.35
"""A user that has not moved yet keeps the heading its first boxes suggest, rad, refined from there."""
_SIGHTINGS, _SURE = 10.0, 0.4
"""After so many sightings a body's size is known as well again as its class tells it; never better than this share."""


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
        self._users = NOBODY
        self._steps: list[Step] = []
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
        here, there = match(ids, self._users.ids)
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
        predicted, transition = predict(users, interval if self._steps else 0.0)
        placed = np.isfinite(footprints.positions).all(axis=1) & np.isfinite(footprints.noise).all(axis=(1, 2))
        rows = np.flatnonzero(placed)
        here, there = match(ids[rows], predicted.ids)
        users = correct(predicted, there, classes, footprints, rows[here], max(1.0, 2 * _JITTER_S / interval))
        users.last_s[there] = time_s
        born = np.setdiff1d(rows, rows[here])
        users = users.join(begin(ids, classes, footprints, born, time_s))
        self._users = users
        self._steps.append(
            Step(
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
        self._users, self._steps, self._ended, self._held = NOBODY, [], set(), {}
        return states

    def _give_out(self, until_s: float) -> list[GroundStates]:
        smoothed: list[tuple[float, Users]] = []
        waiting: set[int] = set()
        later: Users | None = None
        final = [step.time_s <= until_s for step in self._steps]
        for index in range(len(self._steps) - 1, -1, -1):
            step = self._steps[index]
            following = self._steps[index + 1] if index + 1 < len(self._steps) else None
            later = smooth(step.users, following, later)
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

    def _state(self, time_s: float, users: Users) -> GroundStates:
        velocities = users.mean[:, 2:4].copy()
        speeds = np.hypot(velocities[:, 0], velocities[:, 1])
        travel = np.arctan2(velocities[:, 1], velocities[:, 0])
        headings = np.empty(len(users.ids))
        for row, each in enumerate(users.ids.tolist()):
            if speeds[row] >= MOVING_MPS:
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
