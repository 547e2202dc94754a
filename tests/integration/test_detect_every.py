"""Looking at every Nth frame only: the job on real footage, and what its results say of it."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import numpy as np
import pytest

from safemob.adapters.overlay import Overlay
from safemob.adapters.site_file import load_site
from safemob.adapters.sources.recording import Recording
from safemob.adapters.sources.video_file import VideoFile
from safemob.aggregate.analysis import Analysis, Method
from safemob.aggregate.counts import Table, sum_over_time
from safemob.aggregate.interval import RecordingClock
from safemob.errors import OutputError, UsageError
from safemob.individual.ground.states import GroundStates
from safemob.individual.image.detection import Detections
from safemob.individual.image.frame import Frame
from safemob.individual.safety.moment import Moment
from safemob.taxonomy import RoadUserClass
from safemob.worker.job import Job, Outcome, run_job
from safemob.worker.recorded import RecordedRun

SITE = Path(__file__).resolve().parents[2] / "calibration" / "strudl.toml"


def film(path: Path, times_ms: list[int]) -> Path:
    """A grey video of the site's frame size, with these presentation times."""
    camera = load_site(SITE).camera
    grey = av.VideoFrame.from_ndarray(np.full((camera.height_px, camera.width_px, 3), 128, np.uint8), format="bgr24")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = camera.width_px, camera.height_px, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time_ms in times_ms:
            grey.pts, grey.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(grey))
        container.mux(stream.encode(None))
    return path


def run(shared_data: Path, out: Path, *videos: Path, detect_every: int, resume: bool = False) -> Outcome:
    """The job, with a detector that sees all that the reference detector sees in these clips."""
    model = shared_data / "models" / "yolov8n_384x640_fp32_dequant.onnx"
    job = Job(videos=videos, site=SITE, model=model, out=out, detect_every=detect_every, resume=resume)
    return run_job(job, lambda _start_s, _end_s: lambda _reached_s, _frames: None)


@pytest.fixture(scope="module")
def clips(shared_data: Path) -> list[Path]:
    """Two contiguous clips with side files of true frame times, which are uneven."""
    return [shared_data / "video" / f"strudl_vid{part}.mp4" for part in (0, 1)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the results of `plain` and `fast` go."""
    return tmp_path_factory.mktemp("every")


@pytest.fixture(scope="module")
def plain(shared_data: Path, clips: list[Path], folder: Path) -> Analysis:
    """Both clips, every frame looked at."""
    return run(shared_data, folder / "plain", *clips, detect_every=1).analysis


@pytest.fixture(scope="module")
def fast(shared_data: Path, clips: list[Path], folder: Path) -> Analysis:
    """Both clips, every second frame looked at."""
    return run(shared_data, folder / "fast", *clips, detect_every=2).analysis


def test_every_second_frame_finds_the_same_road_users(plain: Analysis, fast: Analysis) -> None:
    users = sum_over_time(plain.counts, Table.ROAD_USERS)
    assert users[("car",)] >= 10
    assert sum_over_time(fast.counts, Table.ROAD_USERS) == users


def test_same_time_is_observed_and_results_say_how_much_was_looked_at(plain: Analysis, fast: Analysis) -> None:
    assert fast.observed == plain.observed
    assert [(file.frames, file.frames_looked_at) for file in plain.files] == [(100, 100)] * 2
    assert [(file.frames, file.frames_looked_at) for file in fast.files] == [(100, 50)] * 2
    assert (plain.method.detect_every, fast.method.detect_every) == (1, 2)


@pytest.mark.usefixtures("plain", "fast")
def test_report_says_that_not_every_frame_was_looked_at(folder: Path) -> None:
    said = {name: (folder / name / "report.html").read_text(encoding="utf-8") for name in ("plain", "fast")}
    assert "detected in every frame" in said["plain"]
    assert "detected in one frame in 2" in said["fast"]
    assert "Not every frame was looked at" in said["fast"]
    assert "Not every frame was looked at" not in said["plain"]


def test_only_a_frame_looked_at_can_be_bridged(plain: Analysis, fast: Analysis) -> None:
    for all_frames, half in zip(plain.files, fast.files, strict=True):
        assert half.states == pytest.approx(all_frames.states / 2, rel=0.05)
        assert half.states_bridged <= all_frames.states_bridged


def test_job_is_not_resumed_with_another_choice_of_frames(shared_data: Path, tmp_path: Path) -> None:
    footage = film(tmp_path / "film.mkv", list(range(0, 400, 40)))
    run(shared_data, tmp_path / "out", footage, detect_every=2)
    run(shared_data, tmp_path / "out", footage, detect_every=2, resume=True)
    with pytest.raises(OutputError, match=r"another choice of frames \(--detect-every\).*--overwrite"):
        run(shared_data, tmp_path / "out", footage, detect_every=3, resume=True)


def test_count_that_leaves_too_much_time_between_looks_is_refused(shared_data: Path, tmp_path: Path) -> None:
    footage = film(tmp_path / "film.mp4", list(range(0, 8000, 80)))
    model = shared_data / "models" / "yolov8n_384x640_fp32_dequant.onnx"
    command = [sys.executable, "-m", "safemob", "analyse", footage, "--site", SITE, "--model", model, "--out", "out"]
    done = subprocess.run(
        [*map(str, command), "--detect-every", "4"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == UsageError.exit_code
    assert f"--detect-every 4 looks at {footage} once in 0.32 s" in done.stderr
    assert "use 3 at most" in done.stderr


class _Listener:
    """A detector that sees nobody, and remembers at what times it was asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def detect(self, frame: Frame) -> Detections:
        self.asked.append(frame.time_s)
        none = np.zeros(0, dtype=np.int64)
        return Detections(boxes=np.zeros((0, 4)), scores=np.zeros(0), classes=none, cut=none > 0)


def test_resumed_job_looks_at_the_same_frames_as_one_never_stopped(tmp_path: Path) -> None:
    step_ms = np.random.default_rng(4).integers(150, 240, 360)
    times_ms = [0, *np.cumsum(step_ms).tolist()]
    videos = [film(tmp_path / f"{name}.mkv", times_ms) for name in ("one", "two")]
    recording = Recording.open(videos, time_zone=ZoneInfo("UTC"))

    def look(first: int) -> list[float]:
        detector = _Listener()
        RecordedRun(
            recording=recording,
            site=load_site(SITE),
            detector=detector,
            clock=RecordingClock(interval_min=15, time_zone="UTC", wall_start_utc=datetime(2024, 5, 3, tzinfo=UTC)),
            method=Method(
                site_id="strudl",
                model_name="",
                model_sha256="",
                preset="",
                rules=(),
                ttc_marks_s=(),
                pet_marks_s=(),
                versions=(),
            ),
            keep=lambda _index, _analysis: None,
            progress=lambda _reached_s, _frames: None,
            detect_every=3,
        ).go(first)
        return sorted(detector.asked)

    whole, resumed = look(0), look(1)
    assert whole[0] < recording.files[1].start_s - 60 < resumed[0]
    assert resumed == whole[-len(resumed) :]


def _moment(time_s: float, left_px: float | None) -> Moment:
    """A pedestrian's box at some place, or a frame that nobody looked at."""
    seen = left_px is not None
    none = np.zeros(0, dtype=np.int64)
    return Moment(
        time_s=time_s,
        states=GroundStates(
            time_s=time_s,
            ids=none,
            classes=none,
            positions=np.zeros((0, 2)),
            velocities=np.zeros((0, 2)),
            accelerations=np.zeros((0, 2)),
            headings=np.zeros(0),
            lengths=np.zeros(0),
            widths=np.zeros(0),
            covariances=np.zeros((0, 4, 4)),
            observed=none > 0,
            ended=none,
        ),
        looked_at=seen,
        boxes=np.array([[left_px, 200.0, left_px + 40.0, 300.0]]) if left_px is not None else np.zeros((0, 4)),
        box_ids=np.ones(int(seen), dtype=np.int64),
        box_classes=np.full(int(seen), int(RoadUserClass.PEDESTRIAN)),
        found=int(seen),
        cut=0,
        encounters=(),
        excluded=(),
    )


def test_overlay_draws_boxes_in_every_frame_between_two_looks_where_they_should_be(tmp_path: Path) -> None:
    times_ms = list(range(0, 280, 40))
    source = VideoFile(film(tmp_path / "film.mkv", times_ms))
    lefts = [100.0, None, None, 160.0, None, None, None]  # nobody looked again before the end
    with Overlay(tmp_path / "overlay.mp4", source.recorded, load_site(SITE), source.frames()) as overlay:
        for time_ms, left_px in zip(times_ms, lefts, strict=True):
            overlay.add(_moment(time_ms / 1000, left_px))
    edges = [_find_left_edge(picture) for picture in _decode(tmp_path / "overlay.mp4")]
    assert edges[:4] == pytest.approx([100, 120, 140, 160], abs=2)
    assert np.isnan(edges[4:]).all()


def _decode(path: Path) -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            yield np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)


def _find_left_edge(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    """The first column that is no longer grey at the height of a pedestrian's middle; nan if there is none."""
    coloured = np.flatnonzero((np.abs(picture[245:255].astype(int) - 128).max(axis=2) > 40).mean(axis=0) > 0.5)
    return float(coloured[0]) if len(coloured) else float("nan")
