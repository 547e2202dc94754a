"""Trajectories: footprints of each road user over time, smoothed with a fixed lag.

A Kalman filter runs forward; a pass with what was seen later runs backward over the lag before states are given
out, so indicators are never taken from a noisy, one-sided estimate. All users are filtered at once. What the
size priors and the calibration get wrong is the same in every frame of a user: it is kept out of the filter,
which would average it away, and added to the covariance that is given out.
"""

import numpy as np

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ground.filter import MOVING_MPS, NOBODY, Look, Step, Users, advance, begin, match, smooth
from safemob.individual.ground.footprint import Expectation, Footprints
from safemob.individual.ground.manoeuvre import follow_jolts
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
_NO_FOOTPRINTS = Footprints(
    positions=np.zeros((0, 2)),
    headings=np.zeros(0),
    sizes=np.zeros((0, 3)),
    noise=np.zeros((0, 2, 2)),
    bias=np.zeros((0, 2, 2)),
)


class TrajectorySmoother:
    """Turns footprints with track ids into smoothed ground states, frame by frame, `lag_s` later.

    Args:
        lag_s: how long a state waits for later footprints, and how long a user without any is kept in mind: one
            that is still tracked, but stands outside the coverage or shows too little, begins anew when it
            has a place again. Not shorter than the time a tracker keeps a lost track: then no state beyond a
            user's last sighting is ever given out.
        hop_s: states are given out in blocks of about this length.
    """

    def __init__(self, *, lag_s: float = 2.0, hop_s: float = 0.5) -> None:
        self._lag_s = lag_s
        self._hop_s = hop_s
        self._users = NOBODY
        self._steps: list[Step] = []
        self._lives = 0
        self._looked_s = -np.inf
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
        """Take in one frame that was looked at.

        Args:
            time_s: frame time; later than the last.
            ids: (M,) ids of the tracks seen in this frame.
            classes: (M,) their class codes.
            footprints: M footprints; rows of NaN where a track gives no position, sizes of NaN where it gives no size.
            ended: (K,) ids that will not come again.

        Returns:
            The frames that have become final, in order of time.

        Raises:
            ValueError: if time does not increase.
        """
        states = self._advance(time_s, ids, classes, footprints, ended)
        self._looked_s = time_s
        return states

    def skip(self, time_s: float) -> list[GroundStates]:
        """Take in one frame that was not looked at: road users move on, unseen.

        Args:
            time_s: frame time; later than the last.

        Returns:
            The frames that have become final, in order of time.

        Raises:
            ValueError: if time does not increase.
        """
        return self._advance(time_s, NOBODY.ids, NOBODY.classes, _NO_FOOTPRINTS, NOBODY.ids)

    def _advance(
        self, time_s: float, ids: Ints, classes: Ints, footprints: Footprints, ended: Ints
    ) -> list[GroundStates]:
        if self._steps and time_s <= self._steps[-1].time_s:
            msg = f"frame time {time_s} s does not follow {self._steps[-1].time_s} s"
            raise ValueError(msg)
        self._ended.update(ended.tolist())
        gone = (self._users.ids[:, None] == ended).any(axis=1) | (time_s - self._users.last_s > self._lag_s)
        before = np.flatnonzero(~gone)
        rows = np.flatnonzero(np.isfinite(footprints.positions.sum(axis=1) + footprints.noise.sum(axis=(1, 2))))
        here, there = match(ids[rows], self._users.ids[before])
        born = np.delete(rows, here)
        lives = self._lives + np.arange(len(born))
        self._lives += len(born)
        look = Look(
            time_s=time_s,
            before=before,
            there=there,
            classes=classes[rows[here]],
            footprints=footprints.take(rows[here]),
            inflation=max(1.0, 2 * _JITTER_S / (time_s - self._looked_s)),
            born=begin(ids, lives, classes, footprints, born, time_s) if len(born) else NOBODY,
        )
        interval_s = time_s - self._steps[-1].time_s if self._steps else 0.0
        self._steps.append(advance(self._users, interval_s, look, np.zeros(len(before))))
        self._users = self._steps[-1].users
        if time_s - self._steps[0].time_s < self._lag_s + self._hop_s:
            return []
        return self._give_out(time_s - self._lag_s)

    def flush(self) -> list[GroundStates]:
        """Give out everything that is still waiting, and start anew: the recording ends or breaks here."""
        self._ended.update(self._users.ids.tolist())
        states = self._give_out(np.inf)
        self._users, self._steps, self._ended, self._held = NOBODY, [], set(), {}
        self._looked_s = -np.inf
        return states

    def _give_out(self, until_s: float) -> list[GroundStates]:
        count = sum(step.time_s <= until_s for step in self._steps)
        if not count:
            return []
        self._steps, told = follow_jolts(self._steps)
        self._users = self._steps[-1].users
        users, frames = smooth(self._steps, told, count)
        times = [step.time_s for step in self._steps[:count]]
        self._steps = self._steps[count:]
        waiting: set[int] = set()
        for step in self._steps:
            waiting.update(step.users.ids[step.users.observed].tolist())
        over = self._ended - waiting
        self._ended -= over
        given = self._split(users, frames, times, over)
        waiting.update(self._users.ids.tolist())
        self._held = {each: heading for each, heading in self._held.items() if each in waiting}
        return given

    def _split(self, users: Users, frames: Ints, times: list[float], over: set[int]) -> list[GroundStates]:
        """States of each frame; those that are over ended with the last."""
        headings = self._hold_headings(users)
        covariances = users.covariance[:, :4, :4].copy()
        covariances[:, :2, :2] += users.bias
        bounds = np.searchsorted(frames, np.arange(len(times) + 1)).tolist()
        given = []
        for index, time_s in enumerate(times):
            rows = slice(bounds[index], bounds[index + 1])
            ended = sorted(over) if index == len(times) - 1 else []
            given.append(
                GroundStates(
                    time_s=time_s,
                    ids=users.ids[rows],
                    classes=users.classes[rows],
                    positions=users.mean[rows, :2],
                    velocities=users.mean[rows, 2:4],
                    accelerations=users.mean[rows, 4:],
                    headings=headings[rows],
                    lengths=users.sizes[rows, 0],
                    widths=users.sizes[rows, 1],
                    covariances=covariances[rows],
                    observed=users.observed[rows],
                    ended=np.array(ended, dtype=np.int64),
                )
            )
        return given

    def _hold_headings(self, users: Users) -> Floats:
        """Headings, row after row: the direction of travel, or the last one, or else what is known or guessed."""
        velocities = users.mean[:, 2:4]
        moving = np.hypot(velocities[:, 0], velocities[:, 1]) >= MOVING_MPS
        travel = np.arctan2(velocities[:, 1], velocities[:, 0])
        resting = np.where(np.isfinite(users.headings), users.headings, users.guesses)
        headings = []
        for each, moves, on, at_rest in zip(
            users.ids.tolist(), moving.tolist(), travel.tolist(), resting.tolist(), strict=True
        ):
            self._held[each] = on if moves else self._held.get(each, at_rest)
            headings.append(self._held[each])
        return np.array(headings, dtype=np.float64)
