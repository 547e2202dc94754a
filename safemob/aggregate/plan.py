"""The report's map: what the camera sees from above, where road users passed, where conflicts happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.patches import Polygon as PolygonPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from safemob.aggregate.distribution import DensityGrid, DensityLayer
from safemob.aggregate.site_view import Polygon, SiteView
from safemob.aggregate.svg import THEME, Caption, draw_svg, drawing_style

__all__ = ["GROUP_COLORS", "MapMark", "draw_plan"]

GROUP_COLORS: Mapping[str, str] = MappingProxyType({"motor": "#4c86d9", "cyclist": "#12a07a", "pedestrian": "#b35fd0"})
"""Of the density layers: pixels of an image, so the same on a light and a dark page."""

_WIDTH_IN = 7.4
_MARK_GAP_IN = 0.165
_MARKERS = {"none": "o", "record": "o", "conflict": "D", "serious": "s"}
_MARKER_AREAS = {"none": 75.0, "record": 75.0, "conflict": 95.0, "serious": 125.0}
_Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapMark:
    """An event on the map: its number in the review list, its severity and its place."""

    number: int
    severity: str
    place_m: tuple[float, float]


def draw_plan(site: SiteView, density: DensityGrid, marks: Sequence[MapMark], *, caption: Caption, north: str) -> str:
    """The map as one SVG element, x to the right and y up.

    Args:
        site: what is known of the place.
        density: where road users passed.
        marks: events, numbered.
        caption: name and text alternatives.
        north: the letter on the arrow; drawn only where north is known.
    """
    left, bottom, right, top = site.frame_m
    with drawing_style():
        height_in = _WIDTH_IN * (top - bottom) / (right - left)
        figure = Figure(figsize=(_WIDTH_IN, height_in))
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], aspect="equal", facecolor="none")
        axes.spines[:].set_visible(False)
        _draw_ground(axes, site)
        for layer in density.layers:
            _draw_layer(axes, layer, density.cell_m)
        _draw_camera(axes, site)
        _draw_marks(axes, marks, _MARK_GAP_IN * (right - left) / _WIDTH_IN)
        _draw_scale_bar(axes, right - left)
        if site.origin is not None:
            _draw_north(axes, north)
        return draw_svg(figure, caption)


def _draw_ground(axes: Axes, site: SiteView) -> None:
    """What is seen is plain, what is not is hatched: outside the view, or outside the analysed area."""
    left, bottom, right, top = site.frame_m
    frame: Polygon = ((left, bottom), (right, bottom), (right, top), (left, top))
    axes.add_patch(PolygonPatch(site.field_of_view_m, facecolor=THEME["ground"], edgecolor="none", zorder=0.5))
    for outer, inner, hatch in ((frame, site.field_of_view_m, "//"), (frame, site.coverage_m, "//")):
        if inner:
            outside = Path.make_compound_path(_closed(outer, clockwise=False), _closed(inner, clockwise=True))
            axes.add_patch(PathPatch(outside, facecolor="none", edgecolor=THEME["line"], hatch=hatch, linewidth=0))
    axes.add_patch(PolygonPatch(site.field_of_view_m, fill=False, edgecolor=THEME["muted"], linewidth=0.9))
    if site.coverage_m:
        dashes = (0, (5, 3))
        axes.add_patch(
            PolygonPatch(site.coverage_m, fill=False, edgecolor=THEME["ink"], linewidth=1.1, linestyle=dashes)
        )


def _closed(polygon: Polygon, *, clockwise: bool) -> Path:
    points = np.array(polygon)
    x, y = points.T
    is_clockwise = np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) < 0
    return Path(points if is_clockwise == clockwise else points[::-1], closed=False)


def _draw_layer(axes: Axes, layer: DensityLayer, cell_m: float) -> None:
    """One group's density: fuller colour where more passed, on a logarithmic scale; clear where nobody did."""
    if not layer.cells:
        return
    columns, rows, counts = np.array(layer.cells).T
    shades = np.zeros((np.ptp(rows) + 1, np.ptp(columns) + 1, 4))
    shades[..., :3] = to_rgb(GROUP_COLORS[layer.group])
    strength = np.log1p(counts) / np.log1p(counts.max())
    shades[rows - rows.min(), columns - columns.min(), 3] = 0.12 + 0.68 * strength
    corners = np.array([columns.min(), columns.max() + 1, rows.min(), rows.max() + 1]) * cell_m
    extent = (float(corners[0]), float(corners[1]), float(corners[2]), float(corners[3]))
    axes.imshow(shades, extent=extent, origin="lower", interpolation="none", aspect="auto", zorder=3)


def _draw_camera(axes: Axes, site: SiteView) -> None:
    points = np.array(site.reference_points_m).reshape(-1, 2)
    axes.plot(*points.T, linestyle="none", marker="+", markersize=7, color=THEME["ink"], markeredgewidth=1.0)
    axes.plot(
        *site.camera_m, marker="^", markersize=11, color=THEME["ink"], markeredgecolor=THEME["paper"], clip_on=True
    )


def _draw_marks(axes: Axes, marks: Sequence[MapMark], gap_m: float) -> None:
    """Numbered marks, the gravest on top; those that would cover each other step aside on a leader line."""
    if not marks:
        return
    places = np.array([mark.place_m for mark in marks])
    for mark, (x_m, y_m), place in zip(marks, _spread(places, gap_m), places, strict=True):
        unsure = mark.severity == "none"  # listed for its overlap
        layer = 10.0 + list(_MARKERS).index(mark.severity)
        axes.plot((place[0], x_m), (place[1], y_m), color=THEME["ink"], linewidth=0.8, zorder=9)
        axes.plot(*place, marker=".", markersize=3, color=THEME["ink"], zorder=9)
        axes.scatter(
            x_m,
            y_m,
            s=_MARKER_AREAS[mark.severity],
            facecolor=THEME["paper" if unsure else mark.severity],
            edgecolor=THEME["muted" if unsure else "paper"],
            marker=_MARKERS[mark.severity],
            linewidths=0.8,
            zorder=layer,
        )
        axes.text(
            x_m,
            y_m,
            str(mark.number),
            color=THEME["ink" if unsure else "paper"],
            fontsize=6.5,
            fontweight="bold",
            ha="center",
            va="center_baseline",
            zorder=layer,
            clip_on=True,
        )


def _spread(places: _Points, gap_m: float) -> _Points:
    """Push places apart until no two are closer than a gap, or after a fixed number of rounds."""
    turn = np.arange(len(places)) * 2.399963  # the golden angle: coinciding places leave in different directions
    spread = places + 1e-3 * gap_m * np.column_stack([np.cos(turn), np.sin(turn)])
    for _ in range(60):
        apart = spread[:, None] - spread[None]
        distance = np.linalg.norm(apart, axis=-1)
        np.fill_diagonal(distance, np.inf)
        push = np.clip(gap_m - distance, 0, None) / distance
        if not push.any():
            break
        spread = spread + 0.5 * (apart * push[..., None]).sum(axis=1)
    return spread


def _draw_scale_bar(axes: Axes, width_m: float) -> None:
    length_m = max(step * 10**power for power in range(-1, 4) for step in (1, 2, 5) if step * 10**power <= width_m / 4)
    share, left, low = length_m / width_m, 0.03, 0.03
    axes.plot(
        (left, left, left + share, left + share),
        (low + 0.015, low, low, low + 0.015),
        transform=axes.transAxes,
        color=THEME["ink"],
        linewidth=1.4,
        solid_joinstyle="miter",
        zorder=20,
    )
    axes.text(left + share / 2, low + 0.012, f"{length_m:g} m", transform=axes.transAxes, ha="center", zorder=20)


def _draw_north(axes: Axes, letter: str) -> None:
    axes.annotate(
        letter,
        (0.965, 0.97),
        (0.965, 0.89),
        xycoords="axes fraction",
        textcoords="axes fraction",
        ha="center",
        va="top",
        fontsize=11,
        fontweight="bold",
        arrowprops={"arrowstyle": "-|>", "color": THEME["ink"], "linewidth": 1.4},
        zorder=20,
    )
