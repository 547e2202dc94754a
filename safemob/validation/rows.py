"""Rows of what validation measured: of one class, distance, pair or encounter each."""

from dataclasses import dataclass
from math import nan, sqrt

from safemob.taxonomy import Severity

__all__ = [
    "BoxRow",
    "ConflictRow",
    "ErrorRow",
    "LikelihoodRow",
    "MeetingRow",
    "Rate",
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
