"""Result files: all of them, complete, or none."""

from pathlib import Path

from safemob.adapters.sinks import RESULT_FILES
from safemob.adapters.sinks.tables import encode_conflicts_csv, encode_counts_csv, encode_counts_parquet
from safemob.adapters.whole_files import replace_files
from safemob.aggregate.analysis import Analysis

__all__ = ["write_results"]


def write_results(analysis: Analysis, report: str, folder: Path) -> tuple[Path, ...]:
    """Write counts.csv, counts.parquet, conflicts.csv and report.html, replacing older ones.

    Args:
        analysis: what to write.
        report: the page of `safemob.aggregate.report.render_report`.
        folder: where to; made if missing.

    Returns:
        The files written.

    Raises:
        OutputError: if they cannot be written; older results are left as they were.
    """
    encoded = (
        encode_counts_csv(analysis),
        encode_counts_parquet(analysis),
        encode_conflicts_csv(analysis),
        report.encode(),
    )
    return replace_files(folder, dict(zip(RESULT_FILES, encoded, strict=True)))
