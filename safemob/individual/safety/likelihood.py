"""How likely an encounter was a conflict, given how uncertain both users' positions and velocities are.

An encounter is measured again and again, by the same code, with each user's whole life moved by one draw from its
uncertainty: e(t) = L(t)·z, with L(t)·L(t)ᵀ the covariance of (position, velocity) at t and z ~ N(0, I). One z holds
for the whole life, because what remains after smoothing is mostly what all frames share, and because errors drawn
anew for every frame would pull each minimum down. The draws are the same for every encounter: a result can be
repeated, and does not depend on the order of encounters.

What is not drawn: sizes and headings, of which no covariance is known.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np

from safemob.individual.arrays import Floats
from safemob.individual.safety.conflict import Preset, assess
from safemob.individual.safety.history import Life, Meeting
from safemob.individual.safety.record import Encounter
from safemob.taxonomy import EncounterState, Severity

__all__ = ["came_near", "draw_meetings", "estimate_likelihood"]

_STATE = 4
_NEAR_TTC_S, _NEAR_GAP_M = 6.0, 3.0
_JITTER = 1e-12
"""Added to variances, m² and m²/s², so that a covariance without uncertainty has a root, too."""


def came_near(encounter: Encounter) -> bool:
    """Whether another draw can matter at all: some indicator is within reach of the thresholds."""
    crossed = not np.isnan(encounter.pet_s)
    return crossed or encounter.ttc_min_s <= _NEAR_TTC_S or encounter.distance_min_m <= _NEAR_GAP_M


def draw_meetings(meeting: Meeting, draws: int) -> Iterator[Meeting]:
    """The meeting as it may have been, `draws` times, equally likely."""
    roots = [_find_roots(life) for life in (meeting.first, meeting.second)]
    for first, second in _draw(draws):
        yield replace(
            meeting, first=_move(meeting.first, roots[0] @ first), second=_move(meeting.second, roots[1] @ second)
        )


def estimate_likelihood(encounter: Encounter, preset: Preset, severity: Severity = Severity.CONFLICT) -> float:
    """The probability that the encounter was at least so severe, 0 to 1.

    Draws in which the two touched are left out: a crash is not what errors of position make of a pass. Where no
    draws are left, what was measured decides.
    """
    apart = tuple(each for each in encounter.alternatives if each.state is not EncounterState.OVERLAP)
    alternatives = apart or (encounter,)
    return sum(assess(each, preset) >= severity for each in alternatives) / len(alternatives)


@lru_cache(maxsize=4)
def _draw(draws: int) -> Floats:
    """(draws, 2, 4) standard normal numbers in opposite pairs, so that their mean is exactly 0."""
    half = np.random.default_rng(0).standard_normal(((draws + 1) // 2, 2, _STATE))
    drawn = np.concatenate([half, -half])[:draws]
    drawn.flags.writeable = False
    return drawn


def _find_roots(life: Life) -> Floats:
    """(N, 4, 4) lower triangular roots of the covariances; what is not finite counts as certain."""
    covariances = np.where(np.isfinite(life.covariances), life.covariances, 0.0)
    return np.asarray(np.linalg.cholesky(covariances + _JITTER * np.eye(_STATE)), dtype=np.float64)


def _move(life: Life, errors: Floats) -> Life:
    """A life with (N, 4) errors of position and velocity added."""
    poses = replace(life.poses, positions=life.poses.positions + errors[:, :2])
    return replace(life, poses=poses, velocities=life.velocities + errors[:, 2:])
