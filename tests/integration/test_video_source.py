"""Files written by a real encoder, and real footage, through the real demuxer and decoder."""

import os
import struct
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import cv2
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safemob.adapters.sources.recording import Recording
from safemob.adapters.sources.video_file import VideoFile
from safemob.errors import UsageError, VideoError
from safemob.individual.ports import RecordedFrameSource

BERLIN = ZoneInfo("Europe/Berlin")
MILLISECOND = Fraction(1, 1000)
STEADY_MS = tuple(range(0, 1200, 40))


def write_video(  # noqa: PLR0913  (a test names what it varies)
    path: Path,
    times_ms: Sequence[int] = STEADY_MS,
    *,
    codec: str = "libx264",
    size: tuple[int, int] = (64, 48),
    pixel_format: str = "yuv420p",
    container: str | None = None,
    movflags: str = "",
    rotation_deg: float = 0.0,
    colour: tuple[Colorspace, ColorRange] | None = None,
) -> Path:
    """Encode one picture per time: its left half has the brightness of its number, the upper right is red."""
    width, height = size
    with av.open(str(path), "w", format=container, options={"movflags": movflags} if movflags else {}) as file:
        stream = file.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.time_base = MILLISECOND
        stream.codec_context.gop_size = 10
        if colour is not None:
            stream.codec_context.colorspace, stream.codec_context.color_range = colour
        if rotation_deg:
            stream.set_display_rotation(rotation_deg)
        for number, time_ms in enumerate(times_ms):
            pixels = np.zeros((height, width, 3), np.uint8)
            pixels[:, : width // 2] = 2 * number % 256
            pixels[: height // 2, width // 2 :] = (200, 40, 60)
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if colour is not None:
                picture = picture.reformat(format=pixel_format, dst_colorspace=colour[0], dst_color_range=colour[1])
                picture.colorspace, picture.color_range = colour
            picture.pts, picture.time_base = time_ms, MILLISECOND
            file.mux(stream.encode(picture))
        file.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=48000)
        assert isinstance(stream, AudioStream)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 48000
        file.mux(stream.encode(sound))
        file.mux(stream.encode())
    return path


def play_times_ms(video: VideoFile, from_s: float = 0.0) -> list[int]:
    return [round(frame.time_s * 1000) for frame in video.frames(from_s)]


def cut(path: Path, share: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


# Frames and times


def test_video_file_is_a_recorded_frame_source(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    video: RecordedFrameSource = VideoFile(path)
    assert isinstance(video, RecordedFrameSource)
    assert video.recorded.path == path


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.mov", "a.flv"])
def test_irregular_time_stamps_arrive_as_they_were_written(tmp_path: Path, name: str) -> None:
    times_ms = [0, 40, 70, 150, 151, 230, 900, 930, 3000, 3040, 3100, 3111]
    video = VideoFile(write_video(tmp_path / name, times_ms))
    assert play_times_ms(video) == times_ms
    assert video.quality.largest_gap_s == pytest.approx(2.07, abs=1e-3)
    assert video.quality.frames_decoded == len(times_ms)


def test_reordered_pictures_come_in_order_of_presentation(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    with av.open(str(path)) as file:
        stored = [packet.pts for packet in file.demux(video=0) if packet.pts is not None]
    assert stored != sorted(stored), "the encoder made no B-frames, so this test shows nothing"
    brightness = [float(frame.picture.to_bgr()[:, :20].mean()) for frame in VideoFile(path).frames()]
    assert brightness == sorted(brightness)


def test_stamps_that_begin_late_count_from_the_start_of_the_file(tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / "a.ts", [3_600_000 + t for t in STEADY_MS]), start_s=7.0)
    assert play_times_ms(video) == [7000 + t for t in STEADY_MS]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("from_s", [0.0, 1.0, 14.0, 18.03, 30.0, 60.0])
def test_frames_from_a_time_are_the_tail_of_all_frames(tmp_path: Path, name: str, from_s: float) -> None:
    video = VideoFile(write_video(tmp_path / name, range(0, 20_000, 40)), start_s=10.0)
    everything = play_times_ms(video)
    assert play_times_ms(video, from_s) == [t for t in everything if t >= from_s * 1000]


def test_repeated_stamps_are_dropped_and_counted(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", codec="mjpeg", pixel_format="yuvj420p")
    rewrite_stamps(path, tmp_path / "b.mkv", lambda pts: pts - pts % 80)
    video = VideoFile(tmp_path / "b.mkv")
    assert play_times_ms(video) == list(range(0, 1200, 80))
    assert video.quality.frames_dropped_for_time == 15


def test_stamps_that_jump_back_are_refused_with_file_and_time(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", range(0, 4000, 40), codec="mjpeg", pixel_format="yuvj420p")
    rewrite_stamps(path, tmp_path / "b.mkv", lambda pts: pts if pts <= 2000 else pts - 1500)
    with pytest.raises(VideoError, match=r"b\.mkv: time stamps jump back by 1\.46 s at 2\.00 s"):
        play_times_ms(VideoFile(tmp_path / "b.mkv"))


def rewrite_stamps(source: Path, target: Path, change: Callable[[int], int]) -> None:
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.pts is not None:
                # The muxer wants rising decoding stamps; presentation stamps are free.
                packet.dts, packet.pts = packet.pts - 10_000, change(packet.pts)
                packet.stream = stream
                new.mux(packet)


# Pictures


@pytest.mark.parametrize("matrix", [Colorspace.ITU601, Colorspace.ITU709])
@pytest.mark.parametrize("colour_range", [ColorRange.MPEG, ColorRange.JPEG])
def test_colours_come_back_in_every_matrix_and_range(
    tmp_path: Path, matrix: Colorspace, colour_range: ColorRange
) -> None:
    path = write_video(tmp_path / "a.mp4", colour=(matrix, colour_range))
    frame = next(iter(VideoFile(path).frames()))
    assert frame.picture.to_bgr().dtype == np.uint8
    assert frame.picture.to_bgr()[4:20, 40:60].reshape(-1, 3).mean(axis=0) == pytest.approx((60, 40, 200), abs=6)


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_rotation_is_applied_as_another_reader_applies_it(tmp_path: Path, rotation_deg: int) -> None:
    path = write_video(tmp_path / "a.mp4", rotation_deg=rotation_deg)
    video = VideoFile(path)
    image = next(iter(video.frames())).picture.to_bgr()
    _, expected = cv2.VideoCapture(str(path)).read()
    assert image.shape == expected.shape == (video.header.height_px, video.header.width_px, 3)
    assert np.abs(image.astype(int) - expected.astype(int)).mean() < 4


def test_rotation_by_an_odd_angle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"rotated by \d\d°"):
        VideoFile(write_video(tmp_path / "a.mp4", rotation_deg=30))


@pytest.mark.parametrize("codec", ["libx265", "mpeg4", "ffv1", "mjpeg", "libvpx-vp9"])
def test_codecs_of_cameras_and_recorders_are_read(tmp_path: Path, codec: str) -> None:
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    times_ms = STEADY_MS[:8]
    path = tmp_path / "a.mkv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("X265_LOG", "none")
        write_video(path, times_ms, codec=codec, pixel_format=pixel_format)
    assert play_times_ms(VideoFile(path)) == list(times_ms)


# Refusals and damage


def test_what_is_no_video_is_refused_in_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a video\n" * 100)
    cv2.imwrite(str(tmp_path / "still.png"), np.zeros((48, 64, 3), np.uint8))
    (tmp_path / "still.png").rename(tmp_path / "still.mp4")
    write_video(tmp_path / "whole.mp4", movflags="faststart")
    (tmp_path / "list.mp4").write_text(f"ffconcat version 1.0\nfile {tmp_path / 'whole.mp4'}\n")
    write_sound(tmp_path / "sound.mp4")
    cut(write_video(tmp_path / "no_moov.mp4"), 0.3)
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "codec.mp4").write_bytes((tmp_path / "whole.mp4").read_bytes().replace(b"avc1", b"zzzz"))
    (tmp_path / "n" / "folder.mp4").mkdir(parents=True)
    complaints = {
        "missing.mp4": "does not exist",
        "empty.mp4": "is empty",
        "text.mp4": "is not a video",
        "still.mp4": "is not a video",
        "list.mp4": "is not a video",
        "sound.mp4": "has no video stream",
        "no_moov.mp4": r"without a readable index \(moov\)",
        "pipe.mp4": "is not a regular file",
        "codec.mp4": "codec that cannot be decoded",
        "n": "holds no video files",
        "x" * 300: "cannot be read",
    }
    for name, complaint in complaints.items():
        with pytest.raises(VideoError, match=complaint) as refusal:
            Recording.open([tmp_path / name], time_zone=BERLIN)
        assert str(tmp_path / name) in str(refusal.value)
        assert "\n" not in str(refusal.value)
    with pytest.raises(VideoError, match="not a regular file"):
        Recording.open([Path(os.devnull)], time_zone=BERLIN)
    assert capfd.readouterr() == ("", "")


def test_huge_frames_are_refused_before_they_are_made(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mov", codec="png", pixel_format="rgb24")
    content = bytearray(path.read_bytes())
    at = 0
    while (at := content.find(b"IHDR", at)) >= 0:
        content[at + 4 : at + 12] = struct.pack(">II", 16_000, 16_000)
        content[at + 17 : at + 21] = struct.pack(">I", zlib.crc32(content[at : at + 17]))
        at += 4
    path.write_bytes(content)
    before_kib = peak_memory_kib()
    with pytest.raises(VideoError, match="8192 pixels a side and 40 megapixels"):
        VideoFile(path)
    assert peak_memory_kib() - before_kib < 200_000, "one such picture takes 768 MB"


def peak_memory_kib() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def test_too_wide_frames_are_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", [0], codec="mjpeg", pixel_format="yuvj420p", size=(8208, 16))
    with pytest.raises(VideoError, match="frames of 8208x16 pixels"):
        VideoFile(path)


def test_size_change_in_mid_stream_is_refused_with_file_and_time(tmp_path: Path) -> None:
    small = write_video(tmp_path / "small.h264", container="h264")
    large = write_video(tmp_path / "large.h264", container="h264", size=(96, 64))
    bare = tmp_path / "a.h264"
    bare.write_bytes(small.read_bytes() + large.read_bytes())
    (tmp_path / "a.times.csv").write_text("frame,time_s\n" + "".join(f"{i},{i * 0.04:.2f}\n" for i in range(60)))
    recording = Recording.open([bare], time_zone=BERLIN)
    with pytest.raises(VideoError, match=r"a\.h264: the frame size changes at 1\.20 s from 64x48 to 96x64"):
        play_times_ms(recording.files[0].open())


def test_stream_without_time_stamps_needs_a_side_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.h264", container="h264")
    with pytest.raises(VideoError, match="carries no time stamps"):
        VideoFile(path)


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.mp4"])
def test_file_cut_short_gives_the_frames_it_holds(tmp_path: Path, name: str) -> None:
    path = cut(write_video(tmp_path / name, range(0, 8000, 40), movflags="faststart" if "mp4" in name else ""), 0.6)
    video = VideoFile(path)
    times_ms = play_times_ms(video)
    assert set(times_ms) < set(range(0, 8000, 40))
    assert 50 < len(times_ms) < 150
    if name != "a.ts":  # a transport stream promises no duration that a cut would break
        assert video.quality.missing_end_s == pytest.approx(8.0 - times_ms[-1] / 1000, abs=0.001)


def test_frames_behind_damage_keep_their_times(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", range(0, 8000, 40), movflags="faststart")
    content = bytearray(path.read_bytes())
    middle = len(content) * 7 // 10
    content[middle : middle + 100] = bytes(100)
    path.write_bytes(content)
    video = VideoFile(path)
    times_ms = play_times_ms(video)
    assert times_ms[-1] == 7960
    assert set(times_ms) < set(range(0, 8000, 40))
    assert video.quality.frames_damaged > 0
    assert video.quality.largest_gap_s > 0.04


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_pictures_behind_a_damaged_key_frame_are_dropped_until_they_are_true_again(tmp_path: Path, kept: float) -> None:
    path = write_video(tmp_path / "a.mp4", range(0, 4000, 40), movflags="faststart")
    with av.open(str(path)) as file:
        keys = [packet for packet in file.demux(video=0) if packet.is_keyframe]
        key = bytes(keys[5])
    damaged = key[: int(kept * len(key))].ljust(len(key), b"\0")
    path.write_bytes(path.read_bytes().replace(key, damaged))
    video = VideoFile(path)
    shown = {round(frame.time_s / 0.04): float(frame.picture.to_bgr()[:, 4:28].mean()) for frame in video.frames()}
    assert 80 < len(shown) < 100
    assert video.quality.frames_damaged > 0
    assert all(brightness == pytest.approx(2 * number, abs=6) for number, brightness in shown.items())


def test_path_that_looks_like_an_address_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(Path("a.mp4")).rename("rtsp:a.mp4")
    assert len(play_times_ms(VideoFile(Path("rtsp:a.mp4")))) == 30


@pytest.mark.parametrize(
    "name", ["ü 路口 %03d.mp4", "a:b?c=d#e.mp4", "-i.mp4", "line\nbreak.mp4", "http:x.mp4", "y" * 251 + ".mp4"]
)
def test_odd_paths_are_read(tmp_path: Path, name: str) -> None:
    path = write_video(tmp_path / "a.mp4").rename(tmp_path / name)
    assert len(play_recording_ms(Recording.open([path], time_zone=BERLIN))) == 30


def test_path_that_is_no_text_is_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))
    write_video(tmp_path / "a.mp4").rename(path)
    assert len(play_times_ms(VideoFile(path))) == 30


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    container=st.sampled_from(["mp4", "mkv", "ts", "avi"]),
    share=st.floats(0.0, 1.0),
    flips=st.lists(st.tuples(st.floats(0.0, 0.999), st.integers(0, 255)), max_size=20),
)
def test_damaged_file_gives_frames_or_one_sentence(
    tmp_path: Path, container: str, share: float, flips: list[tuple[float, int]]
) -> None:
    whole = tmp_path / f"whole.{container}"
    if not whole.exists():
        write_video(
            whole, codec="mpeg4" if container == "avi" else "libx264", movflags="faststart" * (container == "mp4")
        )
    content = bytearray(whole.read_bytes())
    for place, value in flips:
        content[int(place * len(content))] = value
    damaged = tmp_path / f"damaged.{container}"
    damaged.write_bytes(content[: int(len(content) * (share if share < 0.5 else 1.0))])
    try:
        recording = Recording.open([damaged], time_zone=BERLIN)
        frames = list(recording.files[0].open().frames())
    except VideoError:
        return
    assert all(a.time_s < b.time_s for a, b in pairwise(frames))
    assert {frame.picture.to_bgr().shape[:2] for frame in frames} <= {recording.frame_size_px[::-1]}


# Side files


def test_side_file_gives_the_true_times(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    lines = [f"{i:05d} 2024 05 17 08:00:{i * 0.05:06.3f}" for i in range(30)]
    lines[3] = lines[2].replace("00002", "00003")
    path.with_suffix(".log").write_text("\n".join(lines))
    recording = Recording.open([path], time_zone=BERLIN)
    video = recording.files[0].open()
    assert recording.start == datetime(2024, 5, 17, 6, tzinfo=UTC)
    assert play_times_ms(video) == [50 * i for i in range(30) if i != 3]
    assert video.quality.frames_dropped_for_time == 1


def test_side_file_times_stay_with_their_frames_behind_damage(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", codec="mjpeg", pixel_format="yuvj420p")
    with av.open(str(path)) as file:
        tenth = bytes([*file.demux(video=0)][10])
    path.write_bytes(path.read_bytes().replace(tenth, bytes(len(tenth))))
    path.with_suffix(".times.csv").write_text("frame,time_s\n" + "".join(f"{i},{i}\n" for i in range(30)))
    video = Recording.open([path], time_zone=BERLIN).files[0].open()
    assert play_times_ms(video) == [1000 * i for i in range(30) if i != 10]
    assert video.quality.frames_damaged == 1


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize("lines", [29, 31])
def test_side_file_of_another_length_is_refused(tmp_path: Path, name: str, lines: int) -> None:
    path = write_video(tmp_path / name)
    side_file = tmp_path / "true times.csv"
    side_file.write_text("frame,time_s\n" + "".join(f"{i},{i}\n" for i in range(lines)))
    with pytest.raises(VideoError, match=rf"true times\.csv has times for {lines} frames but .*{name} has 30"):
        play_times_ms(Recording.open([path], time_zone=BERLIN, times=side_file).files[0].open())


def test_one_side_file_for_two_videos_is_refused(tmp_path: Path) -> None:
    paths = [write_video(tmp_path / "a.mp4"), write_video(tmp_path / "b.mp4")]
    with pytest.raises(UsageError, match="2 are given"):
        Recording.open(paths, time_zone=BERLIN, times=tmp_path / "a.csv")


# Several files


def play_recording_ms(recording: Recording) -> list[int]:
    return [t for file in recording.files for t in play_times_ms(file.open())]


def test_files_without_wall_times_follow_each_other(tmp_path: Path) -> None:
    paths = [write_video(tmp_path / name) for name in ("b.mp4", "a.mkv", "c.ts")]
    recording = Recording.open(paths, time_zone=BERLIN)
    assert recording.start is None
    assert play_recording_ms(recording) == list(range(0, 3600, 40))


def test_file_that_states_no_duration_is_measured_for_the_next(tmp_path: Path) -> None:
    live = write_video(tmp_path / "a.mkv", codec="mjpeg", pixel_format="yuvj420p")
    # What a recorder without power leaves: the duration (EBML id 44 89, float64) was never filled in.
    content = live.read_bytes()
    at = content.index(b"\x44\x89\x88")
    live.write_bytes(content[: at + 3] + bytes(8) + content[at + 11 :])
    recording = Recording.open([live, write_video(tmp_path / "b.mp4")], time_zone=BERLIN)
    assert recording.files[0].duration_s is None
    assert recording.files[1].start_s == pytest.approx(1.2)


def test_names_within_a_second_of_the_end_are_seamless_and_later_ones_gaps(tmp_path: Path) -> None:
    for name in ("cam_2024-05-17_08-00-00.mp4", "cam_2024-05-17_08-00-02.mp4", "cam_2024-05-17_09-00-00.mp4"):
        write_video(tmp_path / name)
    recording = Recording.open([tmp_path], time_zone=BERLIN)
    assert recording.start == datetime(2024, 5, 17, 6, tzinfo=UTC)
    assert [file.start_s for file in recording.files] == pytest.approx([0.0, 1.2, 3599.2])
    times_ms = play_recording_ms(recording)
    assert all(a < b for a, b in pairwise(times_ms))
    assert len(times_ms) == 90


def test_drift_between_names_and_stamps_does_not_add_up(tmp_path: Path) -> None:
    for i in range(12):
        write_video(tmp_path / f"cam_2024-05-17_08-00-{i:02d}.mp4", STEADY_MS, codec="mpeg4")
    recording = Recording.open([tmp_path], time_zone=BERLIN)
    assert [file.start_s for file in recording.files] == pytest.approx([1.2 * i for i in range(12)])


def test_names_in_the_repeated_hour_go_on(tmp_path: Path) -> None:
    first = write_video(tmp_path / "a_2024-10-27_02-59-58.mp4")
    second = write_video(tmp_path / "b_2024-10-27_02-00-00.mp4")
    recording = Recording.open([first, second], time_zone=BERLIN)
    assert recording.files[1].start_s == pytest.approx(1.2)


def test_start_given_moves_the_wall_times_of_all_files(tmp_path: Path) -> None:
    for name in ("cam_2024-05-17_08-00-00.mp4", "cam_2024-05-17_09-00-00.mp4"):
        write_video(tmp_path / name)
    start = datetime(2024, 5, 17, 10, tzinfo=BERLIN)
    recording = Recording.open([tmp_path], time_zone=BERLIN, start=start)
    assert [file.start for file in recording.files] == [start, start + timedelta(hours=1)]
    with pytest.raises(UsageError, match="no zone"):
        Recording.open([tmp_path], time_zone=BERLIN, start=start.replace(tzinfo=None))


def test_files_out_of_order_are_refused(tmp_path: Path) -> None:
    early, late = (write_video(tmp_path / f"2024-05-17_0{hour}-00-00.mp4") for hour in (8, 9))
    with pytest.raises(VideoError, match=r"08-00-00\.mp4 starts before .*09-00-00\.mp4"):
        Recording.open([late, early], time_zone=BERLIN)


def test_files_that_overlap_are_refused(tmp_path: Path) -> None:
    for second in (0, 3):
        write_video(tmp_path / f"2024-05-17_08-00-0{second}.mp4", range(0, 5000, 40))
    with pytest.raises(VideoError, match=r"08-00-03\.mp4 starts 2\.0 s before .*08-00-00\.mp4 ends"):
        Recording.open([tmp_path], time_zone=BERLIN)


def test_frames_past_the_start_of_the_next_file_are_dropped_up_to_a_second_and_refused_beyond(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    video = VideoFile(path, until_s=1.0)
    assert play_times_ms(video)[-1] == 960
    assert video.quality.frames_dropped_for_time == 5
    with pytest.raises(VideoError, match="the file after it has started"):
        play_times_ms(VideoFile(path, until_s=0.1))


def test_times_increase_over_files_whose_side_files_overlap(tmp_path: Path) -> None:
    for name, start_s in (("a.mp4", 0.0), ("b.mp4", 1.0)):
        log = write_video(tmp_path / name).with_suffix(".log")
        log.write_text("".join(f"{i} 2024 05 17 08:00:{start_s + i * 0.04:06.3f}\n" for i in range(30)))
    assert play_recording_ms(Recording.open([tmp_path], time_zone=BERLIN)) == list(range(0, 2200, 40))


def test_other_frame_size_than_calibrated_or_than_before_is_refused(tmp_path: Path) -> None:
    small, large = write_video(tmp_path / "a.mp4"), write_video(tmp_path / "b.mp4", size=(96, 64))
    with pytest.raises(VideoError, match=r"a\.mp4 has frames of 64x48 pixels where 96x64"):
        Recording.open([small], time_zone=BERLIN, frame_size=(96, 64))
    with pytest.raises(VideoError, match=r"b\.mp4 has frames of 96x64 pixels where 64x48"):
        Recording.open([small, large], time_zone=BERLIN)


# Real footage


def test_strudl_clips_are_one_recording_on_their_logs_clock(shared_data: Path) -> None:
    clips = [shared_data / "video" / f"strudl_vid{i}.mp4" for i in (0, 1)]
    recording = Recording.open(clips, time_zone=ZoneInfo("Europe/Stockholm"), frame_size=(640, 480))
    times_ms = play_recording_ms(recording)
    assert recording.start == datetime(2013, 6, 6, 15, 4, 39, 840_000, tzinfo=UTC)
    assert (times_ms[0], times_ms[99], times_ms[100], times_ms[199]) == (0, 4720, 4750, 9420)
    assert all(a < b for a, b in pairwise(times_ms))


def test_otvision_clip_keeps_the_gaps_of_its_stamps(shared_data: Path) -> None:
    video = VideoFile(shared_data / "video" / "otvision" / "testvideo_1.mkv")
    times_ms = play_times_ms(video)
    assert len(times_ms) == 100
    assert times_ms[-1] == 4960
    assert video.quality.largest_gap_s == pytest.approx(0.08)
    assert video.quality.median_interval_s == pytest.approx(0.04)


def test_otvision_name_gives_the_start(shared_data: Path) -> None:
    name = "Testvideo_Cars-Cyclist_FR20_2020-01-01_00-00-00.mp4"
    recording = Recording.open([shared_data / "video" / "otvision" / name], time_zone=BERLIN)
    assert recording.start == datetime(2019, 12, 31, 23, tzinfo=UTC)
    assert play_recording_ms(recording) == list(range(0, 3000, 50))
