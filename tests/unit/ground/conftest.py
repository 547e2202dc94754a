"""The camera that ground tests look through."""

from dataclasses import replace

import pytest
from simulated_drives import make_camera

from safemob.individual.ground.camera import Camera


@pytest.fixture
def camera() -> Camera:
    """8 m above the ground at (0, −20), looking along +y and 25° down."""
    return Camera(replace(make_camera(8.0, 25.0, 900.0).model, position_m=(0.0, -20.0, 8.0)))
