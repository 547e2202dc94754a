"""The validation report: one page that stands alone, in the look of all reports.

The same results give the same bytes: no clock, no randomness, no path of this machine enters the page.
"""

from collections.abc import Iterator, Sequence
from math import isfinite, isnan

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from safemob.aggregate.svg import Caption
from safemob.taxonomy import Severity
from safemob.validation.expected import SMALLEST_SHARE, SMALLEST_SIDES_PX
from safemob.validation.figures import draw_indicators, draw_likelihoods, draw_positions
from safemob.validation.meetings import NEAR_S
from safemob.validation.results import Aim, MeetingRow, Rate, Results, Run
from safemob.validation.summary import hold_to_aims
from safemob.validation.truth_from import TruthFrom

__all__ = ["render_report"]

_UNKNOWN = "–"
_MOST_LISTED = 200
_CONFLICTS = (Severity.CONFLICT.label, Severity.SERIOUS.label)
_STAGES = {
    TruthFrom.NOTHING.value: "nothing",
    TruthFrom.DETECTIONS.value: "detections",
    TruthFrom.TRACKS.value: "up to tracks",
    TruthFrom.TRAJECTORIES.value: "up to trajectories",
}


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


def _summarise(results: Results) -> str:
    met = sum(aim.is_met for aim in results.aims)
    run = results.runs[0]
    encounters, clear = run.conflicts[0].encounters, run.conflicts[1]
    return (
        f"{run.films} films of {len(results.scenarios)} scenarios, {run.frames} frames, {encounters} true encounters. "
        f"Of the conflicts {clear.name}, {_put_percent(clear.recall)} are found, and {_put_percent(clear.precision)} "
        f"of what is found there is right. {met} of {len(results.aims)} aims are met."
    )


def _find_stages(results: Results) -> list[Run]:
    """The first run, and those with the same model in which truth stands in."""
    return [results.runs[0], *(run for run in results.runs if run.truth_from != TruthFrom.NOTHING)]


def _compare_stages(results: Results) -> Iterator[str]:
    """For every aim that is missed, where most of it is lost."""
    runs = _find_stages(results)
    measured = [hold_to_aims(run) for run in runs]
    for index, aim in enumerate(results.aims):
        if aim.is_met or isnan(aim.measured):
            continue
        values = [row[index].measured for row in measured]
        steps = [
            (abs(before - after), f"{_put(after, aim)} with true {run.truth_from}")
            for before, after, run in zip(values, values[1:], runs[1:], strict=False)
            if not isnan(after)
        ]
        if steps:
            yield (
                f"{_capitalise(aim.name)}: {_put(aim.measured, aim)} as it is, "
                + ", ".join(step for _, step in steps)
                + "."
            )


def _cross_severities(run: Run) -> dict[str, object]:
    columns = ["unseen", *(severity.label for severity in Severity)]
    cells = {(true, found): count for true, found, count in run.severities}
    rows = [(true.label, [cells.get((true.label, found), 0) for found in columns]) for true in Severity]
    return {"columns": columns, "rows": rows}


def _list_wrong(meetings: Sequence[MeetingRow]) -> list[MeetingRow]:
    """Declared encounters on the wrong side of the threshold of a conflict, the clearest mistakes first."""
    wrong = [
        each
        for each in meetings
        if each.observable and (each.severity in _CONFLICTS) != (each.found_severity in _CONFLICTS)
    ]
    return sorted(wrong, key=lambda each: (-abs(each.margin_s), each.scenario, each.seed))[:_MOST_LISTED]


def _draw(run: Run, aim_m: float) -> dict[str, Markup]:
    indicators = Caption(
        name="indicators",
        title="Found against true indicators",
        description="Two scatter plots of found over true TTCmin and PET. Declared encounters on the wrong side of the"
        " threshold of a conflict are crosses.",
    )
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
        "indicators": draw_indicators(run.meetings, indicators),
        "positions": draw_positions(run.states_by_distance, aim_m, positions),
        "likelihoods": draw_likelihoods(run.likelihoods, likelihoods),
    }
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704  (SVG drawn here; its writer escapes texts)


def _fix(value: float, digits: int) -> str:
    """A number with so many decimals; a dash if unknown."""
    if isnan(value):
        return _UNKNOWN
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}") if isfinite(value) else "∞"


def _put_percent(rate: Rate) -> str:
    return f"{100 * rate.share:.1f} %" if rate.of else _UNKNOWN


def _put_interval(rate: Rate) -> str:
    return f"{100 * rate.low:.0f}–{100 * rate.high:.0f}" if rate.of else ""


def _put(value: float, aim: Aim) -> str:
    if isnan(value):
        return _UNKNOWN
    return f"{value:.2f} {aim.unit}" if aim.unit else f"{100 * value:.1f} %"


def _put_aim(aim: Aim, *, measured: bool) -> str:
    return _put(aim.measured if measured else aim.aim, aim)


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
