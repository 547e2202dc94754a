"""The site seen from above, for the report's plan: plain polygons, nothing individual."""

import numpy as np

from safemob.aggregate.site_view import SiteView
from safemob.individual.arrays import Floats
from safemob.individual.ground.camera import Camera
from safemob.individual.ground.coverage import COARSEST_M_PER_PX, trace_view
from safemob.site import Site

__all__ = ["draw_site_view"]

_SEEN_M_PER_PX = 2 * COARSEST_M_PER_PX
_MARGIN_M = 3.0


def draw_site_view(site: Site) -> SiteView:
    """Field of view, analysed ground, camera and reference points of a site."""
    camera = Camera(site.camera)
    seen = trace_view(camera, _SEEN_M_PER_PX)
    covered = trace_view(camera, COARSEST_M_PER_PX) if site.coverage_m is None else np.array(site.coverage_m)
    points = np.array([point.ground_m[:2] for point in site.reference_points]).reshape(-1, 2)
    shown = np.concatenate([covered, points, camera.position[None, :2]])
    left, bottom = (float(value) for value in shown.min(axis=0) - _MARGIN_M)
    right, top = (float(value) for value in shown.max(axis=0) + _MARGIN_M)
    return SiteView(
        id=site.id,
        name=site.name,
        extent_m=(left, bottom, right, top),
        field_of_view_m=_polygon(seen),
        coverage_m=_polygon(covered),
        camera_m=(float(camera.position[0]), float(camera.position[1])),
        camera_height_m=float(camera.position[2]),
        reference_points_m=_polygon(points),
        fit=site.fit,
        origin=site.origin,
    )


def _polygon(corners: Floats) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in corners)
