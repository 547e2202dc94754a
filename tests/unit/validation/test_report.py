"""From judged films to results and the page; the films are made up."""

from collections.abc import Sequence
from dataclasses import replace
from math import nan
from pathlib import Path

import pytest

from safemob.scenes.film import FILM, SITE, TRUTH
from safemob.scenes.truth import Truth, write_truth
from safemob.validation.expected import Expected
from safemob.validation.films import Film
from safemob.validation.judgement import FilmJudgement, judge_film
from safemob.validation.report import render_report
from safemob.validation.results import Results, Run
from safemob.validation.rows import Rate
from safemob.validation.stand_ins import TrueDetector
from safemob.validation.summary import hold_to_aims, summarise_run
from safemob.validation.truth_from import TruthFrom


@pytest.fixture(scope="module")
def judged(folder: Path, truth: Truth, expected: Expected) -> dict[TruthFrom, FilmJudgement]:
    write_truth(truth, folder / TRUTH)
    film = Film(scenario=Path("made-up.toml"), seed=7, folder=folder)
    assert [film.video.name, film.site.name, film.truth.name] == [FILM, SITE, TRUTH]
    detector = TrueDetector(expected)
    return {stage: judge_film(film, detector, stage) for stage in (TruthFrom.NOTHING, TruthFrom.TRAJECTORIES)}


def summarise(films: Sequence[FilmJudgement], stage: TruthFrom) -> Run:
    return summarise_run(films, model="made up", model_sha256="0" * 64, truth_from=stage)


@pytest.fixture(scope="module")
def results(judged: dict[TruthFrom, FilmJudgement]) -> Results:
    runs = tuple(summarise([film], stage) for stage, film in judged.items())
    return Results(
        schema="safemob-validation/1",
        versions={"safemob": "0"},
        preset="safemob-1",
        scenarios=(("made-up", "1" * 64),),
        seeds=(7,),
        refused=(("unlucky", 8, "two cars would drive through each other"),),
        aims=hold_to_aims(runs[0]),
        runs=runs,
    )


def test_a_perfect_detector_meets_every_aim_on_a_plain_film(results: Results) -> None:
    assert [aim.is_met for aim in results.aims if aim.count] == [True] * 5
    assert [aim.name for aim in results.aims if not aim.count] == ["TTCmin, mean error"]


def test_an_aim_without_anything_to_measure_is_not_met(results: Results) -> None:
    (ttc,) = (aim for aim in results.aims if not aim.count)
    assert not ttc.is_met


def test_films_add_up(judged: dict[TruthFrom, FilmJudgement]) -> None:
    film = judged[TruthFrom.NOTHING]
    one, two = (summarise([film] * n, TruthFrom.NOTHING) for n in (1, 2))
    assert two.frames == 2 * one.frames
    assert two.states_by_class[0].states == 2 * one.states_by_class[0].states
    assert two.states_by_class[0].position_mae_m == pytest.approx(one.states_by_class[0].position_mae_m)
    assert two.hota == pytest.approx(one.hota)
    assert two.conflicts[0].recall.of == 2 * one.conflicts[0].recall.of == 2


def test_the_page_stands_alone_and_is_the_same_every_time(results: Results) -> None:
    page = render_report(results)
    assert page == render_report(results)
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/", "")
    assert page.count("<svg") >= 3
    assert "made-up" in page
    assert "rendered scenes" in page
    assert "unlucky under seed 8: two cars" in page


def test_the_page_says_what_is_missed_and_where_it_was_lost(results: Results) -> None:
    position, *others = results.aims
    late = replace(position, measured=0.4)
    page = render_report(replace(results, aims=(late, *others)))
    assert "✗ missed" in page
    assert (
        "Position, mean error within 30 m: 0.40 m as it is, 0.00 m with true trajectories. Of the stages, most is lost"
        " by detection and tracking and the way from boxes to positions and velocities."
    ) in page
    assert "✗ missed" not in render_report(results)


def test_the_page_says_when_an_aim_is_missed_even_with_truth_and_when_no_stage_is_to_blame(results: Results) -> None:
    def render(as_it_is_m: float, with_truth_m: float) -> str:
        runs = [
            replace(run, states_near=replace(run.states_near, position_mae_m=error_m))
            for run, error_m in zip(results.runs, (as_it_is_m, with_truth_m), strict=True)
        ]
        return render_report(replace(results, aims=hold_to_aims(runs[0]), runs=tuple(runs)))

    assert "With true trajectories the aim is still missed." in render(0.6, 0.5)
    assert "None of the stages that truth stands in for loses it." in render(0.5, 0.6)
    assert "With true" not in render(0.6, 0.2)


def test_the_page_begins_with_how_many_conflicts_are_found(results: Results) -> None:
    assert "Of 1 true conflict, 1 are found (100.0 %, 95 % interval 21–100 %)." in render_report(results)


def test_the_page_states_the_gap_between_models(results: Results) -> None:
    run = results.runs[0]
    assert "Other models" not in render_report(results)
    other = replace(
        run, model="of streets", boxes_by_class=(replace(run.boxes_by_class[0], recall=Rate(count=1, of=4)),)
    )
    page = render_report(replace(results, runs=(run, other)))
    assert "of streets finds 25.0 % of the road users and 100.0 % of the conflicts, where made up finds 100.0 %" in page


def test_no_minus_stands_before_zero(results: Results) -> None:
    run = replace(results.runs[0], hota=-0.0001)
    assert "HOTA 0.000 (" in render_report(replace(results, runs=(run, *results.runs[1:])))


def test_what_is_unknown_is_a_dash(results: Results) -> None:
    run = replace(results.runs[0], hota=nan)
    assert "HOTA – (" in render_report(replace(results, runs=(run, *results.runs[1:])))
