"""The referee: what truly happened between the road users of a scene, from their exact motions, over continuous time.

It is slow, and shares nothing with the analysis that it judges: contact is a distance from an octagon, TTC is walked
towards, PET is searched for among all pairs of moments, T2 follows the ways that were planned. The definitions are
those of ``docs/indicators``.
"""

import itertools
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.refereeing.collision import RANGE_M, Course, follow_course
from safemob.scenes.refereeing.encroachment import Encroachment, Moving, describe_encroachment, find_encroachment
from safemob.scenes.refereeing.following import comes_behind, find_largest_drac
from safemob.scenes.refereeing.planned import find_smallest_t2
from safemob.scenes.scenario import EncounterSpec
from safemob.scenes.stage import Actor, Stage
from safemob.scenes.truth import TrueEncounter

__all__ = [
    "PET_MAX_S",
    "Meeting",
    "Pair",
    "find_pairs",
    "measure_encounter",
    "measure_pair",
    "measure_pet",
    "measure_ttc_min",
]

Floats = npt.NDArray[np.float64]
Pair = tuple[Actor, Actor, EncounterSpec | None]
"""Two users, and what the scenario says about them."""

PET_MAX_S = 10.0
"""Users of one place that are farther apart in time have no PET."""

_STEP_S = 0.002
_FINE = 81
_NEAR_S = 0.01
_CLOSER_LOOKS = 40
_GLANCE_S = 0.02
_APPROACH_MPS = 0.5
_CLOSING_MPS = 1.0
_HOLD_S = 0.3
_PET_WITHIN_S = 5e-4
_NOWHERE = (float("nan"), float("nan"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What truly happened between two users; `safemob.scenes.truth.TrueEncounter` says what each name means."""

    ttc_min_s: float
    ttc_min_at_s: float
    ttc_held_s: float
    drac_max_mps2: float
    pet_s: float
    pet_at_m: tuple[float, float]
    pet_at_s: float
    t2_min_s: float
    follows: bool
    distance_min_m: float
    distance_min_at_s: float


def measure_pair(first: Actor, second: Actor, from_s: float, until_s: float) -> Meeting:
    """Everything that is known about two users.

    Args:
        first: one user.
        second: the other. Swapped, only the sign of PET changes.
        from_s: begin of what counts, on the film's clock.
        until_s: its end.

    Returns:
        What truly happened within the span, while each was there.
    """
    course = _follow(first, second, from_s, until_s)
    ttc_min_s, ttc_min_at_s = _find_least_ttc(first, second, course)
    distance_min_m, distance_min_at_s = _find_least_distance(first, second, course)
    met = _find_encroachment(first, second, from_s, until_s)
    follows = met is not None and comes_behind(first, second, met, from_s, until_s)
    return Meeting(
        ttc_min_s=ttc_min_s,
        ttc_min_at_s=ttc_min_at_s,
        ttc_held_s=_find_held_ttc(course),
        drac_max_mps2=find_largest_drac(course, (first.size_m[:2], second.size_m[:2])),
        pet_s=float("nan") if met is None else met.lag_s,
        pet_at_m=_NOWHERE if met is None else met.place_m,
        pet_at_s=float("nan") if met is None else max(met.first_s, met.second_s),
        t2_min_s=float("nan") if follows else find_smallest_t2(first, second, from_s, until_s),
        follows=follows,
        distance_min_m=distance_min_m,
        distance_min_at_s=distance_min_at_s,
    )


def measure_pet(first: Actor, second: Actor, from_s: float, until_s: float) -> float:
    """PET alone: positive if the first passed first, 0 if both were there at once, nan without a shared place."""
    met = _find_encroachment(first, second, from_s, until_s)
    return float("nan") if met is None else met.lag_s


def measure_ttc_min(first: Actor, second: Actor, from_s: float, until_s: float) -> float:
    """The smallest TTC alone, s; inf if they were never on a collision course."""
    return _find_least_ttc(first, second, _follow(first, second, from_s, until_s))[0]


def find_pairs(stage: Stage) -> tuple[Pair, ...]:
    """All pairs of a scene that are worth measuring: the declared ones, and those that approach within 50 m.

    Two pedestrians are no pair unless they are declared.

    Returns:
        The declared pairs in their order, then the others in the order of the actors.
    """
    actors = {actor.id: actor for actor in stage.actors}
    declared = [(actors[spec.users[0]], actors[spec.users[1]], spec) for spec in stage.encounters]
    listed = {frozenset(spec.users) for spec in stage.encounters}
    others = [
        (first, second, None)
        for first, second in itertools.combinations(stage.actors, 2)
        if frozenset((first.id, second.id)) not in listed and _meet(first, second, stage.scenario.duration_s)
    ]
    return (*declared, *others)


def measure_encounter(pair: Pair, until_s: float) -> TrueEncounter:
    """What truly happened between a pair in a film that begins at 0 s and ends at `until_s`, and what was declared."""
    first, second, spec = pair
    return TrueEncounter(
        users=(first.id, second.id),
        declared=spec is not None,
        accident_type=None if spec is None else spec.accident_type,
        severity="none" if spec is None else spec.severity,
        observable=spec is None or spec.observable,
        **asdict(measure_pair(first, second, 0.0, until_s)),
    )


def _meet(first: Actor, second: Actor, until_s: float) -> bool:
    """Whether two users come within 50 m of each other and approach there."""
    if first.road_user.is_pedestrian and second.road_user.is_pedestrian:
        return False
    begin, end = max(0.0, first.from_s, second.from_s), min(until_s, first.until_s, second.until_s)
    times = np.arange(begin, end, _GLANCE_S)
    one, other = first.motion.at(times), second.motion.at(times)
    offsets, relative = other.positions - one.positions, other.velocities - one.velocities
    distances = np.hypot(*offsets.T)
    approach = -(offsets * relative).sum(axis=-1)
    return bool(np.any((distances <= RANGE_M) & (approach >= _APPROACH_MPS * distances)))


def _follow(first: Actor, second: Actor, from_s: float, until_s: float) -> Course:
    """The course of both over the time that they share."""
    begin, end = max(from_s, first.from_s, second.from_s), min(until_s, first.until_s, second.until_s)
    count = int(np.ceil((end - begin) / _STEP_S)) + 1 if end >= begin else 0
    return follow_course(first, second, np.linspace(begin, end, count))


def _find_least_ttc(first: Actor, second: Actor, course: Course) -> tuple[float, float]:
    """The smallest TTC and its moment, between the moments of the course too."""
    if not np.isfinite(course.ttc_s).any():
        return float("inf"), float("nan")
    near = course.ttc_s <= course.ttc_s.min() + _NEAR_S
    return _look_closer(first, second, course, near, lambda each: each.ttc_s)


def _find_least_distance(first: Actor, second: Actor, course: Course) -> tuple[float, float]:
    """The smallest distance and its moment; 0 and the first moment where the rectangles touch."""
    if not len(course.times_s):
        return float("inf"), float("nan")
    relative = np.hypot(*(course.second.velocities - course.first.velocities).T)
    near = course.distances_m <= course.distances_m.min() + 2 * _STEP_S * relative
    return _look_closer(first, second, course, near, lambda each: np.maximum(each.distances_m, 0.0))


def _look_closer(
    first: Actor, second: Actor, course: Course, near: npt.NDArray[np.bool_], what: Callable[[Course], Floats]
) -> tuple[float, float]:
    """Smallest value, and the first moment of it, in the steps on both sides of the moments that come near it."""
    times = course.times_s
    candidates = np.flatnonzero(near)
    lowest_first = candidates[np.argsort(what(course)[candidates], kind="stable")][:_CLOSER_LOOKS]
    steps = np.unique(np.clip(np.append(lowest_first - 1, lowest_first), 0, len(times) - 2))
    shares = np.linspace(0.0, 1.0, _FINE)
    fine = times if len(times) == 1 else (times[steps, None] * (1 - shares) + times[steps + 1, None] * shares).ravel()
    closer = follow_course(first, second, fine)
    lowest = int(np.argmin(what(closer)))
    return float(what(closer)[lowest]), float(fine[lowest])


def _find_held_ttc(course: Course) -> float:
    """The least limit under which TTC stays for 0.3 s while the rectangles close at 1 m/s or more; inf for none."""
    times = course.times_s
    held = 1 + round(_HOLD_S / (times[1] - times[0])) if len(times) > 1 else 2
    if len(times) < held:
        return float("inf")
    counted = np.where(course.closing_mps >= _CLOSING_MPS, course.ttc_s, np.inf)
    return float(np.lib.stride_tricks.sliding_window_view(counted, held).max(axis=1).min())


def _find_encroachment(first: Actor, second: Actor, from_s: float, until_s: float) -> Encroachment | None:
    one, other = Moving.follow(first, from_s, until_s), Moving.follow(second, from_s, until_s)
    met = find_encroachment(one, other, max_lag_s=PET_MAX_S, within_s=_PET_WITHIN_S)
    if met is None or abs(met.lag_s) > _PET_WITHIN_S:
        return met
    return describe_encroachment(one, other, met.second_s, met.second_s)
