"""Reading reference points: every way to write them down, and every way to get it wrong."""

from pathlib import Path

import numpy as np
import pytest

from safemob.calibration.reference_points import read_reference_points
from safemob.errors import ReferencePointError

_LOCAL = "name,u_px,v_px,x_m,y_m\nkerb,100,200,1.5,2.5\n,300,400,-3,12\n"
_WGS84 = "u_px,v_px,latitude_deg,longitude_deg\n1,1,51.0500,13.7400\n2,2,51.0501,13.7400\n3,3,51.0500,13.7402\n"
_UTM = (
    "name;u_px;v_px;easting_m;northing_m;utm_zone;hemisphere\n"
    "a;1;1;411700,5;5656000,25;33;N\n"
    "b;2;2;411710,5;5656020,25;33;N\n"
)


def _write(folder: Path, text: str, name: str = "points.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_local_metres_are_kept_as_they_are(tmp_path: Path) -> None:
    surveyed = read_reference_points(_write(tmp_path, _LOCAL))
    assert surveyed.origin is None
    assert [point.name for point in surveyed.points] == ["kerb", "2"]
    assert surveyed.points[0].pixel == (100.0, 200.0)
    assert surveyed.points[1].ground_m == (-3.0, 12.0, 0.0)


def test_wgs84_becomes_true_metres_east_and_north(tmp_path: Path) -> None:
    surveyed = read_reference_points(_write(tmp_path, _WGS84))
    first, north, east = (np.array(point.ground_m) for point in surveyed.points)
    # Length of an arc of 1e-4° of the meridian and 2e-4° of the parallel at 51.05° N on the WGS84 ellipsoid.
    assert north - first == pytest.approx([0.0, 11.1254, 0.0], abs=2e-3)
    assert east - first == pytest.approx([14.0209, 0.0, 0.0], abs=5e-3)
    assert surveyed.origin is not None
    assert surveyed.origin.latitude_deg == pytest.approx(51.0500333, abs=1e-6)


def test_utm_scale_and_grid_north_are_taken_out(tmp_path: Path) -> None:
    far_from_the_meridian = (
        "u_px,v_px,easting_m,northing_m,utm_zone\n1,1,844098.58,5673186.1,32\n2,2,844098.58,5673286.1,32\n"
    )
    first, second = read_reference_points(_write(tmp_path, far_from_the_meridian)).points
    step = np.subtract(second.ground_m, first.ground_m)
    # 344 km beside the meridian the grid is 0.9996·(1 + (344/6390)²/2) too long, and turned by 4.9°·sin 51.1°.
    assert np.hypot(step[0], step[1]) == pytest.approx(100 / 1.00105, abs=2e-3)
    assert np.degrees(np.arctan2(step[0], step[1])) == pytest.approx(3.83, abs=0.03)


def test_german_excel_with_semicolons_decimal_commas_and_byte_order_mark_is_read(tmp_path: Path) -> None:
    surveyed = read_reference_points(_write(tmp_path, "\ufeff" + _UTM.replace("\n", "\r\n")))
    first, second = surveyed.points
    assert first.name == "a"
    assert np.hypot(*np.subtract(second.ground_m, first.ground_m)[:2]) == pytest.approx(500**0.5, rel=1e-3)


def test_decimal_commas_between_commas_are_refused_with_their_line(tmp_path: Path) -> None:
    path = _write(tmp_path, "u_px,v_px,x_m,y_m\n1,2,3,4\n100,200,1,5,2,5\n")
    with pytest.raises(ReferencePointError, match="line 3 has 6 fields, the header names 4: write decimals"):
        read_reference_points(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("u_px,v_px,latitude_deg,longitude_deg\n1,1,5673186,13.7\n", "line 2: latitude_deg 5.67319e.06 is not between"),
        ("u_px,v_px,x_m,y_m\n1,1,844098.58,5673186.1\n", "line 2: x_m 844099 is not between.*easting_m, northing_m"),
        ("u_px,v_px,x_m,y_m\n1,1,13.74,51.05\n2,2,13.7401,51.0501\n", "apart: if the coordinates are degrees"),
        ("u_px,v_px,x_m,y_m\n1,1,0,0\n2,2,9,9\n3,3,90000,9\n", "line 4: point '3' is 89,991 m from the others along x"),
        ("u_px,v_px,x_m,y_m\n1,1,0,nan\n", "line 2: y_m is 'nan', expected a number"),
        ("u_px,v_px,x_m,y_m\n1,1,inf,0\n", "line 2: x_m is 'inf', expected a number"),
        ("u_px,v_px,x_m,y_m\n1,,0,0\n", "line 2: v_px is '', expected a number"),
        ("u_px,v_px,x_m,y_m,z_m\n1,1,0,0,113\n", "line 2: z_m 113 .*above the road, not above the sea"),
        ("u_px,v_px,easting_m,northing_m,utm_zone\n1,1,411700,5656000,61\n", "line 2: UTM zone 61 N does not exist"),
        ("u_px,v_px,easting_m,northing_m,utm_zone\n1,1,411700,5656000,32\n2,2,411700,5656000,33\n", "mixes UTM zones"),
        ("u_px,v_px,easting_m,northing_m,utm_zone\n1,1,33411700,5656000,33\n", "without the zone's number"),
        ("u_px,v_px,x,y\n1,1,0,0\n", "line 1 must name the columns u_px, v_px and one of"),
        ("u_px,v_px,x_m,y_m,zm\n1,1,0,0,0\n", "line 1 names an unknown column 'zm'"),
        ("u_px,v_px,x_m,y_m,y_m\n1,1,0,0,0\n", "line 1 names a column twice"),
        ("u_px,v_px,x_m,y_m\n", "holds no reference points"),
        ("", "line 1 must name|holds no reference points"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ReferencePointError, match=message):
        read_reference_points(_write(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferencePointError, match=r"points\.csv cannot be read \(No such file"):
        read_reference_points(tmp_path / "points.csv")


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes("name,u_px,v_px,x_m,y_m\nStraße,1,1,0,0\n".encode("cp1252"))
    with pytest.raises(ReferencePointError, match="not UTF-8"):
        read_reference_points(path)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(ReferencePointError, match="larger than 64 KiB"):
        read_reference_points(_write(tmp_path, _LOCAL + "1,1,1,1,1\n" * 10_000))


def test_otvision_reference_points_are_read(tmp_path: Path) -> None:
    text = (
        '{"1": {"x_px": 14, "y_px": 259, "hemisphere": "N", "zone_utm": 33, "lon_utm": 411700.5, "lat_utm": 5656000},'
        ' "7": {"x_px": 99, "y_px": 150, "hemisphere": "N", "zone_utm": 33, "lon_utm": 411730.5, "lat_utm": 5656040}}'
    )
    surveyed = read_reference_points(_write(tmp_path, text, "a.otrfpts"))
    first, second = surveyed.points
    assert (second.name, second.pixel) == ("7", (99.0, 150.0))
    assert np.hypot(*np.subtract(second.ground_m, first.ground_m)[:2]) == pytest.approx(50.0, rel=1e-3)


@pytest.mark.parametrize("text", ["[" * 60_000, "{", "[1]", '{"1": 2}', '{"1": {"x_px": 1}}', '{"1": {"x_px": [1]}}'])
def test_what_otvision_did_not_write_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReferencePointError):
        read_reference_points(_write(tmp_path, text, "a.otrfpts"))


def test_qgis_points_count_rows_downwards_and_skip_disabled_ones(tmp_path: Path) -> None:
    text = (
        "#CRS: unknown\nmapX,mapY,sourceX,sourceY,enable,dX,dY,residual\n"
        "678155.5,5405324.0,186.9,-423.8,1,0,0,0\n678197.5,5405318.0,992.6,-48.1,1,0,0,0\n1,1,1,-1,0,0,0,0\n"
    )
    first, second = read_reference_points(_write(tmp_path, text, "frame.points")).points
    assert first.pixel == (186.9, 423.8)
    assert np.subtract(second.ground_m, first.ground_m) == pytest.approx([42.0, -6.0, 0.0])
