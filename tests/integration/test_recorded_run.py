"""What a job makes of unusual recordings, in this process."""

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from safemob.adapters.overlay import Overlay
from safemob.adapters.site_file import load_site
from safemob.adapters.sources.video_file import VideoFile
from safemob.errors import OutputError, SafemobError, UsageError, VideoError
from safemob.individual.ground.states import GroundStates
from safemob.individual.image.frame import Frame
from safemob.individual.safety.moment import Moment
from safemob.worker.job import Job, Outcome, run_job

_SITE = Path(__file__).resolve().parents[2] / "calibration" / "strudl.toml"


@pytest.fixture
def model(shared_data: Path) -> Path:
    """A small real detector."""
    return shared_data / "models" / "yolo11n_320_fp32_rebuilt.onnx"


def _film(path: Path, times_ms: list[int]) -> Path:
    """A grey video of the site's frame size, with these presentation times."""
    camera = load_site(_SITE).camera
    grey = np.full((camera.height_px, camera.width_px, 3), 128, dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = camera.width_px, camera.height_px, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time_ms in times_ms:
            frame = av.VideoFrame.from_ndarray(grey, format="bgr24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _run(
    model: Path, out: Path, *videos: Path, overlay: Path | None = None, resume: bool = False, overwrite: bool = False
) -> Outcome:
    job = Job(videos=videos, site=_SITE, model=model, out=out, overlay=overlay, resume=resume, overwrite=overwrite)
    return run_job(job, lambda _start_s, _end_s: lambda _reached_s, _frames: None)


def _nobody_at(time_s: float) -> Moment:
    none = np.zeros(0, dtype=np.int64)
    states = GroundStates(
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
        observed=np.zeros(0, dtype=np.bool_),
        ended=none,
    )
    return Moment(
        time_s=time_s,
        states=states,
        boxes=np.zeros((0, 4)),
        box_ids=none,
        box_classes=none,
        found=0,
        cut=0,
        encounters=(),
        excluded=(),
    )


def test_no_second_is_observed_twice_however_uneven_the_frames(model: Path, tmp_path: Path) -> None:
    film = _film(tmp_path / "film.mkv", [0, 4800, 6000, 10800, 12000, 16800])
    assert _run(model, tmp_path / "out", film).analysis.observed_s == pytest.approx(16.8 + 4.8)


def test_file_without_a_moment_of_its_own_is_refused_in_words(model: Path, tmp_path: Path) -> None:
    one, two = _film(tmp_path / "one.mkv", [0]), _film(tmp_path / "two.mkv", [0, 40, 80])
    (tmp_path / "one.times.csv").write_text("frame,time\n0,2024-05-17T08:00:00.000+02:00\n")
    with pytest.raises(VideoError, match=r"one\.mkv has no picture that can be used"):
        _run(model, tmp_path / "out", one, two)


def test_resume_notices_other_frame_times(model: Path, tmp_path: Path) -> None:
    film, side_file = _film(tmp_path / "film.mkv", [0, 40]), tmp_path / "film.times.csv"
    side_file.write_text("frame,time_s\n0,0.0\n1,0.04\n")
    _run(model, tmp_path / "out", film)
    _run(model, tmp_path / "out", film, resume=True)
    side_file.write_text("frame,time_s\n0,0.0\n1,0.08\n")
    with pytest.raises(OutputError, match=r"film\.mkv .*frame times.*--overwrite"):
        _run(model, tmp_path / "out", film, resume=True)


def test_what_a_stopped_job_has_finished_is_not_thrown_away_unasked(model: Path, tmp_path: Path) -> None:
    film, out = _film(tmp_path / "film.mkv", [0, 40]), tmp_path / "out"
    _run(model, out, film)
    (out / "report.html").unlink()  # as if it had been killed after the first file
    (part,) = (out / ".parts").glob("*")
    with pytest.raises(OutputError, match=r"stopped.*--resume.*--overwrite"):
        _run(model, out, film)
    assert part.exists()
    _run(model, out, film, overwrite=True)


@pytest.mark.parametrize("name", ["film.mp4", "other.mp4"])
def test_overlay_never_lands_among_the_footage(tmp_path: Path, name: str) -> None:
    footage = tmp_path / "footage"
    footage.mkdir()
    film = _film(footage / "film.mp4", [0, 40])
    before = film.read_bytes()
    with pytest.raises(UsageError, match="among the footage"):
        _run(tmp_path / "no.onnx", tmp_path / "out", footage, overlay=footage / name, overwrite=True)
    with pytest.raises(SafemobError, match=r"among the footage|no\.onnx"):
        _run(tmp_path / "no.onnx", tmp_path / "out", film, overlay=footage / name, overwrite=True)
    assert film.read_bytes() == before
    assert [each.name for each in footage.iterdir()] == ["film.mp4"]


@pytest.mark.parametrize("place", ["overlay.mp4", "out/conflicts.csv"])
def test_pipe_in_the_place_of_a_result_stops_the_job_before_it_begins(tmp_path: Path, place: str) -> None:
    film = _film(tmp_path / "film.mkv", [0, 40])
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / place)
    with pytest.raises(OutputError, match="is a device, pipe or socket"):
        _run(tmp_path / "no.onnx", tmp_path / "out", film, overlay=tmp_path / "overlay.mp4", overwrite=True)
    assert (tmp_path / place).is_fifo()


@pytest.mark.parametrize("fails", [KeyboardInterrupt, VideoError])
def test_overlay_that_fails_at_the_last_frame_leaves_nothing(tmp_path: Path, fails: type[BaseException]) -> None:
    times_ms = list(range(0, 4000, 40))  # enough for the encoder to have begun to write
    film = VideoFile(_film(tmp_path / "film.mkv", times_ms))

    def frames(stop: Callable[[], BaseException]) -> Iterator[Frame]:
        yield from film.frames()
        raise stop()

    overlay = Overlay(tmp_path / "overlay.mp4", film.recorded, load_site(_SITE), frames(fails))

    def draw() -> None:
        with overlay:
            for time_ms in [*times_ms, 4000]:
                overlay.add(_nobody_at(time_ms / 1000))

    with pytest.raises(fails):
        draw()
    assert [each.name for each in tmp_path.iterdir()] == ["film.mkv"]


def test_film_cut_short_is_analysed_and_says_so(model: Path, tmp_path: Path) -> None:
    film = _film(tmp_path / "film.mkv", list(range(0, 8000, 200)))
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 9 // 10])
    outcome = _run(model, tmp_path / "out", film)
    (file,) = outcome.analysis.files
    assert 1.0 < file.missing_end_s < 8.0
    assert outcome.analysis.observed_s + file.missing_end_s == pytest.approx(8.0, abs=0.3)
    assert "film.mkv is cut short" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
