"""What the report's map needs to know of a site: plain values, filled in where the camera is known."""

from dataclasses import dataclass

from safemob.site import Fit, Origin

__all__ = ["Polygon", "SiteView"]

_FLATTEST, _TALLEST = 0.4, 1.1
"""Height of the map by its width: what fits a page with its captions."""

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """One site seen from above, in site coordinates (x, y), m.

    Attributes:
        id, name: of the site.
        extent_m: left, bottom, right and top of what the map has to show.
        field_of_view_m: the ground that the camera sees.
        coverage_m: the ground that was analysed; None for all the camera sees.
        camera_m: where the camera stands.
        camera_height_m: how high it hangs.
        reference_points_m: the points it was calibrated with.
        fit: how well they agree.
        origin: place on the map; None where only local metres are known, and north is not.
    """

    id: str
    name: str
    extent_m: tuple[float, float, float, float]
    field_of_view_m: Polygon
    coverage_m: Polygon | None
    camera_m: tuple[float, float]
    camera_height_m: float
    reference_points_m: Polygon
    fit: Fit
    origin: Origin | None

    @property
    def frame_m(self) -> tuple[float, float, float, float]:
        """The extent, widened on both sides where it is too flat or too tall for a page."""
        left, bottom, right, top = self.extent_m
        width_m, height_m = right - left, top - bottom
        wider_m = max(0.0, height_m / _TALLEST - width_m) / 2
        higher_m = max(0.0, width_m * _FLATTEST - height_m) / 2
        return left - wider_m, bottom - higher_m, right + wider_m, top + higher_m
