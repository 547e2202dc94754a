"""Distributions as counts: where road users passed, how fast they were, how close encounters came."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique
from math import isfinite

from pydantic import with_config

from safemob.aggregate.interval import STORED

__all__ = ["DensityGrid", "DensityLayer", "Histogram", "Quantity", "add_densities", "add_histograms", "tally"]


@unique
class Quantity(Enum):
    """What a histogram is of; its bins are fixed so that files add up: (width of a bin, number of bins), from 0."""

    SPEED_KMH = "speed_kmh"
    TTC_MIN_S = "ttc_min_s"
    PET_S = "pet_s"

    @property
    def bin_width(self) -> float:
        """Width of one bin, in the unit of the name."""
        return 2.0 if self is Quantity.SPEED_KMH else 0.25

    @property
    def bin_count(self) -> int:
        """Number of bins; values past the last are counted apart."""
        return 60 if self is Quantity.SPEED_KMH else 32


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How often a quantity fell into each of its bins.

    Attributes:
        quantity: what was measured.
        group: of whom: a road user class for speeds, a severity for indicators.
        counts: per bin.
        beyond: at or past the last edge.
        absent: without a value: a road user that never moved, an encounter without a collision course or PET.
    """

    quantity: Quantity
    group: str
    counts: tuple[int, ...]
    beyond: int
    absent: int

    def __post_init__(self) -> None:
        if len(self.counts) != self.quantity.bin_count:
            msg = f"a histogram of {self.quantity.value} has {len(self.counts)} bins, not {self.quantity.bin_count}"
            raise ValueError(msg)

    @property
    def total(self) -> int:
        """How many values it holds, those without one left out."""
        return sum(self.counts) + self.beyond

    def quantile(self, share: float) -> float | None:
        """The value that a share of the values lies below, linear inside a bin; None if empty or past the last bin.

        >>> counts = (0, 4) + (0,) * 58
        >>> Histogram(quantity=Quantity.SPEED_KMH, group="car", counts=counts, beyond=0, absent=0).quantile(0.5)
        3.0
        """
        wanted, below = share * self.total, 0
        for index, count in enumerate(self.counts):
            if count and below + count >= wanted:
                return (index + (wanted - below) / count) * self.quantity.bin_width
            below += count
        return None


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class DensityLayer:
    """How many road users of one group passed each cell: (column, row, count), cells that nobody passed left out."""

    group: str
    cells: tuple[tuple[int, int, int], ...]


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class DensityGrid:
    """Where road users passed. Cell (i, j) covers x from i·cell_m and y from j·cell_m in site coordinates."""

    cell_m: float
    layers: tuple[DensityLayer, ...]


def tally(quantity: Quantity, group: str, values: Iterable[float]) -> Histogram:
    """Count values into the bins of their quantity; inf and nan count as absent."""
    counts, beyond, absent = [0] * quantity.bin_count, 0, 0
    for value in values:
        if not isfinite(value):
            absent += 1
        elif value >= quantity.bin_width * quantity.bin_count:
            beyond += 1
        else:
            counts[int(value / quantity.bin_width)] += 1
    return Histogram(quantity=quantity, group=group, counts=tuple(counts), beyond=beyond, absent=absent)


def add_histograms(histograms: Iterable[Histogram]) -> tuple[Histogram, ...]:
    """Add up the histograms of the same quantity and group, in that order."""
    grouped: defaultdict[tuple[str, str], list[Histogram]] = defaultdict(list)
    for histogram in histograms:
        grouped[histogram.quantity.value, histogram.group].append(histogram)
    return tuple(
        Histogram(
            quantity=same[0].quantity,
            group=group,
            counts=tuple(map(sum, zip(*(one.counts for one in same), strict=True))),
            beyond=sum(one.beyond for one in same),
            absent=sum(one.absent for one in same),
        )
        for (_, group), same in sorted(grouped.items())
    )


def add_densities(grids: Iterable[DensityGrid]) -> DensityGrid:
    """Add up grids cell by cell.

    Raises:
        ValueError: if they do not share a cell size.
    """
    totals: defaultdict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    sizes = set()
    for grid in grids:
        sizes.add(grid.cell_m)
        for layer in grid.layers:
            totals[layer.group].update({(i, j): count for i, j, count in layer.cells})
    if len(sizes) != 1:
        msg = f"density grids with cells of {sorted(sizes)} m do not add up"
        raise ValueError(msg)
    layers = (
        DensityLayer(group=group, cells=tuple((*cell, count) for cell, count in sorted(cells.items())))
        for group, cells in sorted(totals.items())
    )
    return DensityGrid(cell_m=sizes.pop(), layers=tuple(layers))
