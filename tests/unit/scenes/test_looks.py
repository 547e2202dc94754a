"""Sizes and colours."""

import numpy as np
import pytest

from safemob.scenes.acting.looks import draw_colour, draw_size
from safemob.scenes.scenario import Kind

_DRAWS = 2000


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_generator_draws_the_same(kind: Kind) -> None:
    one, other = (
        (draw_size(kind, rng), draw_colour(kind, rng)) for rng in (np.random.default_rng(5), np.random.default_rng(5))
    )
    assert one == other


@pytest.mark.parametrize("kind", list(Kind))
def test_sizes_differ_and_nobody_is_wider_than_allowed(kind: Kind) -> None:
    rng = np.random.default_rng(1)
    sizes = np.array([draw_size(kind, rng) for _ in range(_DRAWS)])
    assert (sizes > 0.25).all()
    assert sizes[:, 0].std() > 0.02
    assert sizes[:, 1].max() <= (2.65 if kind is Kind.TRAM else 2.55)
    assert sizes[:, 2].max() <= 4.0


def test_cars_are_as_large_as_cars() -> None:
    rng = np.random.default_rng(2)
    length, width, height = np.mean([draw_size(Kind.CAR, rng) for _ in range(_DRAWS)], axis=0)
    assert length == pytest.approx(4.38, abs=0.03)
    assert width == pytest.approx(1.80, abs=0.01)
    assert height == pytest.approx(1.53, abs=0.02)


def test_longer_cars_are_wider() -> None:
    rng = np.random.default_rng(3)
    lengths, widths, _ = np.array([draw_size(Kind.CAR, rng) for _ in range(_DRAWS)]).T
    assert np.corrcoef(lengths, widths)[0, 1] == pytest.approx(0.6, abs=0.08)


def test_there_are_children_and_adults() -> None:
    rng = np.random.default_rng(4)
    heights = np.array([draw_size(Kind.PEDESTRIAN, rng)[2] for _ in range(_DRAWS)])
    assert 0.04 < (heights < 1.45).mean() < 0.12
    assert np.median(heights) == pytest.approx(1.71, abs=0.03)


@pytest.mark.parametrize("kind", list(Kind))
def test_colours_are_colours(kind: Kind) -> None:
    rng = np.random.default_rng(6)
    colours = np.array([draw_colour(kind, rng) for _ in range(200)])
    assert colours.min() >= 0
    assert colours.max() <= 1
    assert colours.std(axis=0).min() > 0.05
