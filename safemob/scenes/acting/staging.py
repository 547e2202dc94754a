"""From a scenario and a seed to a stage: everybody gets a way, a body and a moment, and the encounters happen as meant.

A seed changes what it may without changing what the scenario declares: where its changes would make users collide,
miss an aim, or meet more severely than declared, they are halved, and at last left out.
"""

import itertools
from functools import partial

import numpy as np

from safemob.errors import ScenarioError
from safemob.scenes.acting.camera import aim_camera
from safemob.scenes.acting.cast import cast_parked, cast_user
from safemob.scenes.acting.timing import find_shift
from safemob.scenes.acting.vary import Dice, vary
from safemob.scenes.place.roads import Plan, lay_out
from safemob.scenes.refereeing.collision import follow_course
from safemob.scenes.refereeing.contact import measure_gaps
from safemob.scenes.refereeing.referee import measure_pair
from safemob.scenes.refereeing.severity import PET_LIMITS_S, TTC_LIMITS_S, grade
from safemob.scenes.scenario import EncounterSpec, Scenario, UserSpec
from safemob.scenes.stage import Actor, Stage

__all__ = ["stage_scenario"]

_STRENGTHS = (1.0, 0.5, 0.25, 0.0)
"""Of what a seed changes, until a scene keeps its word; at last sizes are those of seed 0 too."""
_LOOK_S = 0.02
_GLANCE_S = 0.05
_BEYOND_S = 60.0
"""How long after the film's end ways are followed, to see where they would meet."""
_CONFLICT = 1
"""Which of the limits of a pair makes a conflict."""
_MARGIN_S = 0.2


def stage_scenario(scenario: Scenario, seed: int) -> Stage:
    """Decide everything about a scene.

    Args:
        scenario: as written.
        seed: 0 for exactly that; others vary sizes, colours, speeds, moments, aims, camera and light.

    Returns:
        The stage; its scenario holds what was decided, and stages to the same with seed 0 but for looks and sizes.

    Raises:
        ScenarioError: if users would drive through each other, an aim cannot be reached, or somebody cannot move as
            described.
    """
    if seed == 0:
        return _stage(scenario, 0, Dice(0, scenario.title), 1.0)
    for strength in _STRENGTHS:
        try:
            stage = _stage(vary(scenario, seed, strength), seed, Dice(seed, scenario.title), strength)
        except ScenarioError:
            continue
        if _keeps_word(stage):
            return stage
    return _stage(vary(scenario, seed, 0.0), seed, Dice(0, scenario.title), 0.0)


def _stage(scenario: Scenario, seed: int, dice: Dice, strength: float) -> Stage:
    plan, camera = lay_out(scenario.place), aim_camera(scenario.camera, scenario.video)
    scenario = _time_encounters(scenario, plan, dice, strength)
    actors = tuple(
        actor for user in scenario.user for actor in cast_user(user, plan, dice, scenario.duration_s, strength)
    ) + cast_parked(scenario.place, dice, scenario.duration_s)
    names = [actor.id for actor in actors]
    if len(set(names)) < len(names):
        msg = "a user is named as the place's parked cars are, parked-1 and so on: give it another name"
        raise ScenarioError(msg)
    _check_apart(actors, scenario)
    return Stage(scenario=scenario, seed=seed, camera=camera, actors=actors, encounters=tuple(scenario.encounter))


def _time_encounters(scenario: Scenario, plan: Plan, dice: Dice, strength: float) -> Scenario:
    """Let every second user of an encounter with an aim appear when it has to."""
    users = {user.id: user for user in scenario.user}

    def cast(name: str, later_s: float = 0.0) -> dict[str, Actor]:
        user = users[name].model_copy(update={"appears_s": users[name].appears_s + later_s})
        until_s = scenario.duration_s + _BEYOND_S
        return {actor.id: actor for actor in cast_user(user, plan, dice, until_s, strength)}

    for aim in _order(scenario):
        first, second = (_find_leader(users, name) for name in aim.users)
        shift = find_shift(aim, cast(first)[aim.users[0]], partial(cast, second), scenario.duration_s)
        users[second] = users[second].model_copy(update={"appears_s": users[second].appears_s + shift})
    return scenario.model_copy(update={"user": list(users.values())})


def _order(scenario: Scenario) -> list[EncounterSpec]:
    """Encounters with an aim, those first whose first user no other one moves any more."""
    users = {user.id: user for user in scenario.user}
    left = [each for each in scenario.encounter if each.pet_s is not None or each.ttc_min_s is not None]
    ordered: list[EncounterSpec] = []
    while left:
        moved = [_find_leader(users, each.users[1]) for each in left]
        ready = [each for each in left if _find_leader(users, each.users[0]) not in moved]
        twice = next((name for name in moved if moved.count(name) > 1), None)
        if twice or not ready:
            who = twice or moved[0]
            msg = (
                f"user '{who}' would be moved in time by two encounters, or by one that depends on it: keep pet_s or "
                "ttc_min_s in one of them"
            )
            raise ScenarioError(msg)
        ordered += ready
        left = [each for each in left if each not in ready]
    return ordered


def _find_leader(users: dict[str, UserSpec], name: str) -> str:
    return name if name in users else name.rpartition("-")[0]


def _check_apart(actors: tuple[Actor, ...], scenario: Scenario) -> None:
    """Nobody goes through anybody, unless an encounter with a PET of 0 s says so."""
    collide = {frozenset(each.users) for each in scenario.encounter if each.pet_s == 0}
    for first, second in itertools.combinations(actors, 2):
        begin, end = max(0.0, first.from_s, second.from_s), min(first.until_s, second.until_s)
        if end <= begin or frozenset((first.id, second.id)) in collide:
            continue
        times = np.arange(begin, end, _LOOK_S)
        one, other = first.motion.at(times), second.motion.at(times)
        offsets = other.positions - one.positions
        reach = sum(float(np.hypot(*actor.size_m[:2])) / 2 for actor in (first, second))
        near = np.hypot(*offsets.T) < reach
        if not near.any():
            continue
        headings = one.headings[near], other.headings[near]
        gaps = measure_gaps(offsets[near], headings, (first.size_m[:2], second.size_m[:2])).distances
        if (gaps < 0).any():
            at = float(times[near][int(np.argmax(gaps < 0))])
            msg = (
                f"users '{first.id}' and '{second.id}' go through each other {at:.1f} s into the film: change a "
                "moment, a speed or an act, or declare their encounter with pet_s = 0 if they are meant to collide"
            )
            raise ScenarioError(msg)


def _keeps_word(stage: Stage) -> bool:
    """Whether encounters are as severe as declared, and no others are conflicts."""
    actors = {actor.id: actor for actor in stage.actors}
    until_s = stage.scenario.duration_s
    declared = {frozenset(each.users): each for each in stage.encounters}
    for first, second in itertools.combinations(stage.actors, 2):
        spec = declared.get(frozenset((first.id, second.id)))
        if spec is None and _may_conflict(first, second, until_s):
            met = measure_pair(first, second, 0.0, until_s)
            if grade(first.road_user, second.road_user, met) not in ("none", "record"):
                return False
    for spec in stage.encounters:
        first, second = (actors[name] for name in spec.users)
        met = measure_pair(first, second, 0.0, until_s)
        if spec.why is None and grade(first.road_user, second.road_user, met) != spec.severity:
            return False
    return True


def _may_conflict(first: Actor, second: Actor, until_s: float) -> bool:
    """A coarse look that lets no conflict pass."""
    motor = first.road_user.is_motor or second.road_user.is_motor
    if first.road_user.is_pedestrian and second.road_user.is_pedestrian:
        return False
    moments, places = [], []
    for actor in (first, second):
        times = np.arange(max(0.0, actor.from_s), min(until_s, actor.until_s), _GLANCE_S)
        moments.append(times)
        places.append(actor.motion.at(times).positions)
    if not (len(moments[0]) and len(moments[1])):
        return False
    lags = np.abs(moments[0][:, None] - moments[1][None])
    apart = np.hypot(*(places[0][:, None] - places[1][None]).transpose(2, 0, 1))
    reach = sum(float(np.hypot(*actor.size_m[:2])) / 2 for actor in (first, second)) + 1.0
    if ((lags <= PET_LIMITS_S[motor][_CONFLICT] + _MARGIN_S) & (apart <= reach)).any():
        return True
    both = np.intersect1d(np.round(moments[0] / _GLANCE_S), np.round(moments[1] / _GLANCE_S)) * _GLANCE_S
    if not len(both):
        return False
    return bool((follow_course(first, second, both).ttc_s <= TTC_LIMITS_S[motor][_CONFLICT] + _MARGIN_S).any())
