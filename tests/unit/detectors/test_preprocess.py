from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from safemob.adapters.detectors.preprocess import FrameLoader, Letterbox, input_size_px

SIDES = st.integers(1, 4000)
INPUTS = st.integers(2, 40).map(lambda cells: cells * 32)


@given(frame=st.tuples(SIDES, SIDES), into=st.tuples(INPUTS, INPUTS), centred=st.booleans())
def test_the_whole_frame_maps_to_its_place_in_the_input_and_back(
    frame: tuple[int, int], into: tuple[int, int], *, centred: bool
) -> None:
    letterbox = Letterbox.fit(frame, into, centred=centred)
    (left, top), (width, height) = letterbox.offset_px, letterbox.picture_px
    assert 0 <= left <= into[0] - width
    assert 0 <= top <= into[1] - height
    boxes, cut = letterbox.to_frame(np.array([[left, top, left + width, top + height]], dtype=np.float64))
    assert_allclose(boxes, [[0, 0, *frame]])
    assert cut.all()


@given(frame=st.tuples(st.integers(64, 4000), st.integers(64, 4000)), into=st.tuples(INPUTS, INPUTS))
def test_a_frame_is_not_distorted(frame: tuple[int, int], into: tuple[int, int]) -> None:
    letterbox = Letterbox.fit(frame, into, centred=True)
    scale = min(into[0] / frame[0], into[1] / frame[1])
    assert_allclose(letterbox.picture_px, (frame[0] * scale, frame[1] * scale), atol=0.51)


def test_boxes_outside_the_picture_are_clipped_to_the_frame() -> None:
    letterbox = Letterbox.fit((640, 360), (640, 640), centred=True)
    boxes, cut = letterbox.to_frame(np.array([[-5.0, 100, 650, 300]]))
    assert boxes.tolist() == [[0, 0, 640, 160]]
    assert cut.tolist() == [True]


@pytest.mark.parametrize(
    ("box", "is_cut"),
    [
        ((100.0, 100.0, 200.0, 200.0), False),
        ((2.0, 100.0, 200.0, 200.0), True),
        ((2.1, 100.0, 200.0, 200.0), False),
        ((100.0, 1.0, 200.0, 200.0), True),
        ((500.0, 100.0, 638.5, 200.0), True),
        ((500.0, 100.0, 637.5, 200.0), False),
        ((100.0, 400.0, 200.0, 479.0), True),
    ],
)
def test_a_box_within_two_input_pixels_of_the_frame_edge_is_cut(
    box: tuple[float, float, float, float], *, is_cut: bool
) -> None:
    letterbox = Letterbox.fit((640, 480), (640, 480), centred=True)
    assert letterbox.to_frame(np.array([box]))[1].tolist() == [is_cut]


def test_the_cut_margin_grows_with_the_frame_and_not_below_two_of_its_pixels() -> None:
    five_px_inside = np.array([[5.0, 100, 200, 200]])
    large = Letterbox.fit((1920, 1152), (640, 384), centred=True)
    small = Letterbox.fit((320, 192), (640, 384), centred=True)
    assert large.to_frame(five_px_inside / 3)[1].tolist() == [True]
    assert small.to_frame(np.array([[4.1, 100, 200, 200]]))[1].tolist() == [False]
    assert small.to_frame(np.array([[3.9, 100, 200, 200]]))[1].tolist() == [True]


def test_an_open_input_takes_the_frames_shape_in_steps_of_32() -> None:
    def size(frame: tuple[int, int]) -> tuple[int, int]:
        return input_size_px(frame, width_px=None, height_px=None, long_side_px=640)

    assert size((1920, 1080)) == (640, 384)
    assert size((1080, 1920)) == (384, 640)
    assert size((800, 600)) == (640, 480)
    assert size((5000, 10)) == (640, 32)


def test_a_models_own_input_size_is_kept() -> None:
    assert input_size_px((1920, 1080), width_px=416, height_px=320, long_side_px=640) == (416, 320)


def test_pixels_keep_their_place_and_colours_their_order() -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 64, 3), dtype=np.uint8)
    letterbox = Letterbox.fit((64, 30), (64, 64), centred=True)
    for_ultralytics = FrameLoader(red_first=True, unit_range=True).load(image, letterbox)
    assert for_ultralytics.dtype == np.float32
    assert_allclose(for_ultralytics[0, :, 17:47], image[:, :, ::-1].transpose(2, 0, 1) / 255, atol=1e-6)
    assert_allclose(for_ultralytics[0, :, :17], 114 / 255, atol=1e-6)
    assert_allclose(for_ultralytics[0, :, 47:], 114 / 255, atol=1e-6)
    corner = Letterbox.fit((64, 30), (64, 64), centred=False)
    for_yolox = FrameLoader(red_first=False, unit_range=False).load(image, corner)
    assert_array_equal(for_yolox[0, :, :30], image.transpose(2, 0, 1))
    assert_array_equal(for_yolox[0, :, 30:], 114)


def test_a_frame_of_another_size_leaves_nothing_of_the_last_one_behind() -> None:
    loader = FrameLoader(red_first=False, unit_range=False)
    white = np.full((64, 64, 3), 255, dtype=np.uint8)
    loader.load(white, Letterbox.fit((64, 64), (64, 64), centred=True))
    black = np.zeros((32, 64, 3), dtype=np.uint8)
    tensor = loader.load(black, Letterbox.fit((64, 32), (64, 64), centred=True))
    assert set(np.unique(tensor)) == {0, 114}


def test_threads_do_not_share_buffers() -> None:
    loader = FrameLoader(red_first=False, unit_range=False)
    letterbox = Letterbox.fit((64, 64), (64, 64), centred=True)

    def stays_itself(value: int) -> bool:
        for _ in range(200):
            tensor = loader.load(np.full((64, 64, 3), value, dtype=np.uint8), letterbox)
            if not (tensor == value).all():
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(stays_itself, range(4)))
