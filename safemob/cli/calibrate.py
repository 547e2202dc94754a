"""`safemob calibrate`: from reference points to a site file, with the errors that it leaves."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safemob.errors import OutputError, UsageError

if TYPE_CHECKING:
    from safemob.calibration.pose import Solved

__all__ = ["calibrate"]

_LARGE_HELD_OUT_M = 0.5
_SAMPLED_M = (10.0, 30.0, 50.0)
_DISTORTION_LENGTH = 5


def calibrate(  # noqa: PLR0913  (one parameter an option)
    video: Annotated[Path, typer.Argument(help="Recorded video of the site, or a still picture (PNG, JPEG) of it.")],
    points: Annotated[
        Path, typer.Option(help="Reference points: points.csv, QGIS .points or OTVision .otrfpts.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Site file to write, e.g. calibration/SITE.toml.", show_default=False)],
    *,
    name: Annotated[str | None, typer.Option(help="Name for people; the file's name if not given.")] = None,
    site_id: Annotated[
        str | None, typer.Option("--id", help="Short name: a-z, 0-9 and hyphens; the file's name if not given.")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="IANA time zone of the site.")] = "Europe/Berlin",
    focal_px: Annotated[
        float | None, typer.Option(help="Focal length in pixels of the frame, where it is known.", min=1.0)
    ] = None,
    distortion: Annotated[
        str | None, typer.Option(help="Lens distortion k1,k2,p1,p2,k3 as OpenCV gives it, where it is known.")
    ] = None,
    grid: Annotated[
        Path | None, typer.Option(help="Picture to write; SITE.grid.png beside the site file if not given.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a site file and picture that are there.")
    ] = False,
) -> None:
    """Solve the camera of a site from points seen in the picture and known on the ground.

    Writes the site file, and the first frame with the ground grid drawn in to check by eye. That picture shows a
    public place as it was recorded: it is written here only, handle it like the footage.
    """
    lens = _parse_distortion(distortion)
    if not out.name:
        msg = f"--out {out} names no file: write calibration/SITE.toml"
        raise UsageError(msg)
    picture = grid or out.with_name(f"{out.stem}.grid.png")
    _check_places((video, points), (out, picture), overwrite=overwrite)

    from safemob.adapters.site_file import save_site  # noqa: PLC0415  (heavy: loaded when the command runs)
    from safemob.calibration.grid import write_grid  # noqa: PLC0415  (start-up time)
    from safemob.calibration.pose import solve_camera  # noqa: PLC0415  (start-up time)
    from safemob.calibration.reference_points import read_reference_points  # noqa: PLC0415  (start-up time)
    from safemob.calibration.view import read_view  # noqa: PLC0415  (start-up time)
    from safemob.site import Site  # noqa: PLC0415  (start-up time)

    view = read_view(video)
    surveyed = read_reference_points(points)
    solved = solve_camera(surveyed.points, view.size, focal_px=focal_px, distortion=lens)
    given = [text for text, value in (("focal length", focal_px), ("lens distortion", lens)) if value is not None]
    site = Site(
        id=site_id or out.stem,
        name=name or out.stem,
        time_zone=time_zone,
        camera=solved.camera,
        reference_points=solved.points,
        fit=solved.summarise(
            f"Least squares on {len(solved.points)} points from {points.name}"
            + (f", {' and '.join(given)} given" if given else "")
        ),
        origin=surveyed.origin,
    )
    save_site(site, out)
    write_grid(view, solved.camera, solved.points, picture)
    _report(solved, out, picture)


def _check_places(inputs: tuple[Path, ...], outputs: tuple[Path, ...], *, overwrite: bool) -> None:
    """Refuse to write over what is read, and over earlier work unasked."""
    from safemob.adapters.whole_files import check_target  # noqa: PLC0415  (start-up time)

    if len(set(outputs)) < len(outputs):
        msg = f"{outputs[0]} is to be the site file and the picture: give --grid another name"
        raise UsageError(msg)
    for output in outputs:
        check_target(output)
        if not output.exists():
            continue
        for given in inputs:
            if given.exists() and output.samefile(given):
                msg = f"{output} is what the calibration is read from: choose another name to write to"
                raise OutputError(msg)
        if not overwrite:
            msg = f"{output} exists: choose another name, or replace it with --overwrite"
            raise OutputError(msg)


def _parse_distortion(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != _DISTORTION_LENGTH or not all(abs(value) < float("inf") for value in values):
        msg = f"--distortion '{text[:60]}' is not five numbers: write k1,k2,p1,p2,k3 such as -0.2,0.05,0,0,0"
        raise UsageError(msg)
    return values


def _report(solved: "Solved", out: Path, picture: Path) -> None:
    import math  # noqa: PLC0415  (with the rest of what only a finished run needs)

    from rich.console import Console  # noqa: PLC0415  (start-up time)
    from rich.markup import escape  # noqa: PLC0415  (start-up time)
    from rich.table import Table  # noqa: PLC0415  (start-up time)

    from safemob.calibration.sampling import compute_sampling  # noqa: PLC0415  (start-up time)

    console = Console(highlight=False)
    table = Table(title="Reference points")
    for heading in ("point", "residual px", "residual m", "left out m"):
        table.add_column(heading, justify="left" if heading == "point" else "right")
    held_out = [math.nan] * len(solved.points) if solved.leave_one_out_m is None else solved.leave_one_out_m.tolist()
    for point, px, metres, left_out in zip(
        solved.points, solved.residuals_px.tolist(), solved.residuals_m.tolist(), held_out, strict=True
    ):
        table.add_row(
            escape(point.name), f"{px:.1f}", f"{metres:.2f}", "–" if math.isnan(left_out) else f"{left_out:.2f}"
        )
    fit, camera = solved.summarise(""), solved.camera
    known = fit.leave_one_out_rms_m
    table.add_row(
        "[b]root mean square[/b]",
        f"{math.hypot(*solved.residuals_px.tolist()) / math.sqrt(len(solved.points)):.1f}",
        f"{fit.residual_rms_m:.2f}",
        "–" if known is None else f"{known:.2f}",
    )
    console.print(table)
    view_deg = 2 * math.degrees(math.atan(camera.width_px / 2 / camera.focal_px))
    errors = [math.sqrt(row[i]) for i, row in enumerate(camera.covariance)] if camera.covariance else [math.nan] * 7
    console.print(
        f"Camera {camera.position_m[2]:.2f} ± {errors[6]:.2f} m above the road, focal length {camera.focal_px:.0f} ± "
        f"{errors[0]:.0f} px (field of view {view_deg:.0f}°), pointing error {solved.pointing_px:.1f} px."
    )
    for distance, metres_per_px in zip(_SAMPLED_M, compute_sampling(camera, _SAMPLED_M), strict=True):
        what = "not in the frame" if metres_per_px is None else f"one pixel covers {metres_per_px:.2f} m of road"
        console.print(f"  {distance:.0f} m from the camera's foot: {what}")
    if solved.leave_one_out_m is None:
        console.print("[yellow]Four points leave nothing to check the fit with: add more.[/yellow]")
    elif any(map(math.isnan, held_out)):
        console.print("[yellow]– cannot be left out: the other points alone do not determine a camera.[/yellow]")
    if (known is not None and known > _LARGE_HELD_OUT_M) or any(map(math.isinf, held_out)):
        console.print(
            f"[yellow]Points that were left out are missed by more than {_LARGE_HELD_OUT_M} m: add points where road "
            "users meet, or correct the worst.[/yellow]"
        )
    if solved.suspect is not None:
        console.print(f"[yellow]Point '{escape(solved.suspect)}' does not agree with the others: check it.[/yellow]")
    wrote = f"Wrote {out} and {picture} (a picture of a public place: handle it like the footage)."
    console.print(wrote, markup=False, soft_wrap=True)
