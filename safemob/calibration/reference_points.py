"""Read reference points: pixels of a frame and where they lie, from a table, QGIS's georeferencer or OTVision.

Three kinds of file, told apart by their ending:

- ``.csv``: header ``name`` (optional), ``u_px``, ``v_px`` and one of ``x_m, y_m`` (``z_m`` optional),
  ``latitude_deg, longitude_deg`` (``height_m`` optional), ``easting_m, northing_m, utm_zone`` (``hemisphere`` and
  ``height_m`` optional). Comma, semicolon or tab; decimal commas where the separator is not a comma.
- ``.points``: QGIS's georeferencer. Its map coordinates are taken as metres of an unknown map, east and north.
- ``.otrfpts``: OTVision's reference points, UTM.

Heights are metres above the road. Places on the map become metres east and north of an origin amid the points.
"""

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from safemob.adapters.small_files import read_small_file
from safemob.errors import ReferencePointError
from safemob.site import Origin, ReferencePoint

__all__ = ["SurveyedPoints", "read_reference_points"]

_LARGEST_BYTES = 64 * 1024
_LONGEST_NAME = 60
_WIDEST_M = 2_000.0
_NARROWEST_M = 1.0
_FARTHEST_LOCAL_M = 100_000.0
_HIGHEST_M = 30.0

_LOCAL = ("x_m", "y_m")
_GEOGRAPHIC = ("latitude_deg", "longitude_deg")
_UTM = ("easting_m", "northing_m", "utm_zone")
_QGIS = ("mapX", "mapY")
_OPTIONAL = {_LOCAL: {"z_m"}, _GEOGRAPHIC: {"height_m"}, _UTM: {"height_m", "hemisphere"}}
_BOUNDS = {
    "latitude_deg": (-90.0, 90.0, "degrees; metres go into columns easting_m, northing_m, utm_zone or x_m, y_m"),
    "longitude_deg": (-180.0, 180.0, "degrees; metres go into columns easting_m, northing_m, utm_zone or x_m, y_m"),
    "easting_m": (0.0, 1_000_000.0, "metres within a UTM zone, six digits without the zone's number"),
    "northing_m": (0.0, 10_000_000.0, "metres from the equator"),
    "x_m": (-_FARTHEST_LOCAL_M, _FARTHEST_LOCAL_M, "local metres; UTM goes into easting_m, northing_m, utm_zone"),
    "y_m": (-_FARTHEST_LOCAL_M, _FARTHEST_LOCAL_M, "local metres; UTM goes into easting_m, northing_m, utm_zone"),
    "z_m": (-_HIGHEST_M, _HIGHEST_M, "metres above the road, not above the sea"),
    "height_m": (-_HIGHEST_M, _HIGHEST_M, "metres above the road, not above the sea"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedPoints:
    """Reference points in site coordinates, and where these lie on the map if that is known."""

    points: tuple[ReferencePoint, ...]
    origin: Origin | None


class _Row(NamedTuple):
    """One line of a file: where it stands, for messages, and its fields."""

    place: str
    name: str
    fields: dict[str, str]


def read_reference_points(path: Path) -> SurveyedPoints:
    """Read a file of reference points.

    Args:
        path: a ``.csv``, ``.points`` or ``.otrfpts`` file.

    Returns:
        The points in site metres, and their origin on the map where the file tells it.

    Raises:
        ReferencePointError: naming the file, the line, what is wrong and what to change.
    """
    text = _read_text(path)
    if path.suffix.lower() == ".otrfpts":
        rows = _split_otvision(text, path)
    elif path.suffix.lower() == ".points":
        rows = _split_qgis(text, path)
    else:
        rows = _split_table(text, path)
    if not rows:
        msg = f"{path} holds no reference points: add at least 4"
        raise ReferencePointError(msg)
    pixels = [(_number(row, "u_px"), _number(row, "v_px")) for row in rows]
    places, heights, origin = _place(rows, path)
    _check_extent(rows, places)
    return SurveyedPoints(
        points=tuple(
            ReferencePoint(name=row.name, pixel=pixel, ground_m=(*place, height))
            for row, pixel, place, height in zip(rows, pixels, places, heights, strict=True)
        ),
        origin=origin,
    )


def _read_text(path: Path) -> str:
    try:
        data = read_small_file(path, _LARGEST_BYTES)
    except OSError as error:
        msg = f"reference points {path} cannot be read ({error.strerror}): check the path"
        raise ReferencePointError(msg) from error
    if len(data) > _LARGEST_BYTES:
        msg = f"{path} is larger than {_LARGEST_BYTES // 1024} KiB: a file of reference points has one line a point"
        raise ReferencePointError(msg)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 text: save it as 'CSV UTF-8'"
        raise ReferencePointError(msg) from error


def _split_table(text: str, path: Path) -> list[_Row]:
    head = text.split("\n", 1)[0]
    separator = max(";\t,", key=head.count)
    lines = [
        (number, cells)
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1)
        if any(cell.strip() for cell in cells)
    ]
    if not lines:
        return []
    header = [cell.strip() for cell in lines[0][1]]
    _check_header(header, path)
    rows: list[_Row] = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            msg = (
                f"{path} line {number} has {len(cells)} fields, the header names {len(header)}: "
                "write decimals with a point, or separate the fields by semicolons"
            )
            raise ReferencePointError(msg)
        fields = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
        if separator != ",":
            fields = {k: v.replace(",", ".") if k != "name" and "." not in v else v for k, v in fields.items()}
        name = " ".join(fields.get("name", "").split())[:_LONGEST_NAME] or str(len(rows) + 1)
        rows.append(_Row(f"{path} line {number}", name, fields))
    return rows


def _check_header(header: Sequence[str], path: Path) -> None:
    kinds = [kind for kind in _OPTIONAL if set(kind) <= set(header)]
    if len(kinds) != 1 or not {"u_px", "v_px"} <= set(header):
        msg = (
            f"{path} line 1 must name the columns u_px, v_px and one of x_m, y_m; latitude_deg, longitude_deg; or "
            f"easting_m, northing_m, utm_zone: it names {', '.join(header)[:200]}"
        )
        raise ReferencePointError(msg)
    unknown = sorted(set(header) - {"name", "u_px", "v_px", *kinds[0]} - _OPTIONAL[kinds[0]])
    if unknown or len(set(header)) < len(header):
        what = f"an unknown column '{unknown[0]}'" if unknown else "a column twice"
        msg = f"{path} line 1 names {what}: beside {', '.join(kinds[0])} it may name " + ", ".join(
            sorted({"name"} | _OPTIONAL[kinds[0]])
        )
        raise ReferencePointError(msg)


def _split_qgis(text: str, path: Path) -> list[_Row]:
    numbered = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip() and line[0] != "#"]
    header = [cell.strip() for cell in numbered[0][1].split(",")] if numbered else []
    across, down = ("sourceX", "sourceY") if "sourceX" in header else ("pixelX", "pixelY")
    if not {*_QGIS, across, down} <= set(header):
        msg = f"{path} is not a file of QGIS's georeferencer: its header must name mapX, mapY, pixelX, pixelY"
        raise ReferencePointError(msg)
    rows: list[_Row] = []
    for number, line in numbered[1:]:
        row = _Row(f"{path} line {number}", str(len(rows) + 1), dict(zip(header, line.split(","), strict=False)))
        if row.fields.get("enable", "1").strip() != "0":
            row.fields.update(u_px=row.fields.get(across, ""), v_px=str(-_number(row, down)))
            rows.append(row)
    return rows


def _split_otvision(text: str, path: Path) -> list[_Row]:
    names = {
        "x_px": "u_px",
        "y_px": "v_px",
        "lon_utm": "easting_m",
        "lat_utm": "northing_m",
        "zone_utm": "utm_zone",
        "hemisphere": "hemisphere",
    }
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"{path} is not JSON as OTVision writes it: export the reference points again"
        raise ReferencePointError(msg) from error
    if not isinstance(content, dict) or not all(isinstance(point, dict) for point in content.values()):
        msg = f"{path} is not a file of OTVision reference points: it must map numbers to points"
        raise ReferencePointError(msg)
    return [
        _Row(f"{path} point {key}", str(key), {ours: str(point.get(theirs, "")) for theirs, ours in names.items()})
        for key, point in content.items()
    ]


def _place(rows: Sequence[_Row], path: Path) -> tuple[list[tuple[float, float]], list[float], Origin | None]:
    """Site coordinates, heights and origin of points in whichever coordinates the rows have."""
    fields = rows[0].fields
    if "mapX" in fields:
        maps = [(_number(row, "mapX"), _number(row, "mapY")) for row in rows]
        east, north = (float(round(sum(axis) / len(axis))) for axis in zip(*maps, strict=True))
        return [(x - east, y - north) for x, y in maps], [0.0] * len(rows), None
    if "x_m" in fields:
        heights = [_number(row, "z_m", default=0.0) for row in rows]
        return [(_number(row, "x_m"), _number(row, "y_m")) for row in rows], heights, None
    from safemob.calibration.local_map import from_utm, to_site_metres  # noqa: PLC0415  (local metres do without)

    heights = [_number(row, "height_m", default=0.0) for row in rows]
    if "latitude_deg" in fields:
        latitudes = [_number(row, "latitude_deg") for row in rows]
        longitudes = [_number(row, "longitude_deg") for row in rows]
    else:
        zone, south = _read_zone(rows, path)
        eastings = [_number(row, "easting_m") for row in rows]
        northings = [_number(row, "northing_m") for row in rows]
        for axis, values in (("easting_m", eastings), ("northing_m", northings)):
            _check_close(rows, values, axis)
        latitude, longitude = from_utm(eastings, northings, zone=zone, south=south)
        latitudes, longitudes = latitude.tolist(), longitude.tolist()
    metres, origin = to_site_metres(latitudes, longitudes)
    return [(round(x, 4), round(y, 4)) for x, y in metres.tolist()], heights, origin


def _read_zone(rows: Sequence[_Row], path: Path) -> tuple[int, bool]:
    zones = set()
    for row in rows:
        zone, hemisphere = _number(row, "utm_zone"), (row.fields.get("hemisphere") or "N").upper()
        if zone not in range(1, 61) or hemisphere not in {"N", "S"}:
            msg = f"{row.place}: UTM zone {zone:g} {hemisphere} does not exist, expected 1 to 60 and N or S, e.g. 32 N"
            raise ReferencePointError(msg)
        zones.add((int(zone), hemisphere == "S"))
    if len(zones) > 1:
        msg = f"{path} mixes UTM zones: give all points in one zone"
        raise ReferencePointError(msg)
    return zones.pop()


def _number(row: _Row, column: str, *, default: float | None = None) -> float:
    text = row.fields.get(column, "")
    if not text and default is not None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        msg = f"{row.place}: {column} is '{text[:40]}', expected a number such as 12.5"
        raise ReferencePointError(msg)
    low, high, expected = _BOUNDS.get(column, (-math.inf, math.inf, ""))
    if not low <= value <= high:
        msg = f"{row.place}: {column} {value:g} is not between {low:g} and {high:g}: it takes {expected}"
        raise ReferencePointError(msg)
    return value


def _check_close(rows: Sequence[_Row], values: Sequence[float], what: str) -> None:
    """Refuse a point far from all others along one axis, naming it."""
    median = sorted(values)[len(values) // 2]
    row, value = max(zip(rows, values, strict=True), key=lambda pair: abs(pair[1] - median))
    if abs(value - median) > _WIDEST_M:
        msg = (
            f"{row.place}: point '{row.name}' is {abs(value - median):,.0f} m from the others along {what}, more than "
            f"an intersection is wide: check its digits, unit and zone"
        )
        raise ReferencePointError(msg)


def _check_extent(rows: Sequence[_Row], places: Sequence[tuple[float, float]]) -> None:
    for axis, what in enumerate(("x", "y")):
        _check_close(rows, [place[axis] for place in places], what)
    widest = max(max(axis) - min(axis) for axis in zip(*places, strict=True))
    if widest < _NARROWEST_M:
        msg = (
            f"{rows[0].place} and on: the points are only {widest:.2g} m apart: if the coordinates are degrees, "
            "name the columns latitude_deg, longitude_deg"
        )
        raise ReferencePointError(msg)
