"""Counts: how many of what in which interval. Tables, their cells, and how counts add up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from itertools import product

from pydantic import with_config

from safemob.aggregate.interval import STORED, Interval, ObservedInterval
from safemob.taxonomy import ConflictType, EncounterState, RoadUserClass, RoadUserPair, Severity

__all__ = ["DIMENSIONS", "LISTED_SEVERITIES", "Count", "Table", "add_counts", "fill_cells", "sum_over_time"]


@unique
class Table(Enum):
    """What is counted. Each road user or encounter falls into exactly one cell of a table."""

    ROAD_USERS = "road-users"
    ENCOUNTERS = "encounters"
    CONFLICTS_BY_PAIR = "conflicts-by-pair"
    CONFLICTS_BY_TYPE = "conflicts-by-type"
    STATES = "encounter-states"
    EXCLUSIONS = "exclusions"


DIMENSIONS: dict[Table, tuple[str, ...]] = {
    Table.ROAD_USERS: ("road_user_class",),
    Table.ENCOUNTERS: ("pair",),
    Table.CONFLICTS_BY_PAIR: ("pair", "severity"),
    Table.CONFLICTS_BY_TYPE: ("conflict_type", "severity"),
    Table.STATES: ("state",),
    Table.EXCLUSIONS: ("reason",),
}
"""What the labels of a cell mean, in their order: the column names of the count files."""

LISTED_SEVERITIES = (Severity.RECORD, Severity.CONFLICT, Severity.SERIOUS)

_PAIRS = tuple(pair.value for pair in RoadUserPair)
_SEVERITIES = tuple(severity.label for severity in LISTED_SEVERITIES)
_CELLS: dict[Table, tuple[tuple[str, ...], ...]] = {
    Table.ROAD_USERS: tuple((road_user.label,) for road_user in RoadUserClass),
    Table.ENCOUNTERS: tuple((pair,) for pair in _PAIRS),
    Table.CONFLICTS_BY_PAIR: tuple(product(_PAIRS, _SEVERITIES)),
    Table.CONFLICTS_BY_TYPE: tuple(product((kind.value for kind in ConflictType), _SEVERITIES)),
    Table.STATES: tuple((state.value,) for state in EncounterState),
}


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One number.

    Attributes:
        table: what is counted.
        interval: when.
        cell: the labels of the cell, as `DIMENSIONS` names them.
        count: how many.
    """

    table: Table
    interval: Interval
    cell: tuple[str, ...]
    count: int

    def __post_init__(self) -> None:
        if len(self.cell) != len(DIMENSIONS[self.table]):
            msg = f"a cell of {self.table.value} has labels {self.cell}, expected {DIMENSIONS[self.table]}"
            raise ValueError(msg)


def add_counts(counts: Iterable[Count]) -> tuple[Count, ...]:
    """Add up the counts of the same cell and interval, in order of table, time and cell; cells of zero drop out."""
    totals: Counter[tuple[Table, Interval, tuple[str, ...]]] = Counter()
    for count in counts:
        totals[count.table, count.interval, count.cell] += count.count
    tables = list(Table)
    added = (Count(table=key[0], interval=key[1], cell=key[2], count=total) for key, total in totals.items() if total)
    return tuple(sorted(added, key=lambda count: (tables.index(count.table), count.interval.start_s, count.cell)))


def fill_cells(counts: Sequence[Count], observed: Iterable[ObservedInterval]) -> tuple[Count, ...]:
    """Every cell of every observed interval, with its zeros. What was not observed gets no row, never a zero.

    Reasons of exclusion are an open list: those that occur anywhere are the cells of their table.
    """
    known = {(count.table, count.interval, count.cell): count.count for count in counts}
    reasons = tuple(sorted({count.cell for count in counts if count.table is Table.EXCLUSIONS}))
    cells = {**_CELLS, Table.EXCLUSIONS: reasons}
    intervals = sorted((seen.interval for seen in observed), key=lambda interval: interval.start_s)
    return tuple(
        Count(table=table, interval=interval, cell=cell, count=known.get((table, interval, cell), 0))
        for table in Table
        for interval in intervals
        for cell in cells[table]
    )


def sum_over_time(counts: Iterable[Count], table: Table) -> Counter[tuple[str, ...]]:
    """The counts of one table by cell, all intervals together; a missing cell counts zero."""
    totals: Counter[tuple[str, ...]] = Counter()
    for count in counts:
        if count.table is table:
            totals[count.cell] += count.count
    return totals
