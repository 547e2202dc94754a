"""Decoded pictures: a scaled one looks like the whole one, whatever its pixel format, colours and rotation."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from safemob.adapters.sources.picture import DecodedPicture, StillPicture
from safemob.individual.arrays import Image

WIDTH, HEIGHT = 192, 108


def _paint() -> Image:
    """Broad fields of colour: what is left of them in a small picture does not hang on the way of scaling."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:54, :96] = (60, 40, 200)
    picture[:54, 96:] = (40, 180, 90)
    picture[54:, :96] = (220, 120, 30)
    picture[54:, 96:] = (240, 240, 240)
    return picture


def _encode(pixel_format: str, matrix: Colorspace, colour_range: ColorRange) -> VideoFrame:
    painted = VideoFrame.from_ndarray(_paint(), format="bgr24")
    picture = painted.reformat(format=pixel_format, dst_colorspace=matrix, dst_color_range=colour_range)
    picture.colorspace, picture.color_range = matrix, colour_range
    return picture


def _fields(image: Image) -> list[list[float]]:
    """Mean colours of the four fields, their edges left out."""
    height, width = image.shape[:2]
    boxes = [(top, left) for top in (0.1, 0.6) for left in (0.1, 0.6)]
    return [
        image[int(top * height) : int((top + 0.3) * height), int(left * width) : int((left + 0.3) * width)]
        .reshape(-1, 3)
        .mean(axis=0)
        .tolist()
        for top, left in boxes
    ]


@pytest.mark.parametrize("matrix", [Colorspace.ITU601, Colorspace.ITU709])
@pytest.mark.parametrize("colour_range", [ColorRange.MPEG, ColorRange.JPEG])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "nv12", "yuv420p10le"])
def test_a_scaled_picture_has_the_colours_of_the_scene(
    pixel_format: str, matrix: Colorspace, colour_range: ColorRange
) -> None:
    picture = DecodedPicture(decoded=_encode(pixel_format, matrix, colour_range))
    for size_px in (None, (64, 36), (65, 37), (300, 170)):
        image = picture.to_bgr(size_px)
        assert image.shape == (*(size_px or (WIDTH, HEIGHT))[::-1], 3)
        assert np.allclose(_fields(image), _fields(_paint()), atol=5)


@pytest.mark.parametrize("pixel_format", ["yuvj420p", "gray", "rgb24", "bgra", "gbrp"])
def test_other_layouts_scale_to_what_the_whole_picture_shows(pixel_format: str) -> None:
    source = VideoFrame.from_ndarray(_paint(), format="bgr24").reformat(format=pixel_format)
    picture = DecodedPicture(decoded=source)
    assert np.allclose(_fields(picture.to_bgr((64, 36))), _fields(picture.to_bgr()), atol=2)


@pytest.mark.parametrize("size_px", [(64, 36), (128, 72), (300, 170)])
def test_pixels_are_scaled_about_their_centres_as_detectors_are_trained(size_px: tuple[int, int]) -> None:
    grey = np.dstack([np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH), np.uint8)] * 3)
    decoded = VideoFrame.from_ndarray(grey, format="bgr24").reformat(format="yuvj444p")
    scaled = DecodedPicture(decoded=decoded).to_bgr(size_px).astype(int)
    assert np.abs(scaled - cv2.resize(grey, size_px).astype(int)).max() <= 2


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_a_rotated_picture_is_scaled_to_the_size_it_is_shown_in(quarter_turns: int) -> None:
    picture = DecodedPicture(
        decoded=_encode("yuv420p", Colorspace.ITU709, ColorRange.MPEG), quarter_turns=quarter_turns
    )
    upright = np.rot90(_paint(), quarter_turns)
    assert picture.size_px == upright.shape[1::-1]
    small_px = (picture.size_px[0] // 3, picture.size_px[1] // 3)
    small = picture.to_bgr(small_px)
    assert small.flags.c_contiguous
    assert small.shape == (*small_px[::-1], 3)
    assert np.allclose(_fields(small), _fields(upright), atol=5)


def test_a_picture_stored_last_line_first_is_not_upside_down() -> None:
    graph = Graph()
    decoded = _encode("yuv420p", Colorspace.ITU601, ColorRange.MPEG)
    source = graph.add_buffer(width=WIDTH, height=HEIGHT, format=decoded.format, time_base=Fraction(1, 25))
    flip, sink = graph.add("vflip"), graph.add("buffersink")
    source.link_to(flip)
    flip.link_to(sink)
    graph.configure()
    graph.push(decoded)
    flipped = graph.pull()
    assert isinstance(flipped, VideoFrame)
    assert flipped.planes[0].line_size < 0, "the filter copied, so this test shows nothing"
    picture = DecodedPicture(decoded=flipped)
    assert np.allclose(_fields(picture.to_bgr((64, 36))), _fields(_paint()[::-1]), atol=5)


def test_a_still_is_scaled_like_a_decoded_picture() -> None:
    still = StillPicture(image=_paint())
    assert still.size_px == (WIDTH, HEIGHT)
    assert np.array_equal(still.to_bgr(), _paint())
    assert np.allclose(_fields(still.to_bgr((64, 36))), _fields(_paint()), atol=1)
