"""Where road users could stand at one moment: along lanes, on pavements and zebras, anywhere, never in each other."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from safemob.scenes.place.roads import Plan
from safemob.scenes.scenario import Kind

__all__ = ["place_everybody"]

Floats = npt.NDArray[np.float64]

_ON_A_LANE = 0.7
"""Share of those on wheels who follow a lane; others stand across it, anywhere near the centre."""
_WALKS, _CROSSES = 0.55, 0.85
"""Shares of pedestrians on pavements, and on them or on zebras; others walk anywhere near the centre."""
_NEAR_M, _REACH_M = 16.0, 45.0
_BEFORE_CENTRE_M, _ASIDE_M, _TILT = 45.0, 0.35, 0.06
_CLEARANCE_M = 0.1
_TRIES = 15
_AWAY: Floats = np.array([0.0, 0.0, 0.0])

Size = tuple[float, float, float]


def place_everybody(plan: Plan, kinds: Sequence[Kind], sizes_m: Sequence[Size], rng: np.random.Generator) -> Floats:
    """Poses that could be.

    Args:
        plan: of the intersection.
        kinds: of N road users.
        sizes_m: of each.
        rng: where chance comes from.

    Returns:
        (N, 3) x, y in m and heading in rad; NaN for whom no room was found.
    """
    poses = np.full((len(kinds), 3), np.nan)
    taken = np.zeros((0, 3))
    for number in sorted(range(len(kinds)), key=lambda each: -sizes_m[each][0]):  # the long ones need most room
        for _ in range(_TRIES):
            pose = _propose(plan, kinds[number], rng)
            discs = _cover(pose, sizes_m[number])
            gaps = np.hypot(*(discs[:, None, :2] - taken[:, :2]).transpose(2, 0, 1)) - discs[:, None, 2] - taken[:, 2]
            if np.all(gaps > _CLEARANCE_M) and np.hypot(*pose[:2]) < _REACH_M:
                poses[number], taken = pose, np.concatenate((taken, discs))
                break
    return poses


def _propose(plan: Plan, kind: Kind, rng: np.random.Generator) -> Floats:
    chance = rng.random()
    if kind is Kind.PEDESTRIAN:
        lines = plan.walks if chance < _WALKS else plan.crossings if chance < _CROSSES else ()
        return _stand_along(lines, rng) if lines else _stand_anywhere(rng)
    if kind is Kind.TRAM or chance < _ON_A_LANE:
        return _follow_a_lane(plan, kind, rng)
    return _stand_anywhere(rng)


def _follow_a_lane(plan: Plan, kind: Kind, rng: np.random.Generator) -> Floats:
    arms = [arm for arm in plan.arms if arm.spec.tram_tracks or kind is not Kind.TRAM]
    one, other = (arms[each] for each in rng.permutation(len(arms))[:2])
    light = kind in (Kind.CYCLIST, Kind.E_SCOOTER)
    lanes = range(0 if one.spec.cycle_track and light else 1, one.spec.lanes_in + 1)
    way = plan.way(one.name, other.name, int(rng.choice(lanes)), kind)
    middle = way.path.length_m / 2
    place = way.path.at(np.array([middle + rng.uniform(-_BEFORE_CENTRE_M, _BEFORE_CENTRE_M)]))
    aside = 0.0 if kind is Kind.TRAM else rng.normal(0, _ASIDE_M)
    heading = place.headings[0]
    tilt = 0.0 if kind is Kind.TRAM else rng.normal(0, _TILT)
    x, y = place.positions[0] + aside * np.array([-np.sin(heading), np.cos(heading)])
    return np.array([x, y, heading + tilt])


def _stand_along(lines: Sequence[Floats], rng: np.random.Generator) -> Floats:
    """On one of the lines, near the centre more often than far away, and looking along it more often than not."""
    line = lines[int(rng.integers(len(lines)))]
    ways = np.diff(line, axis=0)
    lengths = np.hypot(*ways.T)
    near = np.exp(-np.hypot(*((line[1:] + line[:-1]) / 2).T) / _REACH_M)
    part = rng.choice(len(ways), p=lengths * near / (lengths * near).sum())
    x, y = line[part] + rng.random() * ways[part] + rng.normal(0, 1, 2)
    along = np.arctan2(*ways[part][::-1]) + np.pi * rng.integers(2)
    return np.array([x, y, along + rng.normal(0, 0.3) if rng.random() < _ON_A_LANE else rng.uniform(-np.pi, np.pi)])


def _stand_anywhere(rng: np.random.Generator) -> Floats:
    return np.array([*rng.uniform(-_NEAR_M, _NEAR_M, 2), rng.uniform(-np.pi, np.pi)])


def _cover(pose: Floats, size_m: Size) -> Floats:
    """(K, 3) discs x, y, radius that cover most of a footprint."""
    length, width, _ = size_m
    along = np.linspace(-1, 1, max(1, int(np.ceil(length / width)))) * max(0.0, (length - width) / 2)
    x, y, heading = pose
    return np.column_stack((x + along * np.cos(heading), y + along * np.sin(heading), np.full(len(along), width / 2)))
