"""Site files: written and read back alike, and refused with the key that is wrong."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from safemob.adapters.site_checks import check_site
from safemob.adapters.site_file import load_site, save_site
from safemob.calibration.pose import Solved
from safemob.errors import OutputError, SiteError
from safemob.site import Origin, Site
from safemob.units import Pixels


@pytest.fixture
def site(solved: Solved) -> Site:
    return Site(
        id="bridge-street-2",
        name='Bridge Street / "Üferweg"',
        time_zone="Europe/Berlin",
        camera=solved.camera,
        reference_points=solved.points,
        fit=solved.summarise("Tape measure"),
        origin=Origin(latitude_deg=51.1, longitude_deg=13.9),
        coverage_m=((-10.0, 5.0), (10.0, 5.0), (12.0, 40.0), (-12.0, 40.0)),
    )


@pytest.fixture
def text(site: Site, tmp_path: Path) -> str:
    save_site(site, tmp_path / "good.toml")
    return (tmp_path / "good.toml").read_text(encoding="utf-8")


def test_what_was_saved_is_loaded_again(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "new" / "site.toml"
    save_site(site, path)
    loaded = load_site(path)
    assert (loaded.id, loaded.name, loaded.time_zone) == (site.id, site.name, site.time_zone)
    assert (loaded.origin, loaded.coverage_m) == (site.origin, site.coverage_m)
    assert loaded.fit.residual_rms_m == pytest.approx(site.fit.residual_rms_m, abs=1e-4)
    assert loaded.camera.position_m == pytest.approx(site.camera.position_m, abs=1e-8)
    assert loaded.camera.rotation_vector == pytest.approx(site.camera.rotation_vector, abs=1e-8)
    assert [p.name for p in loaded.reference_points] == [p.name for p in site.reference_points]
    assert loaded.camera.covariance is not None
    assert loaded.camera.covariance[6][0] == pytest.approx((site.camera.covariance or ())[6][0])


def test_a_loaded_site_is_saved_without_any_change(text: str, tmp_path: Path) -> None:
    save_site(load_site(tmp_path / "good.toml"), tmp_path / "again.toml")
    assert (tmp_path / "again.toml").read_text(encoding="utf-8") == text


def test_optional_parts_may_be_left_out(site: Site, tmp_path: Path) -> None:
    bare = replace(site, origin=None, coverage_m=None, camera=replace(site.camera, covariance=None))
    save_site(bare, tmp_path / "bare.toml")
    loaded = load_site(tmp_path / "bare.toml")
    assert (loaded.origin, loaded.coverage_m, loaded.camera.covariance) == (None, None, None)


def _set(text: str, key: str, value: str) -> str:
    changed, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text, count=1)
    assert count == 1
    return changed


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("schema", '"safemob-site/9"', "key 'schema'"),
        ("id", '"../../etc/passwd"', "key 'id'"),
        ("id", '"A B"', "key 'id'"),
        ("name", '""', "key 'name'"),
        ("time_zone", '"Berlin"', "time_zone 'Berlin' is not an IANA time zone"),
        ("time_zone", '"../../../etc/passwd"', "is not an IANA time zone"),
        ("latitude_deg", "5673186.0", "key 'origin.latitude_deg'"),
        ("width_px", '"1280"', "key 'camera.width_px'"),
        ("width_px", "1280.5", "key 'camera.width_px'"),
        ("focal_px", "nan", "key 'camera.focal_px'.*finite"),
        ("focal_px", "inf", "key 'camera.focal_px'.*finite"),
        ("focal_px", "4.2", "camera.focal_px 4.2 is .*it takes pixels of the frame, not millimetres"),
        ("principal_point_px", "[0.5, -3]", "camera.principal_point_px has v = -3 outside the frame"),
        ("distortion", "[0.1, 0.0]", "key 'camera.distortion'"),
        ("rotation_vector_rad", "[115.0, 0, 0]", "key 'camera.rotation_vector_rad.0.'"),
        ("rotation_vector_rad", "[-1.5, 0, 0]", "look above the horizon even at the frame's lower edge"),
        ("position_m", "[0, 0, -7]", "camera.position_m puts the camera -7 m above the road"),
        ("position_m", "[0, 0, 700]", "puts the camera 700 m above the road.*it takes metres"),
        ("position_m", "[0, 0, true]", "key 'camera.position_m.2.'"),
        ("position_m", "[2, 0, 7]", "fit.residual_rms_m says .* but the camera misses the reference points by"),
        ("residual_rms_m", "9.0", "fit.residual_rms_m says 9 m, but the camera misses the reference points by 0."),
        ("residual_rms_m", "-1.0", "key 'fit.residual_rms_m'"),
        ("pixel_px", "[nan, 3]", "key 'reference_point.0..pixel_px.0.'.*finite"),
        ("pixel_px", "[99999, 3]", "reference_point: .* outside the 1280×720 frame"),
        ("ground_m", "[-8.0, 9.0, 0.0]", "'kerb' most: if they were edited"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key(text: str, tmp_path: Path, key: str, value: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(_set(text, key, value), encoding="utf-8")
    with pytest.raises(SiteError, match=message) as caught:
        load_site(path)
    assert "bad.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_keys_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text.replace("[camera]", "[camera]\nfocal_mm = 4.2"), encoding="utf-8")
    with pytest.raises(SiteError, match=r"key 'camera.focal_mm': is unknown"):
        load_site(path)


def test_mirrored_reference_points_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(re.sub(r"ground_m = \[(\S+), (\S+), ", r"ground_m = [\2, \1, ", text), encoding="utf-8")
    with pytest.raises(SiteError, match=r"but the camera misses the reference points"):
        load_site(path)


def test_reference_points_on_a_line_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(re.sub(r"ground_m = \[(\S+), (\S+), ", r"ground_m = [0.0, \2, ", text), encoding="utf-8")
    with pytest.raises(SiteError, match=r"reference_point: reference points .* lie on one line"):
        load_site(path)


def test_a_covariance_that_is_none_is_refused(site: Site, tmp_path: Path) -> None:
    rows = [list(row) for row in site.camera.covariance or ()]
    rows[2][2] = -rows[2][2]
    camera = replace(site.camera, covariance=tuple(map(tuple, rows)))
    with pytest.raises(SiteError, match=r"camera.covariance is not a covariance matrix"):
        save_site(replace(site, camera=camera), tmp_path / "bad.toml")


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        (((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)), "crosses itself"),
        (((0.0, 0.0), (10.0, 0.0), (10.0, 0.0), (0.0, 10.0)), "repeats a corner"),
        (((0.0, 0.0), (0.5, 0.0), (0.0, 0.5)), r"covers 0\.1\d m²"),
        (((0.0, 0.0), (10.0, 0.0)), "key 'coverage.polygon_m'"),
    ],
)
def test_a_coverage_that_is_no_area_is_refused(
    site: Site, tmp_path: Path, corners: tuple[tuple[float, float], ...], message: str
) -> None:
    with pytest.raises(SiteError, match=message):
        save_site(replace(site, coverage_m=corners), tmp_path / "bad.toml")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "key 'schema'"),
        (b"[camera", "is not TOML"),
        (b"a = " + b"[" * 60_000, "nests brackets too deeply"),
        (b"[" * 1_000_000, "larger than 64 KiB"),
        (b'name = "\xff"', "not UTF-8"),
    ],
)
def test_what_is_no_site_file_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(SiteError, match=message):
        load_site(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"cannot be read .No such file"):
        load_site(tmp_path / "none.toml")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(site: Site, text: str, tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(OutputError, match=r"folder\.toml is a folder"):
        save_site(site, tmp_path / "folder.toml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.toml", "good.toml"]
    assert (tmp_path / "good.toml").read_text(encoding="utf-8") == text


def test_a_camera_too_coarse_to_place_anybody_is_refused(site: Site, tmp_path: Path) -> None:
    thumbnail = replace(
        site.camera,
        width_px=64,
        height_px=36,
        focal_px=Pixels(site.camera.focal_px / 20),
        principal_point_px=(32.0, 18.0),
        position_m=(0.0, 0.0, 30.0),
    )
    with pytest.raises(SiteError, match=r"more than 0\.5 m of road"):
        check_site(replace(site, camera=thumbnail), tmp_path / "site.toml")
