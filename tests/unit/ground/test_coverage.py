import numpy as np

from safemob.individual.ground.camera import Camera
from safemob.individual.ground.coverage import COARSEST_M_PER_PX, Coverage, trace_view

SQUARE = np.array([[-5.0, 0.0], [5.0, 0.0], [5.0, 10.0], [-5.0, 10.0]])


def test_near_ground_is_covered_and_far_ground_is_not(camera: Camera) -> None:
    near, far = [0.0, 5.0], [0.0, 90.0]
    assert Coverage(camera).contains(np.array([near, far])).tolist() == [True, False]


def test_limit_is_where_a_pixel_covers_half_a_metre(camera: Camera) -> None:
    outline = trace_view(camera, COARSEST_M_PER_PX)
    farthest = outline[np.argmax(outline[:, 1])]
    sampling = np.linalg.norm(camera.ground_slopes(farthest), ord=2)
    assert 0.4 < sampling <= COARSEST_M_PER_PX


def test_polygon_bounds_the_coverage(camera: Camera) -> None:
    inside, beside = [1.0, 5.0], [6.0, 5.0]
    assert Coverage(camera, SQUARE).contains(np.array([inside, beside])).tolist() == [True, False]


def test_concave_polygon_leaves_its_notch_out(camera: Camera) -> None:
    notched = np.array([[-5.0, 0.0], [5.0, 0.0], [5.0, 10.0], [0.0, 2.0], [-5.0, 10.0]])
    assert Coverage(camera, notched).contains(np.array([[0.0, 6.0], [0.0, 1.0]])).tolist() == [False, True]


def test_missing_position_is_not_covered(camera: Camera) -> None:
    assert not Coverage(camera, SQUARE).contains(np.array([[np.nan, np.nan]])).any()


def test_outline_of_the_view_holds_what_the_frame_shows(camera: Camera) -> None:
    outline = trace_view(camera, COARSEST_M_PER_PX)
    seen = Coverage(camera, outline)
    pixels = np.array([[200.0, 600.0], [640.0, 400.0], [1100.0, 500.0]])
    assert seen.contains(camera.to_ground(pixels)).all()
    below_the_frame = camera.to_ground(np.array([[640.0, 760.0]]))
    assert not seen.contains(below_the_frame).any()
