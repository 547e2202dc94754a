"""A road clip of 1080 or 720 lines, made from shared footage by a stated recipe, and the site file that goes with it.

Recipe: the 200 frames of `strudl_vid0.mp4` and `strudl_vid1.mp4` (640 × 480), rows 24 to 384 of each, which hold the
intersection; scaled by exactly 3 or 2 (cubic) to 1920 × 1080 or 1280 × 720; normal luminance noise of 2 grey levels,
drawn anew for every frame from a fixed seed; played forth and back at a constant 21 frames/s, about the rate at which
they were taken: 400 frames that can be repeated without a jump; H.264 by libx264 as cameras write it: 4:2:0, preset
veryfast, CRF 21, a key frame every 2 s, no B frames (4.8 and 2.5 Mbit/s).
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

import av
import cv2
import numpy as np
from results import SHARED

from safemob.adapters.site_file import load_site, save_site
from safemob.individual.arrays import Image
from safemob.site import CameraModel, ReferencePoint, Site
from safemob.units import Pixels

__all__ = ["MODEL", "RATE_HZ", "WEIGHTS", "RoadClip", "fit_site", "lengthen", "make_clip", "require_shared"]

MODEL: Final = SHARED / "models" / "yolov8n_384x640_fp32_dequant.onnx"
"""The detector of every contender, at the shape of 16:9 footage."""

WEIGHTS: Final = SHARED / "models" / "yolov8n_dequant.pt"
"""The same weights as the checkpoint that Ultralytics reads."""

RATE_HZ: Final = 21

_FOOTAGE: Final = tuple(SHARED / "video" / f"strudl_vid{part}.mp4" for part in (0, 1))
_SITE: Final = Path(__file__).resolve().parents[1] / "calibration" / "strudl.toml"
_TOP, _ROWS = 24, 360
_NOISE_SD, _SEED = 2.0, 0
_ENCODER = {"preset": "veryfast", "crf": "21", "g": str(2 * RATE_HZ), "bf": "0"}


class RoadClip(NamedTuple):
    """A video file, the site file of its camera, and how many frames it has."""

    video: Path
    site: Path
    frames: int


def require_shared() -> None:
    """End a benchmark with a sentence where the footage and the weights are not at hand."""
    if not all(path.is_file() for path in (*_FOOTAGE, MODEL, WEIGHTS)):
        print("This benchmark needs the shared footage and models (../shared/data), which are not part of the project.")
        sys.exit()


def make_clip(folder: Path, height: int) -> RoadClip:
    """Write the clip and its site file.

    Args:
        folder: where to.
        height: lines, a multiple of 360.
    """
    scale = height // _ROWS
    taken = list(_read_footage())
    video = folder / f"road_{height}.mp4"
    rng = np.random.default_rng(_SEED)
    images = taken + taken[::-1]
    with av.open(video, "w") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ, options=_ENCODER)
        stream.width, stream.height, stream.pix_fmt = taken[0].shape[1] * scale, height, "yuv420p"
        for count, image in enumerate(images):
            picture = av.VideoFrame.from_ndarray(_enlarge(image, scale, rng), format="bgr24")
            picture.pts, picture.time_base = count, Fraction(1, RATE_HZ)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    site = folder / f"road_{height}.toml"
    save_site(fit_site(load_site(_SITE), top_px=_TOP, rows=_ROWS, scale=scale), site)
    return RoadClip(video, site, len(images))


def fit_site(site: Site, *, top_px: int, rows: int, scale: int) -> Site:
    """The site as seen in pictures cut to some rows and enlarged: the same camera with another frame.

    Args:
        site: as calibrated.
        top_px: the first row that is kept.
        rows: how many are kept.
        scale: frame pixels per pixel of before. Distortion does not change: it is in units of the focal length.
    """

    def move(pixel: tuple[float, float]) -> tuple[float, float]:
        return pixel[0] * scale, (pixel[1] - top_px) * scale

    camera = site.camera
    return replace(
        site,
        id=f"{site.id}-{rows * scale}",
        camera=replace(
            camera,
            width_px=camera.width_px * scale,
            height_px=rows * scale,
            focal_px=Pixels(camera.focal_px * scale),
            principal_point_px=move(camera.principal_point_px),
            covariance=_scale_focal(camera, scale),
        ),
        reference_points=tuple(
            ReferencePoint(name=point.name, pixel=move(point.pixel), ground_m=point.ground_m)
            for point in site.reference_points
            if top_px <= point.pixel[1] < top_px + rows
        ),
    )


def lengthen(clip: RoadClip, times: int) -> RoadClip:
    """The clip played several times over in one file beside it: the same packets, time stamps rising."""
    longer = clip.video.with_stem(f"{clip.video.stem}_{times}")
    with av.open(longer, "w") as target:
        copy, start = None, 0
        for _ in range(times):
            with av.open(clip.video) as source:
                stream = source.streams.video[0]
                copy = copy or target.add_stream_from_template(stream)
                end = start
                for packet in source.demux(stream):
                    if packet.pts is None or packet.dts is None:
                        continue  # the empty one at the end
                    packet.pts, packet.dts = packet.pts + start, packet.dts + start
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.stream = copy
                    target.mux(packet)
                start = end
    return RoadClip(longer, clip.site, clip.frames * times)


def _read_footage() -> Iterator[Image]:
    """The rows of the intersection, (360, 640, 3) blue-green-red."""
    for path in _FOOTAGE:
        with av.open(path) as container:
            for picture in container.decode(video=0):
                yield np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)[_TOP : _TOP + _ROWS]


def _enlarge(image: Image, scale: int, rng: np.random.Generator) -> Image:
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    noise = np.rint(rng.standard_normal(large.shape[:2], dtype=np.float32) * np.float32(_NOISE_SD))
    noisy: Image = np.clip(large + noise.astype(np.int16)[..., None], 0, 255).astype(np.uint8)
    return noisy


def _scale_focal(camera: CameraModel, scale: int) -> tuple[tuple[float, ...], ...] | None:
    """The camera's covariance with its focal length in larger pixels."""
    if camera.covariance is None:
        return None
    factors = np.array([scale, 1, 1, 1, 1, 1, 1], dtype=np.float64)
    scaled = np.array(camera.covariance) * factors[:, None] * factors
    return tuple(tuple(row) for row in scaled.tolist())
