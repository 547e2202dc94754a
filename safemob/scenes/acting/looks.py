"""How large road users are and what colours they have, drawn at random as on a German street.

Sizes are whole bodies without mirrors. People are as tall as the Federal Statistical Office has them (men 1.79 m,
women 1.66 m on average). Nothing is wider than 2.55 m or higher than 4.0 m (§ 32 StVZO) but trams, which reach 2.65
m. Cars are painted as the Federal Motor Transport Authority counted new ones in 2019: 30 % grey or silver, 25 %
black, 21 % white, 11 % blue, 7 % red. Other means and all spreads are this project's choice: what is sold and seen,
and no measurement. None of it was taken from what the analysis assumes.
"""

from collections.abc import Mapping

import numpy as np

from safemob.scenes.scenario import Kind

__all__ = ["draw_colour", "draw_size"]

Size = tuple[float, float, float]
_Colour = tuple[float, float, float]

_VEHICLES: Mapping[Kind, tuple[tuple[float, float, float, float], ...]] = {
    # mean, standard deviation, least and largest of length, width, height in m
    Kind.CAR: ((4.38, 0.33, 3.5, 5.1), (1.80, 0.06, 1.6, 1.98), (1.53, 0.09, 1.38, 1.9)),
    Kind.VAN: ((5.5, 0.55, 4.6, 6.9), (2.0, 0.07, 1.83, 2.17), (2.35, 0.28, 1.85, 2.8)),
    Kind.TRUCK: ((8.6, 1.3, 6.2, 11.5), (2.46, 0.08, 2.25, 2.55), (3.45, 0.28, 2.8, 4.0)),
    Kind.BUS: ((12.0, 0.5, 10.5, 13.5), (2.55, 0.01, 2.5, 2.55), (3.15, 0.12, 2.9, 3.4)),
    Kind.TRAM: ((27.0, 4.0, 20.0, 36.0), (2.42, 0.1, 2.2, 2.65), (3.5, 0.12, 3.2, 3.8)),
}
_RIDDEN: Mapping[Kind, tuple[tuple[float, float, float, float], ...]] = {
    # the same of length and width; height as a share of the rider's
    Kind.CYCLIST: ((1.76, 0.07, 1.6, 1.92), (0.62, 0.05, 0.5, 0.75), (1.0, 0.02, 0.95, 1.05)),
    Kind.E_SCOOTER: ((1.16, 0.05, 1.02, 1.28), (0.56, 0.04, 0.48, 0.66), (1.09, 0.01, 1.06, 1.12)),
    Kind.MOTORCYCLIST: ((2.1, 0.12, 1.8, 2.4), (0.8, 0.05, 0.7, 0.92), (0.9, 0.03, 0.82, 0.98)),
}
_LONG_IS_WIDE = 0.6
"""How far the width of a vehicle goes with its length, as a correlation; van bodies and trucks do the same upwards."""
_WOMEN, _MEN, _CHILDREN = (1.66, 0.07), (1.79, 0.075), (1.32, 0.12)
_CHILD_SHARE, _WOMEN_SHARE = 0.08, 0.5
_MIN_RIDER_M = 1.45
_DEEP, _BROAD = (0.30, 0.02), (0.285, 0.02)
"""How long and broad somebody walking is, arms and stride included, as shares of the height."""

_PAINTS: tuple[tuple[float, _Colour], ...] = (
    (0.27, (0.45, 0.46, 0.48)),
    (0.04, (0.70, 0.71, 0.72)),
    (0.25, (0.05, 0.05, 0.06)),
    (0.20, (0.90, 0.90, 0.89)),
    (0.11, (0.10, 0.18, 0.42)),
    (0.07, (0.58, 0.07, 0.08)),
    (0.03, (0.12, 0.28, 0.18)),
    (0.02, (0.80, 0.42, 0.08)),
    (0.01, (0.85, 0.74, 0.15)),
)
_LORRIES: tuple[tuple[float, _Colour], ...] = (
    (0.52, (0.90, 0.90, 0.89)),
    (0.12, (0.45, 0.46, 0.48)),
    (0.12, (0.10, 0.25, 0.55)),
    (0.10, (0.62, 0.08, 0.08)),
    (0.08, (0.88, 0.72, 0.10)),
    (0.06, (0.12, 0.36, 0.20)),
)
_LINES: tuple[tuple[float, _Colour], ...] = (
    (0.3, (0.70, 0.08, 0.09)),
    (0.25, (0.88, 0.76, 0.15)),
    (0.2, (0.90, 0.90, 0.89)),
    (0.15, (0.13, 0.30, 0.60)),
    (0.1, (0.15, 0.45, 0.28)),
)
_SPREAD = 0.05


def draw_size(kind: Kind, rng: np.random.Generator) -> Size:
    """Length, width and height of the whole body, m."""
    if kind is Kind.PEDESTRIAN:
        height = _draw_person(rng)
        return height * rng.normal(*_DEEP), height * rng.normal(*_BROAD), height
    if kind in _RIDDEN:
        length, width, share = (_draw_within(rng.normal(), row) for row in _RIDDEN[kind])
        return length, width, share * max(_draw_person(rng), _MIN_RIDER_M)
    z = rng.normal()
    alike, other = _LONG_IS_WIDE * z, np.sqrt(1 - _LONG_IS_WIDE**2)
    long, wide, high = _VEHICLES[kind]
    upwards = alike if kind in (Kind.VAN, Kind.TRUCK) else 0.0
    return (
        _draw_within(z, long),
        _draw_within(alike + other * rng.normal(), wide),
        _draw_within(upwards + other * rng.normal(), high),
    )


def draw_colour(kind: Kind, rng: np.random.Generator) -> tuple[float, float, float]:
    """Red, green and blue of the paint or of the clothes, 0 to 1."""
    if kind in (Kind.PEDESTRIAN, Kind.CYCLIST, Kind.E_SCOOTER, Kind.MOTORCYCLIST):
        # Clothes: dark rather than light, seldom loud.
        value, saturation, hue = rng.beta(1.2, 1.8), rng.beta(1.0, 2.5), rng.uniform()
        rgb = value * (1 - saturation * (0.5 + 0.5 * np.cos(2 * np.pi * (hue + np.array([0.5, 1 / 6, 5 / 6])))))
    else:
        paints = _LORRIES if kind in (Kind.VAN, Kind.TRUCK) else _LINES if kind in (Kind.BUS, Kind.TRAM) else _PAINTS
        shares = np.array([share for share, _ in paints])
        rgb = np.array(paints[rng.choice(len(paints), p=shares / shares.sum())][1])
    red, green, blue = np.clip(rgb + rng.normal(0.0, _SPREAD, 3), 0.02, 0.98).tolist()
    return red, green, blue


def _draw_person(rng: np.random.Generator) -> float:
    if rng.random() < _CHILD_SHARE:
        return float(np.clip(rng.normal(*_CHILDREN), 1.05, 1.6))
    return float(np.clip(rng.normal(*(_WOMEN if rng.random() < _WOMEN_SHARE else _MEN)), 1.45, 2.02))


def _draw_within(z: float, row: tuple[float, float, float, float]) -> float:
    mean, deviation, least, largest = row
    return float(np.clip(mean + z * deviation, least, largest))
