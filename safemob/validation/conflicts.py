"""From true encounters of all films to rows: what was found of them, and how true indicators and likelihoods are.

Counted is over all true encounters, whether the pipeline noticed them or not: a conflict that it never saw is missed.
A pair that no scenario lists is not in conflict, whatever its numbers. Conflicts that the camera cannot see need not be
found, and are no mistake if they are.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import isnan, nan

import numpy as np

from safemob.individual.arrays import Floats
from safemob.taxonomy import RoadUserPair
from safemob.validation.meetings import NEAR_S, Meeting, Stray
from safemob.validation.rows import ConflictRow, ErrorRow, LikelihoodRow, MeetingRow, Rate

__all__ = [
    "ACCIDENT_TYPES",
    "compute_brier",
    "count_conflicts",
    "count_severities",
    "count_states",
    "describe",
    "judge_likelihoods",
    "tabulate_by_pair",
    "tabulate_by_type",
    "tabulate_errors",
]

ACCIDENT_TYPES = {
    2: "2 turning off",
    3: "3 turning into or crossing",
    4: "4 pedestrian crossing",
    5: "5 parking",
    6: "6 along the road",
    7: "7 other",
}
"""FGSV accident types (Unfalltypen) of situations between two road users, by their codes."""

_UNSEEN, _EXCLUDED = "unseen", "excluded"
_LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def count_conflicts(meetings: Sequence[Meeting], strays: Sequence[Stray]) -> tuple[ConflictRow, ...]:
    """All, those outside the band around the threshold, and those inside.

    Strays lie outside: no threshold makes them right.
    """
    near = [each for each in meetings if each.is_near]
    clear = [each for each in meetings if not each.is_near]
    return (
        _count("all", meetings, len(strays)),
        _count(f"more than {NEAR_S:g} s off the threshold", clear, len(strays)),
        _count(f"within {NEAR_S:g} s of the threshold", near, 0),
    )


def tabulate_by_pair(meetings: Sequence[Meeting], strays: Sequence[Stray]) -> tuple[ConflictRow, ...]:
    """One row a pair."""
    extra = Counter(stray.pair for stray in strays)
    return tuple(
        _count(pair.value, [each for each in meetings if each.pair is pair], extra[pair]) for pair in RoadUserPair
    )


def tabulate_by_type(meetings: Sequence[Meeting], strays: Sequence[Stray]) -> tuple[ConflictRow, ...]:
    """One row a declared accident type; what was found of pairs that no scenario lists is in the last."""
    rows = [
        _count(name, [each for each in meetings if each.accident_type == code], 0)
        for code, name in ACCIDENT_TYPES.items()
    ]
    rest = [each for each in meetings if each.accident_type is None]
    return (*rows, _count("not declared", rest, len(strays)))


def tabulate_errors(
    meetings: Sequence[Meeting], has: Callable[[Meeting], bool], error: Callable[[Meeting], float]
) -> tuple[ErrorRow, ...]:
    """Errors of an indicator, all pairs first.

    Args:
        meetings: true encounters.
        has: whether one has the indicator, in truth.
        error: found less true; nan where none was found.
    """
    seen = [each for each in meetings if each.observable and has(each)]
    groups = [("all", seen)] + [(pair.value, [each for each in seen if each.pair is pair]) for pair in RoadUserPair]
    return tuple(_summarise_errors(name, np.array([error(each) for each in group])) for name, group in groups)


def count_severities(meetings: Iterable[Meeting]) -> tuple[tuple[str, str, int], ...]:
    """How often a declared encounter of one severity was found to be of another."""
    cells = Counter((each.severity, _name_found(each)) for each in meetings if each.declared and each.observable)
    return tuple((true.label, found, count) for (true, found), count in sorted(cells.items()))


def count_states(meetings: Iterable[Meeting]) -> tuple[tuple[str, int], ...]:
    """How declared encounters that have to be found were assessed."""
    cells = Counter(_name_state(each) for each in meetings if each.declared and each.observable)
    return tuple(sorted(cells.items(), key=lambda cell: (-cell[1], cell[0])))


def judge_likelihoods(meetings: Sequence[Meeting]) -> tuple[LikelihoodRow, ...]:
    """Calibration: of the encounters with a likelihood in a range, how many were conflicts."""
    seen = [each for each in meetings if each.observable]
    rows = []
    for low, high in pairwise(_LEVELS):
        here = [each for each in seen if low <= each.likelihood < high or each.likelihood == high == _LEVELS[-1]]
        estimated = float(np.mean([each.likelihood for each in here])) if here else nan
        conflicts = Rate(count=sum(each.is_conflict for each in here), of=len(here))
        rows.append(LikelihoodRow(low=low, high=high, estimated=estimated, conflicts=conflicts))
    return tuple(rows)


def compute_brier(meetings: Iterable[Meeting]) -> float:
    """Mean squared error of likelihoods: 0 is perfect, 0.25 what saying one half everywhere gets; nan of none."""
    off = [(each.likelihood - each.is_conflict) ** 2 for each in meetings if each.observable]
    return float(np.mean(off)) if off else nan


def describe(scenario: str, seed: int, meeting: Meeting) -> MeetingRow:
    """An encounter as it is written down."""
    return MeetingRow(
        scenario=scenario,
        seed=seed,
        users=meeting.users,
        pair=meeting.pair.value,
        accident_type=meeting.accident_type,
        observable=meeting.observable,
        severity=meeting.severity.label,
        found_severity=_name_found(meeting),
        state=_name_state(meeting),
        margin_s=meeting.margin_s,
        ttc_min_s=meeting.ttc_min_s,
        found_ttc_min_s=meeting.found_ttc_min_s,
        pet_s=meeting.pet_s,
        found_pet_s=meeting.found_pet_s,
        likelihood=meeting.likelihood,
    )


def _count(name: str, meetings: Sequence[Meeting], extra: int) -> ConflictRow:
    """One row; `extra` conflicts were found beside those of the true encounters."""
    asked = [each for each in meetings if each.is_conflict and each.observable]
    right = sum(each.is_found_conflict for each in asked)
    wrong = sum(each.is_found_conflict and not each.is_conflict for each in meetings)
    again = sum(each.repeated for each in meetings)
    return ConflictRow(
        name=name,
        encounters=len(meetings),
        recall=Rate(count=right, of=len(asked)),
        precision=Rate(count=right, of=right + wrong + again + extra),
    )


def _name_found(meeting: Meeting) -> str:
    if meeting.found_severity is not None:
        return meeting.found_severity.label
    return _EXCLUDED if meeting.unfound.startswith(_EXCLUDED) else _UNSEEN


def _name_state(meeting: Meeting) -> str:
    return meeting.unfound if meeting.state is None else meeting.state.value


def _summarise_errors(name: str, errors: Floats) -> ErrorRow:
    known = np.array([error for error in errors if not isnan(error)])
    return ErrorRow(
        name=name,
        measured=Rate(count=len(known), of=len(errors)),
        mae_s=float(np.abs(known).mean()) if len(known) else nan,
        sd_s=float(known.std()) if len(known) else nan,
        bias_s=float(known.mean()) if len(known) else nan,
    )
