"""Vehicles drawn from their makers' data sheets, point by point, stand where they stand."""

from dataclasses import replace

import numpy as np
import pytest
from simulated_drives import make_camera

from safemob.individual.arrays import Floats
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.footprint import Expectation, estimate_footprints
from safemob.taxonomy import RoadUserClass

CAMERA = make_camera(8.0, 15.0, 1000.0)
AROUND = np.linspace(0.0, 2 * np.pi, 73)


def roll(axles: list[float], half_track: float, radius: float) -> Floats:
    """Tyres, m: x forward, y to the left, z up."""
    return np.array(
        [
            [x + radius * np.cos(turn), side * half_track, radius + radius * np.sin(turn)]
            for x in axles
            for side in (-1, 1)
            for turn in AROUND
        ]
    )


def outline(half_widths: list[tuple[float, float, float]]) -> Floats:
    """Both flanks through (x, z, half the width), m."""
    return np.array([[x, side * half, z] for x, z, half in half_widths for side in (-1, 1)])


# Volkswagen Golf 8: 4.284 × 1.789 × 1.456 m, wheelbase 2.636 m, tyres 205/55 R 16.
GOLF = np.concatenate(
    [
        roll([1.29, -1.346], 0.877, 0.316),
        outline([(2.06, 0.20, 0.70), (2.142, 0.45, 0.66), (1.95, 0.78, 0.76), (1.4, 0.20, 0.89), (1.4, 0.75, 0.894)]),
        outline(
            [(-2.04, 0.22, 0.74), (-2.142, 0.50, 0.70), (-2.0, 0.90, 0.75), (-1.4, 0.20, 0.89), (-1.4, 0.9, 0.894)]
        ),
        outline([(0.3, 1.45, 0.55), (-0.4, 1.456, 0.56), (-1.6, 1.36, 0.53)]),
    ]
)
# Mercedes-Benz Citaro: 11.95 × 2.55 × 3.076 m with its air conditioning, wheelbase 5.845 m, overhangs 2.705 m and
# 3.400 m, angles of approach and departure of 7°, tyres 275/70 R 22.5.
CITARO = np.concatenate(
    [
        roll([3.27, -2.575], 1.22, 0.478),
        outline([(5.8, 0.32, 1.15), (5.975, 0.45, 1.0), (5.5, 0.31, 1.275), (5.5, 2.75, 1.275), (5.8, 2.75, 1.15)]),
        outline([(-5.9, 0.41, 1.2), (-5.975, 0.55, 1.1), (-5.6, 0.38, 1.275), (-5.7, 2.75, 1.275), (-5.9, 2.75, 1.15)]),
        outline([(2.5, 3.076, 0.9), (-3.5, 3.076, 0.9)]),
    ]
)


def show(body: Floats, place: tuple[float, float], heading: float, camera: Camera) -> Floats:
    """(1, 4) the box of a body."""
    cosine, sine = np.cos(heading), np.sin(heading)
    turned = body @ np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    pixels = camera.project(turned + np.array([*place, 0.0]))
    return np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])[None]


@pytest.mark.parametrize("reach_m", [16.0, 24.0, 36.0])
@pytest.mark.parametrize("heading", [-np.pi / 2, np.pi / 2, 0.6, 0.0])
@pytest.mark.parametrize(
    ("kind", "body", "size", "within_m"),
    [
        (RoadUserClass.CAR, GOLF, (4.284, 1.789, 1.456), 0.2),
        (RoadUserClass.BUS, CITARO, (11.95, 2.55, 3.076), 0.30),
    ],
)
def test_vehicle_of_known_size_stands_where_its_data_sheet_puts_it(
    kind: RoadUserClass, body: Floats, size: tuple[float, float, float], within_m: float, heading: float, reach_m: float
) -> None:
    classes = np.array([int(kind)])
    expected = replace(
        Expectation.of_classes(classes),
        headings=np.array([heading]),
        heading_sds=np.array([0.02]),
        sizes=np.array([size]),
        size_sds=np.full((1, 3), 0.02),
    )
    found = estimate_footprints(show(body, (0.0, reach_m), heading, CAMERA), classes, CAMERA, expected)
    assert np.linalg.norm(found.positions[0] - [0.0, reach_m]) < within_m
