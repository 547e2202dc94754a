"""A camera 7 m over a junction, and points on the road that it sees."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from safemob.calibration.pose import Solved, solve_camera
from safemob.individual.ground.camera import Camera
from safemob.site import CameraModel, ReferencePoint
from safemob.units import Pixels

_PLACES = (
    ("kerb", (-6.0, 9.0)),
    ("stop line", (5.0, 8.0)),
    ("island", (0.0, 15.0)),
    ("lamp", (-9.0, 24.0)),
    ("gully", (10.0, 26.0)),
    ("zebra", (2.0, 34.0)),
    ("arrow", (-3.0, 20.0)),
)


@pytest.fixture(scope="session")
def camera() -> Camera:
    """7 m high, looking along +y and 25° down, field of view 65°, 1280×720."""
    down = np.radians(25.0)
    axes = np.array([[1, 0, 0], [0, -np.sin(down), -np.cos(down)], [0, np.cos(down), -np.sin(down)]])
    x, y, z = Rotation.from_matrix(axes).as_rotvec().tolist()
    return Camera(
        CameraModel(
            width_px=1280,
            height_px=720,
            focal_px=Pixels(1004.6),
            principal_point_px=(640.0, 360.0),
            distortion=(0.0, 0.0, 0.0, 0.0, 0.0),
            rotation_vector=(x, y, z),
            position_m=(0.0, 0.0, 7.0),
        )
    )


@pytest.fixture
def points(camera: Camera) -> list[ReferencePoint]:
    """Seven points, with a pointing error of about one pixel each."""
    return _survey(camera)


@pytest.fixture(scope="session")
def solved(camera: Camera) -> Solved:
    """The camera that is solved from them."""
    return solve_camera(_survey(camera), (1280, 720))


def _survey(camera: Camera) -> list[ReferencePoint]:
    rng = np.random.default_rng(3)
    found = []
    for name, (x, y) in _PLACES:
        u, v = (camera.project(np.array([x, y, 0.0])) + rng.normal(0.0, 1.0, 2)).tolist()
        found.append(ReferencePoint(name=name, pixel=(u, v), ground_m=(x, y, 0.0)))
    return found
