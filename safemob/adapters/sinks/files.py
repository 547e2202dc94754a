"""Result files: all of them, complete, or none."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from safemob.adapters.sinks.tables import encode_conflicts_csv, encode_counts_csv, encode_counts_parquet
from safemob.aggregate.analysis import Analysis
from safemob.errors import OutputError

__all__ = ["replace_files", "write_results"]


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
    return replace_files(
        folder,
        {
            "counts.csv": encode_counts_csv(analysis),
            "counts.parquet": encode_counts_parquet(analysis),
            "conflicts.csv": encode_conflicts_csv(analysis),
            "report.html": report.encode(),
        },
    )


def replace_files(folder: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files so that a reader, a full disk or a power cut meets each of them old or new, never half.

    All are written and flushed beside their places first, and only then moved there.

    Args:
        folder: where to; made if missing.
        contents: bytes by file name.

    Returns:
        The files written.

    Raises:
        OutputError: if that fails; files that were there before are left as they were.
    """
    targets = tuple(folder / name for name in contents)
    for target in targets:
        if target.is_dir():
            msg = f"{target} is a folder: move it away, a result file of that name goes there"
            raise OutputError(msg)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
        try:
            for name, content in contents.items():
                _write_durably(staging / name, content)
            for target in targets:
                (staging / target.name).replace(target)
            _flush_folder(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        msg = f"cannot write results to {folder} ({error.strerror or error}): make room, or choose another folder"
        raise OutputError(msg) from error
    return targets


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
