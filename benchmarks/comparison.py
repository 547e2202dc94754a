"""How far runs over the same footage agree: boxes, places and speeds at the same times, encounters of the same two.

One run is compared with another, and neither is the truth, unless it was made by `Run.of_truth`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from safemob.individual.ground.states import GroundStates
from safemob.individual.image.association import box_overlaps
from safemob.individual.image.motion import box_measurements
from safemob.individual.safety.conflict import SAFEMOB_1, assess
from safemob.individual.safety.encounter import Encounter, EncounterEngine
from safemob.individual.safety.moment import Moment, fill_in
from safemob.taxonomy import Severity

__all__ = ["Comparison", "EncounterPair", "Run", "compare"]

_SAME_BOX: Final = 0.5
_SAME_PLACE_M: Final = 3.0
_SAME_MEETING_S: Final = 2.0
_FAR_M: Final = 1e6

_Rated = tuple[Encounter, Severity]


class EncounterPair(NamedTuple):
    """One encounter as both runs have it; None where one does not."""

    one: _Rated | None
    other: _Rated | None


@dataclass(slots=True, kw_only=True)
class Run:
    """What a pipeline gave out.

    Attributes:
        states: of road users on the ground, by frame time.
        moments: with the boxes of tracked road users; between two looks, on straight lines between them.
        encounters: all of them.
    """

    states: dict[float, GroundStates] = field(default_factory=dict)
    moments: dict[float, Moment] = field(default_factory=dict)
    encounters: list[_Rated] = field(default_factory=list)

    @classmethod
    def of(cls, moments: Iterable[Moment]) -> "Run":
        """Take in everything."""
        run = cls(moments={moment.time_s: moment for moment in moments})
        times = np.array(list(run.moments))
        looks = [moment for moment in run.moments.values() if moment.looked_at]
        for before, after in pairwise(looks):
            for time_s in times[(times > before.time_s) & (times < after.time_s)].tolist():
                run.moments[time_s] = fill_in(run.moments[time_s], before, after)
        run.states = {time_s: moment.states for time_s, moment in run.moments.items()}
        run.encounters = [each for moment in run.moments.values() for each in moment.encounters]
        return run

    @classmethod
    def of_truth(cls, truth: Iterable[GroundStates]) -> "Run":
        """What a pipeline would give out that knows the truth."""
        run, engine = cls(states={states.time_s: states for states in truth}), EncounterEngine()
        closed = [each for states in run.states.values() for each in engine.update(states)]
        run.encounters = [(each, assess(each, SAFEMOB_1)) for each in (*closed, *engine.flush())]
        return run

    def count_users(self) -> int:
        """Road users that had a place on the ground."""
        return len({each for states in self.states.values() for each in states.ids.tolist()})


@dataclass(slots=True, kw_only=True)
class Comparison:
    """Sums over runs.

    Attributes:
        boxes, boxes_agreed: boxes of both, and how many of each have one of the other's class and place.
        users: road users of one, and of the other.
        states: of one: how many road users at how many times.
        apart_m, apart_mps: of road users paired by place at the same time: distance, and difference of velocity.
        encounters: of both.
    """

    boxes: int = 0
    boxes_agreed: int = 0
    users: tuple[int, int] = (0, 0)
    states: int = 0
    apart_m: list[float] = field(default_factory=list)
    apart_mps: list[float] = field(default_factory=list)
    encounters: list[EncounterPair] = field(default_factory=list)

    @property
    def box_f1(self) -> float:
        """Of the other's boxes against the first's."""
        return 2 * self.boxes_agreed / self.boxes if self.boxes else float("nan")


def compare(runs: Iterable[tuple[Run, Run]]) -> Comparison:
    """Compare runs over the same footage, pair by pair."""
    total = Comparison()
    for one, other in runs:
        _compare_boxes(one, other, total)
        same = _compare_states(one, other, total)
        total.users = (total.users[0] + one.count_users(), total.users[1] + other.count_users())
        total.encounters += _pair_encounters(one, other, same)
    return total


def _compare_boxes(one: Run, other: Run, total: Comparison) -> None:
    """Same class, and an intersection over union of at least a half."""
    for time_s, mine in one.moments.items():
        theirs = other.moments[time_s]
        overlaps = box_overlaps(box_measurements(mine.boxes), box_measurements(theirs.boxes))
        same = (overlaps >= _SAME_BOX) & (mine.box_classes[:, None] == theirs.box_classes)
        rows, columns = linear_sum_assignment(np.where(same, overlaps, 0.0), maximize=True)
        total.boxes += len(mine.boxes) + len(theirs.boxes)
        total.boxes_agreed += int(same[rows, columns].sum())


def _compare_states(one: Run, other: Run, total: Comparison) -> dict[int, int]:
    """Pairs road users by place at every time; gives the id of the first run for ids of the other."""
    votes: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for time_s, mine in one.states.items():
        total.states += len(mine)
        theirs = other.states[time_s]
        distances = np.linalg.norm(mine.positions[:, None] - theirs.positions, axis=2)
        rows, columns = linear_sum_assignment(np.where(distances < _SAME_PLACE_M, distances, _FAR_M))
        near = distances[rows, columns] < _SAME_PLACE_M
        rows, columns = rows[near], columns[near]
        total.apart_m += distances[rows, columns].tolist()
        total.apart_mps += np.linalg.norm(mine.velocities[rows] - theirs.velocities[columns], axis=1).tolist()
        for its, ours in zip(theirs.ids[columns].tolist(), mine.ids[rows].tolist(), strict=True):
            votes[its][ours] += 1
    return {its: counted.most_common(1)[0][0] for its, counted in votes.items()}


def _pair_encounters(one: Run, other: Run, same: Mapping[int, int]) -> list[EncounterPair]:
    left = list(other.encounters)
    pairs = []
    for mine in one.encounters:
        match = next((theirs for theirs in left if _is_same(mine[0], theirs[0], same)), None)
        if match is not None:
            left.remove(match)
        pairs.append(EncounterPair(mine, match))
    return pairs + [EncounterPair(None, theirs) for theirs in left]


def _is_same(mine: Encounter, theirs: Encounter, same: Mapping[int, int]) -> bool:
    if {same.get(each) for each in theirs.ids} != set(mine.ids):
        return False
    return mine.start_s - _SAME_MEETING_S <= theirs.end_s and theirs.start_s <= mine.end_s + _SAME_MEETING_S
