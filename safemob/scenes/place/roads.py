"""The place laid out: which surface lies where, and which ways lead over it."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.place.arms import ARM_LENGTH_M, TRACK_ASIDE_M, ArmPlan, plan_arms
from safemob.scenes.place.markings import lay_strip, paint_cycle_crossing, paint_lanes, paint_stop_line, paint_zebra
from safemob.scenes.place.ways import Way, find_way
from safemob.scenes.scenario import Arm, Kind, PlaceSpec

__all__ = ["Plan", "lay_out"]

Floats = npt.NDArray[np.float64]
Shapes = tuple[Floats, ...]

_ARC_STEPS = 12
_GAUGE_M = 1.435
_PAST_A_MISSING_ARM, _OUTSIDE_A_BEND = 2, 3
"""Quarter turns between two arms, where it is not one."""
_ISLAND_LENGTH_M = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Surfaces as polygons and polylines of shape (N, 2), in site coordinates; polygons are not closed by a last point.

    What comes later in this list lies on top of what comes before.

    Attributes:
        arms: counter-clockwise from east.
        carriageway: asphalt, one polygon, not convex.
        pavements: raised by the height of a kerb, from the kerb to the plots; cycle tracks lie on them.
        cycle_tracks: on the pavements.
        islands: raised, on the carriageway.
        zebra_stripes, stop_lines, lane_lines, cycle_crossings: white paint, dashes as polygons of their own.
        rails: polylines, flush with the road.
        kerbs: polylines between carriageway and pavement, and around islands (closed: the last point is the first).
        plots: where buildings may stand and trees grow.
        walks: polylines in the middle of where people walk along the roads.
        crossings: polylines in the middle of the zebras, from pavement to pavement.
    """

    arms: tuple[ArmPlan, ...]
    carriageway: Shapes
    pavements: Shapes
    cycle_tracks: Shapes
    islands: Shapes
    zebra_stripes: Shapes
    stop_lines: Shapes
    lane_lines: Shapes
    cycle_crossings: Shapes
    rails: Shapes
    kerbs: Shapes
    plots: Shapes
    walks: Shapes
    crossings: Shapes

    def way(self, from_arm: Arm, to_arm: Arm, lane: int, kind: Kind) -> Way:
        """The way from one arm to another (`find_way`)."""
        return find_way({arm.name: arm for arm in self.arms}, from_arm, to_arm, lane, kind)


def lay_out(place: PlaceSpec) -> Plan:
    """Lay out an intersection.

    Raises:
        ScenarioError: if it cannot be built as described.
    """
    arms = plan_arms(place)
    corners = [_Corner(one, other, place.kerb_radius_m) for one, other in _pair_neighbours(arms)]
    kerbs = [corner.run(0.0, 0.0) for corner in corners]
    islands = tuple(itertools.chain.from_iterable(_lay_islands(arm) for arm in arms))
    return Plan(
        arms=arms,
        carriageway=(np.concatenate(kerbs),),
        pavements=tuple(
            np.concatenate([kerb, corner.run(corner.one.pavement_m[1], corner.other.pavement_m[1])[::-1]])
            for corner, kerb in zip(corners, kerbs, strict=True)
        ),
        cycle_tracks=tuple(itertools.chain.from_iterable(corner.lay_cycle_tracks() for corner in corners)),
        islands=islands,
        zebra_stripes=tuple(itertools.chain.from_iterable(paint_zebra(arm) for arm in arms if arm.spec.zebra)),
        stop_lines=tuple(paint_stop_line(arm) for arm in arms if arm.spec.stop_line),
        lane_lines=tuple(itertools.chain.from_iterable(paint_lanes(arm) for arm in arms)),
        cycle_crossings=tuple(itertools.chain.from_iterable(paint_cycle_crossing(arm, arms) for arm in arms)),
        rails=tuple(itertools.chain.from_iterable(_lay_rails(arm) for arm in arms if arm.spec.tram_tracks)),
        kerbs=(*kerbs, *(np.concatenate([island, island[:1]]) for island in islands)),
        plots=tuple(corner.lay_plot() for corner in corners),
        walks=tuple(corner.run(*(sum(arm.pavement_m) / 2 for arm in (corner.one, corner.other))) for corner in corners),
        crossings=tuple(_cross(arm) for arm in arms if arm.spec.zebra),
    )


def _pair_neighbours(arms: Sequence[ArmPlan]) -> list[tuple[ArmPlan, ArmPlan]]:
    return list(zip(arms, [*arms[1:], arms[0]], strict=True))


@dataclass(frozen=True, slots=True)
class _Corner:
    """Between the incoming side of one arm and the outgoing side of the next one counter-clockwise."""

    one: ArmPlan
    other: ArmPlan
    radius_m: float

    @property
    def quarters(self) -> int:
        """How many quarter turns lie between the arms, 1 to 3."""
        (x, y), (u, v) = self.one.direction, self.other.direction
        return round(math.atan2(x * v - y * u, x * u + y * v) / (math.pi / 2)) % 4

    def run(self, beyond_one: float, beyond_other: float) -> Floats:
        """(N, 2) line along the kerb, or at distances from it, from the end of one arm to the end of the other."""
        one, other = self.one, self.other
        aside, other_aside = one.edge_in_m + beyond_one, -other.edge_out_m - beyond_other
        begin, end = one.place(ARM_LENGTH_M, aside), other.place(ARM_LENGTH_M, other_aside)
        if self.quarters == _PAST_A_MISSING_ARM:
            return np.array([begin, one.place(one.mouth_m, aside), other.place(other.mouth_m, other_aside), end])
        corner = np.array(one.place(0.0, aside)) + np.array(other.place(0.0, other_aside))
        if self.quarters == 1:
            radius = max(0.0, self.radius_m - max(beyond_one, beyond_other))
        else:
            radius = self.radius_m + one.edge_in_m + one.edge_out_m + min(beyond_one, beyond_other)
        return np.concatenate([[begin], _round(corner, np.array(begin), np.array(end), radius), [end]])

    def lay_cycle_tracks(self) -> list[Floats]:
        """Along both arms if both have them, else along the one that has, as far as its mouth."""
        track, other_track = self.one.cycle_track_m, self.other.cycle_track_m
        if track and other_track:
            return [
                np.concatenate([self.run(track[0], other_track[0]), self.run(track[1], other_track[1])[::-1]]),
            ]
        strips = []
        for arm, beside, kerb, sign in (
            (self.one, track, self.one.edge_in_m, 1),
            (self.other, other_track, self.other.edge_out_m, -1),
        ):
            if beside:
                aside = sign * (kerb + beside[0]), sign * (kerb + beside[1])
                strips.append(lay_strip(arm, (arm.mouth_m, ARM_LENGTH_M), aside))
        return strips

    def lay_plot(self) -> Floats:
        edge = self.run(self.one.pavement_m[1], self.other.pavement_m[1])
        far = [self.one.place(ARM_LENGTH_M, ARM_LENGTH_M), self.other.place(ARM_LENGTH_M, -ARM_LENGTH_M)]
        if self.quarters == 1:
            far = far[:1]
        elif self.quarters == _OUTSIDE_A_BEND:
            far.insert(1, self.one.place(-ARM_LENGTH_M, ARM_LENGTH_M))
        return np.concatenate([edge, far[::-1]])


def _round(corner: Floats, begin: Floats, end: Floats, radius: float) -> Floats:
    """A right angle rounded by an arc."""
    if radius <= 0:
        return corner[None]
    back = (begin - corner) / np.hypot(*(begin - corner))
    ahead = (end - corner) / np.hypot(*(end - corner))
    angles = np.linspace(0.0, math.pi / 2, _ARC_STEPS + 1)[:, None]
    arc: Floats = corner + radius * (back * (1 - np.sin(angles)) + ahead * (1 - np.cos(angles)))
    return arc


def _lay_islands(arm: ArmPlan) -> list[Floats]:
    near, far = arm.zebra_m
    end = near + _ISLAND_LENGTH_M
    islands = []
    for aside in arm.islands_aside_m:
        parts = [(near - (aside[1] - aside[0]) / 2, near), (far, end)] if arm.spec.zebra else [(near, end)]
        islands += [_round_ends(arm, part, aside, far_end=part[1] == end) for part in parts]
    return islands


def _round_ends(arm: ArmPlan, along: tuple[float, float], aside: tuple[float, float], *, far_end: bool) -> Floats:
    """An island: round towards the intersection or away from it, straight at the zebra."""
    middle, half = sum(aside) / 2, (aside[1] - aside[0]) / 2
    angles = np.linspace(-math.pi / 2, math.pi / 2, _ARC_STEPS + 1)
    begin, end = along
    if far_end:
        cap = [(end - half + half * math.cos(angle), middle + half * math.sin(angle)) for angle in angles]
        return arm.place_all([(begin, aside[1]), (begin, aside[0]), *cap])
    cap = [(begin + half - half * math.cos(angle), middle - half * math.sin(angle)) for angle in angles]
    return arm.place_all([(end, aside[0]), (end, aside[1]), *cap])


def _lay_rails(arm: ArmPlan) -> list[Floats]:
    """From the end of the arm to the centre, where those of the opposite arm go on."""
    return [
        arm.place_all([(ARM_LENGTH_M, side * TRACK_ASIDE_M + rail), (0.0, side * TRACK_ASIDE_M + rail)])
        for side in (1, -1)
        for rail in (_GAUGE_M / 2, -_GAUGE_M / 2)
    ]


def _cross(arm: ArmPlan) -> Floats:
    middle = sum(arm.zebra_m) / 2
    beyond = sum(arm.pavement_m) / 2
    return arm.place_all([(middle, -arm.edge_out_m - beyond), (middle, arm.edge_in_m + beyond)])
