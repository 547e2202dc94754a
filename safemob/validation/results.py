"""What validation measured, as it is written to `results.json` and shown in the report."""

from dataclasses import dataclass

from safemob.validation.rows import BoxRow, ConflictRow, ErrorRow, LikelihoodRow, MeetingRow, Rate, StateRow

__all__ = ["Aim", "Results", "Run"]


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
        severities: (true, found, count); *unseen* where no encounter was found, *excluded* where the two were noticed
            and taken for no encounter.
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
