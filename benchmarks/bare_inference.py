"""ONNX Runtime and nothing else: ready-made tensors in, answers thrown away. The limit for any job on the machine."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import av
import numpy as np
import onnxruntime as ort
from road_clip import MODEL

from safemob.adapters.detectors.network import Tensor

__all__ = ["BareInference"]

_TENSORS: Final = 16
_WARM_UP: Final = 4


class BareInference:
    """One session, called over and over.

    Args:
        video: where the pictures come from, of the shape of the network's input or a little flatter.
        calls: how many are under way at once.
        threads: how many each of them uses.
    """

    def __init__(self, video: Path, *, calls: int, threads: int) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
        self._calls = calls
        (image,) = self._session.get_inputs()
        self._tensors = [_load(picture, image.shape) for picture in islice(_decode(video), _TENSORS)]
        self._name: str = image.name
        self._run_all(_WARM_UP * calls)

    def frames_per_s(self, frames: int) -> float:
        """Over so many frames."""
        begin_s = time.perf_counter()
        self._run_all(frames)
        return frames / (time.perf_counter() - begin_s)

    def _run_all(self, frames: int) -> None:
        """Every thread calls as fast as it can, until all frames are done."""
        waiting: Iterator[Tensor] = islice(cycle(self._tensors), frames)

        def work() -> None:
            for tensor in waiting:
                self._session.run(None, {self._name: tensor})

        with ThreadPoolExecutor(self._calls) as pool:
            for done in [pool.submit(work) for _ in range(self._calls)]:
                done.result()


def _decode(video: Path) -> Iterator[av.VideoFrame]:
    with av.open(video) as container:
        yield from container.decode(video=0)


def _load(picture: av.VideoFrame, shape: Sequence[int]) -> Tensor:
    """The picture in the middle of a grey input, as every contender sees it."""
    height, width = shape[2:]
    rows = width * picture.height // picture.width
    top = (height - rows) // 2
    tensor = np.full(shape, 114 / 255, dtype=np.float32)
    image = picture.to_ndarray(width=width, height=rows, format="rgb24")
    tensor[0, :, top : top + rows] = image.transpose(2, 0, 1) / np.float32(255)
    return tensor
