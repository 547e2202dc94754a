"""One arm of the intersection in its own measures: metres along it from the centre, and aside of its middle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.errors import ScenarioError
from safemob.scenes.scenario import Arm, ArmSpec, Kind, PlaceSpec

__all__ = ["ARM_LENGTH_M", "TRACK_ASIDE_M", "ArmPlan", "plan_arms"]

Floats = npt.NDArray[np.float64]

ARM_LENGTH_M = 100.0
"""How far every arm reaches from the centre; ways begin and end there."""
TRACK_ASIDE_M = 1.6
"""From the middle of the arm to the middle of a tram track."""

_DIRECTIONS: Mapping[Arm, tuple[float, float]] = {
    "east": (1.0, 0.0),
    "north": (0.0, 1.0),
    "west": (-1.0, 0.0),
    "south": (0.0, -1.0),
}
_ISLAND_M = 2.5
_TRAM_BED_M = 6.5
_ISLAND_BESIDE_TRAM_M = 2.0
_STRIP_M, _CYCLE_TRACK_M, _PAVEMENT_M = 0.5, 2.0, 3.0
_ZEBRA_BEHIND_MOUTH_M, _ZEBRA_M, _STOP_BEFORE_ZEBRA_M = 1.0, 4.0, 3.0
_FROM_KERB_M = 0.9
"""Cyclists on a lane ride so far from its right edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPlan:
    """An arm laid out.

    Distances along it count from the centre of the intersection outwards. Distances aside count from its middle,
    positive to the left of somebody who looks outwards: there traffic comes in, on the other side it goes out.

    Attributes:
        name: of the arm.
        spec: what the scenario says of it.
        direction: (x, y) unit vector outwards.
        lane_width_m: of every lane.
        mouth_m: where the kerbs' curves end and the straight arm begins.
    """

    name: Arm
    spec: ArmSpec
    direction: tuple[float, float]
    lane_width_m: float
    mouth_m: float

    def place(self, along_m: float, aside_m: float) -> tuple[float, float]:
        """Site coordinates of a place on the arm."""
        x, y = self.direction
        return along_m * x - aside_m * y, along_m * y + aside_m * x

    def place_all(self, corners: Sequence[tuple[float, float]]) -> Floats:
        """(N, 2) site coordinates of places (along, aside)."""
        return np.array([self.place(*corner) for corner in corners])

    @property
    def islands_aside_m(self) -> tuple[tuple[float, float], ...]:
        """(from, until) aside of its traffic islands."""
        if not self.spec.island:
            return ()
        if not self.spec.tram_tracks:
            return ((-_ISLAND_M / 2, _ISLAND_M / 2),)
        inner, outer = _TRAM_BED_M / 2, _TRAM_BED_M / 2 + _ISLAND_BESIDE_TRAM_M
        return (-outer, -inner), (inner, outer)

    @property
    def median_m(self) -> float:
        """Half the width of what parts the directions: nothing, an island, the tram."""
        edges = [edge for island in self.islands_aside_m for edge in island]
        return max([*edges, _TRAM_BED_M / 2 if self.spec.tram_tracks else 0.0])

    @property
    def edge_in_m(self) -> float:
        """From the middle to the kerb beside incoming traffic."""
        return self.median_m + self.spec.lanes_in * self.lane_width_m

    @property
    def edge_out_m(self) -> float:
        """From the middle to the kerb beside outgoing traffic."""
        return self.median_m + self.spec.lanes_out * self.lane_width_m

    @property
    def cycle_track_m(self) -> tuple[float, float] | None:
        """(from, until) how far from the kerb the cycle tracks lie; None without."""
        return (_STRIP_M, _STRIP_M + _CYCLE_TRACK_M) if self.spec.cycle_track else None

    @property
    def pavement_m(self) -> tuple[float, float]:
        """(from, until) how far from the kerb people walk."""
        begin = _STRIP_M + _CYCLE_TRACK_M if self.spec.cycle_track else 0.0
        return begin, begin + _PAVEMENT_M

    @property
    def zebra_m(self) -> tuple[float, float]:
        """(from, until) along the arm, where the zebra is or would be."""
        begin = self.mouth_m + _ZEBRA_BEHIND_MOUTH_M
        return begin, begin + _ZEBRA_M

    @property
    def stop_m(self) -> float:
        """Along the arm: where the stop line is, or would be."""
        near, far = self.zebra_m
        return far + _STOP_BEFORE_ZEBRA_M if self.spec.zebra else near

    def find_lane_in(self, lane: int, kind: Kind) -> float:
        """How far aside somebody comes in; lane 1 lies at the kerb, 0 is the cycle track."""
        return self._find_lane(lane, kind, self.spec.lanes_in)

    def find_lane_out(self, lane: int, kind: Kind) -> float:
        """How far aside, to the other side, somebody goes out."""
        return self._find_lane(lane, kind, self.spec.lanes_out)

    def _find_lane(self, lane: int, kind: Kind, lanes: int) -> float:
        if kind is Kind.TRAM:
            if not self.spec.tram_tracks:
                msg = f"a tram uses the arm {self.name}, which has no tracks: give it tram_tracks = true"
                raise ScenarioError(msg)
            return TRACK_ASIDE_M
        if lane > lanes or (lane == 0 and not self.spec.cycle_track):
            what = f"lane {lane}" if lane else "the cycle track (lane 0)"
            msg = f"{what} of the arm {self.name} is used, but it has {lanes} lane(s) and "
            msg += "a cycle track" if self.spec.cycle_track else "no cycle track"
            raise ScenarioError(msg)
        edge = self.median_m + lanes * self.lane_width_m
        if lane == 0:
            return edge + _STRIP_M + _CYCLE_TRACK_M / 2
        right = edge - (lane - 1) * self.lane_width_m
        return right - (_FROM_KERB_M if kind in (Kind.CYCLIST, Kind.E_SCOOTER) else self.lane_width_m / 2)


def plan_arms(place: PlaceSpec) -> tuple[ArmPlan, ...]:
    """All arms, counter-clockwise from east.

    Raises:
        ScenarioError: if tram tracks end in the middle of the intersection.
    """
    names = [name for name in _DIRECTIONS if name in place.arms]
    bare = {
        name: ArmPlan(
            name=name,
            spec=place.arms[name],
            direction=_DIRECTIONS[name],
            lane_width_m=place.lane_width_m,
            mouth_m=place.kerb_radius_m,
        )
        for name in names
    }
    ring = tuple(_DIRECTIONS)
    planned = []
    for name, arm in bare.items():
        at = ring.index(name)
        left, opposite, right = (bare.get(ring[(at + turn) % 4]) for turn in (1, 2, 3))
        if arm.spec.tram_tracks and not (opposite and opposite.spec.tram_tracks):
            msg = f"the tram tracks of the arm {name} end at the centre: give the opposite arm tram_tracks too"
            raise ScenarioError(msg)
        beside = max(left.edge_out_m if left else 0.0, right.edge_in_m if right else 0.0)
        planned.append(
            ArmPlan(
                name=name,
                spec=arm.spec,
                direction=arm.direction,
                lane_width_m=arm.lane_width_m,
                mouth_m=place.kerb_radius_m + beside,
            )
        )
    return tuple(planned)
