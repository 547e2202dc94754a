"""What the report's map needs to know of a site: plain values, filled in where the camera is known."""

from dataclasses import dataclass

from safemob.site import Fit, Origin

__all__ = ["Polygon", "SiteView"]

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """One site seen from above, in site coordinates (x, y), m.

    Attributes:
        id, name: of the site.
        extent_m: left, bottom, right and top of the map.
        field_of_view_m: the ground that the camera sees.
        blind_m: ground inside it that something hides.
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
    blind_m: tuple[Polygon, ...]
    coverage_m: Polygon | None
    camera_m: tuple[float, float]
    camera_height_m: float
    reference_points_m: Polygon
    fit: Fit
    origin: Origin | None
