from collections.abc import Mapping
from itertools import pairwise

import cv2
import numpy as np
import pytest

from safemob.scenes.acting.camera import aim_camera
from safemob.scenes.drawing.ground import paint_ground
from safemob.scenes.drawing.light import Light
from safemob.scenes.drawing.optics import View
from safemob.scenes.drawing.shade import KERB_M, chart_ground
from safemob.scenes.drawing.surroundings import Surroundings, build_surroundings
from safemob.scenes.place.roads import Plan, lay_out
from safemob.scenes.scenario import Arm, ArmSpec, CameraSpec, LightSpec, PlaceSpec, VideoSpec

_ARMS: Mapping[Arm, ArmSpec] = {"north": ArmSpec(zebra=True, island=True), "south": ArmSpec(), "east": ArmSpec()}
_PLACE = PlaceSpec(arms=dict(_ARMS), buildings=1.0, trees=1.0, poles=[[9.0, 9.0]])
_EYE = np.array([14.0, -14.0, 9.0])


@pytest.fixture(scope="module")
def plan() -> Plan:
    return lay_out(_PLACE)


def _build(plan: Plan, seed: int) -> Surroundings:
    return build_surroundings(_PLACE, plan, _EYE, (0.0, 0.0), np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(4))
def test_nothing_stands_on_the_carriageway(plan: Plan, seed: int) -> None:
    for points in _build(plan, seed).casters:
        low = points[points[:, 2] < 1.5]
        for x, y, _ in low:
            for polygon in plan.carriageway:
                inside = cv2.pointPolygonTest(polygon.astype(np.float32), (float(x), float(y)), measureDist=True)
                assert inside <= 0


@pytest.mark.parametrize("seed", range(4))
def test_houses_and_trees_leave_the_intersection_in_sight(plan: Plan, seed: int) -> None:
    sight = -_EYE[:2]
    for points in _build(plan, seed).casters:
        if np.ptp(points[:, :2], axis=0).max() < 1.8:  # posts are where they are
            continue
        away = points[:, :2] - _EYE[:2]
        near = np.hypot(*away.T) < np.hypot(*sight) + 8
        turned = np.abs(np.arctan2(away[:, 0] * sight[1] - away[:, 1] * sight[0], away @ sight))
        assert not np.any(near & (turned < 0.5))


def test_posts_stand_where_the_scenario_wants_them(plan: Plan) -> None:
    feet = [
        points[points[:, 2] < 0.01][:, :2].mean(axis=0)
        for points in _build(plan, 0).casters
        if points[:, 2].min() < 0.01
    ]
    assert min(np.hypot(*(foot - (9.0, 9.0))) for foot in feet) < 0.1


def test_the_chart_knows_pavements_and_shadows(plan: Plan) -> None:
    shade = chart_ground(plan, [np.array([[2.0, 10.0], [6.0, 10.0], [6.0, 14.0], [2.0, 14.0]])])
    island = plan.islands[0].mean(axis=0)
    places = np.array([[4.0, 12.0], [12.0, 4.0], island, [0.0, 0.0], [500.0, 0.0]])
    assert shade.lit(places) == pytest.approx([0, 1, 1, 1, 1])
    assert shade.heights(places)[2:] == pytest.approx([KERB_M, 0, 0], abs=1e-3)


def test_paint_lies_where_the_plan_says(plan: Plan) -> None:
    spec = CameraSpec(position_m=[14.0, -14.0], height_m=9.0, aim_m=[0.0, 5.0], view_deg=60)
    view = View(aim_camera(spec, VideoSpec(width_px=640, height_px=360)))
    light = Light(LightSpec(hour="overcast"))
    plate, shaded = paint_ground(view, plan, light, [], np.random.default_rng(0))
    stripes = [stripe.mean(axis=0) for stripe in plan.zebra_stripes]
    gaps = [(one + other) / 2 for one, other in pairwise(stripes) if np.hypot(*(one - other)) < 1.2]

    def look(places: list[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> float:
        solid = np.column_stack([np.array(places), np.zeros(len(places))])
        columns, rows = np.floor(view.to_wide(view.to_camera(solid))).astype(int).T
        return float(plate[rows, columns].mean())

    assert look(stripes) > 1.4 * look(gaps)
    assert shaded.mean() < plate.mean()
