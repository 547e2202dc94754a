"""From a user as written to actors: their way, their pace, their size and looks, and who goes with them."""

import math
from collections.abc import Sequence

import numpy as np

from safemob.errors import ScenarioError
from safemob.scenes.acting.looks import draw_colour, draw_size
from safemob.scenes.acting.motion import Standing, Travelling
from safemob.scenes.acting.pace import Limit, plan_pace
from safemob.scenes.acting.vary import Dice
from safemob.scenes.place.paths import Path, join_points
from safemob.scenes.place.roads import Plan
from safemob.scenes.scenario import Kind, PlaceSpec, UserSpec
from safemob.scenes.stage import Actor, Motion

__all__ = ["cast_parked", "cast_user"]

_SIDEWAYS_MPS2 = 2.0
_AXLE_SHARE = 0.3
"""From the middle of a vehicle to each axle or bogie, as a share of its length."""
_DRIFT_M, _MOST_DRIFT_M = 0.15, 0.35
"""Standard deviation and bound of how far beside the written way somebody goes."""
_GROUPS = {  # metres between those abreast, metres between rows
    Kind.PEDESTRIAN: (0.75, 1.0),
    Kind.CYCLIST: (1.05, 2.6),
    Kind.E_SCOOTER: (1.0, 2.2),
}
_ABREAST = 2


def cast_user(user: UserSpec, plan: Plan, dice: Dice, until_s: float, strength: float = 1.0) -> tuple[Actor, ...]:
    """A user and the group that goes with it.

    Args:
        user: as the seed has varied it.
        plan: the place.
        dice: of sizes, colours and looks; of how far beside its way it goes, but for seed 0.
        until_s: end of the film, and of everybody's life.
        strength: of that aside.

    Raises:
        ScenarioError: naming the user, if it cannot move as described.
    """
    try:
        motions = _move(user, plan, dice, until_s, strength)
    except ScenarioError as error:
        msg = f"user '{user.id}': {error}"
        raise ScenarioError(msg) from None
    return tuple(
        _dress(user, name, motion, dice, until_s) for name, motion in zip(_name_group(user), motions, strict=True)
    )


def cast_parked(place: PlaceSpec, dice: Dice, until_s: float) -> tuple[Actor, ...]:
    """The parked cars that take no part, named ``parked-1``, ``parked-2`` …."""
    cast = []
    for number, (x, y, heading_deg) in enumerate(place.parked, start=1):
        rng = dice.roll("looks", f"parked-{number}")
        cast.append(
            Actor(
                id=f"parked-{number}",
                kind=Kind.CAR,
                size_m=draw_size(Kind.CAR, rng),
                colour=draw_colour(Kind.CAR, rng),
                look=int(rng.integers(2**31)),
                motion=Standing(position_m=(x, y), heading_rad=math.radians(heading_deg)),
                from_s=0.0,
                until_s=until_s,
            )
        )
    return tuple(cast)


def _name_group(user: UserSpec) -> list[str]:
    return [user.id, *(f"{user.id}-{number}" for number in range(2, user.group + 1))]


def _dress(user: UserSpec, name: str, motion: Motion, dice: Dice, until_s: float) -> Actor:
    rng = dice.roll("looks", name)
    return Actor(
        id=name,
        kind=user.kind,
        size_m=draw_size(user.kind, rng),
        colour=draw_colour(user.kind, rng),
        look=int(rng.integers(2**31)),
        motion=motion,
        from_s=motion.from_s if isinstance(motion, Travelling) else 0.0,
        until_s=motion.until_s if isinstance(motion, Travelling) else until_s,
        door_at_s=user.door_at_s,
    )


def _move(user: UserSpec, plan: Plan, dice: Dice, until_s: float, strength: float) -> list[Motion]:
    if user.group > 1 and (user.parked or user.kind not in _GROUPS):
        msg = f"its group is {user.group}, but only pedestrians, cyclists and e-scooters go in groups: remove it"
        raise ScenarioError(msg)
    if user.parked:
        (x, y), (ahead_x, ahead_y) = user.points[:2]
        return [Standing(position_m=(x, y), heading_rad=math.atan2(ahead_y - y, ahead_x - x))]
    legs, stop_m = _find_legs(user, plan)
    axle_m = 0.0 if user.kind is Kind.PEDESTRIAN else _AXLE_SHARE * _measure_length(user, dice)
    pace = plan_pace(
        length_m=sum(leg.length_m for leg in legs),
        start_m=user.start_m,
        speed_mps=user.speed_kmh / 3.6,
        limits=_limit(legs, axle_m),
        acts=user.acts,
        acts_from_m=stop_m,
    )
    end_s = min(user.appears_s + pace.ends_s, until_s)
    if end_s <= user.appears_s:
        msg = f"it appears at {user.appears_s:g} s, after the film's end: let it appear earlier"
        raise ScenarioError(msg)
    ends_m = np.cumsum([leg.length_m for leg in legs[:-1]]).tolist()
    turns_s = tuple(pace.find_moment(end) for end in ends_m) if user.kind is Kind.PEDESTRIAN else ()
    rng = dice.roll("aside", user.id)
    drift = 0.0
    if dice.seed and user.kind is not Kind.TRAM:
        drift = strength * float(np.clip(_DRIFT_M * rng.normal(), -_MOST_DRIFT_M, _MOST_DRIFT_M))
    abreast, apart = _GROUPS.get(user.kind, (0.0, 0.0))
    motions: list[Motion] = []
    for number in range(user.group):
        # Who goes back on a way has everybody beside it: behind, they would turn at full speed.
        row, column = divmod(number, _ABREAST) if len(legs) == 1 else (0, number)
        loose = rng.uniform(-0.1, 0.1, 2) if number else (0.0, 0.0)
        motions.append(
            Travelling(
                legs=legs,
                pace=pace,
                from_s=user.appears_s,
                until_s=end_s,
                behind_m=row * apart + (float(loose[0]) if len(legs) == 1 else 0.0),
                aside_m=drift + column * abreast + float(loose[1]),
                axle_m=axle_m,
                turns_s=turns_s,
            )
        )
    return motions


def _measure_length(user: UserSpec, dice: Dice) -> float:
    """As `_dress` will draw it."""
    return draw_size(user.kind, dice.roll("looks", user.id))[0]


def _find_legs(user: UserSpec, plan: Plan) -> tuple[tuple[Path, ...], float]:
    if user.from_arm is None or user.to_arm is None:
        return join_points(user.points, user.corner_radius_m), 0.0
    way = plan.way(user.from_arm, user.to_arm, user.lane, user.kind)
    return (way.path,), way.stop_m


def _limit(legs: Sequence[Path], axle_m: float) -> list[Limit]:
    """Curves are passed slowly from when the first axle is in them until the last one has left; turning back stops."""
    limits, begin = [], 0.0
    for number, leg in enumerate(legs):
        if number:
            limits.append(Limit(from_m=begin, until_m=begin, speed_mps=0.0))
        limits += [
            Limit(
                from_m=begin + bend.from_m - axle_m,
                until_m=begin + bend.until_m + axle_m,
                speed_mps=math.sqrt(_SIDEWAYS_MPS2 * bend.radius_m),
            )
            for bend in leg.bends
        ]
        begin += leg.length_m
    return limits
