"""Places on the map as site metres: x east, y north, distances true, the origin amid the points.

A local transverse Mercator projection of the WGS84 ellipsoid, with scale 1 at the origin: within two kilometres its
distances are true to 0.1 mm per km. UTM coordinates go through latitude and longitude, so that neither UTM's scale
(up to 1 ‰ and more outside the zone) nor its grid's turn against north stays in. Works without a network.
"""

from collections.abc import Sequence

import numpy as np
import pyproj
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]  # public, but not re-exported

from safemob.individual.arrays import Floats
from safemob.site import Origin

__all__ = ["from_utm", "to_site_metres"]

set_network_enabled(active=False)


def to_site_metres(latitudes_deg: Sequence[float], longitudes_deg: Sequence[float]) -> tuple[Floats, Origin]:
    """Project WGS84 coordinates to a plane that touches the earth amid them.

    Args:
        latitudes_deg: of N points.
        longitudes_deg: likewise.

    Returns:
        (N, 2) metres east and north of the origin, and the origin: the mean of the points, rounded to 1e-7°.
    """
    origin = Origin(
        latitude_deg=round(float(np.mean(latitudes_deg)), 7), longitude_deg=round(float(np.mean(longitudes_deg)), 7)
    )
    local = pyproj.CRS.from_dict(
        {"proj": "tmerc", "lat_0": origin.latitude_deg, "lon_0": origin.longitude_deg, "k": 1, "datum": "WGS84"}
    )
    project = pyproj.Transformer.from_crs(pyproj.CRS.from_epsg(4326), local, always_xy=True)
    east, north = project.transform(np.asarray(longitudes_deg, float), np.asarray(latitudes_deg, float))
    return np.column_stack([east, north]), origin


def from_utm(
    eastings_m: Sequence[float], northings_m: Sequence[float], *, zone: int, south: bool = False
) -> tuple[Floats, Floats]:
    """WGS84 latitudes and longitudes, in degrees, of UTM coordinates."""
    utm = pyproj.CRS.from_dict({"proj": "utm", "zone": zone, "south": south, "datum": "WGS84"})
    unproject = pyproj.Transformer.from_crs(utm, pyproj.CRS.from_epsg(4326), always_xy=True)
    longitude, latitude = unproject.transform(np.asarray(eastings_m, float), np.asarray(northings_m, float))
    return np.asarray(latitude), np.asarray(longitude)
