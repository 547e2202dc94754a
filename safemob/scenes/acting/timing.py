"""When users have to appear so that they come as near to each other as the scenario asks.

Moving one user in time moves every contact of two ways by as much, so that PET follows exactly, and one measurement
says what is missing. TTC does not: it is bracketed by a coarse look at many moments, then closed in on.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from safemob.errors import ScenarioError
from safemob.scenes.refereeing.collision import follow_course
from safemob.scenes.refereeing.referee import measure_pet, measure_ttc_min
from safemob.scenes.scenario import EncounterSpec
from safemob.scenes.stage import Actor

__all__ = ["find_shift"]

Floats = npt.NDArray[np.float64]
_Cast = Callable[[float], Mapping[str, Actor]]

_WITHIN_S = 0.004
_PET_TRIES = 12
_OVER_S = 1.0
"""How far beyond a collision the other order of passage is looked for, at each try."""
_AROUND_S = 12.0
_STEP_S = 0.1
_TTC_REACH_S, _TTC_STEP_S, _GLANCE_S = 5.0, 0.1, 0.02
_TTC_TRIES = 25


def find_shift(aim: EncounterSpec, first: Actor, cast_second: _Cast, duration_s: float) -> float:
    """By how much the second user of an encounter has to appear later, s.

    Args:
        aim: with `pet_s` or `ttc_min_s`.
        first: its first user.
        cast_second: gives the actors of the second user's group, by name, if it appears so much later.
        duration_s: of the film; what happens beyond it does not count.

    Raises:
        ScenarioError: if no shift makes it happen within the film.
    """

    def second(shift: float) -> Actor:
        return cast_second(shift)[aim.users[1]]

    if aim.pet_s is not None:
        return _find_for_pet(aim, aim.pet_s, first, second, duration_s)
    if aim.ttc_min_s is not None:
        return _find_for_ttc(aim, aim.ttc_min_s, first, second, duration_s)
    return 0.0


def _find_for_pet(
    aim: EncounterSpec, wanted: float, first: Actor, second: Callable[[float], Actor], duration_s: float
) -> float:
    first_s, second_s = _find_meeting(aim, first, second(0.0))
    shift = first_s - second_s + wanted
    span = first_s - _AROUND_S - abs(wanted), first_s + _AROUND_S + abs(wanted)
    for _ in range(_PET_TRIES):
        found = measure_pet(first, second(shift), *span)
        missing = wanted - found
        if abs(missing) <= _WITHIN_S:
            break
        shift += 0.0 if math.isnan(found) else missing
        shift += 0.0 if found * wanted > 0 else math.copysign(_OVER_S, wanted)
    if not abs(missing) <= _WITHIN_S:
        msg = (
            f"users {' and '.join(aim.users)} cannot be given a PET of {wanted:g} s, the nearest is {found:.2f} s: "
            "change a speed, an act or a moment"
        )
        raise ScenarioError(msg)
    if not abs(wanted - measure_pet(first, second(shift), 0.0, duration_s)) <= _WITHIN_S:
        msg = (
            f"users {' and '.join(aim.users)} would meet {first_s:.1f} s after the film's begin with a PET of "
            f"{wanted:g} s, but the film lasts {duration_s:g} s: let '{aim.users[0]}' appear at another moment"
        )
        raise ScenarioError(msg)
    return shift


def _find_meeting(aim: EncounterSpec, first: Actor, second: Actor) -> tuple[float, float]:
    """When the first and when the second is where their ways are nearest to each other."""
    moments, places = [], []
    for actor in (first, second):
        times = np.arange(actor.from_s, actor.until_s, _STEP_S)
        moments.append(times)
        places.append(actor.motion.at(times).positions)
    apart = np.hypot(*(places[0][:, None] - places[1][None]).transpose(2, 0, 1))
    i, j = np.unravel_index(int(apart.argmin()), apart.shape)
    if apart[i, j] > sum(math.hypot(*actor.size_m[:2]) / 2 for actor in (first, second)):
        msg = (
            f"the ways of users {' and '.join(aim.users)} come no nearer to each other than {apart[i, j]:.1f} m while "
            "both are there: let them meet, or remove pet_s"
        )
        raise ScenarioError(msg)
    return float(moments[0][i]), float(moments[1][j])


def _find_for_ttc(
    aim: EncounterSpec, wanted: float, first: Actor, second: Callable[[float], Actor], duration_s: float
) -> float:
    steps = round(_TTC_REACH_S / _TTC_STEP_S)
    shifts = np.arange(-steps, steps + 1) * _TTC_STEP_S
    glances = np.array([_glance(first, second, float(shift), duration_s) for shift in shifts]) - wanted
    crossed = np.isfinite(glances[:-1]) & np.isfinite(glances[1:]) & (glances[:-1] * glances[1:] <= 0)
    brackets = np.flatnonzero(crossed)
    for bracket in brackets[np.argsort(np.abs(shifts[brackets] + _TTC_STEP_S / 2), kind="stable")]:
        low, high = float(shifts[bracket]), float(shifts[bracket + 1])
        begin = glances[bracket]
        for _ in range(_TTC_TRIES):
            middle = (low + high) / 2
            missing = measure_ttc_min(first, second(middle), 0.0, duration_s) - wanted
            if abs(missing) <= _WITHIN_S:
                return middle
            low, high = (middle, high) if missing * begin > 0 else (low, middle)
    possible = glances[np.isfinite(glances)] + wanted
    span = f"{possible.min():.2f} to {possible.max():.2f} s" if len(possible) else "no collision course"
    msg = (
        f"users {' and '.join(aim.users)} cannot be given a least TTC of {wanted:g} s by moving the second by up to "
        f"{_TTC_REACH_S:g} s ({span} when tried): change a speed, an act or a moment"
    )
    raise ScenarioError(msg)


def _glance(first: Actor, second: Callable[[float], Actor], shift: float, duration_s: float) -> float:
    """A coarse look at the least TTC; NaN if the two are never there together."""
    other = second(shift)
    begin, end = max(0.0, first.from_s, other.from_s), min(duration_s, first.until_s, other.until_s)
    if end <= begin:
        return math.nan
    return float(follow_course(first, other, np.arange(begin, end, _GLANCE_S)).ttc_s.min())
