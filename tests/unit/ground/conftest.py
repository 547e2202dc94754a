"""The camera that ground tests look through."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from safemob.individual.ground.camera import Camera
from safemob.site import CameraModel
from safemob.units import Pixels


@pytest.fixture
def camera() -> Camera:
    """8 m above the ground at (0, −20), looking along +y and 25° down."""
    pitch = np.radians(25.0)
    forward = np.array([0.0, np.cos(pitch), -np.sin(pitch)])
    right = np.array([1.0, 0.0, 0.0])
    rotation = np.stack([right, np.cross(forward, right), forward])
    rx, ry, rz = (float(each) for each in Rotation.from_matrix(rotation).as_rotvec())
    return Camera(
        CameraModel(
            width_px=1280,
            height_px=720,
            focal_px=Pixels(900.0),
            principal_point_px=(640.0, 360.0),
            distortion=(0.0, 0.0, 0.0, 0.0, 0.0),
            rotation_vector=(rx, ry, rz),
            position_m=(0.0, -20.0, 8.0),
        )
    )
