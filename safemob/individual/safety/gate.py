"""The gate: which pairs of road users may be about to meet, and which may still share a place soon after."""

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.record import EncounterRules
from safemob.individual.safety.rectangle import Rectangles, dot
from safemob.individual.safety.ttc import compute_ttc

__all__ = ["find_gated_pairs", "may_still_encroach"]

_MOVED_ON_M = 1.0
_ACCELERATION_MPS2 = 3.0
_AHEAD_COSINE = 0.5
"""A driver ahead of whom a place lies more than 60° to the side reaches it later than a PET is observed."""


def find_gated_pairs(states: GroundStates, ages: Floats, rules: EncounterRules) -> Ints:
    """Pairs that pass the gate: both here long enough, near, and closing or on a collision course.

    Args:
        states: one frame, N road users.
        ages: (N,) seconds since each appeared.
        rules: distances and speeds.

    Returns:
        (K, 2) indices into the frame, the lower first.
    """
    old = np.flatnonzero(ages >= rules.min_age_s)
    one, other = np.triu_indices(len(old), k=1)
    one, other = old[one], old[other]
    between = states.positions[other] - states.positions[one]
    squared = dot(between, between)
    near = squared <= rules.range_m**2
    one, other, between, squared = one[near], other[near], between[near], squared[near]
    approach = -dot(between, states.velocities[other] - states.velocities[one])
    gated = approach >= rules.approach_mps * np.sqrt(squared)
    rest = np.flatnonzero(~gated)
    gated[rest] = _is_on_course(states, one[rest], other[rest])
    return np.stack([one[gated], other[gated]], axis=1)


def _is_on_course(states: GroundStates, one: Ints, other: Ints) -> Bools:
    if len(one) == 0:
        return np.zeros(0, dtype=np.bool_)
    boxes = Rectangles.heading(states.positions, states.headings, states.lengths, states.widths)
    course = compute_ttc(boxes.take(one), states.velocities[one], boxes.take(other), states.velocities[other])
    on_course: Bools = np.isfinite(course.ttc_s) | course.overlap
    return on_course


def may_still_encroach(trail: Floats, here: Floats | None, mover: Floats, now_s: float, rules: EncounterRules) -> bool:
    """Whether one user may yet come, within the largest PET, to a place the other has left.

    Generous on purpose, since a pair kept too long costs memory and a pair dropped too early a PET: the mover may
    accelerate at once and turn up to 60° to either side.

    Args:
        trail: (K, 3) time, x, y where the other has been.
        here: (2,) where the other is now; None if it has gone.
        mover: (10,) latest row of the one who may come, see `tabulate_states`.
        now_s: the time.
        rules: largest PET.
    """
    seconds = rules.pet_max_s - (now_s - trail[:, 0])
    left = seconds > 0
    if here is not None:
        left &= np.hypot(*(trail[:, 1:] - here).T) > _MOVED_ON_M
    if not left.any():
        return False
    seconds, offset = seconds[left], trail[left, 1:] - mover[1:3]
    distance = np.hypot(*offset.T)
    speed, heading, length = np.hypot(mover[3], mover[4]), mover[5], mover[6]
    ahead = dot(offset, np.array([np.cos(heading), np.sin(heading)])) >= _AHEAD_COSINE * distance
    reach = length + speed * seconds + _ACCELERATION_MPS2 / 2 * seconds**2
    return bool(((ahead | (distance <= length)) & (distance <= reach)).any())
