"""Random scenes to train detectors on: everybody somewhere, nobody going anywhere.

A scene has one place, one camera and one light, and `POSES` moments, one a second, which have nothing to do with each
other: at each of them everybody stands somewhere else.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.acting.camera import aim_camera
from safemob.scenes.acting.looks import draw_colour, draw_size
from safemob.scenes.place.roads import lay_out
from safemob.scenes.scenario import Arm, ArmSpec, CameraSpec, Kind, LightSpec, PlaceSpec, Scenario, UserSpec, VideoSpec
from safemob.scenes.stage import Actor, Poses, Stage
from safemob.scenes.training.standing import place_everybody

__all__ = ["POSES", "draw_stage"]

POSES = 16
"""Moments of a scene that are worth a picture."""

Floats = npt.NDArray[np.float64]

_ARMS: tuple[Arm, ...] = ("north", "east", "south", "west")
_CROSSINGS = ((0, 2), (0, 1, 2), (0, 1, 2, 3))
"""Quarter turns of the arms from the first; each has one opposite the first."""
_CROSSING_SHARES = (0.1, 0.35, 0.55)
_KINDS = {
    Kind.PEDESTRIAN: 0.25,
    Kind.CYCLIST: 0.17,
    Kind.E_SCOOTER: 0.13,
    Kind.MOTORCYCLIST: 0.12,
    Kind.CAR: 0.22,
    Kind.VAN: 0.05,
    Kind.TRUCK: 0.03,
    Kind.BUS: 0.03,
}
_ON_RAILS = 0.35
"""Share of places with tram tracks; each of them has one to three trams."""
_FEWEST, _MOST = 16, 46
_MOVING = 0.7
_FASTEST_WALK_MPS, _FASTEST_RIDE_MPS = 2.2, 8.0
_SIZES_PX = ((640, 360), (640, 360), (960, 540))
_HEIGHT_PER_WIDTH = 9 / 16
_NOWHERE = (-5000.0, -5000.0, 0.0)
"""For whom there is no room."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """A motion that jumps: one pose a second.

    Attributes:
        poses: (POSES, 3) x, y in m, heading in rad.
        travelled: (POSES,) m, for legs and wheels.
        speeds: (POSES,) m/s, likewise.
    """

    poses: Floats
    travelled: Floats
    speeds: Floats

    def at(self, times_s: Floats) -> Poses:
        """See `Motion`."""
        index = np.clip(np.asarray(times_s).astype(np.int64), 0, POSES - 1)
        headings = self.poses[index, 2]
        ahead = np.column_stack((np.cos(headings), np.sin(headings)))
        return Poses(
            positions=self.poses[index, :2],
            headings=headings,
            velocities=ahead * self.speeds[index, None],
            accelerations=np.zeros_like(ahead),
            turn_rates=np.zeros_like(headings),
            travelled=self.travelled[index],
        )


def draw_stage(rng: np.random.Generator) -> Stage:
    """A random place, camera, light and crowd.

    Args:
        rng: where everything random comes from.
    """
    place, spec, light = _draw_place(rng), _draw_camera(rng), _draw_light(rng)
    width, height = _SIZES_PX[rng.integers(len(_SIZES_PX))]
    video = VideoSpec(width_px=width, height_px=height)
    plan, camera = lay_out(place), aim_camera(spec, video)
    scenario = Scenario.model_validate(
        {
            "schema": "safemob-scenario/1",
            "title": "Pictures to train on",
            "story": "Everybody stands somewhere at every second.",
            "duration_s": POSES,
            "place": place,
            "camera": spec,
            "light": light,
            "video": video,
            "user": [UserSpec(id="nobody", kind=Kind.CAR, points=[[0.0, 0.0], [1.0, 0.0]], parked=True)],
        }
    )
    kinds = [Kind(kind) for kind in rng.choice(list(_KINDS), rng.integers(_FEWEST, _MOST), p=list(_KINDS.values()))]
    kinds += [Kind.TRAM] * int(rng.integers(1, 4)) if plan.rails else []
    sizes = [draw_size(kind, rng) for kind in kinds]
    poses = np.stack([place_everybody(plan, kinds, sizes, rng) for _ in range(POSES)], axis=1)
    poses = np.where(np.isnan(poses), _NOWHERE, poses)
    actors = tuple(
        Actor(
            id=f"{kind}-{number}",
            kind=kind,
            size_m=sizes[number],
            colour=draw_colour(kind, rng),
            look=int(rng.integers(2**31)),
            motion=_Standing(poses[number], travelled=rng.uniform(0, 50, POSES), speeds=_draw_speeds(kind, rng)),
            from_s=0.0,
            until_s=float(POSES),
        )
        for number, kind in enumerate(kinds)
    )
    return Stage(scenario=scenario, seed=int(rng.integers(2**31)), camera=camera, actors=actors, encounters=())


def _draw_speeds(kind: Kind, rng: np.random.Generator) -> Floats:
    """Standing, or on the move."""
    return rng.uniform(0.4, _FASTEST_WALK_MPS if kind is Kind.PEDESTRIAN else 8.0, POSES) * (
        rng.random(POSES) < _MOVING
    )


def _draw_place(rng: np.random.Generator) -> PlaceSpec:
    first = int(rng.integers(4))
    turns = _CROSSINGS[int(rng.choice(len(_CROSSINGS), p=_CROSSING_SHARES))]
    names = [_ARMS[(first + turn) % 4] for turn in turns]
    along = {_ARMS[first], _ARMS[(first + 2) % 4]} if _happens(rng, _ON_RAILS) else set()
    zebras, tracks = rng.random(2)
    arms = {
        name: ArmSpec(
            lanes_in=1 + _happens(rng, 0.35),
            lanes_out=1 + _happens(rng, 0.2),
            zebra=_happens(rng, zebras),
            island=_happens(rng, 0.3),
            cycle_track=_happens(rng, tracks / 2),
            stop_line=_happens(rng, 0.8),
            tram_tracks=name in along,
        )
        for name in names
    }
    return PlaceSpec(
        arms=arms,
        lane_width_m=float(rng.uniform(2.75, 3.75)),
        kerb_radius_m=float(rng.uniform(4, 11)),
        buildings=float(rng.uniform(0, 1)),
        trees=float(rng.uniform(0, 0.8)),
        poles=[list(map(float, rng.uniform(-18, 18, 2))) for _ in range(rng.integers(4))],
    )


def _draw_camera(rng: np.random.Generator) -> CameraSpec:
    """At a corner, as cameras hang."""
    corner = rng.integers(4) * np.pi / 2 + np.pi / 4 + rng.uniform(-0.45, 0.45)
    reach = rng.uniform(11, 26)
    view_deg = float(rng.uniform(50, 90))
    corner_square = np.hypot(1, _HEIGHT_PER_WIDTH) ** 2 * np.tan(np.radians(view_deg / 2)) ** 2
    return CameraSpec(
        position_m=[float(reach * np.cos(corner)), float(reach * np.sin(corner))],
        height_m=float(rng.uniform(5.5, 12.5)),
        aim_m=list(map(float, rng.uniform(-7, 7, 2))),
        view_deg=view_deg,
        distortion=[-float(rng.uniform(0, 0.2) / max(1.0, corner_square)), float(rng.uniform(0.0, 0.03))],
    )


def _happens(rng: np.random.Generator, share: float) -> bool:
    return bool(rng.random() < share)


def _draw_light(rng: np.random.Generator) -> LightSpec:
    return LightSpec(
        hour=rng.choice(("day", "overcast", "dusk"), p=(0.5, 0.3, 0.2)),
        sun_from_deg=float(rng.uniform(0, 360)),
        sun_height_deg=float(rng.uniform(12, 70)),
        noise=float(rng.uniform(0, 7)),
        blur_px=float(rng.uniform(0, 1.2)),
    )
