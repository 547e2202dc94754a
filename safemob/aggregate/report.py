"""The report: one page that stands alone, offline, from an analysis and a view of its site.

The same input gives the same bytes: no clock, no randomness, no path of this machine enters the page.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from safemob.aggregate.analysis import Analysis
from safemob.aggregate.counts import LISTED_SEVERITIES, Count, Table, sum_over_time
from safemob.aggregate.distribution import Histogram, Quantity
from safemob.aggregate.figures import draw_indicator, draw_speeds
from safemob.aggregate.plan import GROUP_COLORS, MapMark, draw_plan
from safemob.aggregate.site_view import SiteView
from safemob.aggregate.svg import Caption
from safemob.aggregate.wording import Wording, load_wording
from safemob.taxonomy import ConflictType, EncounterState, RoadUserClass, RoadUserPair, Severity

__all__ = ["render_report"]

_REVIEW_LIMIT = 200
_QUANTILES_FROM = 5
_CONFLICTS = (Severity.CONFLICT.label, Severity.SERIOUS.label)


def render_report(analysis: Analysis, site: SiteView, language: str = "en") -> str:
    """The page as HTML.

    Args:
        analysis: what was found.
        site: the place, for the map and the calibration's errors.
        language: of the words; `en` so far.

    Raises:
        UsageError: if there are no words in that language.
    """
    words = load_wording(language, analysis.clock.time_zone)
    environment = Environment(
        loader=PackageLoader("safemob.aggregate"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in ("label", "local", "position", "fixed", "kmh", "milliseconds", "share"):
        environment.filters[name] = getattr(words, name)
    totals = _total(analysis.counts)
    marks = _marks(analysis)
    users, speeds = _users(analysis, words), _histograms(analysis, Quantity.SPEED_KMH, RoadUserClass)
    return environment.get_template("report.html.j2").render(
        language=language,
        t=words.text,
        say=words.say,
        meanings=words.meanings,
        group_colors=GROUP_COLORS,
        analysis=analysis,
        method=analysis.method,
        site=site,
        period=_period(analysis, words),
        observed=words.duration(analysis.observed_s),
        frames_looked_at=words.count("detect_every", analysis.method.detect_every),
        totals=totals,
        summary=_summary(analysis, totals, words),
        limit_position=_limit_position(site, words),
        by_pair=_cross(analysis.counts, Table.CONFLICTS_BY_PAIR, [pair.value for pair in RoadUserPair]),
        by_type=_cross(analysis.counts, Table.CONFLICTS_BY_TYPE, [kind.value for kind in ConflictType]),
        marks=marks,
        map_notes=_map_notes(analysis, site, marks, words),
        indicators=[
            _indicator(analysis, Quantity.TTC_MIN_S, analysis.method.ttc_marks_s, words),
            _indicator(analysis, Quantity.PET_S, analysis.method.pet_marks_s, words),
        ],
        users=users,
        speed_bins=_bins(speeds),
        figures={"plan": _plan(analysis, site, marks, words), "speeds": _speeds(speeds, words)},
        review=analysis.review[:_REVIEW_LIMIT],
        states=_states(analysis.counts),
        exclusions=[
            (cell[0], count) for cell, count in sorted(sum_over_time(analysis.counts, Table.EXCLUSIONS).items())
        ],
        intervals=list(_intervals(analysis, words)),
        calibration=_calibration(site, words),
    )


def _total(counts: Sequence[Count]) -> dict[str, int]:
    by_pair = sum_over_time(counts, Table.CONFLICTS_BY_PAIR)
    severities: Counter[str] = Counter()
    for (_, severity), count in by_pair.items():
        severities[severity] += count
    return {
        "road_users": sum_over_time(counts, Table.ROAD_USERS).total(),
        "encounters": sum_over_time(counts, Table.ENCOUNTERS).total(),
        "listed": severities.total(),
        "conflicts": sum(severities[name] for name in _CONFLICTS),
        "serious": severities[Severity.SERIOUS.label],
    }


def _period(analysis: Analysis, words: Wording) -> str:
    first, last = analysis.files[0].start_s, analysis.files[-1].end_s
    start, end = analysis.clock.wall_time(first), analysis.clock.wall_time(last)
    if start is None or end is None:
        return words.text["period_unknown"]
    same_day = words.local(start, "%F") == words.local(end, "%F")
    return words.say(
        "period_wall",
        start=words.local(start, "%Y-%m-%d %H:%M"),
        end=words.local(end, "%H:%M" if same_day else "%Y-%m-%d %H:%M"),
        zone=words.time_zone,
    )


def _summary(analysis: Analysis, totals: Mapping[str, int], words: Wording) -> str:
    values = {name: words.count(name, totals[name]) for name in ("road_users", "encounters", "conflicts", "serious")}
    found = [total for total in ("conflicts", "encounters", "road_users") if totals[total]]
    name = {"conflicts": "summary_body", "encounters": "summary_calm", "road_users": "summary_quiet"}.get(
        found[0] if found else "", "summary_empty"
    )
    observed = words.duration(analysis.observed_s)
    return words.say(name, observed=observed, preset=analysis.method.preset, **values)


def _limit_position(site: SiteView, words: Wording) -> str:
    residual, leave_one_out = (f"{words.fixed(value, 2)} m" for value in _errors(site))
    if site.fit.leave_one_out_rms_m is None:
        return words.say("limit_position", residual=residual)
    return words.say("limit_position_loo", residual=residual, leave_one_out=leave_one_out)


def _errors(site: SiteView) -> tuple[float, float | None]:
    return site.fit.residual_rms_m, site.fit.leave_one_out_rms_m


def _cross(counts: Sequence[Count], table: Table, rows: Sequence[str]) -> dict[str, object]:
    """A table of counts by severity, with the sums of its columns."""
    cells = sum_over_time(counts, table)
    columns = [severity.label for severity in LISTED_SEVERITIES]
    filled = [(row, [cells[row, column] for column in columns]) for row in rows]
    return {
        "columns": columns,
        "rows": filled,
        "totals": [sum(column) for column in zip(*dict(filled).values(), strict=True)],
    }


def _marks(analysis: Analysis) -> list[MapMark]:
    return [
        MapMark(number=number, severity=line.severity, place_m=(line.x_m, line.y_m))
        for number, line in enumerate(analysis.review[:_REVIEW_LIMIT], start=1)
        if line.x_m is not None and line.y_m is not None
    ]


def _plan(analysis: Analysis, site: SiteView, marks: Sequence[MapMark], words: Wording) -> Markup:
    (x_m, y_m), height_m = site.camera_m, site.camera_height_m
    caption = Caption(
        name="plan",
        title=words.text["map_title"],
        description=words.say(
            "map_description",
            marks=words.count("marks", len(marks)),
            x=words.fixed(x_m, 1),
            y=words.fixed(y_m, 1),
            height=words.fixed(height_m, 1),
        ),
    )
    return Markup(draw_plan(site, analysis.density, marks, caption=caption, north=words.text["north"]))  # noqa: S704  (SVG drawn here; its writer escapes texts)


def _map_notes(analysis: Analysis, site: SiteView, marks: Sequence[MapMark], words: Wording) -> Iterator[str]:
    left, bottom, right, top = site.frame_m
    if marks:
        yield words.text["map_caption"]
    busiest = max((count for layer in analysis.density.layers for *_, count in layer.cells), default=0)
    if busiest:
        yield words.say("legend_density", cell=f"{analysis.density.cell_m:g}", busiest=busiest)
    inside = [left <= mark.place_m[0] <= right and bottom <= mark.place_m[1] <= top for mark in marks]
    if not all(inside):
        yield words.say("map_outside", count=words.count("marks", inside.count(False)))
    if len(analysis.review) > _REVIEW_LIMIT:
        yield words.say("map_unlimited", limit=_REVIEW_LIMIT)


def _histograms(analysis: Analysis, quantity: Quantity, groups: type[RoadUserClass | Severity]) -> list[Histogram]:
    """The histograms of a quantity, in the order of their groups."""
    by_group = {one.group: one for one in analysis.histograms if one.quantity is quantity}
    return [by_group[group.label] for group in groups if group.label in by_group]


def _bins(histograms: Sequence[Histogram]) -> dict[str, object]:
    """The numbers behind a figure: bins between the first and the last that is not empty."""
    columns = [one.group for one in histograms]
    filled = (
        [i for i in range(histograms[0].quantity.bin_count) if any(one.counts[i] for one in histograms)]
        if histograms
        else []
    )
    rows = []
    for i in range(filled[0], filled[-1] + 1) if filled else ():
        width = histograms[0].quantity.bin_width
        rows.append((f"{i * width:g}", f"{(i + 1) * width:g}", [one.counts[i] for one in histograms]))
    return {"columns": columns, "rows": rows}


def _indicator(analysis: Analysis, quantity: Quantity, marks: Sequence[float], words: Wording) -> dict[str, object]:
    name = quantity.value.split("_", maxsplit=1)[0]
    histograms = _histograms(analysis, quantity, Severity)
    figure = ""
    if any(one.total for one in histograms):
        caption = Caption(
            name=name,
            title=words.text[f"{name}_title"],
            description=words.say("indicator_description", marks=", ".join(f"{mark:g} s" for mark in marks)),
        )
        axis_labels = (words.text[f"{name}_axis"], words.text["encounters_axis"])
        figure = Markup(draw_indicator(histograms, marks, caption=caption, axis_labels=axis_labels))  # noqa: S704  (SVG drawn here; its writer escapes texts)
    absent, beyond = sum(one.absent for one in histograms), sum(one.beyond for one in histograms)
    return {
        "heading": words.text[f"{name}_heading"],
        "note": words.say(
            f"{name}_note", absent=words.count("encounters", absent), beyond=words.count("encounters", beyond)
        ),
        "figure": figure,
        "bins": _bins(histograms),
    }


def _speeds(histograms: Sequence[Histogram], words: Wording) -> Markup | None:
    moving = [one for one in histograms if one.total]
    if not moving:
        return None
    caption = Caption(name="speeds", title=words.text["speeds_title"], description=words.text["speeds_description"])
    labels = [words.label(one.group) for one in moving]
    axis_labels = (words.text["speed_axis"], words.text["users_axis"])
    return Markup(draw_speeds(moving, labels, caption=caption, axis_labels=axis_labels))  # noqa: S704  (SVG drawn here; its writer escapes texts)


def _users(analysis: Analysis, words: Wording) -> list[dict[str, object]]:
    counts = sum_over_time(analysis.counts, Table.ROAD_USERS)
    rows: list[dict[str, object]] = []
    for histogram in _histograms(analysis, Quantity.SPEED_KMH, RoadUserClass):
        enough = histogram.total >= _QUANTILES_FROM
        median, upper = (words.fixed(histogram.quantile(share) if enough else None, 0) for share in (0.5, 0.85))
        rows.append(
            {
                "name": histogram.group,
                "count": counts[(histogram.group,)],
                "median": f"{median} km/h" if enough else median,
                "upper": f"{upper} km/h" if enough else upper,
                "standing": histogram.absent,
            }
        )
    return rows


def _states(counts: Sequence[Count]) -> list[tuple[str, int]]:
    cells = sum_over_time(counts, Table.STATES)
    return [(state.value, cells[(state.value,)]) for state in EncounterState]


def _intervals(analysis: Analysis, words: Wording) -> Iterator[dict[str, object]]:
    for seen in analysis.observed:
        totals = _total([count for count in analysis.counts if count.interval == seen.interval])
        length_ms = round(1000 * (seen.interval.end_s - seen.interval.start_s))
        yield {
            "name": words.interval(seen.interval),
            "observed": words.share(seen.coverage_ms, length_ms),
            **totals,
        }


def _calibration(site: SiteView, words: Wording) -> Iterator[str]:
    residual, leave_one_out = (f"{words.fixed(value, 2)} m" for value in _errors(site))
    yield words.say("calibration_points", count=len(site.reference_points_m), residual=residual)
    if site.fit.leave_one_out_rms_m is None:
        yield words.text["calibration_loo_unknown"]
    else:
        yield words.say("calibration_loo", leave_one_out=leave_one_out)
    (x_m, y_m), height_m = site.camera_m, site.camera_height_m
    yield words.say("calibration_camera", x=words.fixed(x_m, 1), y=words.fixed(y_m, 1), height=words.fixed(height_m, 1))
    if site.origin is None:
        yield words.text["calibration_local"]
    else:
        latitude, longitude = site.origin.latitude_deg, site.origin.longitude_deg
        yield words.say("calibration_origin", latitude=f"{latitude:.5f}", longitude=f"{longitude:.5f}")
