"""The camera that ground tests look through."""

import pytest
from footprint import make_camera

from safemob.individual.ground.camera import Camera


@pytest.fixture
def camera() -> Camera:
    """8 m above the ground at (0, −20), looking along +y and 25° down: the footprint benchmark's."""
    return make_camera()
