"""Opening a video file, and refusing in one sentence what is none: no picture is decoded here.

FFmpeg reads playlists, image sequences, subtitles and addresses too; only containers that cameras, recorders
and editors write are let through, and only the file itself is read (no references to other files or hosts).
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.logging
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from safemob.errors import VideoError

__all__ = ["MAX_PIXELS", "MAX_SIDE_PX", "check_regular_file", "open_container"]

MAX_SIDE_PX = 8192
MAX_PIXELS = 40_000_000

_MOST_THREADS = 4

# Demuxers by FFmpeg's names. h264 and hevc are bare streams without time stamps: readable with a side file only.
_CONTAINERS = "mov,matroska,avi,mpegts,mpeg,flv,asf,mxf,ogg,dhav,h264,hevc"

# FFmpeg's own messages would land on the terminal, unredacted; what matters of them is in our errors.
av.logging.set_level(None)


def check_regular_file(path: Path) -> os.stat_result:
    """Refuse what is missing, empty, unreadable, or not a regular file (device, pipe, socket, folder).

    Returns:
        The file's status.

    Raises:
        VideoError: naming the path and what to change.
    """
    try:
        status = path.stat()
    except FileNotFoundError as error:
        msg = f"{path} does not exist: give the path of a video file or of a folder with video files"
        raise VideoError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read ({getattr(error, 'strerror', None) or error}): check the path and its permissions"
        raise VideoError(msg) from error
    if not stat.S_ISREG(status.st_mode):
        msg = f"{path} is not a regular file: only recorded footage can be analysed, no devices, pipes or folders"
        raise VideoError(msg)
    if status.st_size == 0:
        msg = f"{path} is empty (0 bytes): remove it or copy it again"
        raise VideoError(msg)
    return status


@contextmanager
def open_container(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video file and its first video stream, ready to demux.

    Raises:
        VideoError: if the file is no video, or declares frames beyond `MAX_SIDE_PX` or `MAX_PIXELS`.
    """
    check_regular_file(path)
    try:
        container = av.open(
            f"file:{os.fspath(path)}",
            # Limits the decoders that FFmpeg starts to look into the streams, before they allocate a picture.
            options={"max_pixels": str(MAX_PIXELS)},
            container_options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"},
            metadata_errors="replace",
        )
    except (av.error.FFmpegError, UnicodeError) as error:
        raise VideoError(_explain_refusal(path, error)) from error
    with container:
        stream = _select_stream(path, container)
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = _count_threads()
        yield container, stream


def _count_threads() -> int:
    """Half the processors, for detection is what needs them; each thread holds pictures of its own."""
    return max(1, min((os.cpu_count() or 1) // 2, _MOST_THREADS))


def _select_stream(path: Path, container: InputContainer) -> VideoStream:
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        msg = f"{path} has no video stream (sound or data only): give the camera's recording"
        raise VideoError(msg)
    stream = streams[0]
    # PyAV has no codec context where FFmpeg has no decoder, though its types promise one.
    if getattr(stream, "codec_context", None) is None:
        msg = f"{path} uses a video codec that cannot be decoded here: convert it to H.264, keeping its time stamps"
        raise VideoError(msg)
    width_px, height_px = stream.codec_context.width, stream.codec_context.height
    too_large = max(width_px, height_px) > MAX_SIDE_PX or width_px * height_px > MAX_PIXELS
    if too_large or min(width_px, height_px) <= 0:
        size = f"frames of {width_px}x{height_px} pixels" if too_large else "no usable frame size"
        msg = (
            f"{path} declares {size}: it is damaged, or larger than the {MAX_SIDE_PX} pixels a side and "
            f"{MAX_PIXELS // 1_000_000} megapixels that are read here"
        )
        raise VideoError(msg)
    return stream


def _explain_refusal(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return f"{path} cannot be read (permission denied): change its permissions"
    try:
        with path.open("rb") as file:
            is_mp4 = file.read(8)[4:] == b"ftyp"
    except OSError as os_error:
        return f"{path} cannot be read ({os_error.strerror}): check the disk and the file's permissions"
    if is_mp4:
        return (
            f"{path} is an MP4 without a readable index (moov), as when a recorder loses power: "
            f"leave it out or repair it with a tool made for that"
        )
    return f"{path} is not a video file that can be read: give MP4, MKV, AVI, MOV or TS"
