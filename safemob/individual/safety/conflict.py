"""Which encounters are conflicts, by named and versioned presets of thresholds.

A preset holds the table of the indicator definitions as data. T2 is not computed yet: the *T2 ≤ 3 s* criterion for
recording encounters of motor vehicles with pedestrians and cyclists is not part of `safemob-1` as it stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from safemob.individual.safety.record import TTC_THRESHOLDS_S, Encounter
from safemob.taxonomy import ConflictType, RoadUserPair, Severity

__all__ = ["PRESETS", "SAFEMOB_1", "Criteria", "Preset", "Thresholds", "assess"]

_ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What an encounter must reach: TTC under its threshold (and DRAC over its own, if given), or PET.

    Attributes:
        ttc_s: a value of `TTC_THRESHOLDS_S`; None if TTC does not decide.
        drac_mps2: needed together with TTC; None if TTC decides alone.
        pet_s: largest |PET|; None if PET does not decide.

    Raises:
        ValueError: if `ttc_s` is not on the grid that encounters are measured on.
    """

    ttc_s: float | None = None
    drac_mps2: float | None = None
    pet_s: float | None = None

    def __post_init__(self) -> None:
        if self.ttc_s is not None and self.ttc_s not in TTC_THRESHOLDS_S:
            msg = f"TTC threshold {self.ttc_s} s is not one of {TTC_THRESHOLDS_S}: choose one of these"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The criteria of one row of the table; `serious` is None where none has been validated."""

    record: Criteria
    conflict: Criteria
    serious: Criteria | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named, versioned set of thresholds: published counts name it.

    Attributes:
        name: with its version.
        ttc_hold_s: how long TTC must stay under a threshold, while the users close, for it to count.
        motor_following: two motor vehicles, rear-end.
        pairs: all other encounters, by pair.
    """

    name: str
    ttc_hold_s: float
    motor_following: Thresholds
    pairs: Mapping[RoadUserPair, Thresholds]

    def thresholds(self, pair: RoadUserPair, conflict_type: ConflictType) -> Thresholds:
        """The row for an encounter."""
        if pair is RoadUserPair.MOTOR_MOTOR and conflict_type is ConflictType.REAR_END:
            return self.motor_following
        return self.pairs[pair]


_WITH_MOTOR = Thresholds(
    record=Criteria(ttc_s=3.0, pet_s=5.0),
    conflict=Criteria(ttc_s=1.5, pet_s=1.5),
    serious=Criteria(ttc_s=1.0, pet_s=1.0),
)
_WITHOUT_MOTOR = Thresholds(
    record=Criteria(ttc_s=2.0, pet_s=3.0), conflict=Criteria(ttc_s=1.0, pet_s=1.0), serious=None
)

SAFEMOB_1 = Preset(
    name="safemob-1",
    ttc_hold_s=0.3,
    motor_following=Thresholds(
        record=Criteria(ttc_s=3.0),
        conflict=Criteria(ttc_s=1.5, drac_mps2=3.4),
        serious=Criteria(ttc_s=1.0, drac_mps2=3.4),
    ),
    pairs=MappingProxyType(
        {
            RoadUserPair.MOTOR_MOTOR: _WITH_MOTOR,
            RoadUserPair.MOTOR_CYCLIST: _WITH_MOTOR,
            RoadUserPair.MOTOR_PEDESTRIAN: _WITH_MOTOR,
            RoadUserPair.CYCLIST_PEDESTRIAN: _WITHOUT_MOTOR,
            RoadUserPair.CYCLIST_CYCLIST: _WITHOUT_MOTOR,
        }
    ),
)
"""TTC 1.5 s and PET 5 s after FHWA's SSAM; PET near 1 s after DOCTOR and Peesapati (2013); deceleration 3.4 m/s²."""

PRESETS: Mapping[str, Preset] = MappingProxyType({SAFEMOB_1.name: SAFEMOB_1})


def assess(encounter: Encounter, preset: Preset) -> Severity:
    """How severe an encounter was, from those of its indicators that are valid.

    An indicator that is nan (occluded, overlapping, not observed) decides nothing, so the severity of an encounter
    whose state is not *assessed* is a lower bound: report the state beside it. Overlap alone is no conflict.
    PET decides only where paths cross: users who follow each other or travel side by side have a time gap.

    Args:
        encounter: a closed encounter.
        preset: the thresholds.
    """
    thresholds = preset.thresholds(encounter.pair, encounter.conflict_type)
    levels = (
        (Severity.SERIOUS, thresholds.serious),
        (Severity.CONFLICT, thresholds.conflict),
        (Severity.RECORD, thresholds.record),
    )
    for severity, criteria in levels:
        if criteria is not None and _meets(encounter, criteria, preset.ttc_hold_s):
            return severity
    return Severity.NONE


def _meets(encounter: Encounter, criteria: Criteria, hold_s: float) -> bool:
    return _meets_ttc(encounter, criteria, hold_s) or _meets_pet(encounter, criteria)


def _meets_ttc(encounter: Encounter, criteria: Criteria, hold_s: float) -> bool:
    if criteria.ttc_s is None:
        return False
    held_s = encounter.ttc_below_s[TTC_THRESHOLDS_S.index(criteria.ttc_s)]
    brakes = criteria.drac_mps2 is None or encounter.drac_max_mps2 >= criteria.drac_mps2
    return held_s >= hold_s - _ROUNDING_S and brakes


def _meets_pet(encounter: Encounter, criteria: Criteria) -> bool:
    return criteria.pet_s is not None and not encounter.pet_is_time_gap and abs(encounter.pet_s) <= criteria.pet_s
