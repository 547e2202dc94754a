"""White paint on the road, every stripe and dash a polygon of its own."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from safemob.scenes.place.arms import ARM_LENGTH_M, ArmPlan

__all__ = ["lay_strip", "paint_cycle_crossing", "paint_lanes", "paint_stop_line", "paint_zebra"]

Floats = npt.NDArray[np.float64]

_STRIPE_M, _STOP_LINE_M, _LINE_M, _BROAD_LINE_M = 0.5, 0.5, 0.12, 0.25
_DASH_M, _GAP_M = 3.0, 6.0
_CROSSING_DASH_M, _CROSSING_GAP_M = 0.5, 0.5
_SOLID_M = 15.0
"""Lines between lanes are not interrupted so long before the stop line."""


def lay_strip(arm: ArmPlan, along: tuple[float, float], aside: tuple[float, float]) -> Floats:
    """A rectangle between two distances along an arm and two aside."""
    (a, b), (c, d) = along, aside
    return arm.place_all([(a, c), (b, c), (b, d), (a, d)])


def paint_zebra(arm: ArmPlan) -> list[Floats]:
    """Stripes along the arm, from kerb to kerb but for islands."""
    count = int((arm.edge_in_m + arm.edge_out_m) / (2 * _STRIPE_M))
    middle = (arm.edge_in_m - arm.edge_out_m) / 2
    starts = middle + 2 * _STRIPE_M * (np.arange(count) - count / 2) + _STRIPE_M / 2
    stripes = [(float(start), float(start) + _STRIPE_M) for start in starts]
    clear = [
        stripe
        for stripe in stripes
        if all(stripe[1] <= island[0] or stripe[0] >= island[1] for island in arm.islands_aside_m)
    ]
    return [lay_strip(arm, arm.zebra_m, stripe) for stripe in clear]


def paint_stop_line(arm: ArmPlan) -> Floats:
    """Across the lanes towards the intersection."""
    return lay_strip(arm, (arm.stop_m, arm.stop_m + _STOP_LINE_M), (arm.median_m, arm.edge_in_m))


def paint_lanes(arm: ArmPlan) -> list[Floats]:
    """Between lanes, and between the directions."""
    width = arm.lane_width_m
    between = [arm.median_m + lane * width for lane in range(1, arm.spec.lanes_in)]
    between += [-arm.median_m - lane * width for lane in range(1, arm.spec.lanes_out)]
    middle = [arm.median_m, -arm.median_m] if arm.median_m else [0.0]
    lines = []
    for aside in (*between, *middle):
        across = (aside - _LINE_M / 2, aside + _LINE_M / 2)
        solid = ARM_LENGTH_M if arm.median_m and aside in middle else arm.stop_m + _SOLID_M
        lines.append(lay_strip(arm, (arm.stop_m, solid), across))
        lines += [
            lay_strip(arm, (begin, begin + _DASH_M), across)
            for begin in np.arange(solid + _GAP_M, ARM_LENGTH_M - _DASH_M, _DASH_M + _GAP_M).tolist()
        ]
    return lines


def paint_cycle_crossing(arm: ArmPlan, arms: Sequence[ArmPlan]) -> list[Floats]:
    """Broad dashes on both sides of where a cycle track goes straight across the intersection."""
    opposite = [each for each in arms if each.direction == (-arm.direction[0], -arm.direction[1])]
    if not (arm.cycle_track_m and opposite and opposite[0].cycle_track_m):
        return []
    here = [arm.edge_in_m + at for at in arm.cycle_track_m]
    there = [opposite[0].edge_out_m + at for at in opposite[0].cycle_track_m]
    span = arm.mouth_m + opposite[0].mouth_m
    dashes = []
    for begin in np.arange(0.0, span - _CROSSING_DASH_M, _CROSSING_DASH_M + _CROSSING_GAP_M).tolist():
        for one, other in zip(here, there, strict=True):
            aside = one + (other - one) * begin / span
            along = arm.mouth_m - begin
            across = (aside - _BROAD_LINE_M / 2, aside + _BROAD_LINE_M / 2)
            dashes.append(lay_strip(arm, (along - _CROSSING_DASH_M, along), across))
    return dashes
