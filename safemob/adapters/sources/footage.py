"""Single frames out of long recordings: what a camera saw at given moments, without decoding all of it."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from safemob.adapters.sources.decoding import measure_duration_s
from safemob.adapters.sources.file_names import list_videos
from safemob.adapters.sources.video_file import VideoFile
from safemob.errors import VideoError
from safemob.individual.image.frame import Frame

__all__ = ["Footage"]

_BLOCKS = 16
_WORTH_SEEKING_S = 5.0
"""Moments closer together than this are reached by decoding on."""


class Footage:
    """Video files laid end to end, of any cameras and sizes.

    Attributes:
        length_s: of all of them together.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Look at every file's header and first picture.

        Args:
            paths: video files, or folders of them.

        Raises:
            VideoError: if a file is no video, or nobody can tell how long it is.
        """
        self._files: list[tuple[VideoFile, float, float]] = []
        self.length_s = 0.0
        for path in list_videos(paths):
            video = VideoFile(path)
            duration_s = video.header.duration_s or measure_duration_s(path)
            if not duration_s:
                msg = f"{path} does not tell how long it is: put it into a container with time stamps, or leave it out"
                raise VideoError(msg)
            self._files.append((video, self.length_s, self.length_s + duration_s))
            self.length_s += duration_s

    def alternate(self, count: int) -> tuple[list[float], list[float]]:
        """Moments spread evenly over every other block of time, and as many over the blocks in between.

        Neighbours within a block show nearly the same; blocks are as far apart as the length allows.

        Args:
            count: how many of each.
        """
        block_s = self.length_s / _BLOCKS
        within_s = [(number + 0.5) * self.length_s / 2 / count for number in range(count)]
        odd = [moment + moment // block_s * block_s for moment in within_s]
        return odd, [moment + block_s for moment in odd]

    def frames_at(self, moments_s: Sequence[float]) -> Iterator[Frame]:
        """The first frame at or after each moment; fewer where moments are closer than frames, or an end is missing.

        Args:
            moments_s: ascending, in [0, `length_s`).
        """
        for video, start_s, end_s in self._files:
            yield from _pick(video, deque(moment - start_s for moment in moments_s if start_s <= moment < end_s))


def _pick(video: VideoFile, wanted: deque[float]) -> Iterator[Frame]:
    """Frames at times of one file; `wanted` is used up."""
    while wanted:
        for frame in video.frames(wanted[0]):
            if wanted[0] > frame.time_s:
                continue
            yield frame
            while wanted and wanted[0] <= frame.time_s:
                wanted.popleft()
            if not wanted or wanted[0] - frame.time_s > _WORTH_SEEKING_S:
                break
        else:
            return
