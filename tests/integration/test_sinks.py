import csv
import io
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from safemob.adapters.sinks.files import write_results
from safemob.adapters.sinks.tables import encode_conflicts_csv, encode_counts_csv, encode_counts_parquet
from safemob.adapters.whole_files import replace_files
from safemob.aggregate.analysis import SCHEMA, Analysis, Method
from safemob.aggregate.counts import Count, Table, add_counts
from safemob.aggregate.distribution import DensityGrid
from safemob.aggregate.interval import ObservedInterval, RecordingClock
from safemob.aggregate.review import ReviewLine
from safemob.errors import OutputError

_NAMES = ("conflicts.csv", "counts.csv", "counts.parquet", "report.html")


def _analysis(*, wall_start: datetime | None = datetime(2024, 5, 3, 5, 0, tzinfo=UTC), file: str = "a.mp4") -> Analysis:
    clock = RecordingClock(interval_min=15, time_zone="Europe/Berlin", wall_start_utc=wall_start)
    intervals = [clock.interval_at(at_s) for at_s in (0.0, 1800.0)]
    line = ReviewLine(
        file=file,
        media_time_s=12.34567,
        time_s=12.34567,
        wall_time_utc=clock.wall_time(12.34567),
        pair="motor-cyclist",
        class_first="cyclist",
        class_second="car",
        conflict_type="turning",
        severity="serious",
        state="assessed",
        ttc_min_s=inf,
        pet_s=-0.75,
        drac_max_mps2=None,
        distance_min_m=0.4,
        closing_speed_mps=5.0,
        speed_first_mps=4.0,
        speed_second_mps=8.0,
        angle_deg=90.0,
        x_m=-3.0,
        y_m=4.0,
    )
    return Analysis(
        schema=SCHEMA,
        policy="local",
        release="not for release",
        method=Method(
            site_id="demo",
            model_name="m.onnx",
            model_sha256="0" * 64,
            preset="safemob-1",
            rules=(),
            ttc_marks_s=(),
            pet_marks_s=(),
            versions=(),
        ),
        clock=clock,
        files=(),
        observed=tuple(ObservedInterval(interval=one, coverage_ms=450_500) for one in intervals),
        counts=add_counts(
            [
                Count(table=Table.ROAD_USERS, interval=intervals[0], cell=("car",), count=3),
                Count(table=Table.CONFLICTS_BY_PAIR, interval=intervals[1], cell=("motor-cyclist", "serious"), count=1),
            ]
        ),
        review=(line,),
        density=DensityGrid(cell_m=0.5, layers=()),
        histograms=(),
    )


def _read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


@contextmanager
def _at_most(size: int) -> Iterator[None]:
    """Files that grow past a size fail, as they do on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_counts_begin_with_policy_and_release_mark() -> None:
    rows = _read(encode_counts_csv(_analysis()))
    assert list(rows[0])[:2] == ["policy", "release"]
    assert {(row["policy"], row["release"]) for row in rows} == {("local", "not for release")}


def test_a_count_lies_in_its_row_with_its_time_and_coverage() -> None:
    (row,) = [row for row in _read(encode_counts_csv(_analysis())) if row["severity"] and row["count"] != "0"]
    assert (row["table"], row["pair"], row["severity"]) == ("conflicts-by-pair", "motor-cyclist", "serious")
    assert (row["start_s"], row["end_s"], row["coverage_s"]) == ("1800.000", "2700.000", "450.500")
    assert (row["start_utc"], row["road_user_class"]) == ("2024-05-03T05:30:00.000+00:00", "")


def test_an_interval_that_was_not_observed_has_no_rows() -> None:
    assert {row["start_s"] for row in _read(encode_counts_csv(_analysis()))} == {"0.000", "1800.000"}


@pytest.mark.parametrize("wall_start", [None, datetime(2024, 5, 3, 5, 0, tzinfo=UTC)])
def test_parquet_holds_the_rows_of_the_csv_with_their_types(wall_start: datetime | None) -> None:
    analysis = _analysis(wall_start=wall_start)
    table = pq.read_table(io.BytesIO(encode_counts_parquet(analysis)))
    rows = _read(encode_counts_csv(analysis))
    assert table.column_names == list(rows[0])
    assert table.schema.field("count").type == pa.int64()
    assert table.schema.field("start_utc").type == pa.timestamp("us", tz="UTC")
    assert table.schema.metadata[b"release"] == b"not for release"
    for typed, row in zip(table.to_pylist(), rows, strict=True):
        for name, text in row.items():
            value = typed[name]
            if isinstance(value, float):
                assert value == float(text)
            elif isinstance(value, datetime):
                assert value == datetime.fromisoformat(text)
            else:
                assert text == ("" if value is None else str(value))


def test_infinity_is_written_out_and_the_unknown_is_empty() -> None:
    (row,) = _read(encode_conflicts_csv(_analysis()))
    assert (row["number"], row["ttc_min_s"], row["pet_s"], row["drac_max_mps2"]) == ("1", "inf", "-0.750", "")
    assert (row["media_time_s"], row["wall_time_utc"]) == ("12.346", "2024-05-03T05:00:12.346+00:00")


def test_without_wall_time_its_columns_are_empty() -> None:
    (row,) = _read(encode_conflicts_csv(_analysis(wall_start=None)))
    assert row["wall_time_utc"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_takes_no_file_name_for_a_formula(start: str) -> None:
    (row,) = _read(encode_conflicts_csv(_analysis(file=f'{start}HYPERLINK("x"),1.mp4')))
    assert row["file"] == f'\'{start}HYPERLINK("x"),1.mp4'
    assert row["x_m"] == "-3.000"


def test_the_same_analysis_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_results(_analysis(), "<p>", tmp_path / folder)
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in _NAMES)


def test_results_are_complete_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "results"
    written = write_results(_analysis(), "<p>ä</p>", folder)
    assert sorted(path.name for path in written) == sorted(path.name for path in folder.iterdir()) == list(_NAMES)
    assert (folder / "report.html").read_text(encoding="utf-8") == "<p>ä</p>"


def test_a_disk_that_fills_up_leaves_older_results_as_they_were(tmp_path: Path) -> None:
    write_results(_analysis(), "<p>old</p>", tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with _at_most(20_000), pytest.raises(OutputError, match=r"cannot be written .*make room"):
        write_results(_analysis(file="new.mp4"), "<p>" + 30_000 * "x", tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("not a folder")
    with pytest.raises(OutputError, match="results"):
        write_results(_analysis(), "<p>", tmp_path / "results")
    assert (tmp_path / "results").read_text() == "not a folder"


def test_a_folder_in_the_place_of_a_file_stops_everything_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "conflicts.csv").mkdir()
    with pytest.raises(OutputError, match=r"conflicts\.csv is a folder"):
        write_results(_analysis(), "<p>", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["conflicts.csv"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="Not a directory"):
        replace_files(tmp_path / "file" / "out", {"a.json": b"{}"})
    assert (tmp_path / "file").read_text() == "in the way"
