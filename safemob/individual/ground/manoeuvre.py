"""Sudden manoeuvres: a jump of acceleration where what was seen later contradicts that everybody moved as usual.

Who brakes hard, steps back or sets off at once does not accelerate as `safemob.individual.ground.motion` expects, and
a filter made for everyday driving rounds the corner off. What later footprints tell of the acceleration at a frame
has, if nobody did anything sudden, a known covariance: N for information r, so r' N⁻¹ r is χ² with two degrees of
freedom. Where it is far larger, the forward pass is taken again from there, with an acceleration that may have jumped.
A box that is wrong from some frame on surprises as well, but more by the place: nobody jumps aside.

Source: the test for a jump in the state of Willsky & Jones, IEEE Transactions on Automatic Control 21 (1976), as
computed from a backward pass by de Jong & Penzer, Journal of the American Statistical Association 93 (1998).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from safemob.individual.arrays import Floats
from safemob.individual.ground.filter import Step, advance, gather
from safemob.individual.ground.motion import ACCELERATION_SDS

__all__ = ["follow_jolts"]

_SURPRISE = 9.21
"""What 99 % of everyday motion does not surpass (χ², 2 degrees of freedom)."""
_JOLT = 3.0
"""How hard sudden manoeuvres are, in everyday accelerations: 5 m/s² for cars, 2 m/s² for pedestrians."""
_BEFORE_S, _AFTER_S = 1.0, 0.5
"""For so long a user has to be seen before a jolt, to tell how it moved, and after it, or a single box may be wrong."""
_ROUNDS = 4
"""Jolts of one user that may be found at once; most have none."""
_PLACE, _ACCELERATION = slice(0, 2), slice(4, 6)
"""Of the state."""


def follow_jolts(steps: Sequence[Step]) -> tuple[list[Step], list[Floats]]:
    """The frames again, with the jolts that they tell of.

    Args:
        steps: consecutive frames of the forward pass.

    Returns:
        The steps, those after a jolt taken anew, and what later ones tell of each, see `gather`.
    """
    found, told = list(steps), gather(steps)
    for _ in range(_ROUNDS):
        jolts = _find_jolts(found, told)
        if not jolts:
            break
        for index in range(min(jolts), len(found)):
            before, step = found[index - 1], found[index]
            interval_s = step.time_s - before.time_s
            found[index] = advance(before.users, interval_s, step.look, step.jolts + jolts.get(index, 0.0))
        told = gather(found)
    return found, told


def _find_jolts(steps: Sequence[Step], told: Sequence[Floats]) -> dict[int, Floats]:
    """What to add to `Step.jolts`, by index of the step: for each life, where it surprises most, if it does."""
    last_s = steps[-1].time_s - _AFTER_S
    pairs = [(one.users, other.look.before) for one, other in pairwise(steps) if one.time_s <= last_s]
    if not pairs:
        return {}
    frames = np.repeat(np.arange(len(pairs)), [len(rows) for _, rows in pairs])
    times = np.array([step.time_s for step in steps])[frames]
    known = np.flatnonzero(times - np.concatenate([users.born_s[rows] for users, rows in pairs]) >= _BEFORE_S)
    later = np.concatenate([each[rows] for each, (_, rows) in zip(told, pairs, strict=False)])[known]
    surprise, misplaced = (_measure_surprise(later, part) for part in (_ACCELERATION, _PLACE))
    if not np.any(surprise > _SURPRISE):
        return {}
    lives, columns = np.unique(np.concatenate([users.lives[rows] for users, rows in pairs])[known], return_inverse=True)
    limits = np.full(len(lives), _SURPRISE)
    np.maximum.at(limits, columns, misplaced)
    order = np.lexsort((surprise, columns))
    foremost = order[np.append(np.diff(columns[order]) > 0, True)]
    jolts: dict[int, Floats] = {}
    for index, life in zip(frames[known[foremost]].tolist(), range(len(lives)), strict=True):
        if surprise[foremost[life]] > limits[life]:
            users, rows = pairs[index]
            sds = _JOLT * ACCELERATION_SDS[users.classes[rows]]
            mine = np.where(users.lives[rows] == lives[life], np.square(sds), 0.0)
            jolts[index + 1] = jolts.get(index + 1, 0.0) + mine
    return jolts


def _measure_surprise(told: Floats, part: slice) -> Floats:
    """(M,) r' N⁻¹ r of two parts of the state; 0 where nothing was seen later."""
    (a, b), (_, c) = told[:, part, part].transpose(1, 2, 0)
    x, y = told[:, part, 6].T
    determinant = a * c - b * b
    surprise: Floats = np.zeros(len(told))
    told_of = determinant > 1e-12 * np.square(a + c)
    np.divide(c * x * x - 2 * b * x * y + a * y * y, determinant, out=surprise, where=told_of)
    return surprise
