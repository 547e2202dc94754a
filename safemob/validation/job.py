"""The job behind `safemob validate`: render what is missing, play it, judge it, write results and report."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib.metadata import version
from math import isfinite
from pathlib import Path

from safemob.adapters.detectors.manifest import ModelManifest
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.whole_files import check_target, replace_files
from safemob.errors import InterruptionError, OutputError
from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.validation.films import Film, find_scenarios, list_films, render_missing
from safemob.validation.judgement import FilmJudgement, judge_film
from safemob.validation.processes import work_on_all
from safemob.validation.report import render_report
from safemob.validation.results import Results, Run
from safemob.validation.rows import Rate
from safemob.validation.summary import hold_to_aims, summarise_run
from safemob.validation.truth_from import TruthFrom
from safemob.worker.parts import hash_file

__all__ = ["REPORT", "RESULTS", "ValidationJob", "run_validation"]

REPORT, RESULTS = "report.html", "results.json"
"""What is written."""

_SCHEMA = "safemob-validation/1"
_LIBRARIES = ("safemob", "av", "numpy", "onnxruntime", "opencv-python-headless", "pyvista", "scipy")

Steps = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""Begins a stretch of work by its name, and gives what is told the steps done and their total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationJob:
    """What to validate, on what, and where the results go.

    Attributes:
        scenarios: files, or folders of them.
        seeds: that vary each of them.
        models: detection models; the first is held to the aims.
        truth_from: stages that truth stands in for, each in a run of its own with the first model.
        out: folder of the results.
        cache: folder of the films.
        overwrite: replace results that are there.
    """

    scenarios: tuple[Path, ...]
    seeds: tuple[int, ...]
    models: tuple[Path, ...]
    truth_from: tuple[TruthFrom, ...]
    out: Path
    cache: Path
    overwrite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Play:
    """One film through the pipeline once.

    Attributes:
        film: which.
        model: that finds road users, unless truth stands in for it.
        truth_from: the last stage that truth stands in for.
    """

    film: Film
    model: Path
    truth_from: TruthFrom


def run_validation(job: ValidationJob, begin: Steps) -> tuple[Results, tuple[Path, ...]]:
    """Validate.

    Args:
        job: what to do.
        begin: shows progress.

    Returns:
        What was measured, and the files written, the report last.

    Raises:
        SafemobError: if anything is not as it should be. Films that are finished stay in the cache.
    """
    try:
        _check_places(job)
        return _run(job, begin)
    except KeyboardInterrupt:
        msg = f"interrupted: films that are finished are kept in {job.cache}, and the same command goes on with them"
        raise InterruptionError(msg) from None


def _run(job: ValidationJob, begin: Steps) -> tuple[Results, tuple[Path, ...]]:
    scenarios = find_scenarios(job.scenarios)
    manifests = {model: _open(model).manifest for model in job.models}
    films = list_films(scenarios, job.seeds, job.cache)
    with begin("rendering") as tell:
        refused = render_missing(films, tell)
    unmade = tuple((film.scenario.stem, film.seed, refused[film]) for film in films if film in refused)
    films = tuple(film for film in films if film not in refused)
    plans = [(model, TruthFrom.NOTHING) for model in job.models]
    plans += [(job.models[0], truth_from) for truth_from in job.truth_from]
    plays = [_Play(film=film, model=model, truth_from=truth_from) for model, truth_from in plans for film in films]
    with begin("playing") as tell:
        judged = work_on_all(_judge, plays, tell)
    passes = [judged[first : first + len(films)] for first in range(0, len(judged), len(films))]
    runs = [
        _summarise(each, manifests[model], truth_from) for each, (model, truth_from) in zip(passes, plans, strict=True)
    ]
    results = Results(
        schema=_SCHEMA,
        versions={name: version(name) for name in _LIBRARIES},
        preset=SAFEMOB_1.name,
        scenarios=tuple((scenario.stem, hash_file(scenario)) for scenario in scenarios),
        seeds=job.seeds,
        refused=unmade,
        aims=hold_to_aims(runs[0]),
        runs=tuple(runs),
    )
    contents = {RESULTS: _to_json(results), REPORT: render_report(results).encode()}
    return results, replace_files(job.out, contents)


def _judge(play: _Play) -> FilmJudgement:
    return judge_film(play.film, _open(play.model), play.truth_from)


@cache
def _open(model: Path) -> OnnxDetector:
    """Once in every process."""
    return OnnxDetector(model)


def _summarise(judged: Sequence[FilmJudgement], known: ModelManifest, truth_from: TruthFrom) -> Run:
    if truth_from is TruthFrom.NOTHING:
        return summarise_run(judged, model=known.name, model_sha256=known.sha256, truth_from=truth_from)
    return summarise_run(judged, model=f"true {truth_from}", model_sha256="", truth_from=truth_from)


def _check_places(job: ValidationJob) -> None:
    for name in (RESULTS, REPORT):
        target = job.out / name
        check_target(target)
        if target.exists() and not job.overwrite:
            msg = f"{target} exists: choose another folder, or replace it with --overwrite"
            raise OutputError(msg)


def _to_json(results: Results) -> bytes:
    return (json.dumps(results, default=_list_fields, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _list_fields(record: object) -> dict[str, object]:
    """A record as JSON has it; rates with their shares."""
    if not is_dataclass(record) or isinstance(record, type):
        msg = f"{record!r} cannot be written"
        raise TypeError(msg)
    names = [field.name for field in fields(record)]
    if isinstance(record, Rate):
        names += ["share", "low", "high"]
    return {name: _round(getattr(record, name)) for name in names}


def _round(value: object) -> object:
    """Numbers to six digits, null for what is not finite."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if isfinite(value) else None
    return value
