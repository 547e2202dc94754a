"""The site file of a scene: what a perfect survey of its camera would say.

The camera is the one that took the film, to the last digit, and its covariance is zero because nothing was estimated:
what the analysis then gets wrong is its own. A site that was calibrated by hand is a different experiment.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from safemob.adapters.site_checks import check_site
from safemob.errors import ReferencePointError, ScenarioError, SiteError
from safemob.scenes.drawing.optics import View
from safemob.scenes.stage import Stage
from safemob.site import CameraModel, Fit, ReferencePoint, Site, check_reference_points
from safemob.units import Metres

__all__ = ["survey_site"]

Floats = npt.NDArray[np.float64]

_SPACING_M = 4.0
_REACH_M = 60.0
_POINTS = 12
_RIM = 0.04
"""Share of the picture at its rim in which no reference point is taken."""
_ID = "rendered-scene"


def survey_site(stage: Stage) -> Site:
    """The site of a scene with its exact camera, and reference points on the road that the camera sees.

    Raises:
        ScenarioError: if the camera sees too little of the road, or the analysis would refuse the site.
    """
    camera, scenario = stage.camera, stage.scenario
    points = _choose_points(camera)
    try:
        check_reference_points(points, camera.width_px, camera.height_px)
    except ReferencePointError as error:
        msg = f"the camera of '{scenario.title}' sees too little of the road ({error}): aim it lower"
        raise ScenarioError(msg) from None
    nothing = (0.0,) * 7
    site = Site(
        id=_ID,
        name=scenario.title,
        time_zone="UTC",
        camera=replace(camera, covariance=(nothing,) * 7),
        reference_points=points,
        fit=Fit(
            residual_rms_m=Metres(0.0),
            leave_one_out_rms_m=None,
            method="Exact: the camera that took the film of a rendered scene, not fitted to anything",
        ),
        coverage_m=None
        if scenario.coverage_m is None
        else tuple((corner[0], corner[1]) for corner in scenario.coverage_m),
    )
    try:
        check_site(site, Path("its site file"))
    except SiteError as error:
        msg = f"'{scenario.title}' cannot be analysed: {error}"
        raise ScenarioError(msg) from None
    return site


def _choose_points(camera: CameraModel) -> tuple[ReferencePoint, ...]:
    """Points of a square grid on the road, far apart in the picture: each the farthest from those before it."""
    axis = np.arange(-_REACH_M, _REACH_M + _SPACING_M / 2, _SPACING_M)
    ground = np.stack([*(each.ravel() for each in np.meshgrid(axis, axis)), np.zeros(len(axis) ** 2)], axis=-1)
    pixels = View(camera).to_picture(ground)
    rim = _RIM * camera.width_px
    size = np.array([camera.width_px, camera.height_px])
    with np.errstate(invalid="ignore"):
        inside = ((pixels >= rim) & (pixels <= size - rim)).all(axis=1)
    ground, pixels = ground[inside], pixels[inside]
    if not len(pixels):
        return ()
    chosen = [int(np.argmin(pixels[:, 0]))]
    apart = np.full(len(pixels), np.inf)
    for _ in range(min(_POINTS, len(pixels)) - 1):
        apart = np.minimum(apart, np.hypot(*(pixels - pixels[chosen[-1]]).T))
        chosen.append(int(np.argmax(apart)))
    return tuple(
        ReferencePoint(name=f"ground {x:g} {y:g}", pixel=(float(u), float(v)), ground_m=(float(x), float(y), float(z)))
        for (x, y, z), (u, v) in zip(ground[chosen].tolist(), pixels[chosen].tolist(), strict=True)
    )
