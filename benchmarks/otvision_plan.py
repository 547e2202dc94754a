"""The plan of OTVision's example junction: road, camera, and where two ways place the same road users."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from otvision_clip import GROUND, Track, Tyres

from safemob.individual.arrays import Floats
from safemob.individual.ground.camera import Camera
from safemob.taxonomy import RoadUserClass

__all__ = ["draw_plan"]

_OURS, _THEIRS, _TYRES = "#0072B2", "#D55E00", "#000000"  # Okabe and Ito: told apart by colour-blind readers too
_RAY: Final = "#a0a0a0"
_ROAD: Final = {"kerbs": (1.6, "#8c8c8c"), "dashes": (2.2, "#c4c4c4"), "crossings": (1.0, "#c4c4c4")}
_ROAD_REST: Final = (3.0, "#c4c4c4")
_DASHED: Final = (0, (4.0, 1.5))
_PAPER: Final = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
_TO_THE_RIGHT: Final = {"xytext": (9, -4), "ha": "left"}  # where no other line passes
_TO_THE_LEFT: Final = {"xytext": (-9, -4), "ha": "right"}
_RAY_EVERY: Final = 11
"""Moments between the viewing rays that are drawn."""
_LIMITS_M: Final = ((-16.0, 20.0), (-28.0, 12.5))


def draw_plan(
    path: Path, camera: Camera, tracks: Sequence[Track], theirs: Sequence[Floats], tyres: Sequence[Tyres]
) -> None:
    """Write the figure; `theirs` are (K, 2) positions of each track by the other way, NaN where it has none."""
    figure = Figure(figsize=(7.2, 8.0), layout="constrained")
    axes = figure.add_subplot()
    _draw_road(axes, camera)
    for track, other in zip(tracks, theirs, strict=True):
        _draw_rays(axes, camera, track.positions, other)
        axes.plot(*other.T, color=_THEIRS, linewidth=2.0, linestyle=_DASHED)
        axes.plot(*track.positions.T, color=_OURS, linewidth=2.6)
        for line, colour in ((other[np.isfinite(other[:, 0])], _THEIRS), (track.positions, _OURS)):
            if len(line):
                axes.plot(*line[-1], color=colour, marker="o", markersize=7)
        x, y = track.positions[len(track.positions) // 3].tolist()
        label: dict[str, Any] = _TO_THE_RIGHT if track.kind is RoadUserClass.CYCLIST else _TO_THE_LEFT
        axes.annotate(track.kind.label, (x, y), textcoords="offset points", bbox=_PAPER, **label)
    for each in tyres:
        axes.plot(*each.centres.T, color=_TYRES, marker="x", markersize=8, markeredgewidth=1.8, linestyle="none")
    x, y, height = camera.position.tolist()
    axes.plot(x, y, color=_TYRES, marker="^", markersize=12)
    axes.annotate(f"camera, {height:.0f} m up", (x, y), xytext=(0, 12), textcoords="offset points", ha="center")
    _finish(axes)
    path.parent.mkdir(exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "safemob"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_road(axes: Axes, camera: Camera) -> None:
    for name, lines in GROUND["road"].items():
        width, colour = _ROAD.get(name, _ROAD_REST)
        for line in lines:
            place = camera.to_ground(np.array(line, dtype=np.float64))
            axes.plot(*place.T, color=colour, linewidth=width, solid_capstyle="butt", zorder=0)


def _draw_rays(axes: Axes, camera: Camera, ours: Floats, theirs: Floats) -> None:
    """The viewing rays on which both ways place the same road user at the same moment."""
    for row in range(0, len(ours), _RAY_EVERY):
        end = theirs[row] if np.isfinite(theirs[row]).all() else ours[row]
        axes.plot(*np.stack([camera.position[:2], end]).T, color=_RAY, linewidth=0.8, zorder=1)


def _finish(axes: Axes) -> None:
    axes.set(xlim=_LIMITS_M[0], ylim=_LIMITS_M[1], aspect="equal", xlabel="east, m", ylabel="north, m")
    axes.spines[["top", "right"]].set_visible(False)
    entries: list[tuple[str, dict[str, Any]]] = [
        ("safemob: footprint centres", {"color": _OURS, "linewidth": 2.6}),
        ("OTVision: box centres by homography", {"color": _THEIRS, "linewidth": 2.0, "linestyle": _DASHED}),
        (
            "between the tyres, told by eye",
            {"color": _TYRES, "marker": "x", "markersize": 8, "markeredgewidth": 1.8, "linestyle": "none"},
        ),
        ("viewing ray: both at one moment", {"color": _RAY, "linewidth": 0.8}),
        ("kerb; road markings are paler", {"color": _ROAD["kerbs"][1], "linewidth": 1.6}),
    ]
    axes.legend(
        handles=[Line2D([], [], label=label, **style) for label, style in entries], loc="lower right", frameon=False
    )
