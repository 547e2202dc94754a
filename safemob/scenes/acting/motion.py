"""How a user moves along its way: the speed by its acts and the curves, the pose by both its axles.

Acceleration is piecewise constant in time, so that distance and speed are exact at every moment. A vehicle's two axles
both keep to the way; its body lies between them, as that of a tram between its bogies does. Everything else follows
by differentiation.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.acting.pace import Pace
from safemob.scenes.place.paths import Path
from safemob.scenes.stage import Poses

__all__ = ["Standing", "Travelling"]

Floats = npt.NDArray[np.float64]

_TURN_ROUND_S = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A motion without any.

    Attributes:
        position_m: centre of the footprint.
        heading_rad: of its long axis.
    """

    position_m: tuple[float, float]
    heading_rad: float

    def at(self, times_s: Floats) -> Poses:
        """States at (N,) moments: the same at all."""
        count = len(times_s)
        return Poses(
            positions=np.tile(np.array(self.position_m), (count, 1)),
            headings=np.full(count, self.heading_rad),
            velocities=np.zeros((count, 2)),
            accelerations=np.zeros((count, 2)),
            turn_rates=np.zeros(count),
            travelled=np.zeros(count),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Travelling:
    """A motion along a way.

    Attributes:
        legs: the way; every second part is gone backwards.
        pace: distance over time.
        from_s: when it begins, on the film's clock.
        until_s: when it ends; before and after, the state is that of begin and end.
        behind_m: so far behind its pace the user goes: others of a group.
        aside_m: so far to the left of the way, as who goes it sees it.
        axle_m: from the body's centre to each axle; 0 for who has none.
        turns_s: when, after `from_s`, somebody on foot turns round where the way goes back on itself; vehicles go back
            without.
    """

    legs: tuple[Path, ...]
    pace: Pace
    from_s: float
    until_s: float
    behind_m: float = 0.0
    aside_m: float = 0.0
    axle_m: float = 0.0
    turns_s: tuple[float, ...] = ()

    def at(self, times_s: Floats) -> Poses:
        """Exact states at (N,) moments on the film's clock."""
        clock = np.clip(times_s, self.from_s, self.until_s)
        distances, speeds, accelerations = self.pace.at(clock - self.from_s)
        travelled = distances - self.pace.start_m
        distances = distances - self.behind_m
        ends = np.cumsum([leg.length_m for leg in self.legs])
        leg_of = np.minimum(np.searchsorted(ends, distances, side="right"), len(self.legs) - 1)
        poses = [np.empty((len(clock), 2)), np.empty(len(clock)), np.empty((len(clock), 2)), np.empty((len(clock), 2))]
        rates = np.empty(len(clock))
        for number, leg in enumerate(self.legs):
            on_it = np.flatnonzero(leg_of == number)
            if len(on_it):
                ahead = distances[on_it] - (ends[number] - leg.length_m)
                found = self._follow(number, ahead, speeds[on_it], accelerations[on_it])
                for whole, part in zip((*poses, rates), found, strict=True):
                    whole[on_it] = part
        turned, turning = _turn_round(clock - self.from_s, self.turns_s)
        return Poses(
            positions=poses[0],
            headings=poses[1] + turned,
            velocities=poses[2],
            accelerations=poses[3],
            turn_rates=rates + turning,
            travelled=travelled,
        )

    def _follow(
        self, number: int, ahead: Floats, speeds: Floats, accelerations: Floats
    ) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Position, heading, velocity, acceleration and turn rate on one part of the way."""
        leg, gear = self.legs[number], (-1.0) ** number
        aside = gear * self.aside_m
        front, front_slope, front_bow, headings = _offset(leg, ahead + gear * self.axle_m, aside)
        if self.axle_m:
            rear, rear_slope, rear_bow, _ = _offset(leg, ahead - gear * self.axle_m, aside)
            headings = leg.at(ahead).headings
            slope, bow = (front_slope + rear_slope) / 2, (front_bow + rear_bow) / 2
            positions = (front + rear) / 2
            body, body_slope = front - rear, front_slope - rear_slope
            forward = gear * np.stack([np.cos(headings), np.sin(headings)], axis=-1)
            leaning = np.arctan2(_cross(forward, body), (forward * body).sum(axis=-1))
            turning = _cross(body, body_slope) / (body * body).sum(axis=-1)
        else:
            positions, slope, bow = front, front_slope, front_bow
            leaning, turning = 0.0, leg.at(ahead).curvatures
        return (
            positions,
            headings + leaning - number * np.pi,
            slope * speeds[:, None],
            slope * accelerations[:, None] + bow * speeds[:, None] ** 2,
            turning * speeds,
        )


def _turn_round(since_s: Floats, turns_s: tuple[float, ...]) -> tuple[Floats, Floats]:
    """(N,) how far somebody has turned round on the spot, rad, and how fast it turns, rad/s; smooth in time."""
    turned, turning = np.zeros(len(since_s)), np.zeros(len(since_s))
    for moment in turns_s:
        share = np.clip((since_s - moment) / _TURN_ROUND_S + 0.5, 0.0, 1.0)
        turned += np.pi * share**2 * (3 - 2 * share)
        turning += np.pi * 6 * share * (1 - share) / _TURN_ROUND_S
    return turned, turning


def _offset(leg: Path, distances: Floats, aside: float) -> tuple[Floats, Floats, Floats, Floats]:
    """A line beside a path: (N, 2) points, their first and second derivative by distance, (N,) headings."""
    places = leg.at(distances)
    forward = np.stack([np.cos(places.headings), np.sin(places.headings)], axis=-1)
    left = np.stack([-forward[:, 1], forward[:, 0]], axis=-1)
    along = (1 - aside * places.curvatures)[:, None]
    return (
        places.positions + aside * left,
        along * forward,
        -aside * places.slopes[:, None] * forward + along * places.curvatures[:, None] * left,
        places.headings,
    )


def _cross(one: Floats, other: Floats) -> Floats:
    product: Floats = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return product
