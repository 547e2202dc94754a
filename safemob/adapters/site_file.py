"""Site files: one TOML per intersection and camera, strictly checked when read and written whole or not at all.

Every key carries its unit. A file is refused for unknown keys, wrong types, values that no traffic camera has, and a
camera that does not see its own reference points where the file says it does.
"""

import json
import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from safemob.adapters.site_checks import check_site
from safemob.adapters.small_files import read_small_file
from safemob.adapters.whole_files import replace_file
from safemob.errors import SiteError
from safemob.site import CameraModel, Fit, Origin, ReferencePoint, Site
from safemob.units import Metres, Pixels

__all__ = ["load_site", "save_site"]

_SCHEMA = "safemob-site/1"
_LARGEST_BYTES = 64 * 1024
_FARTHEST_M = 1_000_000.0

_Metre = Annotated[float, Field(ge=-_FARTHEST_M, le=_FARTHEST_M, allow_inf_nan=False)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Pair = Annotated[list[_Metre], Field(min_length=2, max_length=2)]
_Triple = Annotated[list[_Metre], Field(min_length=3, max_length=3)]
_Row = Annotated[list[_Finite], Field(min_length=7, max_length=7)]
_Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Id = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Origin(_Table):
    latitude_deg: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude_deg: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class _Camera(_Table):
    width_px: Annotated[int, Field(ge=64, le=16384)]
    height_px: Annotated[int, Field(ge=64, le=16384)]
    focal_px: _Positive
    principal_point_px: _Pair
    distortion: Annotated[list[_Finite], Field(min_length=5, max_length=5)]
    rotation_vector_rad: Annotated[
        list[Annotated[float, Field(ge=-2 * math.pi, le=2 * math.pi, allow_inf_nan=False)]],
        Field(min_length=3, max_length=3),
    ]
    position_m: _Triple
    covariance: Annotated[list[_Row], Field(min_length=7, max_length=7)] | None = None


class _Fit(_Table):
    residual_rms_m: _Positive
    leave_one_out_rms_m: _Positive | None = None
    method: _Text


class _ReferencePoint(_Table):
    name: _Text
    pixel_px: _Pair
    ground_m: _Triple


class _Coverage(_Table):
    polygon_m: Annotated[list[_Pair], Field(min_length=3, max_length=200)]


class _File(_Table):
    schema_: Literal["safemob-site/1"] = Field(alias="schema")
    id: _Id
    name: _Text
    time_zone: str
    origin: _Origin | None = None
    camera: _Camera
    fit: _Fit
    reference_point: Annotated[list[_ReferencePoint], Field(max_length=100)]
    coverage: _Coverage | None = None


def load_site(path: Path) -> Site:
    """Read and check a site file.

    Args:
        path: of the TOML file.

    Returns:
        The site.

    Raises:
        SiteError: naming the file, the key, what is wrong and what to change.
    """
    try:
        return _read(read_small_file(path, _LARGEST_BYTES), path)
    except OSError as error:
        msg = f"site file {path} cannot be read ({error.strerror}): check the path"
        raise SiteError(msg) from error


def save_site(site: Site, path: Path) -> None:
    """Write a site file, replacing an older one only when the new one is complete on disk.

    Args:
        site: the site.
        path: of the TOML file; its folder is made if need be.

    Raises:
        SiteError: the site would be refused when read again.
        OutputError: the file cannot be written.
    """
    text = _format(site)
    _read(text.encode(), path)
    replace_file(path, text.encode())


def _read(data: bytes, path: Path) -> Site:
    file = _parse(data, path)
    camera = CameraModel(
        width_px=file.camera.width_px,
        height_px=file.camera.height_px,
        focal_px=Pixels(file.camera.focal_px),
        principal_point_px=_pair(file.camera.principal_point_px),
        distortion=(*_pair(file.camera.distortion[:2]), *_triple(file.camera.distortion[2:])),
        rotation_vector=_triple(file.camera.rotation_vector_rad),
        position_m=_triple(file.camera.position_m),
        covariance=tuple(map(tuple, file.camera.covariance)) if file.camera.covariance else None,
    )
    held_out = file.fit.leave_one_out_rms_m
    site = Site(
        id=file.id,
        name=file.name,
        time_zone=file.time_zone,
        camera=camera,
        reference_points=tuple(
            ReferencePoint(name=point.name, pixel=_pair(point.pixel_px), ground_m=_triple(point.ground_m))
            for point in file.reference_point
        ),
        fit=Fit(
            residual_rms_m=Metres(file.fit.residual_rms_m),
            leave_one_out_rms_m=None if held_out is None else Metres(held_out),
            method=file.fit.method,
        ),
        origin=None
        if file.origin is None
        else Origin(latitude_deg=file.origin.latitude_deg, longitude_deg=file.origin.longitude_deg),
        coverage_m=tuple(_pair(corner) for corner in file.coverage.polygon_m) if file.coverage else None,
    )
    check_site(site, path)
    return site


def _parse(data: bytes, path: Path) -> _File:
    if len(data) > _LARGEST_BYTES:
        msg = f"{path} is larger than {_LARGEST_BYTES // 1024} KiB: it is not a site file"
        raise SiteError(msg)
    try:
        return _File.model_validate(tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 text: save it as UTF-8"
        raise SiteError(msg) from error
    except RecursionError as error:
        msg = f"{path} nests brackets too deeply: it is not a site file"
        raise SiteError(msg) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])[1:]
        wrong = "is unknown" if first["type"] == "extra_forbidden" else _decapitalise(first["msg"])
        msg = f"{path}: key '{key[:100]}': {wrong}: correct it, or run safemob calibrate again"
        raise SiteError(msg) from error
    except ValueError as error:  # TOMLDecodeError, and an integer of more digits than Python reads
        msg = f"{path} is not TOML: {str(error)[:200]}"
        raise SiteError(msg) from error


def _decapitalise(text: str) -> str:
    return text[:1].lower() + text[1:]


def _pair(values: Sequence[float]) -> tuple[float, float]:
    u, v = values
    return float(u), float(v)


def _triple(values: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = values
    return float(x), float(y), float(z)


def _format(site: Site) -> str:
    camera = site.camera
    lines = [
        "# A site of safemob: one intersection seen by one camera. Units stand in the keys.",
        "# Site coordinates: x east, y north (or as surveyed), z up from the road.",
        f"schema = {_quote(_SCHEMA)}",
        f"id = {_quote(site.id)}",
        f"name = {_quote(site.name)}",
        f"time_zone = {_quote(site.time_zone)}",
    ]
    if site.origin is not None:
        lines += [
            "",
            "[origin]  # of site coordinates, WGS84",
            f"latitude_deg = {site.origin.latitude_deg!r}",
            f"longitude_deg = {site.origin.longitude_deg!r}",
        ]
    lines += [
        "",
        "[camera]  # a site point X is seen at K·distort(R·(X − position))",
        f"width_px = {camera.width_px}",
        f"height_px = {camera.height_px}",
        f"focal_px = {_numeral(camera.focal_px)}",
        f"principal_point_px = {_numerals(camera.principal_point_px)}",
        f"distortion = {_numerals(camera.distortion)}  # k1, k2, p1, p2, k3",
        f"rotation_vector_rad = {_numerals(camera.rotation_vector)}  # site to camera; x right, y down, z forward",
        f"position_m = {_numerals(camera.position_m)}",
    ]
    if camera.covariance is not None:
        rows = "".join(f"  [{', '.join(f'{value:.9e}' for value in row)}],\n" for row in camera.covariance)
        lines.append(f"# of (focal_px, rotation_vector_rad, position_m)\ncovariance = [\n{rows}]")
    lines += ["", "[fit]  # how far the camera misses its reference points on the road"]
    lines.append(f"residual_rms_m = {site.fit.residual_rms_m:.4f}")
    if site.fit.leave_one_out_rms_m is not None:
        lines.append(f"leave_one_out_rms_m = {site.fit.leave_one_out_rms_m:.4f}")
    lines.append(f"method = {_quote(site.fit.method)}")
    for point in site.reference_points:
        lines += [
            "",
            "[[reference_point]]",
            f"name = {_quote(point.name)}",
            f"pixel_px = {_numerals(point.pixel)}",
            f"ground_m = {_numerals(point.ground_m)}",
        ]
    if site.coverage_m is not None:
        corners = "".join(f"  {_numerals(corner)},\n" for corner in site.coverage_m)
        lines += ["", f"[coverage]  # road users are analysed inside\npolygon_m = [\n{corners}]"]
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON strings without control characters are TOML basic strings


def _numeral(value: float) -> str:
    return repr(round(float(value), 9))


def _numerals(values: Sequence[float]) -> str:
    return f"[{', '.join(map(_numeral, values))}]"
