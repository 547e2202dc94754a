"""The place as it is laid out, and the ways over it."""

import itertools

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from safemob.errors import ScenarioError
from safemob.scenes.place.arms import ARM_LENGTH_M
from safemob.scenes.place.roads import Plan, lay_out
from safemob.scenes.scenario import Arm, ArmSpec, Kind, PlaceSpec

Floats = npt.NDArray[np.float64]

_ARMS: tuple[Arm, ...] = ("east", "north", "west", "south")
_CROSSROADS = PlaceSpec(arms=dict.fromkeys(_ARMS, ArmSpec(lanes_in=2, zebra=True, cycle_track=True)))
_PLACES = {
    "crossroads": _CROSSROADS,
    "islands": PlaceSpec(arms=dict.fromkeys(_ARMS, ArmSpec(zebra=True, island=True))),
    "t-junction": PlaceSpec(arms={"east": ArmSpec(), "west": ArmSpec(cycle_track=True), "south": ArmSpec(zebra=True)}),
    "bend": PlaceSpec(arms={"east": ArmSpec(zebra=True), "north": ArmSpec()}),
    "straight": PlaceSpec(arms={"south": ArmSpec(), "north": ArmSpec(zebra=True, lanes_out=2)}),
    "tram": PlaceSpec(
        arms={
            "east": ArmSpec(tram_tracks=True, island=True, zebra=True),
            "west": ArmSpec(tram_tracks=True),
            "north": ArmSpec(),
        },
    ),
}


def _holds(polygon: Floats, points: Floats) -> list[bool]:
    outline = polygon.astype(np.float32)
    return [cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=True) > -0.01 for x, y in points]


def _area(polygon: Floats) -> float:
    x, y = polygon.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def _list_ways(plan: Plan, kind: Kind) -> list[Floats]:
    ways = []
    for one, other in itertools.product(plan.arms, plan.arms):
        for lane in range(1, one.spec.lanes_in + 1):
            path = plan.way(one.name, other.name, lane, kind).path
            ways.append(path.at(np.arange(0.0, path.length_m, 0.5)).positions)
    return ways


@pytest.mark.parametrize("place", _PLACES.values(), ids=_PLACES)
def test_every_way_of_a_car_lies_on_the_carriageway(place: PlaceSpec) -> None:
    plan = lay_out(place)
    for way in _list_ways(plan, Kind.CAR):
        assert all(_holds(plan.carriageway[0], way))


@pytest.mark.parametrize("place", _PLACES.values(), ids=_PLACES)
def test_no_way_leads_over_an_island(place: PlaceSpec) -> None:
    plan = lay_out(place)
    for way, island in itertools.product(_list_ways(plan, Kind.CAR), plan.islands):
        assert not any(_holds(island, way))


@pytest.mark.parametrize("place", _PLACES.values(), ids=_PLACES)
def test_surfaces_run_counter_clockwise_or_all_the_same_and_fill_the_square(place: PlaceSpec) -> None:
    plan = lay_out(place)
    square = (2 * ARM_LENGTH_M) ** 2
    covered = sum(abs(_area(shape)) for shape in (*plan.carriageway, *plan.pavements, *plan.plots))
    # A bend's pavements end where the arms do, and beyond them nothing is laid.
    assert covered == pytest.approx(square, rel=1e-6)


def test_traffic_keeps_to_the_right() -> None:
    plan = lay_out(_CROSSROADS)
    way = plan.way("east", "west", 2, Kind.CAR).path.at(np.array([0.0, 200.0])).positions
    assert way[0] == pytest.approx([100.0, 1.625])
    assert way[1] == pytest.approx([-100.0, 1.625])


def test_lane_one_lies_at_the_kerb_and_cyclists_keep_to_its_right() -> None:
    east = lay_out(_CROSSROADS).arms[0]
    assert east.edge_in_m == pytest.approx(6.5)
    assert east.find_lane_in(1, Kind.CAR) == pytest.approx(4.875)
    assert east.find_lane_in(1, Kind.CYCLIST) == pytest.approx(5.6)
    assert east.find_lane_in(0, Kind.CYCLIST) == pytest.approx(8.0)


def test_who_turns_left_leaves_beside_the_middle() -> None:
    plan = lay_out(_CROSSROADS)
    left = plan.way("east", "south", 2, Kind.CAR).path
    assert left.at(np.array([left.length_m])).positions[0] == pytest.approx([-1.625, -100.0])
    right = plan.way("east", "north", 1, Kind.CAR).path
    assert right.at(np.array([right.length_m])).positions[0] == pytest.approx([1.625, 100.0])


def test_the_stop_line_of_a_way_lies_three_metres_before_the_zebra() -> None:
    plan = lay_out(_CROSSROADS)
    way = plan.way("north", "south", 1, Kind.CAR)
    stops_at = way.path.at(np.array([way.stop_m])).positions[0]
    zebra = np.concatenate([stripe for stripe in plan.zebra_stripes if stripe[:, 1].min() > 9])
    assert stops_at[1] == pytest.approx(zebra[:, 1].max() + 3.0)
    line = next(line for line in plan.stop_lines if line[:, 1].min() > 9)
    assert stops_at[1] == pytest.approx(line[:, 1].min())


def test_a_tram_keeps_to_its_rails() -> None:
    plan = lay_out(_PLACES["tram"])
    path = plan.way("east", "west", 1, Kind.TRAM).path
    aside = path.at(np.arange(0.0, 200.0)).positions[:, 1]
    nearest = {round(float(rail[0, 1]), 4) for rail in plan.rails if rail[0, 1] > 0}
    assert nearest == {round(float(aside[0]) + side, 4) for side in (-0.7175, 0.7175)}
    assert np.ptp(aside) == pytest.approx(0.0)


def test_a_refuge_leaves_the_zebra_free() -> None:
    plan = lay_out(_PLACES["islands"])
    for island, crossing in itertools.product(plan.islands, plan.crossings):
        middle = crossing.mean(axis=0, keepdims=True)
        assert not any(_holds(island, middle))


@pytest.mark.parametrize(
    ("arms", "lane", "kind", "message"),
    [
        ({"east": ArmSpec(), "west": ArmSpec()}, 2, Kind.CAR, "lane 2 of the arm east"),
        ({"east": ArmSpec(), "west": ArmSpec()}, 0, Kind.CYCLIST, "the cycle track"),
        ({"east": ArmSpec(), "west": ArmSpec()}, 1, Kind.TRAM, "no tracks"),
        ({"east": ArmSpec(), "west": ArmSpec()}, 1, Kind.PEDESTRIAN, "give points instead"),
    ],
)
def test_ways_that_do_not_exist_are_refused(arms: dict[Arm, ArmSpec], lane: int, kind: Kind, message: str) -> None:
    plan = lay_out(PlaceSpec(arms=arms))
    with pytest.raises(ScenarioError, match=message):
        plan.way("east", "west", lane, kind)


def test_tracks_that_end_at_the_centre_are_refused() -> None:
    with pytest.raises(ScenarioError, match="tram tracks of the arm east end at the centre"):
        lay_out(PlaceSpec(arms={"east": ArmSpec(tram_tracks=True), "west": ArmSpec()}))


def test_a_tram_does_not_turn_back() -> None:
    with pytest.raises(ScenarioError, match="turns back"):
        lay_out(_PLACES["tram"]).way("east", "east", 1, Kind.TRAM)
