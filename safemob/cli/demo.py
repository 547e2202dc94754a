"""`safemob demo`: the main job on a clip and with a model that come with safemob, nothing fetched."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]

_CLIP = "busy-crossroads"
_MODEL = "safemob-demo.onnx"


def demo(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("results/demo"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")] = False,
) -> None:
    """Analyse the bundled clip with the bundled model, offline, and say which report to open.

    The clip is rendered (sample_videos/README.md), so what happens in it is known exactly, and nobody in it is real.
    The model knows rendered scenes only: real streets need another one (docs/models.md).
    """
    from safemob.adapters.bundled import find_bundled  # noqa: PLC0415  (heavy: loaded when the command runs)
    from safemob.cli.analyse import report_outcome  # noqa: PLC0415  (start-up time)
    from safemob.cli.progress import follow_progress  # noqa: PLC0415  (start-up time)
    from safemob.worker.job import Job, run_job  # noqa: PLC0415  (start-up time)

    clip = find_bundled("sample_videos") / _CLIP
    job = Job(
        videos=(clip / "film.mp4",),
        site=clip / "site.toml",
        model=find_bundled("models") / _MODEL,
        out=out,
        overlay=out / "overlay.mp4",
        overwrite=overwrite,
    )
    with follow_progress() as begin:
        outcome = run_job(job, begin)
    report_outcome(outcome, job.overlay)
