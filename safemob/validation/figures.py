"""Figures of the validation report, in the look of all reports."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from safemob.aggregate.svg import THEME, Caption, draw_svg, drawing_style
from safemob.validation.rows import LikelihoodRow, MeetingRow, StateRow

__all__ = ["INDICATORS", "draw_indicator", "draw_likelihoods", "draw_positions"]

_WIDTH_IN = 7.4

INDICATORS: Mapping[str, tuple[Callable[[MeetingRow], tuple[float, float]], float]] = {
    "TTCmin": (lambda each: (each.ttc_min_s, each.found_ttc_min_s), 3.0),
    "PET": (lambda each: (abs(each.pet_s), abs(each.found_pet_s)), 5.0),
}
"""What is drawn: the true and the found number, and up to which it is measured, s."""


def draw_indicator(meetings: Sequence[MeetingRow], name: str, caption: Caption) -> str:
    """An indicator as found over the true one, one mark an encounter; those judged wrongly stand out."""
    choose, limit_s = INDICATORS[name]
    with drawing_style():
        figure = Figure(figsize=(_WIDTH_IN / 2, 3.5))
        axes = figure.add_subplot()
        points = [(*choose(each), each.is_misjudged) for each in meetings if each.observable]
        _scatter(axes, points, limit_s)
        axes.set_xlabel(f"true {name}, s")
        axes.set_ylabel(f"found {name}, s")
        return draw_svg(figure, caption)


def draw_positions(rows: Sequence[StateRow], aim_m: float, caption: Caption) -> str:
    """Error of position by distance: mean and 95th percentile, and the aim."""
    with drawing_style():
        figure = Figure(figsize=(_WIDTH_IN * 0.7, 2.6))
        axes = figure.add_subplot()
        shown = [row for row in rows if row.states]
        places = range(len(shown))
        axes.bar(places, [row.position_mae_m for row in shown], 0.5, color=THEME["motor"], label="mean")
        axes.plot(
            places,
            [row.position_p95_m for row in shown],
            linestyle="none",
            marker="_",
            markersize=22,
            color=THEME["ink"],
            label="95th percentile",
        )
        axes.axhline(aim_m, color=THEME["conflict"], linewidth=1, linestyle=(0, (4, 3)), label="aim for the mean")
        axes.set_xticks(places, [row.name for row in shown])
        axes.set_ylabel("error of position, m")
        axes.legend(frameon=False, fontsize=8, loc="upper left")
        _finish(axes)
        return draw_svg(figure, caption)


def draw_likelihoods(rows: Sequence[LikelihoodRow], caption: Caption) -> str:
    """Calibration: share of true conflicts over the likelihood that was estimated, with 95 % intervals."""
    with drawing_style():
        figure = Figure(figsize=(_WIDTH_IN / 2, 3.4))
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=THEME["line"], linewidth=1)
        for row in rows:
            rate = row.conflicts
            if rate.of:
                axes.plot([row.estimated] * 2, [rate.low, rate.high], color=THEME["muted"], linewidth=1)
                axes.plot([row.estimated], [rate.share], marker="o", markersize=5, color=THEME["motor"])
                axes.annotate(
                    f"{rate.of}", (row.estimated, rate.share), (5, -9), textcoords="offset points", fontsize=7
                )
        axes.set_xlim(-0.05, 1.08)
        axes.set_ylim(-0.05, 1.05)
        axes.set_xlabel("estimated likelihood of a conflict")
        axes.set_ylabel("share of true conflicts")
        _finish(axes)
        return draw_svg(figure, caption)


def _scatter(axes: Axes, points: Sequence[tuple[float, float, bool]], limit_s: float) -> None:
    axes.plot([0, limit_s], [0, limit_s], color=THEME["line"], linewidth=1)
    for wrong, color, marker in ((False, THEME["motor"], "o"), (True, THEME["serious"], "x")):
        shown = [
            (true, found)
            for true, found, is_wrong in points
            if is_wrong is wrong and isfinite(true) and isfinite(found) and max(true, found) <= limit_s
        ]
        if shown:
            axes.plot(
                *zip(*shown, strict=True), linestyle="none", marker=marker, markersize=3.5, color=color, alpha=0.8
            )
    axes.set_xlim(0, limit_s)
    axes.set_ylim(0, limit_s)
    _finish(axes)


def _finish(axes: Axes) -> None:
    axes.grid(visible=True, color=THEME["line"], linewidth=0.4)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
