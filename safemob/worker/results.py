"""The results of a job, drawn and written. Imported when there are some: what draws and writes takes memory and time.

The libraries that this module brings along are of the desk and could be missing, which a job has to know before it
works for hours.
"""

from pathlib import Path

from safemob.adapters.sinks.files import write_results
from safemob.aggregate.analysis import Analysis
from safemob.aggregate.report import render_report
from safemob.site import Site
from safemob.worker.view import draw_site_view

__all__ = ["save_results"]


def save_results(analysis: Analysis, site: Site, folder: Path) -> tuple[Path, ...]:
    """Render the report and write every result file, replacing older ones.

    Returns:
        The files written, the report last.

    Raises:
        OutputError: if they cannot be written; older results are left as they were.
    """
    return write_results(analysis, render_report(analysis, draw_site_view(site)), folder)
