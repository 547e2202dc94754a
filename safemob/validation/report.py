"""The validation report: one page that stands alone, in the look of all reports.

The same results give the same bytes: no clock, no randomness, no path of this machine enters the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isfinite, isnan
from operator import itemgetter

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from safemob.aggregate.svg import Caption
from safemob.taxonomy import Severity
from safemob.validation.expected import SMALLEST_SHARE, SMALLEST_SIDES_PX
from safemob.validation.figures import INDICATORS, draw_indicator, draw_likelihoods, draw_positions
from safemob.validation.meetings import NEAR_S
from safemob.validation.results import Aim, Results, Run
from safemob.validation.rows import MeetingRow, Rate
from safemob.validation.summary import hold_to_aims
from safemob.validation.truth_from import TruthFrom

__all__ = ["render_report"]

_UNKNOWN = "–"
_MOST_LISTED = 200
_STAGES = {
    TruthFrom.NOTHING.value: "nothing",
    TruthFrom.DETECTIONS.value: "detections",
    TruthFrom.TRACKS.value: "up to tracks",
    TruthFrom.TRAJECTORIES.value: "up to trajectories",
}
_LOSERS = {
    TruthFrom.DETECTIONS.value: "detection",
    TruthFrom.TRACKS.value: "tracking",
    TruthFrom.TRAJECTORIES.value: "the way from boxes to positions and velocities",
}
"""What truth up to a stage replaces that truth up to the one before does not."""


def render_report(results: Results) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("safemob.validation"), PackageLoader("safemob.aggregate")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"fixed": _fix, "percent": _put_percent, "interval": _put_interval, "aim": _put_aim}
    main = results.runs[0]
    return environment.get_template("validation.html.j2").render(
        results=results,
        run=main,
        summary=_summarise(results),
        gaps=list(_compare_models(results)),
        aims_by_stage=list(_compare_stages(results)),
        stages=[(_STAGES[run.truth_from], hold_to_aims(run), run) for run in _find_stages(results)],
        models=[(run.model, hold_to_aims(run), run) for run in results.runs if run.truth_from == TruthFrom.NOTHING],
        severities=_cross_severities(main),
        wrong=_list_wrong(main.meetings),
        most_listed=_MOST_LISTED,
        near_s=NEAR_S,
        smallest_share=SMALLEST_SHARE,
        smallest_sides_px=SMALLEST_SIDES_PX,
        figures=_draw(main, results.aims[0].aim),
    )


def _summarise(results: Results) -> list[str]:
    """What somebody who counts conflicts wants to know first."""
    run = results.runs[0]
    every, clear = run.conflicts[0], run.conflicts[1]
    met = sum(aim.is_met for aim in results.aims)
    first = (
        f"Of {_count(every.recall.of, 'true conflict')}, {every.recall.count} are found{_put_range(every.recall)}. Of "
        f"{_count(every.precision.of, 'conflict')} that are found, {every.precision.count} are true"
        f"{_put_range(every.precision)}."
    )
    second = (
        f"Where the truth is {clear.name}, {clear.recall.count} of {clear.recall.of} are found, and "
        f"{clear.precision.count} of {clear.precision.of} found ones are true. "
        f"{met} of {len(results.aims)} aims are met, on {_count(run.films, 'film')} of "
        f"{_count(len(results.scenarios), 'scenario')} with {_count(every.encounters, 'true encounter')}."
    )
    return [first, second]


def _find_stages(results: Results) -> list[Run]:
    """The first run, and those with the same model in which truth stands in."""
    return [results.runs[0], *(run for run in results.runs if run.truth_from != TruthFrom.NOTHING)]


def _compare_stages(results: Results) -> Iterator[str]:
    """For every aim that is missed, the values from stage to stage, and which of them loses most."""
    runs = _find_stages(results)
    measured = [hold_to_aims(run) for run in runs]
    for index, aim in enumerate(results.aims):
        if aim.is_met or isnan(aim.measured):
            continue
        known = [(row[index].measured, run) for row, run in zip(measured, runs, strict=True)]
        known = [(value, run) for value, run in known if not isnan(value)]
        values = [f"{_put(value, aim)} with true {run.truth_from}" for value, run in known[1:]]
        if values:
            as_it_is = f"{_capitalise(aim.name)}: {_put(aim.measured, aim)} as it is"
            yield f"{as_it_is}, {', '.join(values)}. {_find_loser(aim, known)}"


def _find_loser(aim: Aim, known: Sequence[tuple[float, Run]]) -> str:
    """Where most of what is missing to an aim is lost, from what was measured stage by stage."""
    sign = -1 if aim.at_most else 1
    steps = [
        (sign * (after - before), from_.truth_from, to.truth_from) for (before, from_), (after, to) in pairwise(known)
    ]
    gain, from_, to = max(steps, key=itemgetter(0))
    if gain <= 0:
        return "None of the stages that truth stands in for loses it."
    stages = list(_STAGES)
    losers = [_LOSERS[stage] for stage in stages[stages.index(from_) + 1 : stages.index(to) + 1]]
    rest = (
        ""
        if replace(aim, measured=known[-1][0]).is_met
        else f" With true {known[-1][1].truth_from} the aim is still missed."
    )
    return f"Of the stages, most is lost by {' and '.join(losers)}.{rest}"


def _compare_models(results: Results) -> Iterator[str]:
    """For every further model, what it finds of what the first one finds."""
    first, *others = (run for run in results.runs if run.truth_from == TruthFrom.NOTHING)
    boxes, conflicts = first.boxes_by_class[0].recall, first.conflicts[0].recall
    for run in others:
        yield (
            f"{run.model} finds {_put_percent(run.boxes_by_class[0].recall)} of the road users and "
            f"{_put_percent(run.conflicts[0].recall)} of the conflicts, where {first.model} finds "
            f"{_put_percent(boxes)} and {_put_percent(conflicts)}."
        )


def _cross_severities(run: Run) -> dict[str, object]:
    columns = ["unseen", "excluded", *(severity.label for severity in Severity)]
    cells = {(true, found): count for true, found, count in run.severities}
    rows = [(true.label, [cells.get((true.label, found), 0) for found in columns]) for true in Severity]
    return {"columns": columns, "rows": rows}


def _list_wrong(meetings: Sequence[MeetingRow]) -> list[MeetingRow]:
    """Declared encounters on the wrong side of the threshold of a conflict, the clearest mistakes first."""
    wrong = [each for each in meetings if each.observable and each.is_misjudged]
    return sorted(wrong, key=lambda each: (-abs(each.margin_s), each.scenario, each.seed))[:_MOST_LISTED]


def _draw(run: Run, aim_m: float) -> dict[str, Markup]:
    positions = Caption(
        name="positions",
        title="Error of position by distance",
        description="Mean and 95th percentile of the error of position by distance from the camera, and the aim.",
    )
    likelihoods = Caption(
        name="likelihoods",
        title="Calibration of the likelihood of a conflict",
        description="Share of true conflicts over the likelihood that was estimated, with 95 % intervals; the diagonal"
        " is perfect.",
    )
    drawn = {
        **{name: draw_indicator(run.meetings, name, _describe_indicator(name)) for name in INDICATORS},
        "positions": draw_positions(run.states_by_distance, aim_m, positions),
        "likelihoods": draw_likelihoods(run.likelihoods, likelihoods),
    }
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704  (SVG drawn here; its writer escapes texts)


def _describe_indicator(name: str) -> Caption:
    return Caption(
        name=name.lower(),
        title=f"Found against true {name}",
        description=f"Scatter plot of found over true {name}, s. Declared encounters on the wrong side of the threshold"
        " of a conflict are crosses.",
    )


def _fix(value: float, digits: int) -> str:
    """A number with so many decimals; a dash if unknown."""
    if isnan(value):
        return _UNKNOWN
    if not isfinite(value):
        return "∞"
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")  # no minus before zero


def _put_percent(rate: Rate) -> str:
    return f"{100 * rate.share:.1f} %" if rate.of else _UNKNOWN


def _put_interval(rate: Rate) -> str:
    return f"{100 * rate.low:.0f}–{100 * rate.high:.0f}" if rate.of else ""


def _put_range(rate: Rate) -> str:
    return f" ({_put_percent(rate)}, 95 % interval {_put_interval(rate)} %)" if rate.of else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _put(value: float, aim: Aim) -> str:
    if isnan(value):
        return _UNKNOWN
    return f"{value:.2f} {aim.unit}" if aim.unit else f"{100 * value:.1f} %"


def _put_aim(aim: Aim, *, measured: bool) -> str:
    return _put(aim.measured if measured else aim.aim, aim)


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
