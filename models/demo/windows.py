"""Windows of rendered pictures: what the demonstration model is shown in training.

A data set is a folder in YOLO's layout: `images/*.jpg` and `labels/*.txt`, one road user a line: class, centre, width
and height as shares of the picture, of the whole body as far as the picture reaches.
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

__all__ = ["CLASS_NAMES", "WINDOW_PX", "Windows", "gather"]

CLASS_NAMES = ("pedestrian", "cyclist", "motorcyclist", "e-scooter", "car", "truck", "bus", "tram")
WINDOW_PX = (320, 192)
"""Width and height, both multiples of the network's stride of 32."""

_GREY = 114
"""Around pictures, as where the network is used."""
_WHOLE, _MIRRORED = 0.25, 0.5
_LARGEST = 2.5
"""Scale of a part, in scales of the whole picture."""
_SMALLEST_PX = 3.0
_LEAST_SHARE = 0.2
"""Of a box that must lie in the window for its road user to be asked for."""

Sample = dict[str, torch.Tensor]


class Windows:
    """Random windows, all different, the same for the same seed.

    A window shows the whole picture 320 pixels wide, a part of it at up to two and a half times that scale, or
    anything in between, perhaps mirrored, a little brighter, darker, paler or more colourful.
    """

    def __init__(self, folder: Path, *, count: int, seed: int) -> None:
        """Read all pictures, still compressed, and their labels into memory."""
        self._pictures = [np.fromfile(path, np.uint8) for path in sorted((folder / "images").glob("*.jpg"))]
        self._labels = [_read_labels(path) for path in sorted((folder / "labels").glob("*.txt"))]
        if not self._pictures or len(self._pictures) != len(self._labels):
            msg = f"{folder} holds {len(self._pictures)} pictures and {len(self._labels)} files of labels"
            raise SystemExit(msg)
        self._count, self._seed = count, seed

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Sample:
        """Window number `index`: `img` (3, height, width) uint8, red first, `cls` (N, 1), `bboxes` (N, 4) as shares."""
        round_, place = divmod(index, len(self._pictures))
        order = np.random.default_rng((self._seed, round_)).permutation(len(self._pictures))
        rng = np.random.default_rng((self._seed, round_, place))
        picture = np.asarray(cv2.imdecode(self._pictures[order[place]], cv2.IMREAD_COLOR), dtype=np.uint8)
        labels = self._labels[order[place]]
        window, boxes = _cut_out(picture, labels[:, 1:], rng)
        inside = _clip(boxes)
        kept = ((inside[:, 2:] - inside[:, :2]) >= _SMALLEST_PX).all(axis=1)
        kept &= _areas(inside) >= _LEAST_SHARE * _areas(boxes)
        shares = inside[kept] / (WINDOW_PX * 2)
        centres, sizes = (shares[:, :2] + shares[:, 2:]) / 2, shares[:, 2:] - shares[:, :2]
        colours = _tint(window, rng)[:, :, ::-1].transpose(2, 0, 1)
        return {
            "img": torch.from_numpy(np.ascontiguousarray(colours)),
            "cls": torch.from_numpy(labels[kept, :1].astype(np.float32)),
            "bboxes": torch.from_numpy(np.hstack((centres, sizes)).astype(np.float32)),
        }


def gather(samples: list[Sample]) -> Sample:
    """Windows as one batch, as Ultralytics' loss wants it."""
    owners = [torch.full((len(each["cls"]),), float(i)) for i, each in enumerate(samples)]
    return {
        "img": torch.stack([each["img"] for each in samples]).contiguous(memory_format=torch.channels_last),
        "cls": torch.cat([each["cls"] for each in samples]),
        "bboxes": torch.cat([each["bboxes"] for each in samples]),
        "batch_idx": torch.cat(owners),
    }


def _read_labels(path: Path) -> npt.NDArray[np.float64]:
    """(N, 5) class and centre, width, height as shares."""
    return np.array([line.split() for line in path.read_text().splitlines()], np.float64).reshape(-1, 5)


def _cut_out(
    picture: npt.NDArray[np.uint8], shares: npt.NDArray[np.float64], rng: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """A window, and all boxes (left, top, right, bottom) in its pixels, whether inside or not."""
    height, width = picture.shape[:2]
    fit = min(WINDOW_PX[0] / width, WINDOW_PX[1] / height)
    scale = fit * (1.0 if rng.random() < _WHOLE else np.exp(rng.uniform(0.0, np.log(_LARGEST))))
    left, top = (_place(rng, size * scale, into) for size, into in zip((width, height), WINDOW_PX, strict=True))
    # pixels are squares: the centre of the first lies at one half
    matrix = np.array([[scale, 0, left + scale / 2 - 0.5], [0, scale, top + scale / 2 - 0.5]])
    warped = cv2.warpAffine(picture, matrix, WINDOW_PX, flags=cv2.INTER_LINEAR, borderValue=(_GREY,) * 3)
    window = np.asarray(warped, dtype=np.uint8)
    centres, halves = shares[:, :2] * (width, height), shares[:, 2:] * (width, height) / 2
    boxes = np.hstack((centres - halves, centres + halves)) * scale + (left, top) * 2
    if rng.random() < _MIRRORED:
        window = window[:, ::-1]
        boxes[:, [0, 2]] = WINDOW_PX[0] - boxes[:, [2, 0]]
    return window, boxes


def _place(rng: np.random.Generator, size: float, into: int) -> float:
    """Where the picture begins along one side of the window: anywhere such that it fills as much as it can."""
    free = into - size
    return float(rng.uniform(min(0.0, free), max(0.0, free)))


def _tint(window: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Gain, gamma and colourfulness of another camera."""
    gain, gamma = rng.uniform(0.75, 1.25), np.exp(rng.uniform(-0.25, 0.25))
    curve = np.clip(255 * gain * (np.arange(256) / 255) ** gamma, 0, 255).astype(np.uint8)
    tinted = cv2.LUT(window, curve)
    grey = cv2.cvtColor(cv2.cvtColor(tinted, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    colourful = rng.uniform(0.5, 1.3)
    return np.asarray(cv2.addWeighted(tinted, colourful, grey, 1 - colourful, 0), dtype=np.uint8)


def _clip(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.clip(boxes, 0, WINDOW_PX * 2)


def _areas(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    areas: npt.NDArray[np.float64] = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas
