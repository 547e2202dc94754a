"""Counts and the review list as CSV and Parquet bytes. What every column means: docs/results.md."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from safemob.aggregate.analysis import Analysis
from safemob.aggregate.counts import DIMENSIONS, fill_cells
from safemob.aggregate.review import ReviewLine

__all__ = ["encode_conflicts_csv", "encode_counts_csv", "encode_counts_parquet"]

_Value: TypeAlias = str | int | float | datetime | None
_LABELS = ("road_user_class", "pair", "conflict_type", "severity", "state", "reason")
_COUNT_SCHEMA = pa.schema(
    [
        ("policy", pa.string()),
        ("release", pa.string()),
        ("site", pa.string()),
        ("table", pa.string()),
        ("start_s", pa.float64()),
        ("end_s", pa.float64()),
        ("start_utc", pa.timestamp("us", tz="UTC")),
        ("end_utc", pa.timestamp("us", tz="UTC")),
        ("coverage_s", pa.float64()),
        *((label, pa.string()) for label in _LABELS),
        ("count", pa.int64()),
    ]
)
_REVIEW_COLUMNS = tuple(field.name for field in fields(ReviewLine))
_HALF_A_MILLISECOND = timedelta(microseconds=500)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def encode_counts_csv(analysis: Analysis) -> bytes:
    """Every cell of every observed interval, one per line."""
    return _encode_csv(_COUNT_SCHEMA.names, _count_rows(analysis))


def encode_counts_parquet(analysis: Analysis) -> bytes:
    """The same rows with their types; what is empty in the CSV is null here."""
    rows = [dict(zip(_COUNT_SCHEMA.names, row, strict=True)) for row in _count_rows(analysis)]
    table = pa.Table.from_pylist(rows, schema=_COUNT_SCHEMA)
    mark = {"policy": analysis.policy, "release": analysis.release}
    content = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(mark), content)
    return content.getvalue()


def encode_conflicts_csv(analysis: Analysis) -> bytes:
    """The review list, numbered as in the report."""
    rows = (
        (analysis.policy, analysis.release, number, *(getattr(line, name) for name in _REVIEW_COLUMNS))
        for number, line in enumerate(analysis.review, start=1)
    )
    return _encode_csv(("policy", "release", "number", *_REVIEW_COLUMNS), rows)


def _count_rows(analysis: Analysis) -> Iterator[tuple[_Value, ...]]:
    coverage_s = {seen.interval: seen.coverage_ms / 1000 for seen in analysis.observed}
    for count in fill_cells(analysis.counts, analysis.observed):
        interval = count.interval
        labels = dict(zip(DIMENSIONS[count.table], count.cell, strict=True))
        yield (
            analysis.policy,
            analysis.release,
            analysis.method.site_id,
            count.table.value,
            interval.start_s,
            interval.end_s,
            interval.start_utc,
            interval.end_utc,
            coverage_s[interval],
            *(labels.get(label) for label in _LABELS),
            count.count,
        )


def _encode_csv(header: Iterable[str], rows: Iterable[Iterable[_Value]]) -> bytes:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_format(value) for value in row] for row in rows)
    return content.getvalue().encode()


def _format(value: _Value) -> str:
    """A value as CSV text: three decimals, ISO 8601 in UTC, and no text that a spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) + _HALF_A_MILLISECOND).isoformat(timespec="milliseconds")
    if isinstance(value, float):
        return f"{value:.3f}"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text
