"""The job behind `safemob analyse`: check what is asked for, take up what is finished, run, write the results."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from zoneinfo import ZoneInfo

from safemob.adapters.detectors.network import Runtime
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.sinks import RESULT_FILES
from safemob.adapters.site_file import load_site
from safemob.adapters.sources.recording import Recording
from safemob.adapters.whole_files import check_target
from safemob.aggregate.analysis import Analysis, combine
from safemob.aggregate.interval import RecordingClock
from safemob.errors import InterruptionError, OutputError, SafemobError, UsageError
from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.site import Site
from safemob.worker.cadence import check_cadence
from safemob.worker.memory import return_freed_memory
from safemob.worker.method import describe_method
from safemob.worker.parts import Parts, hash_file, hold_folder
from safemob.worker.recorded import Progress, RecordedRun

__all__ = ["Job", "Outcome", "run_job"]

_DESK = ("jinja2", "matplotlib", "pyarrow")
"""What draws and writes results; an overlay takes supervision as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to analyse, with what, and where the results go.

    Attributes:
        videos: files in order, or folders of them.
        site, model: paths of the site file and the ONNX model.
        out: folder of the results.
        start: wall time of the first frame, in the site's time zone if it names none; None to take it from side
            files or file names.
        times: side file of frame times for a single video.
        interval_min: length of the counting intervals.
        detect_every: look for road users in every Nth frame only.
        runtime: what runs the model.
        overlay: where to write the overlay; None for none.
        resume: go on after the finished parts in `out`.
        overwrite: replace what is in `out`.
    """

    videos: tuple[Path, ...]
    site: Path
    model: Path
    out: Path
    start: datetime | None = None
    times: Path | None = None
    interval_min: int = 15
    detect_every: int = 1
    runtime: Runtime = Runtime.ONNXRUNTIME
    overlay: Path | None = None
    resume: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a job has come to.

    Attributes:
        analysis: counts, review list and quality of all files.
        written: the result files, the report last.
    """

    analysis: Analysis
    written: tuple[Path, ...]


def run_job(job: Job, begin: Callable[[float, float | None], Progress]) -> Outcome:
    """Run a job to its end.

    Args:
        job: what to do.
        begin: called once with the span on the recording's clock that is left to do, its end None if unknown;
            what it gives back is told how far the job is.

    Returns:
        The outcome; its files are written.

    Raises:
        SafemobError: if anything is not as it should be; `InterruptionError` on Ctrl-C. Nothing of an unfinished file
            is written; the results of files finished before are, and the job can be resumed.
    """
    try:
        _check_options(job)
        _check_packages(job)
        _make_folder(job.out)
        with hold_folder(job.out):
            _check_places(job)
            return _run(job, begin)
    except KeyboardInterrupt:
        msg = "interrupted before another file was finished"
        raise InterruptionError(msg) from None


def _run(job: Job, begin: Callable[[float, float | None], Progress]) -> Outcome:
    site = load_site(job.site)
    detector = OnnxDetector(job.model, runtime=job.runtime)
    zone = ZoneInfo(site.time_zone)
    start = job.start
    if start is not None and start.tzinfo is None:
        start = start.replace(tzinfo=zone)
    recording = Recording.open(
        job.videos,
        time_zone=zone,
        start=start,
        frame_size=(site.camera.width_px, site.camera.height_px),
        times=job.times,
    )
    check_cadence(job.detect_every, recording.files)
    clock = RecordingClock(interval_min=job.interval_min, time_zone=site.time_zone, wall_start_utc=recording.start)
    method = describe_method(site.id, detector.manifest, SAFEMOB_1, detect_every=job.detect_every, runtime=job.runtime)
    settings = {
        "safemob version": dict(method.versions)["safemob"],
        "site file": hash_file(job.site),
        "model": method.model_sha256,
        "thresholds": method.preset,
        "start time": str(recording.start),
        "interval": str(job.interval_min),
        "choice of frames (--detect-every)": str(job.detect_every),
        "runtime": f"{job.runtime} {dict(method.versions)[job.runtime.package]}",
    }
    parts = Parts(folder=job.out, settings=settings)
    files = recording.files
    finished = parts.load(files) if job.resume else []
    if not job.resume:
        parts.clear()

    def keep(index: int, analysis: Analysis) -> None:
        parts.save(index, files[index], analysis)
        finished.append(analysis)

    try:
        if len(finished) < len(files):
            last = files[-1]
            end_s = None if last.duration_s is None else last.start_s + last.duration_s
            run = RecordedRun(
                recording=recording,
                site=site,
                detector=detector,
                clock=clock,
                method=method,
                keep=keep,
                progress=begin(files[len(finished)].start_s, end_s),
                detect_every=job.detect_every,
                overlay=job.overlay,
            )
            run.go(len(finished))
            del run
        del detector
        return_freed_memory()  # it is for what draws the report
        analysis = combine(finished)
        written = _save(analysis, site, job.out)
    except (SafemobError, KeyboardInterrupt) as error:
        if not finished:
            raise
        if not isinstance(error, OutputError):
            _save(combine(finished), site, job.out)
        raise _explain(error, f"{len(finished)} of {len(files)} files are finished in {job.out}") from None
    return Outcome(analysis=analysis, written=written)


def _save(analysis: Analysis, site: Site, folder: Path) -> tuple[Path, ...]:
    from safemob.worker.results import save_results  # noqa: PLC0415  (heavy: loaded when there are results)

    return save_results(analysis, site, folder)


def _check_packages(job: Job) -> None:
    """Miss at once what is only needed when there are results.

    Raises:
        ModuleNotFoundError: naming the first package that is not installed.
    """
    for name in (*_DESK, "supervision") if job.overlay else _DESK:
        if find_spec(name) is None:
            msg = f"No module named {name!r}"
            raise ModuleNotFoundError(msg, name=name)


def _check_options(job: Job) -> None:
    if job.resume and job.overwrite:
        msg = "--resume keeps what is finished and --overwrite discards it: give one of them"
        raise UsageError(msg)
    if job.resume and job.overlay is not None:
        msg = "an overlay shows a whole run: leave out --resume, or --overlay"
        raise UsageError(msg)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except FileExistsError:
        msg = f"{folder} is not a folder: choose another one for the results"
        raise OutputError(msg) from None
    except OSError as error:
        msg = f"{folder} cannot be written to ({error.strerror or error}): choose another folder"
        raise OutputError(msg) from None


def _check_places(job: Job) -> None:
    """Nothing that is there is lost unasked: neither results, nor finished files of a job that was stopped."""
    for name in RESULT_FILES:
        check_target(job.out / name)
    if job.overlay is not None:
        _check_overlay(job.overlay, job.videos, overwrite=job.overwrite)
    if job.overwrite:
        return
    done, parts = (job.out / RESULT_FILES[-1]).exists(), Parts(folder=job.out, settings={}).exist()
    if done and not job.resume:
        msg = f"{job.out} holds results already: choose another folder, go on with --resume, or use --overwrite"
        raise OutputError(msg)
    if done and not parts:
        msg = f"{job.out} holds results but nothing to resume: choose another folder, or use --overwrite"
        raise OutputError(msg)
    if parts and not job.resume:
        msg = f"{job.out} holds parts of a job that was stopped: go on with --resume, or discard them with --overwrite"
        raise OutputError(msg)


def _check_overlay(overlay: Path, videos: tuple[Path, ...], *, overwrite: bool) -> None:
    if overlay.suffix.lower() != ".mp4":
        msg = f"{overlay} does not end in .mp4: overlays are MP4 files"
        raise UsageError(msg)
    check_target(overlay)
    if not overlay.parent.is_dir():
        msg = f"the folder of {overlay} does not exist: make it, or choose another place for the overlay"
        raise OutputError(msg)
    place = overlay.resolve()
    for video in videos:
        if video.resolve() in (place, place.parent):
            msg = f"{overlay} would stand among the footage in {video}: choose another place for the overlay"
            raise UsageError(msg)
    if overlay.exists() and not overwrite:
        msg = f"{overlay} exists: choose another name, or replace it with --overwrite"
        raise OutputError(msg)


def _explain(error: SafemobError | KeyboardInterrupt, kept: str) -> SafemobError:
    """Say what is kept and how to go on, beside what went wrong."""
    kept = f"{kept}; the same command with --resume goes on from there"
    if isinstance(error, KeyboardInterrupt):
        return InterruptionError(f"interrupted: {kept}")
    error.args = (f"{error} ({kept})",)
    return error
