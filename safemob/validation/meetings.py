"""What is said of every true encounter, and what is said that is true of none."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import copysign, inf, isfinite, isnan, nan

from safemob.individual.ephemeral import Ephemeral
from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.individual.safety.encounter import Encounter
from safemob.individual.safety.likelihood import estimate_likelihood
from safemob.scenes.truth import TrueEncounter
from safemob.taxonomy import ConflictType, EncounterState, RoadUserPair, Severity, road_user_pair
from safemob.validation.expected import Expected
from safemob.validation.owners import NOBODY

__all__ = ["NEAR_S", "Meeting", "Stray", "judge_encounters"]

NEAR_S = 0.25
"""An encounter whose indicator lies within so much of the threshold might as well lie on its other side."""
_PET_MAX_S = 5.0
_TTC_MAX_S = 3.0
_STATES = tuple(EncounterState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A true encounter, and what was said of it.

    Attributes:
        users: ids of the two.
        pair: the kind of pair.
        declared: whether the scenario lists it; else it is none or record at most.
        accident_type: as declared; None where not.
        observable: whether it can be seen well enough that somebody has to find it.
        severity: as declared.
        margin_s: how far its decisive indicator lies above the threshold of a conflict; negative below it, inf where
            neither TTC nor PET can make it one.
        ttc_min_s, pet_s: in truth; PET nan where it is none, or none that is asked for.
        found: how many encounters of the two were found.
        found_severity: the worst of them; None where none was found.
        state: of that one.
        found_ttc_min_s: the smallest; inf where there was none.
        found_pet_s: the smallest in size, signed as in truth; nan where there was none.
        repeated: how many conflicts were found of the two beyond one.
        likelihood: that they were in conflict, as the pipeline estimates it: 0 where no encounter was found.
        unfound: why none was found, in a few words; empty where one was.
    """

    users: tuple[str, str]
    pair: RoadUserPair
    declared: bool
    accident_type: int | None
    observable: bool
    severity: Severity
    margin_s: float
    ttc_min_s: float
    pet_s: float
    found: int
    found_severity: Severity | None
    state: EncounterState | None
    found_ttc_min_s: float
    found_pet_s: float
    repeated: int
    likelihood: float
    unfound: str

    @property
    def is_conflict(self) -> bool:
        """In truth."""
        return self.severity >= Severity.CONFLICT

    @property
    def is_found_conflict(self) -> bool:
        """By the pipeline."""
        return self.found_severity is not None and self.found_severity >= Severity.CONFLICT

    @property
    def is_near(self) -> bool:
        """Whether it lies so close to the threshold that errors within the aims decide."""
        return abs(self.margin_s) <= NEAR_S

    @property
    def has_ttc(self) -> bool:
        """Whether there is a TTC in truth that an analysis has to find."""
        return self.ttc_min_s <= _TTC_MAX_S

    @property
    def has_pet(self) -> bool:
        """Whether there is a PET in truth that an analysis has to find."""
        return abs(self.pet_s) <= _PET_MAX_S

    @property
    def ttc_error_s(self) -> float:
        """Found less true; nan where either is missing."""
        error = self.found_ttc_min_s - self.ttc_min_s
        return error if self.has_ttc and isfinite(error) else nan

    @property
    def pet_error_s(self) -> float:
        """Found less true, positive where it seems safer than it was; nan where either is missing."""
        return copysign(1.0, self.pet_s) * self.found_pet_s - abs(self.pet_s) if self.has_pet else nan


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class _Found(Ephemeral):
    """An encounter that was found, and whether its two are the other way round than in truth."""

    encounter: Encounter
    severity: Severity
    swapped: bool

    @property
    def pet_s(self) -> float:
        """Signed as in truth."""
        return -self.encounter.pet_s if self.swapped else self.encounter.pet_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A conflict that was found and is true of no pair of road users near each other.

    Attributes:
        pair: the kind of pair it was said to be.
        why: in a few words.
    """

    pair: RoadUserPair
    why: str


def judge_encounters(
    expected: Expected,
    found: Sequence[tuple[Encounter, Severity]],
    owner_of: Callable[[int, float], int],
    explain: Callable[[int, int], str],
) -> tuple[list[Meeting], list[Stray]]:
    """Every true encounter of a film but those of two pedestrians, and found conflicts that belong to none.

    Args:
        expected: the truth.
        found: the encounters found, with their severities.
        owner_of: tells whom a track follows at a time.
        explain: tells why no encounter of two road users was found.
    """
    place = {name: index for index, name in enumerate(expected.names)}
    listed = {frozenset(place[name] for name in truth.users) for truth in expected.encounters}
    of_pair: dict[tuple[int, ...], list[_Found]] = defaultdict(list)
    strays = []
    for encounter, severity in found:
        owners = tuple(owner_of(track, encounter.time_s) for track in encounter.ids)
        if frozenset(owners) in listed:
            of_pair[owners].append(_Found(encounter=encounter, severity=severity, swapped=False))
            of_pair[owners[::-1]].append(_Found(encounter=encounter, severity=severity, swapped=True))
        elif severity >= Severity.CONFLICT:
            strays.append(Stray(pair=encounter.pair, why=_describe(owners)))
    meetings = []
    for truth in expected.encounters:
        users = place[truth.users[0]], place[truth.users[1]]
        pair = road_user_pair(*(expected.road_users[user] for user in users))
        if pair is not None:
            unfound = "" if of_pair[users] else explain(*users)
            meetings.append(_judge(truth, pair, of_pair[users], unfound))
    return meetings, strays


def _describe(owners: Sequence[int]) -> str:
    if NOBODY in owners:
        return "one of the two is nobody"
    return "both are one road user" if len(set(owners)) == 1 else "the two did not come near each other"


def _judge(truth: TrueEncounter, pair: RoadUserPair, found: Sequence[_Found], unfound: str) -> Meeting:
    worst = max(found, key=lambda each: (each.severity, -_STATES.index(each.encounter.state)), default=None)
    conflicts = sum(each.severity >= Severity.CONFLICT for each in found)
    ttcs = (each.encounter.ttc_min_s for each in found)
    return Meeting(
        users=truth.users,
        pair=pair,
        declared=truth.declared,
        accident_type=truth.accident_type,
        observable=truth.observable,
        severity=Severity[truth.severity.upper()],
        margin_s=_find_margin(truth, pair),
        ttc_min_s=truth.ttc_min_s,
        pet_s=nan if truth.follows else truth.pet_s,
        found=len(found),
        found_severity=None if worst is None else worst.severity,
        state=None if worst is None else worst.encounter.state,
        found_ttc_min_s=min((ttc for ttc in ttcs if not isnan(ttc)), default=inf),
        found_pet_s=min((each.pet_s for each in found if not isnan(each.pet_s)), key=abs, default=nan),
        repeated=max(0, conflicts - 1),
        likelihood=max((estimate_likelihood(each.encounter, SAFEMOB_1) for each in found), default=0.0),
        unfound=unfound,
    )


def _find_margin(truth: TrueEncounter, pair: RoadUserPair) -> float:
    """By the thresholds that `safemob-1` has for users who cross, or for motor vehicles that follow each other."""
    follows = truth.follows and pair is RoadUserPair.MOTOR_MOTOR
    criteria = SAFEMOB_1.thresholds(pair, ConflictType.REAR_END if follows else ConflictType.CROSSING).conflict
    brakes = criteria.drac_mps2 is None or truth.drac_max_mps2 >= criteria.drac_mps2
    margins = []
    if criteria.ttc_s is not None and brakes:
        margins.append(truth.ttc_held_s - criteria.ttc_s)
    if criteria.pet_s is not None and not truth.follows and not isnan(truth.pet_s):
        margins.append(abs(truth.pet_s) - criteria.pet_s)
    return min(margins, default=inf)
