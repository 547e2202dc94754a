"""The camera of a scene: from where it hangs and what it aims at to the model that a site file holds."""

import math

import numpy as np
from scipy.spatial.transform import Rotation

from safemob.errors import ScenarioError
from safemob.scenes.scenario import CameraSpec, VideoSpec
from safemob.site import CameraModel
from safemob.units import Pixels

__all__ = ["aim_camera"]

_STEEPEST = 1e-3
"""A camera that is nearer than this to above its aim, in heights, has no upper side."""
_LEAST_STRETCH = 0.2
"""A lens that stretches less anywhere in the picture folds it, or is about to."""


def aim_camera(spec: CameraSpec, video: VideoSpec) -> CameraModel:
    """The exact camera: the aim in the middle of the picture, the horizon level, the field of view as the lens has it.

    Args:
        spec: where it hangs, what it aims at, its lens.
        video: the size of its pictures.

    Raises:
        ScenarioError: if it looks straight down, or its lens folds the picture.

    >>> camera = aim_camera(CameraSpec(position_m=[0.0, -20.0], height_m=8.0, distortion=[0.0, 0.0]), VideoSpec())
    >>> round(camera.focal_px, 3), camera.position_m
    (685.511, (0.0, -20.0, 8.0))
    """
    x, y = (aim - position for aim, position in zip(spec.aim_m, spec.position_m, strict=True))
    across = math.hypot(x, y)
    if across < _STEEPEST * spec.height_m:
        msg = f"the camera at {spec.position_m} aims at the place below itself: give an aim_m some metres away"
        raise ScenarioError(msg)
    forward = np.array([x, y, -spec.height_m]) / math.hypot(across, spec.height_m)
    right = np.array([y, -x, 0.0]) / across
    rotation = np.stack([right, np.cross(forward, right), forward])
    i, j, k = Rotation.from_matrix(rotation).as_rotvec().tolist()
    k1, k2 = spec.distortion
    return CameraModel(
        width_px=video.width_px,
        height_px=video.height_px,
        focal_px=Pixels(video.width_px / 2 / _bend(spec, video)),
        principal_point_px=(video.width_px / 2, video.height_px / 2),
        distortion=(k1, k2, 0.0, 0.0, 0.0),
        rotation_vector=(i, j, k),
        position_m=(spec.position_m[0], spec.position_m[1], spec.height_m),
    )


def _bend(spec: CameraSpec, video: VideoSpec) -> float:
    """Half the picture's width, in focal lengths, behind a lens that is checked as far as the picture's corners."""
    k1, k2 = spec.distortion
    edge = math.tan(math.radians(spec.view_deg / 2))
    bent_edge = edge * (1 + k1 * edge**2 + k2 * edge**4)
    corner = bent_edge * math.hypot(1.0, video.height_px / video.width_px)
    radii = np.linspace(0.0, 3 * edge, 601)
    stretch = 1 + 3 * k1 * radii**2 + 5 * k2 * radii**4
    bent = radii * (1 + k1 * radii**2 + k2 * radii**4)
    reached = np.flatnonzero(bent >= corner)
    if bent_edge <= 0 or not len(reached) or stretch[radii <= max(edge, radii[reached[0]])].min() < _LEAST_STRETCH:
        msg = (
            f"the lens with distortion {spec.distortion} folds a picture of {spec.view_deg:g}° at its corners: "
            "bring the first number nearer to 0, or raise the second"
        )
        raise ScenarioError(msg)
    return bent_edge
