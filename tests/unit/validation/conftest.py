"""A made-up film: a car, a cyclist and a pedestrian on straight ways before a camera, every number known."""

from dataclasses import replace
from fractions import Fraction
from math import inf, nan
from pathlib import Path

import av
import numpy as np
import pytest
from simulated_drives import make_camera

from safemob.adapters.site_file import save_site
from safemob.individual.arrays import Floats
from safemob.individual.ground.body import CORNERS, SIZE_MEANS
from safemob.individual.ground.camera import Camera
from safemob.scenes.truth import TrueEncounter, TrueState, TrueUser, Truth
from safemob.site import Fit, ReferencePoint, Site
from safemob.taxonomy import RoadUserClass
from safemob.units import Metres
from safemob.validation.expected import Expected, expect

CAMERA = make_camera(8.0, 25.0, 900.0)
RATE_HZ, SECONDS = 10, 6.0
WAYS = {  # class, place at 3 s, velocity
    "car": (RoadUserClass.CAR, (0.0, 20.0), (6.0, 0.0)),
    "rider": (RoadUserClass.CYCLIST, (2.0, 26.0), (0.0, -4.0)),
    "walker": (RoadUserClass.PEDESTRIAN, (-4.0, 14.0), (1.4, 0.0)),
}


def show(camera: Camera, kind: RoadUserClass, position: Floats, heading: float) -> tuple[float, float, float, float]:
    """The box of a whole body, px."""
    along, across = np.array([np.cos(heading), np.sin(heading)]), np.array([-np.sin(heading), np.cos(heading)])
    body = CORNERS[kind] * SIZE_MEANS[kind]
    ground = position + body[:, :1] * along + body[:, 1:2] * across
    pixels = camera.project(np.column_stack([ground, body[:, 2]]))
    (left, top), (right, bottom) = pixels.min(axis=0).tolist(), pixels.max(axis=0).tolist()
    return left, top, right, bottom


def state(user: str, time_s: float) -> TrueState:
    kind, place, velocity = WAYS[user]
    position = np.array(place) + (time_s - 3.0) * np.array(velocity)
    heading = float(np.arctan2(velocity[1], velocity[0]))
    left, top, right, bottom = show(CAMERA, kind, position, heading)
    width, height = CAMERA.model.width_px, CAMERA.model.height_px
    box = (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))
    outside = box[0] >= box[2] or box[1] >= box[3]
    return TrueState(
        user=user,
        position_m=(float(position[0]), float(position[1])),
        heading_rad=heading,
        velocity_mps=velocity,
        box_px=None if outside else box,
        visible_box_px=None if outside else box,
        visible_share=0.0 if outside else 1.0,
        cut=not outside and box != (left, top, right, bottom),
    )


QUIET = TrueEncounter(
    users=("car", "rider"),
    declared=True,
    accident_type=3,
    severity="none",
    observable=True,
    ttc_min_s=inf,
    ttc_min_at_s=nan,
    ttc_held_s=inf,
    drac_max_mps2=nan,
    pet_s=nan,
    pet_at_m=(nan, nan),
    pet_at_s=nan,
    t2_min_s=nan,
    follows=False,
    distance_min_m=5.0,
    distance_min_at_s=3.0,
)
"""A declared encounter in which nothing happens."""


@pytest.fixture(scope="session")
def quiet() -> TrueEncounter:
    return QUIET


@pytest.fixture(scope="session")
def truth() -> Truth:
    """The car passes where the cyclist comes 0.8 s later; the pedestrian walks elsewhere."""
    times = np.arange(int(RATE_HZ * SECONDS)) / RATE_HZ
    sizes = {user: SIZE_MEANS[kind] for user, (kind, _, _) in WAYS.items()}
    pet_s = _pet_of_crossing(sizes["car"], sizes["rider"])
    return Truth(
        title="Made up",
        seed=0,
        frame_times_s=tuple(times.tolist()),
        users=tuple(
            TrueUser(
                id=user,
                kind=kind.label,
                road_user=kind,
                size_m=(float(sizes[user][0]), float(sizes[user][1]), float(sizes[user][2])),
            )
            for user, (kind, _, _) in WAYS.items()
        ),
        frames=tuple(tuple(state(user, time_s) for user in WAYS) for time_s in times.tolist()),
        encounters=(
            replace(QUIET, severity="serious", pet_s=pet_s),
            replace(QUIET, users=("car", "walker"), declared=False, accident_type=None),
        ),
    )


def _pet_of_crossing(car: Floats, rider: Floats) -> float:
    """The closed form of a right-angle crossing: the car leaves the rider's lane, the rider comes to the car's."""
    leaves_s = 3.0 + (2.0 + rider[1] / 2 + car[0] / 2) / 6.0
    comes_s = 3.0 + (6.0 - car[1] / 2 - rider[0] / 2) / 4.0
    return float(comes_s - leaves_s)


@pytest.fixture(scope="session")
def expected(truth: Truth) -> Expected:
    return expect(truth)


@pytest.fixture(scope="session")
def site() -> Site:
    """The camera, known exactly."""
    corners = [(-8.0, 14.0, 0.0), (8.0, 14.0, 0.0), (12.0, 40.0, 0.0), (-12.0, 40.0, 0.0), (3.0, 22.0, 0.0)]
    pixels = CAMERA.project(np.array(corners)).tolist()
    return Site(
        id="made-up",
        name="Made up",
        time_zone="Europe/Berlin",
        camera=CAMERA.model,
        reference_points=tuple(
            ReferencePoint(name=f"corner {number}", pixel=(u, v), ground_m=corner)
            for number, (corner, (u, v)) in enumerate(zip(corners, pixels, strict=True))
        ),
        fit=Fit(residual_rms_m=Metres(0.0), leave_one_out_rms_m=None, method="made up"),
    )


@pytest.fixture(scope="session")
def folder(truth: Truth, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The film, grey throughout, with its site file."""
    place = tmp_path_factory.mktemp("made-up")
    save_site(site, place / "site.toml")
    with av.open(str(place / "film.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ)
        stream.width, stream.height, stream.pix_fmt = site.camera.width_px, site.camera.height_px, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90_000)
        grey = np.full((site.camera.height_px, site.camera.width_px, 3), 114, dtype=np.uint8)
        for time_s in truth.frame_times_s:
            frame = av.VideoFrame.from_ndarray(grey, format="bgr24")
            frame.pts, frame.time_base = round(time_s * 90_000), Fraction(1, 90_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return place
