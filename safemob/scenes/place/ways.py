"""The ways along lanes, from one arm to another."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from safemob.errors import ScenarioError
from safemob.scenes.place.arms import ARM_LENGTH_M, ArmPlan
from safemob.scenes.place.paths import Path, fit_bend, join_points, trace_path
from safemob.scenes.scenario import Arm, Kind

__all__ = ["Way", "find_way"]

_BEFORE_MOUTH_M = 1.0
"""Who turns begins so long before the kerb does."""
_WIDEST_TURN_M = 12.0
_U_TURN_M = 4.8
"""How far from the middle of the arm a U-turn swings out at least: cars need that room."""
_CLEAR_M = 1.5
"""What its middle keeps from a kerb."""
_SWING_M = 8.0
"""How long before the turn they begin to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way through the intersection.

    Attributes:
        path: from the end of one arm to the end of another, along the middle of where somebody drives or rides.
        stop_m: distance of the approach's stop line, or of where it would be, from the path's start.
    """

    path: Path
    stop_m: float


def find_way(arms: Mapping[Arm, ArmPlan], from_arm: Arm, to_arm: Arm, lane: int, kind: Kind) -> Way:
    """The way from one arm to another: straight on, round a corner, or back.

    Who turns left goes from the n-th lane beside the middle to the n-th there, everybody else from the n-th lane at
    the kerb to the n-th there, or as near to it as there are lanes.

    Args:
        arms: of the intersection.
        from_arm: where it begins.
        to_arm: where it ends.
        lane: on the approach, 1 at the kerb, 0 the cycle track.
        kind: who uses it: cyclists keep to the right of a lane unless they turn left, trams keep to their tracks.

    Raises:
        ScenarioError: if an arm has no such lane or tracks, or the kind does not use lanes.
    """
    if kind is Kind.PEDESTRIAN:
        msg = "a pedestrian uses from_arm and to_arm, which lead along lanes: give points instead"
        raise ScenarioError(msg)
    if kind is Kind.TRAM and from_arm == to_arm:
        msg = f"a tram turns back on the arm {from_arm}, where no track does: give it another to_arm"
        raise ScenarioError(msg)
    one, other = arms[from_arm], arms[to_arm]
    turn = math.remainder(math.atan2(*other.direction[::-1]) - math.atan2(*one.direction[::-1]), 2 * math.pi)
    turns_left = from_arm == to_arm or -math.pi * 0.9 < turn < 0
    rides = Kind.CAR if turns_left and lane and kind is not Kind.TRAM else kind
    start = one.find_lane_in(lane, rides)
    end = other.find_lane_out(_find_lane_out(one, other, lane, left=turns_left), rides)
    if from_arm == to_arm:
        path = _turn_back(one, arms, start, end)
    elif abs(turn) > math.pi * 0.9:
        path = _go_straight(one, other, start, end)
    else:
        path = _go_round(one, other, start, end)
    return Way(path=path, stop_m=ARM_LENGTH_M - one.stop_m)


def _find_lane_out(one: ArmPlan, other: ArmPlan, lane: int, *, left: bool) -> int:
    if lane == 0:
        return 0 if other.spec.cycle_track else 1
    if left:
        return max(1, other.spec.lanes_out - (one.spec.lanes_in - lane))
    return min(lane, other.spec.lanes_out)


def _go_straight(one: ArmPlan, other: ArmPlan, start: float, end: float) -> Path:
    """Along one line; if the lanes do not face each other, aside between the mouths."""
    points = [one.place(ARM_LENGTH_M, start), other.place(ARM_LENGTH_M, -end)]
    if not math.isclose(start, end, abs_tol=1e-6):
        points[1:1] = [one.place(one.mouth_m, start), other.place(other.mouth_m, -end)]
    (path,) = join_points(points, radius_m=10 * _WIDEST_TURN_M)
    return path


def _go_round(one: ArmPlan, other: ArmPlan, start: float, end: float) -> Path:
    """Along the middle of the lanes to where they cross, in the widest curve that fits between the mouths."""
    x, y = one.direction
    (ahead, aside), (u, v) = one.place(0.0, start), other.place(0.0, -end)
    corner = (ahead + u, aside + v)
    begins = one.mouth_m + _BEFORE_MOUTH_M - (corner[0] * x + corner[1] * y)
    x, y = other.direction
    ends = other.mouth_m + _BEFORE_MOUTH_M - (corner[0] * x + corner[1] * y)
    tangent = min(begins, ends, fit_bend(math.pi / 2, _WIDEST_TURN_M))
    return trace_path([one.place(ARM_LENGTH_M, start), corner, other.place(ARM_LENGTH_M, -end)], [tangent])


def _turn_back(arm: ArmPlan, arms: Mapping[Arm, ArmPlan], start: float, end: float) -> Path:
    """A U-turn within the intersection, swinging out on either side as far as there is a road."""
    x, y = arm.direction
    directions = [each.direction for each in arms.values()]
    bends = len({(-x, -y), (-y, x), (y, -x)}.intersection(directions)) == 1 and (-x, -y) not in directions
    depth = arm.mouth_m if bends else arm.mouth_m - _SWING_M
    begin = depth + _SWING_M * 5 / 4
    left = _U_TURN_M if (-y, x) in directions and not bends else min(_U_TURN_M, arm.edge_in_m - _CLEAR_M)
    right = _U_TURN_M if (y, -x) in directions and not bends else min(_U_TURN_M, arm.edge_out_m - _CLEAR_M)
    left, right = max(start, left), max(end, right)
    points = [
        arm.place(ARM_LENGTH_M, start),
        arm.place(begin, start),
        arm.place(depth, left),
        arm.place(depth, -right),
        arm.place(begin, -end),
        arm.place(ARM_LENGTH_M, -end),
    ]
    half = (left + right) / 2
    return trace_path(points, [_SWING_M / 4, half, half, _SWING_M / 4])
