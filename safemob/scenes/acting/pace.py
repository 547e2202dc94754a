"""Distance over time: a driver who wants a speed, changes it by acts, and slows down for curves by foresight.

Acceleration is piecewise constant. Pieces begin where something happens, found in closed form: an act begins or is
done, a speed is reached, braking for a curve has to begin, the curve begins or ends.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.errors import ScenarioError
from safemob.scenes.scenario import Act

__all__ = ["Limit", "Pace", "plan_pace"]

Floats = npt.NDArray[np.float64]

_BRAKING_MPS2 = 2.0
"""How users brake for curves, and speed up behind them unless an act says how."""
_TINY = 1e-9
_MOST_PIECES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A part of the way that is not passed faster, m and m/s; a place where to stop has no length and no speed."""

    from_m: float
    until_m: float
    speed_mps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Distance along a way over time since the user appeared.

    Attributes:
        times_s: (K,) when each of K pieces begins.
        distances_m: (K,) distance then.
        speeds_mps: (K,) speed then.
        accelerations_mps2: (K,) during the piece.
        ends_s: when the way's end is reached; inf for never.
    """

    times_s: Floats
    distances_m: Floats
    speeds_mps: Floats
    accelerations_mps2: Floats
    ends_s: float

    @property
    def start_m(self) -> float:
        """Distance at which the user appears."""
        return float(self.distances_m[0])

    def at(self, times_s: Floats) -> tuple[Floats, Floats, Floats]:
        """(N,) distances, speeds and accelerations at (N,) moments since the user appeared."""
        piece = np.maximum(np.searchsorted(self.times_s, times_s, side="right") - 1, 0)
        since = times_s - self.times_s[piece]
        speed, acceleration = self.speeds_mps[piece], self.accelerations_mps2[piece]
        return (
            self.distances_m[piece] + since * (speed + since * acceleration / 2),
            speed + since * acceleration,
            acceleration,
        )

    def find_moment(self, distance_m: float) -> float:
        """When a place is reached, seconds since the user appeared; inf for never."""
        piece = max(0, int(np.searchsorted(self.distances_m, distance_m, side="left")) - 1)
        way = distance_m - self.distances_m[piece]
        speed, acceleration = float(self.speeds_mps[piece]), float(self.accelerations_mps2[piece])
        return float(self.times_s[piece]) + _take(way, speed, acceleration)


def plan_pace(
    *,
    length_m: float,
    start_m: float,
    speed_mps: float,
    limits: Iterable[Limit],
    acts: Sequence[Act],
    acts_from_m: float,
) -> Pace:
    """How a user goes along its way.

    Args:
        length_m: of the way.
        start_m: where on it the user appears.
        speed_mps: then, and wanted until an act says otherwise; less, where a curve is too near for it.
        limits: where it must be slower.
        acts: what it does.
        acts_from_m: where on the way the acts' `at_m` is 0.

    Raises:
        ScenarioError: if the user appears behind the end of its way, or an act never begins since it stands before.
    """
    if start_m >= length_m:
        msg = f"its start_m {start_m:g} lies behind the end of its way, which is {length_m:.1f} m long: reduce it"
        raise ScenarioError(msg)
    ahead = tuple(limit for limit in limits if limit.until_m > start_m)
    for limit in ahead:
        room = max(0.0, limit.from_m - start_m)
        speed_mps = min(speed_mps, math.sqrt(limit.speed_mps**2 + 2 * _BRAKING_MPS2 * room))
    driver = _Driver(start_m, speed_mps, length_m, ahead, acts, acts_from_m)
    pieces = driver.drive()
    times, distances, speeds, accelerations = np.array(pieces).T
    return Pace(
        times_s=times,
        distances_m=distances,
        speeds_mps=speeds,
        accelerations_mps2=accelerations,
        ends_s=driver.time if driver.place >= length_m - _TINY else math.inf,
    )


class _Driver:
    """Where the user is, how fast, and what it wants."""

    def __init__(
        self,
        place: float,
        speed: float,
        end: float,
        limits: tuple[Limit, ...],
        acts: Sequence[Act],
        acts_from: float,
    ) -> None:
        self.time, self.place, self.speed = 0.0, place, speed
        self._end, self._limits = end, limits
        self._acts, self._acts_from = list(acts), acts_from
        self._wanted, self._rate, self._wait = speed, _BRAKING_MPS2, 0.0
        self._done_at: float | None = 0.0

    def drive(self) -> list[tuple[float, float, float, float]]:
        """(time, distance, speed, acceleration) of every piece, until the end of the way or for ever."""
        pieces: list[tuple[float, float, float, float]] = []
        while len(pieces) < _MOST_PIECES:
            self._begin_acts()
            acceleration = self._choose()
            pieces.append((self.time, self.place, self.speed, acceleration))
            lasts, speed = min(self._foresee(acceleration), key=lambda event: event[0])
            if lasts == math.inf:
                break
            self.time += lasts
            self.place += lasts * (self.speed + lasts * acceleration / 2)
            self.speed = max(0.0, self.speed + lasts * acceleration) if speed is None else speed
            if self.place >= self._end - _TINY:
                break
        if self._acts and self.place < self._end - _TINY:
            act = self._acts[0]
            msg = (
                f"its act to {act.to_kmh:g} km/h at {act.at_m} m never begins, for it stands at "
                f"{self.place - self._acts_from:.1f} m: let the act begin there, or leave its place out"
            )
            raise ScenarioError(msg)
        return pieces

    def _begin_acts(self) -> None:
        while self._acts and self._begins(self._acts[0]):
            act = self._acts.pop(0)
            self._wanted, self._rate, self._wait, self._done_at = act.to_kmh / 3.6, act.mps2, act.wait_s, None
        if self._done_at is None and abs(self._wanted - self.speed) < _TINY:
            self._done_at = self.time + self._wait
            self._begin_acts()

    def _begins(self, act: Act) -> bool:
        if act.at_m is not None:
            return self.place >= self._acts_from + act.at_m - _TINY
        if act.at_s is not None:
            return self.time >= act.at_s - _TINY
        return self._done_at is not None and self.time >= self._done_at - _TINY

    def _choose(self) -> float:
        """The acceleration from now on: what is wanted, or less for the sake of a limit."""
        more = self._wanted - self.speed
        chosen = math.copysign(self._rate, more) if abs(more) > _TINY else 0.0
        for limit in self._limits:
            room = limit.from_m - self.place
            if room > _TINY:
                excess = self.speed**2 - limit.speed_mps**2
                if excess >= 2 * _BRAKING_MPS2 * room - _TINY and excess > 0:
                    chosen = min(chosen, -excess / (2 * room))
            elif self.place < limit.until_m - _TINY and self.speed >= limit.speed_mps - _TINY:
                chosen = min(chosen, 0.0)
        return chosen

    def _foresee(self, acceleration: float) -> list[tuple[float, float | None]]:
        """(seconds until it happens, speed that is reached then if that is known) of what may come next."""
        events: list[tuple[float, float | None]] = [(self._reach(self._end, acceleration), None)]
        changes = [self._wanted]
        for limit in self._limits:
            if limit.from_m > self.place + _TINY:
                changes.append(limit.speed_mps)
                events.append((self._reach(limit.from_m, acceleration), None))
                if acceleration > -_BRAKING_MPS2 + _TINY:
                    spare = limit.speed_mps**2 + 2 * _BRAKING_MPS2 * (limit.from_m - self.place) - self.speed**2
                    meets = self.place + spare / (2 * (acceleration + _BRAKING_MPS2))
                    events.append((self._reach(meets, acceleration), None))
            elif limit.until_m > self.place + _TINY:
                changes.append(limit.speed_mps)
                events.append((self._reach(limit.until_m, acceleration), None))
        if acceleration:
            events += [((speed - self.speed) / acceleration, speed) for speed in changes]
            events.append((-self.speed / acceleration, 0.0))
        if self._acts:
            act = self._acts[0]
            if act.at_m is not None:
                events.append((self._reach(self._acts_from + act.at_m, acceleration), None))
            elif act.at_s is not None:
                events.append((act.at_s - self.time, None))
            elif self._done_at is not None:
                events.append((self._done_at - self.time, None))
        return [event for event in events if event[0] > _TINY] or [(math.inf, None)]

    def _reach(self, place: float, acceleration: float) -> float:
        """Seconds until a place ahead; inf if it is not reached like this."""
        way = place - self.place
        return _take(way, self.speed, acceleration) if way > 0 else math.inf


def _take(way: float, speed: float, acceleration: float) -> float:
    """Seconds for a way ahead; inf if it does not go so far."""
    root = speed**2 + 2 * acceleration * way
    if root < -_TINY or speed + math.sqrt(max(0.0, root)) <= 0:
        return 0.0 if way <= 0 else math.inf
    return 2 * way / (speed + math.sqrt(max(0.0, root)))
