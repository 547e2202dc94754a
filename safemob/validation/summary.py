"""From judged films to one run's results, and to the aims."""

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from safemob.validation.boxes import BoxFindings
from safemob.validation.conflicts import (
    compute_brier,
    count_conflicts,
    count_severities,
    count_states,
    describe,
    judge_likelihoods,
    tabulate_by_pair,
    tabulate_by_type,
    tabulate_errors,
)
from safemob.validation.ground import StateErrors
from safemob.validation.identity import IdentityTally
from safemob.validation.judgement import FilmJudgement
from safemob.validation.results import Aim, Run
from safemob.validation.rows import Rate
from safemob.validation.tables import NEAR_M, summarise_states, tabulate_boxes, tabulate_states
from safemob.validation.truth_from import TruthFrom

__all__ = ["hold_to_aims", "summarise_run"]


def summarise_run(films: Sequence[FilmJudgement], *, model: str, model_sha256: str, truth_from: TruthFrom) -> Run:
    """Everything that one pass over the films tells.

    Args:
        films: judged, one or more.
        model: name of the detection model.
        model_sha256: of its file.
        truth_from: the last stage that truth stood in for.
    """
    meetings = [each for film in films for each in film.meetings]
    strays = [each for film in films for each in film.strays]
    unseen = [each for each in meetings if each.is_conflict and not each.observable]
    boxes = BoxFindings.join([film.boxes for film in films])
    identities = sum((film.identities for film in films), IdentityTally.none())
    states = StateErrors.join([film.states for film in films])
    shown = states.take(states.observed)
    boxes_by_class, boxes_by_distance = tabulate_boxes(boxes)
    states_by_class, states_by_distance = tabulate_states(shown)
    return Run(
        model=model,
        model_sha256=model_sha256,
        truth_from=truth_from.value,
        films=len(films),
        frames=sum(film.frames for film in films),
        boxes_by_class=boxes_by_class,
        boxes_by_distance=boxes_by_distance,
        hota=identities.hota,
        detection_accuracy=identities.detection_accuracy,
        association_accuracy=identities.association_accuracy,
        idf1=identities.idf1,
        states_by_class=states_by_class,
        states_by_distance=states_by_distance,
        states_hidden=summarise_states("out of sight", states.take(~states.observed)),
        states_near=summarise_states(f"within {NEAR_M:g} m", shown.take(shown.distances <= NEAR_M)),
        ttc=tabulate_errors(meetings, attrgetter("has_ttc"), attrgetter("ttc_error_s")),
        pet=tabulate_errors(meetings, attrgetter("has_pet"), attrgetter("pet_error_s")),
        conflicts=count_conflicts(meetings, strays),
        conflicts_by_pair=tabulate_by_pair(meetings, strays),
        conflicts_by_type=tabulate_by_type(meetings, strays),
        severities=count_severities(meetings),
        states=count_states(meetings),
        strays=tuple(sorted(Counter(stray.why for stray in strays).items())),
        repeated=sum(each.repeated for each in meetings),
        unobservable=Rate(count=sum(each.is_found_conflict for each in unseen), of=len(unseen)),
        likelihoods=judge_likelihoods(meetings),
        brier=compute_brier(meetings),
        brier_near=compute_brier([each for each in meetings if each.is_near]),
        meetings=tuple(
            describe(film.scenario, film.seed, each) for film in films for each in film.meetings if each.declared
        ),
    )


def hold_to_aims(run: Run) -> tuple[Aim, ...]:
    """What safemob aims at, beside what a run measured."""
    near, shown, (ttc, *_), (pet, *_) = run.states_near, run.states_by_class[0], run.ttc, run.pet
    clear = run.conflicts[1]
    return (
        _at_most(f"position, mean error within {NEAR_M:g} m", "m", 0.25, near.position_mae_m, near.states),
        _at_most("speed, root mean square error", "m/s", 0.3, shown.speed_rmse_mps, shown.states),
        _at_most("PET, mean error", "s", 0.10, pet.mae_s, pet.measured.count),
        _at_most("TTCmin, mean error", "s", 0.15, ttc.mae_s, ttc.measured.count),
        _at_least(f"conflicts {clear.name}: precision", clear.precision),
        _at_least(f"conflicts {clear.name}: recall", clear.recall),
    )


def _at_most(name: str, unit: str, aim: float, measured: float, count: int) -> Aim:
    return Aim(name=name, unit=unit, aim=aim, at_most=True, measured=measured, count=count)


def _at_least(name: str, rate: Rate) -> Aim:
    return Aim(name=name, unit="", aim=0.95, at_most=False, measured=rate.share, count=rate.of)
