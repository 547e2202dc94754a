"""Packets into pictures: decoding behind damage, and the header a first picture confirms."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from safemob.adapters.sources.container import open_container
from safemob.adapters.sources.picture import DecodedPicture
from safemob.adapters.sources.quality import LONGEST_FILE_S, FrameTally
from safemob.errors import VideoError

__all__ = ["VideoHeader", "decode_pictures", "list_stamps", "measure_duration_s", "read_header"]

_QUARTER_TURN_DEG = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoHeader:
    """What a file says of itself, confirmed by its first picture.

    Attributes:
        width_px, height_px: of the upright picture, after rotation.
        stored_px: (width, height) as coded, before rotation.
        quarter_turns: counter-clockwise turns, 0 to 3, that bring the coded picture upright.
        codec: FFmpeg's name of the decoder.
        pixel_format: FFmpeg's name of the coded pixel layout.
        origin_s: the time stamp that is second 0 of the file; None where pictures carry no stamps.
        duration_s: as the container states it; None where it does not.
        frame_count: as the container states it; None where it does not.
    """

    width_px: int
    height_px: int
    stored_px: tuple[int, int]
    quarter_turns: int
    codec: str
    pixel_format: str
    origin_s: Fraction | None
    duration_s: float | None
    frame_count: int | None


def read_header(path: Path) -> VideoHeader:
    """Open a file and decode its first usable picture, no more.

    Raises:
        VideoError: if it is no video, or no picture of it can be decoded.
    """
    with open_container(path) as (container, stream):
        picture = next(decode_pictures(path, container, stream, FrameTally(path)), None)
        if picture is None:
            msg = f"{path}: not one picture can be decoded; it is damaged, encrypted or cut off before the first one"
            raise VideoError(msg)
        turns, rest_deg = divmod(picture.rotation, _QUARTER_TURN_DEG)
        if rest_deg:
            msg = f"{path} is marked as rotated by {picture.rotation}°: only quarter turns are read, turn it upright"
            raise VideoError(msg)
        try:
            height_px, width_px, _ = DecodedPicture(decoded=picture, quarter_turns=turns % 4).to_bgr().shape
        except (av.error.FFmpegError, ValueError) as error:
            msg = f"{path}: pictures of pixel format {picture.format.name} cannot be read; convert it to H.264"
            raise VideoError(msg) from error
        return VideoHeader(
            width_px=width_px,
            height_px=height_px,
            stored_px=(picture.width, picture.height),
            quarter_turns=turns % 4,
            codec=stream.codec_context.name,
            pixel_format=picture.format.name,
            origin_s=_find_origin_s(stream, picture),
            duration_s=_find_duration_s(container, stream),
            frame_count=stream.frames or None,
        )


def decode_pictures(
    path: Path, container: InputContainer, stream: VideoStream, tally: FrameTally
) -> Iterator[VideoFrame]:
    """The usable pictures of a stream in order of presentation; damage is counted and passed over.

    Raises:
        VideoError: if the file can no longer be read (a disk or network share gone), unlike damage inside it.
    """
    packets = container.demux(stream)
    flushed = False
    while not flushed:
        try:
            packet = next(packets, None)
        except av.error.InvalidDataError:
            tally.damaged += 1
            packet = None
        except av.error.FFmpegError as error:
            msg = f"{path} cannot be read on after {tally.decoded} frames ({error.strerror}): check the disk it lies on"
            raise VideoError(msg) from error
        flushed = packet is None or packet.size == 0
        try:
            # None, and the empty packet at the end, bring out the pictures that wait for reordering.
            pictures = stream.codec_context.decode(None if flushed else packet)
        except av.error.FFmpegError:
            tally.damaged += 1
            continue
        for picture in pictures:
            tally.decoded += 1
            picture.time_base = stream.time_base  # pictures from the flush come without one
            if picture.is_corrupt:
                tally.damaged += 1
                continue
            yield picture


def list_stamps(path: Path) -> tuple[NDArray[np.int64], int]:
    """Presentation time stamps of all packets in order, without decoding, and the number of packets.

    The array is empty where not every packet has a stamp.
    """
    with open_container(path) as (container, stream):
        stamps: list[int | None] = []
        with suppress(av.error.FFmpegError):  # damage: the packets before it are listed, and playing the file counts it
            stamps.extend(packet.pts for packet in container.demux(stream) if packet.size and not packet.is_discard)
        known = sorted(stamp for stamp in stamps if stamp is not None)
    return np.array(known if len(known) == len(stamps) else [], np.int64), len(stamps)


def measure_duration_s(path: Path) -> float | None:
    """Duration from the stamps of all packets, for containers that state none; None if they have no stamps."""
    stamps, _ = list_stamps(path)
    if not len(stamps):
        return None
    with open_container(path) as (_, stream):
        time_base = float(stream.time_base or 0)
    interval = float(np.median(np.diff(stamps))) if len(stamps) > 1 else 0.0
    return (float(stamps[-1] - stamps[0]) + interval) * time_base


def _find_origin_s(stream: VideoStream, picture: VideoFrame) -> Fraction | None:
    if picture.pts is None or picture.time_base is None:
        return None
    first_s = picture.pts * picture.time_base
    if stream.start_time is None or stream.time_base is None:
        return first_s
    # Where the first pictures are damaged, the stream still says when it began.
    return min(first_s, stream.start_time * stream.time_base)


def _find_duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        duration_s = container.duration / av.time_base
    else:
        return None
    return duration_s if 0 < duration_s <= LONGEST_FILE_S else None
