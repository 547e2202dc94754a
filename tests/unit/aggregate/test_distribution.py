from math import inf, nan

import pytest

from safemob.aggregate.distribution import DensityGrid, DensityLayer, Quantity, add_densities, add_histograms, tally


def test_values_fall_into_half_open_bins() -> None:
    histogram = tally(Quantity.TTC_MIN_S, "none", [0.0, 0.2499, 0.25, 7.999, 8.0, inf, nan])
    assert histogram.counts[:2] == (2, 1)
    assert histogram.counts[-1] == 1
    assert (histogram.beyond, histogram.absent, histogram.total) == (1, 2, 5)


def test_quantiles_are_read_inside_a_bin() -> None:
    assert tally(Quantity.SPEED_KMH, "car", [31.0] * 10).quantile(0.85) == pytest.approx(31.7)


def test_an_empty_histogram_has_no_quantile() -> None:
    assert tally(Quantity.SPEED_KMH, "car", [nan]).quantile(0.5) is None


def test_a_quantile_past_the_last_bin_is_unknown() -> None:
    assert tally(Quantity.SPEED_KMH, "car", [500.0, 10.0]).quantile(0.9) is None


def test_histograms_add_up_by_quantity_and_group() -> None:
    car, bus = tally(Quantity.SPEED_KMH, "car", [31.0, inf]), tally(Quantity.SPEED_KMH, "bus", [31.0])
    added = add_histograms((car, bus, car))
    assert [(one.group, one.total, one.absent) for one in added] == [("bus", 1, 0), ("car", 2, 2)]


def test_densities_add_up_cell_by_cell() -> None:
    first = DensityGrid(cell_m=0.5, layers=(DensityLayer(group="motor", cells=((0, 0, 2), (-3, 1, 1))),))
    second = DensityGrid(cell_m=0.5, layers=(DensityLayer(group="motor", cells=((0, 0, 5),)),))
    (layer,) = add_densities((first, second)).layers
    assert layer.cells == ((-3, 1, 1), (0, 0, 7))


def test_densities_of_different_cells_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[0\.5, 1\.0\]"):
        add_densities((DensityGrid(cell_m=0.5, layers=()), DensityGrid(cell_m=1.0, layers=())))
