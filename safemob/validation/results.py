"""What validation measured, as it is written to `results.json` and shown in the report."""

from dataclasses import dataclass
from math import nan, sqrt

from safemob.taxonomy import Severity

__all__ = [
    "Aim",
    "BoxRow",
    "ConflictRow",
    "ErrorRow",
    "LikelihoodRow",
    "MeetingRow",
    "Rate",
    "Results",
    "Run",
    "StateRow",
]

_Z95 = 1.959963984540054
_CONFLICTS = (Severity.CONFLICT.label, Severity.SERIOUS.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share, with its 95 % interval after Wilson.

    >>> rate = Rate(count=9, of=10)
    >>> rate.share, round(rate.low, 3), round(rate.high, 3)
    (0.9, 0.596, 0.982)
    """

    count: int
    of: int

    @property
    def share(self) -> float:
        """0 to 1; nan of nothing."""
        return self.count / self.of if self.of else nan

    @property
    def low(self) -> float:
        """Lower end."""
        return self._end(-1.0)

    @property
    def high(self) -> float:
        """Upper end."""
        return self._end(1.0)

    def _end(self, side: float) -> float:
        if not self.of:
            return nan
        square = _Z95**2
        spread = _Z95 * sqrt(self.share * (1 - self.share) / self.of + square / (4 * self.of**2))
        end = (self.share + square / (2 * self.of) + side * spread) / (1 + square / self.of)
        return min(max(end, 0.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRow:
    """Detections of one class, or at one distance.

    Attributes:
        name: of the class or the band.
        recall: road users found, in the right class, of those to be found.
        precision: boxes that show a road user of their class.
        named_otherwise: road users found in another class.
        overlap: mean intersection over union of right boxes with the true ones.
    """

    name: str
    recall: Rate
    precision: Rate
    named_otherwise: Rate
    overlap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """States on the ground of one class, or at one distance.

    Attributes:
        name: of the class or the band.
        states: how many.
        position_mae_m, position_p95_m: mean and 95th percentile of the error's length.
        along_bias_m: its mean part along the viewing ray, positive away from the camera.
        speed_rmse_mps, speed_bias_mps: of the speed.
        heading_mae_deg: mean angle off the true heading, of users that move at 1 m/s or more.
        in_position_ellipse, in_velocity_ellipse: how many hold the truth in their 90 % ellipse.
        position_radius_m, velocity_radius_mps: median radius of circles as large as these ellipses.
    """

    name: str
    states: int
    position_mae_m: float
    position_p95_m: float
    along_bias_m: float
    speed_rmse_mps: float
    speed_bias_mps: float
    heading_mae_deg: float
    in_position_ellipse: Rate
    position_radius_m: float
    in_velocity_ellipse: Rate
    velocity_radius_mps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """Errors of one indicator over true encounters, of one pair or all.

    Attributes:
        name: of the pair.
        measured: encounters that have the indicator and were given one, of those that have it.
        mae_s, sd_s, bias_s: of found less true; positive where it seemed safer than it was.
    """

    name: str
    measured: Rate
    mae_s: float
    sd_s: float
    bias_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRow:
    """Conflicts among a group of true encounters, found or not.

    Attributes:
        name: of the group.
        encounters: how many there are in truth.
        recall: true conflicts found as such.
        precision: found conflicts that are true.
    """

    name: str
    encounters: int
    recall: Rate
    precision: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodRow:
    """Encounters whose estimated likelihood of a conflict lies in one range.

    Attributes:
        low, high: ends of the range.
        estimated: mean of the estimates; nan of none.
        conflicts: how many were conflicts in truth.
    """

    low: float
    high: float
    estimated: float
    conflicts: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRow:
    """One declared encounter, for those who want to look it up. Nobody in it is real."""

    scenario: str
    seed: int
    users: tuple[str, str]
    pair: str
    accident_type: int | None
    observable: bool
    severity: str
    found_severity: str
    state: str
    margin_s: float
    ttc_min_s: float
    found_ttc_min_s: float
    pet_s: float
    found_pet_s: float
    likelihood: float

    @property
    def is_misjudged(self) -> bool:
        """Whether it was taken for a conflict and was none, or the other way round."""
        return (self.severity in _CONFLICTS) != (self.found_severity in _CONFLICTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One pass over all films.

    Attributes:
        model, model_sha256: the detection model; words and nothing where truth stands in for it.
        truth_from: the last stage that truth stood in for.
        films, frames: how many.
        boxes_by_class, boxes_by_distance: all of them first.
        hota, detection_accuracy, association_accuracy, idf1: of tracks; nan where there are none.
        states_by_class, states_by_distance: of users in sight, all of them first.
        states_hidden: of users out of sight.
        states_near: of users in sight within 30 m.
        ttc, pet: errors, all pairs first.
        conflicts: all encounters; those outside the band around the threshold; those inside.
        conflicts_by_pair, conflicts_by_type: all encounters.
        severities: (true, found, count), *unseen* where no encounter was found.
        states: how encounters that have to be found were assessed, and how many.
        strays: why conflicts were found that are true of no encounter, and how many.
        repeated: conflicts found more than once.
        unobservable: conflicts that the camera cannot see, and how many of them were found all the same.
        likelihoods: over all encounters.
        brier, brier_near: mean squared error of the likelihood over all encounters, and inside the band.
        meetings: every declared encounter.
    """

    model: str
    model_sha256: str
    truth_from: str
    films: int
    frames: int
    boxes_by_class: tuple[BoxRow, ...]
    boxes_by_distance: tuple[BoxRow, ...]
    hota: float
    detection_accuracy: float
    association_accuracy: float
    idf1: float
    states_by_class: tuple[StateRow, ...]
    states_by_distance: tuple[StateRow, ...]
    states_hidden: StateRow
    states_near: StateRow
    ttc: tuple[ErrorRow, ...]
    pet: tuple[ErrorRow, ...]
    conflicts: tuple[ConflictRow, ...]
    conflicts_by_pair: tuple[ConflictRow, ...]
    conflicts_by_type: tuple[ConflictRow, ...]
    severities: tuple[tuple[str, str, int], ...]
    states: tuple[tuple[str, int], ...]
    strays: tuple[tuple[str, int], ...]
    repeated: int
    unobservable: Rate
    likelihoods: tuple[LikelihoodRow, ...]
    brier: float
    brier_near: float
    meetings: tuple[MeetingRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is aimed at, and what was measured.

    Attributes:
        name: what.
        unit: of both numbers.
        aim: the number.
        at_most: whether less is better.
        measured: nan if nothing was there to measure.
        count: of what it was measured on.
    """

    name: str
    unit: str
    aim: float
    at_most: bool
    measured: float
    count: int

    @property
    def is_met(self) -> bool:
        """Whether the measured number is as good as the aim."""
        return self.measured <= self.aim if self.at_most else self.measured >= self.aim


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything.

    Attributes:
        schema: name and version of this record.
        versions: of safemob and of what computes for it.
        preset: of thresholds.
        scenarios: their names and the hashes of their files.
        seeds: that varied each of them.
        refused: (scenario, seed, why) of films that cannot be staged; they are in no number.
        aims: of the first run.
        runs: the pipeline as it is with the first model; with truth from each stage; with further models.
    """

    schema: str
    versions: dict[str, str]
    preset: str
    scenarios: tuple[tuple[str, str], ...]
    seeds: tuple[int, ...]
    refused: tuple[tuple[str, int, str], ...]
    aims: tuple[Aim, ...]
    runs: tuple[Run, ...]
