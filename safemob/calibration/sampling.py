"""How much road one pixel covers: the limit that the camera itself sets to every position."""

from collections.abc import Sequence

import numpy as np

from safemob.individual.ground.camera import Camera
from safemob.site import CameraModel

__all__ = ["compute_sampling"]


def compute_sampling(camera: CameraModel, distances_m: Sequence[float]) -> list[float | None]:
    """Metres of road along the line of sight that one pixel covers, at distances from the camera's foot.

    Args:
        camera: the solved camera.
        distances_m: on the ground, straight ahead of the camera.

    Returns:
        Metres per pixel at each distance; None where that place is outside the frame.
    """
    view = Camera(camera)
    ahead = view.rotation[2, :2]
    level = float(np.linalg.norm(ahead))
    places = view.position[:2] + np.outer(distances_m, ahead / level if level > 0 else np.array([1.0, 0.0]))
    pixels = view.project(np.column_stack([places, np.zeros(len(places))]))
    with np.errstate(invalid="ignore"):
        inside = ((pixels >= 0) & (pixels < [camera.width_px, camera.height_px])).all(axis=1)
    stretches = np.full(len(places), np.nan)
    stretches[inside] = np.linalg.norm(view.ground_slopes(places[inside]), ord=2, axis=(1, 2))
    return [float(stretch) if np.isfinite(stretch) else None for stretch in stretches]
