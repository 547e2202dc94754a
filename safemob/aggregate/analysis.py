"""Everything the aggregate side keeps of a recording. One file gives an `Analysis`, several add up to one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError, with_config

from safemob.aggregate.counts import Count, add_counts
from safemob.aggregate.distribution import DensityGrid, Histogram, add_densities, add_histograms
from safemob.aggregate.interval import STORED, ObservedInterval, RecordingClock, add_observed
from safemob.aggregate.review import ReviewLine, sort_review
from safemob.errors import UsageError

__all__ = ["SCHEMA", "Analysis", "FileQuality", "Method", "ThresholdRule", "combine", "from_json", "to_json"]

_ROUNDING_S = 1.0

SCHEMA: Literal["safemob-analysis-1"] = "safemob-analysis-1"


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRule:
    """What a preset calls a record, a conflict and a serious one, in words, for the pairs it applies to."""

    applies_to: str
    record: str
    conflict: str
    serious: str


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """With what a recording was analysed. Files that were analysed differently do not add up.

    Attributes:
        site_id: the site whose calibration was used.
        model_name, model_sha256: the detection model.
        runtime: what ran it.
        detect_every: road users were looked for in every Nth frame.
        preset: name of the thresholds.
        rules: the thresholds in words.
        ttc_marks_s, pet_marks_s: thresholds to mark in the histograms, s.
        versions: (name, version) of safemob and what it computes with.
    """

    site_id: str
    model_name: str
    model_sha256: str
    preset: str
    rules: tuple[ThresholdRule, ...]
    ttc_marks_s: tuple[float, ...]
    pet_marks_s: tuple[float, ...]
    versions: tuple[tuple[str, str], ...]
    runtime: str = "onnxruntime"
    detect_every: int = 1


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class FileQuality:
    """How good the data of one file are.

    Attributes:
        file: name of the video file.
        start_s, end_s: first frame, and end of the last, on the recording's clock.
        frames: frames analysed.
        frames_looked_at: those of them in which road users were looked for.
        frame_interval_median_s: median time between frames; None below two frames.
        gap_max_s: longest time between frames; None below two frames.
        frames_dropped: frames that were in the file but could not be used.
        boxes, boxes_cut: detections, and those cut by the frame edge.
        missing_end_s: how much earlier its pictures end than the file states: it was cut short.
        states, states_bridged: road users per frame looked at, and those without a detection in that frame.
    """

    file: str
    start_s: float
    end_s: float
    frames: int
    frame_interval_median_s: float | None
    gap_max_s: float | None
    frames_dropped: int
    boxes: int
    boxes_cut: int
    missing_end_s: float = 0.0
    frames_looked_at: int = 0
    states: int = 0
    states_bridged: int = 0

    @property
    def is_cut_short(self) -> bool:
        """Whether the end of the file is missing, by more than players' rounding of its length."""
        return self.missing_end_s > _ROUNDING_S


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Results of a recording or of a part of it.

    Attributes:
        schema: name and version of this record.
        policy: id of the disclosure policy the numbers went through.
        release: whether they may be passed on, in words.
        method: with what they were computed.
        clock: the recording's clock.
        files: one per video file, in order of time.
        observed: how much was seen of each interval.
        counts: cells that are not zero.
        review: the review list, in order of time.
        density: where road users passed.
        histograms: speeds by class, indicators by severity.
    """

    schema: Literal["safemob-analysis-1"]
    policy: str
    release: str
    method: Method
    clock: RecordingClock
    files: tuple[FileQuality, ...]
    observed: tuple[ObservedInterval, ...]
    counts: tuple[Count, ...]
    review: tuple[ReviewLine, ...]
    density: DensityGrid
    histograms: tuple[Histogram, ...]

    @property
    def observed_s(self) -> float:
        """Seconds observed, gaps left out."""
        return sum(seen.coverage_ms for seen in self.observed) / 1000


_ADAPTER = TypeAdapter(Analysis)


def combine(parts: Iterable[Analysis]) -> Analysis:
    """Add up the parts of one recording. The grouping and order of parts make no difference.

    Raises:
        ValueError: without any part.
        UsageError: if the parts were made with different methods, clocks or policies.
    """
    same = tuple(parts)
    if not same:
        msg = "there is no part to combine"
        raise ValueError(msg)
    for field in ("policy", "release", "method", "clock"):
        if any(getattr(part, field) != getattr(same[0], field) for part in same):
            msg = f"the parts of this recording differ in their {field}: analyse it again from the start"
            raise UsageError(msg)
    files = sorted((file for part in same for file in part.files), key=lambda file: (file.start_s, file.file))
    return replace(
        same[0],
        files=tuple(files),
        observed=add_observed(seen for part in same for seen in part.observed),
        counts=add_counts(count for part in same for count in part.counts),
        review=sort_review(tuple(line for part in same for line in part.review)),
        density=add_densities(part.density for part in same),
        histograms=add_histograms(histogram for part in same for histogram in part.histograms),
    )


def to_json(analysis: Analysis) -> bytes:
    """The record as JSON; `from_json` gives back an equal one."""
    return _ADAPTER.dump_json(analysis)


def from_json(content: bytes) -> Analysis:
    """Read what `to_json` wrote.

    Raises:
        ValueError: if it is anything else: damaged, of another version, or with fields it should not have.
    """
    try:
        return _ADAPTER.validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "its beginning"
        msg = f"not a {SCHEMA} record: {first['msg']} at {where}"
        raise ValueError(msg) from None
