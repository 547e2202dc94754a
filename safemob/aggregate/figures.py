"""Histograms of the report: speeds by road user class, indicators by severity."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from safemob.aggregate.distribution import Histogram, Quantity
from safemob.aggregate.svg import THEME, Caption, draw_svg, drawing_style
from safemob.taxonomy import Severity

__all__ = ["draw_indicator", "draw_speeds"]

_WIDTH_IN = 7.4


def draw_indicator(
    histograms: Sequence[Histogram],
    marks: Sequence[float],
    *,
    caption: Caption,
    axis_labels: tuple[str, str],
) -> str:
    """An indicator over all encounters, bars stacked by severity, with the thresholds marked.

    Args:
        histograms: one per severity, of one quantity.
        marks: thresholds, in the unit of the quantity.
        caption: name and text alternatives.
        axis_labels: of x and y.
    """
    with drawing_style():
        figure = Figure(figsize=(_WIDTH_IN, 2.5))
        axes = figure.add_subplot()
        quantity = histograms[0].quantity
        floor = np.zeros(quantity.bin_count)
        for severity in sorted(Severity, reverse=True):
            for histogram in (one for one in histograms if one.group == severity.label):
                _draw_bars(axes, histogram, floor, THEME[severity.label])
                floor = floor + histogram.counts
        for mark in marks:
            axes.axvline(mark, color=THEME["ink"], linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(
                f"{mark:g} s",
                (mark, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                fontsize=8,
                ha="center",
            )
        axes.set_xlim(0, quantity.bin_width * quantity.bin_count)
        _finish(axes, int(floor.max()), axis_labels)
        return draw_svg(figure, caption)


def draw_speeds(
    histograms: Sequence[Histogram],
    labels: Sequence[str],
    *,
    caption: Caption,
    axis_labels: tuple[str, str],
) -> str:
    """Speeds, one row per road user class on a common axis.

    Args:
        histograms: one per class.
        labels: name of each class.
        caption: name and text alternatives.
        axis_labels: of x and y.
    """
    with drawing_style():
        figure = Figure(figsize=(_WIDTH_IN, 0.6 + 0.95 * len(histograms)))
        rows = figure.subplots(len(histograms), sharex=True, squeeze=False)[:, 0]
        fastest = max((i for one in histograms for i, count in enumerate(one.counts) if count), default=0)
        for axes, histogram, label in zip(rows, histograms, labels, strict=True):
            _draw_bars(axes, histogram, np.zeros(Quantity.SPEED_KMH.bin_count), THEME["motor"])
            axes.set_title(f"{label} ({histogram.total})", loc="left", fontsize=9, pad=3, parse_math=False)
            axes.set_xlim(0, max(30.0, 1.08 * (fastest + 1) * Quantity.SPEED_KMH.bin_width))
            _finish(axes, max(histogram.counts), ("", ""))
        rows[-1].set_xlabel(axis_labels[0])
        figure.supylabel(axis_labels[1], fontsize=9, color=THEME["muted"])
        return draw_svg(figure, caption)


def _draw_bars(axes: Axes, histogram: Histogram, floor: NDArray[np.float64], color: str) -> None:
    width = histogram.quantity.bin_width
    counts = np.array(histogram.counts)
    shown = np.nonzero(counts)[0]
    axes.bar(shown * width, counts[shown], 0.9 * width, floor[shown], align="edge", color=color, linewidth=0)


def _finish(axes: Axes, highest: int, labels: tuple[str, str]) -> None:
    axes.set_ylim(0, max(1.0, 1.1 * highest))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.grid(visible=True, axis="y", color=THEME["line"], linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
