import pytest

from safemob.aggregate.counts import Count, Table, add_counts, fill_cells, sum_over_time
from safemob.aggregate.interval import ObservedInterval, RecordingClock

_CLOCK = RecordingClock(interval_min=15, time_zone="Europe/Berlin", wall_start_utc=None)
_FIRST, _SECOND = (ObservedInterval(interval=_CLOCK.interval_at(at_s), coverage_ms=9000) for at_s in (0.0, 900.0))


def _count(number: int, table: Table, *cell: str, seen: ObservedInterval = _FIRST) -> Count:
    return Count(table=table, interval=seen.interval, cell=cell, count=number)


def test_counts_of_the_same_cell_and_interval_add_up() -> None:
    cars = (_count(2, Table.ROAD_USERS, "car"), _count(3, Table.ROAD_USERS, "car"))
    later = _count(1, Table.ROAD_USERS, "car", seen=_SECOND)
    assert add_counts((later, *cars)) == (_count(5, Table.ROAD_USERS, "car"), later)


def test_every_cell_of_an_observed_interval_has_a_row() -> None:
    rows = fill_cells((_count(2, Table.ROAD_USERS, "car"),), (_SECOND, _FIRST))
    # 8 classes, 5 pairs, 5 pairs and 5 types by 3 severities, 4 states, and no reason of exclusion
    assert len(rows) == 2 * (8 + 5 + 15 + 15 + 4)
    assert sum(row.count for row in rows) == 2


def test_what_was_not_observed_has_no_row_and_so_no_zero() -> None:
    rows = fill_cells((), (_SECOND,))
    assert {row.interval for row in rows} == {_SECOND.interval}


def test_a_reason_that_occurs_once_is_a_cell_of_every_interval() -> None:
    rows = fill_cells((_count(1, Table.EXCLUSIONS, "parked"),), (_FIRST, _SECOND))
    assert [row.count for row in rows if row.table is Table.EXCLUSIONS] == [1, 0]


def test_sums_over_time_leave_other_tables_out() -> None:
    counts = (_count(1, Table.STATES, "overlap"), _count(4, Table.STATES, "overlap", seen=_SECOND))
    assert sum_over_time((*counts, _count(9, Table.EXCLUSIONS, "overlap")), Table.STATES) == {("overlap",): 5}


def test_a_cell_with_the_wrong_number_of_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="conflicts-by-pair"):
        _count(1, Table.CONFLICTS_BY_PAIR, "motor-motor")
