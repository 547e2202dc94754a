"""The gate: which pairs of road users may be about to meet, and which may still share a place soon after."""

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.record import EncounterRules
from safemob.individual.safety.rectangle import Rectangles, dot
from safemob.individual.safety.ttc import compute_ttc

__all__ = ["find_gated_pairs", "may_still_encroach"]

_ROUNDING = 1e-9
_MOVED_ON_M = 1.0
_ACCELERATION_MPS2 = 3.0
_CROSSING_SINE = np.sin(np.radians(5.0))
_AHEAD_COSINE = 0.5
"""A driver ahead of whom a place lies more than 60° to the side reaches it later than a PET is observed."""


def find_gated_pairs(states: GroundStates, rules: EncounterRules) -> Ints:
    """Pairs that pass the gate: near, and closing, on a collision course, or about to cross each other's line.

    Args:
        states: one frame, N road users.
        rules: distances and speeds.

    Returns:
        (K, 2) indices into the frame, the lower first.
    """
    offsets = states.positions - states.positions[:, None]
    near = dot(offsets, offsets) <= rules.range_m**2
    one, other = np.nonzero(np.triu(near, k=1))
    between = offsets[one, other]
    distances = np.hypot(between[:, 0], between[:, 1])
    relative = states.velocities[other] - states.velocities[one]
    approach = -dot(between, relative)
    gated = approach >= rules.approach_mps * distances
    gated |= _is_about_to_cross(between, states.velocities[one], states.velocities[other], rules.pet_max_s)
    radii = np.hypot(states.lengths, states.widths) * (0.5 + _ROUNDING)
    reach = radii[one] + radii[other]
    passes = np.abs(between[:, 0] * relative[:, 1] - between[:, 1] * relative[:, 0])
    may_touch = (distances <= reach) | ((approach > 0) & (passes <= reach * np.hypot(relative[:, 0], relative[:, 1])))
    rest = np.flatnonzero(may_touch & ~gated)
    if len(rest):
        gated[rest] = _is_on_course(states, one[rest], other[rest])
    return np.stack([one[gated], other[gated]], axis=1)


def _is_on_course(states: GroundStates, one: Ints, other: Ints) -> Bools:
    boxes = Rectangles.heading(states.positions, states.headings, states.lengths, states.widths)
    course = compute_ttc(boxes.take(one), states.velocities[one], boxes.take(other), states.velocities[other])
    on_course: Bools = np.isfinite(course.ttc_s) | course.overlap
    return on_course


def _is_about_to_cross(between: Floats, one: Floats, other: Floats, pet_max_s: float) -> Bools:
    """Whether the centres, at their velocities, pass one point that far apart in time, and the later soon enough.

    A truck that turns behind a cyclist of the same speed never comes nearer to it. Lines of users who follow each other
    cross as well, at the leader itself, at the small angles that noise makes: these do not count.
    """
    turn = _cross(one, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        first_s, second_s = _cross(between, other) / turn, _cross(between, one) / turn
        later_s = np.maximum(first_s, second_s)
        crosses: Bools = (later_s >= 0) & (later_s <= pet_max_s) & (np.abs(first_s - second_s) <= pet_max_s)
    crosses &= np.abs(turn) > _CROSSING_SINE * np.hypot(*one.T) * np.hypot(*other.T)
    return crosses


def _cross(one: Floats, other: Floats) -> Floats:
    product: Floats = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return product


def may_still_encroach(trails: Floats, here: Floats, movers: Floats, now_s: float, rules: EncounterRules) -> Bools:
    """Whether one user may yet come, within the largest PET, to a place another has left; K pairs at once.

    Generous on purpose, since a pair kept too long costs memory and a pair dropped too early a PET: the mover may
    accelerate at once and turn up to 60° to either side.

    Args:
        trails: (K, M, 3) time, x, y of places where the others have been; NaN for none.
        here: (K, 2) where the others are now; NaN if they have gone.
        movers: (K, 20) latest rows of those who may come, see `tabulate_states`.
        now_s: the time.
        rules: largest PET.

    Returns:
        (K,) mask.
    """
    _, x, y, vx, vy, headings, lengths, *_ = movers.T[:, :, None]
    seconds = rules.pet_max_s - (now_s - trails[..., 0])
    ahead, aside = trails[..., 1] - x, trails[..., 2] - y
    distances = np.hypot(ahead, aside)
    in_reach = distances <= lengths + np.hypot(vx, vy) * seconds + _ACCELERATION_MPS2 / 2 * seconds**2
    in_front = np.cos(headings) * ahead + np.sin(headings) * aside >= _AHEAD_COSINE * distances
    stays = np.hypot(trails[..., 1] - here[:, :1], trails[..., 2] - here[:, 1:]) <= _MOVED_ON_M
    may: Bools = np.any((seconds > 0) & in_reach & (in_front | (distances <= lengths)) & ~stays, axis=1)
    return may
