"""A scenario: one short scene at an intersection, as a person writes it down in TOML.

Site coordinates: the centre of the intersection is (0, 0), x points east, y north, z up. Traffic keeps to the right.
"""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from safemob.adapters.small_files import read_small_file
from safemob.errors import ScenarioError

__all__ = [
    "Act",
    "Arm",
    "ArmSpec",
    "CameraSpec",
    "EncounterSpec",
    "Kind",
    "LightSpec",
    "PlaceSpec",
    "Scenario",
    "UserSpec",
    "VideoSpec",
    "read_scenario",
]

_LARGEST_BYTES = 64 * 1024
_MOST_USERS = 60

_Id = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]
_Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Metre = Annotated[float, Field(ge=-200, le=200, allow_inf_nan=False)]
_Point = Annotated[list[_Metre], Field(min_length=2, max_length=2)]
_Seconds = Annotated[float, Field(ge=0, le=120, allow_inf_nan=False)]


class Kind(StrEnum):
    """What is drawn. A rider and the vehicle ridden are one road user."""

    PEDESTRIAN = "pedestrian"
    CYCLIST = "cyclist"
    E_SCOOTER = "e-scooter"
    MOTORCYCLIST = "motorcyclist"
    CAR = "car"
    VAN = "van"
    TRUCK = "truck"
    BUS = "bus"
    TRAM = "tram"


Arm = Literal["north", "east", "south", "west"]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ArmSpec(_Table):
    """One arm of the intersection.

    Attributes:
        lanes_in: lanes towards the intersection; lane 1 lies at the kerb.
        lanes_out: lanes away from it.
        zebra: whether a zebra crosses the arm, just outside the intersection.
        island: whether a traffic island parts the directions.
        cycle_track: whether cyclists have a track of their own between carriageway and pavement.
        stop_line: whether there is one (3 m before the zebra, or where the zebra would be).
        tram_tracks: whether tracks lie in the middle of it; the opposite arm needs them too.
    """

    lanes_in: Annotated[int, Field(ge=1, le=3)] = 1
    lanes_out: Annotated[int, Field(ge=1, le=3)] = 1
    zebra: bool = False
    island: bool = False
    cycle_track: bool = False
    stop_line: bool = True
    tram_tracks: bool = False


class PlaceSpec(_Table):
    """The intersection: two to four arms, and what stands around it.

    Attributes:
        arms: by the direction in which they leave the centre.
        lane_width_m: of every lane.
        kerb_radius_m: of the corners.
        buildings, trees: how densely the surroundings are built and planted, 0 to 1.
        poles: lamp posts and signal posts, where the scenario wants them; they may hide road users.
        parked: places (x, y, heading in degrees counter-clockwise from east) of parked cars without a part in it.
    """

    arms: Annotated[dict[Arm, ArmSpec], Field(min_length=2, max_length=4)]
    lane_width_m: Annotated[float, Field(ge=2.5, le=4.5)] = 3.25
    kerb_radius_m: Annotated[float, Field(ge=2, le=15)] = 6.0
    buildings: Annotated[float, Field(ge=0, le=1)] = 0.5
    trees: Annotated[float, Field(ge=0, le=1)] = 0.3
    poles: Annotated[list[_Point], Field(max_length=20)] = []
    parked: Annotated[list[Annotated[list[float], Field(min_length=3, max_length=3)]], Field(max_length=20)] = []


class CameraSpec(_Table):
    """Where the camera hangs and what it aims at; a seed moves it a little.

    Attributes:
        position_m: (x, y).
        height_m: above the road.
        aim_m: the place (x, y) in the middle of the picture.
        view_deg: horizontal field of view.
        distortion: (k1, k2) of the lens.
    """

    position_m: _Point
    height_m: Annotated[float, Field(ge=4, le=20)] = 8.0
    aim_m: _Point = [0.0, 0.0]
    view_deg: Annotated[float, Field(ge=30, le=100)] = 70.0
    distortion: Annotated[list[float], Field(min_length=2, max_length=2)] = [-0.15, 0.03]


class LightSpec(_Table):
    """The hour and the weather.

    Attributes:
        hour: day with sun and shadows, overcast without, or dusk with lamps.
        sun_from_deg: where the sun stands, degrees counter-clockwise from east.
        sun_height_deg: above the horizon.
        noise: of the sensor, standard deviation in grey levels.
        blur_px: standard deviation of the blur of lens and compression.
    """

    hour: Literal["day", "overcast", "dusk"] = "day"
    sun_from_deg: float = 240.0
    sun_height_deg: Annotated[float, Field(ge=5, le=85)] = 45.0
    noise: Annotated[float, Field(ge=0, le=30)] = 2.0
    blur_px: Annotated[float, Field(ge=0, le=3)] = 0.5


class VideoSpec(_Table):
    """The film.

    Attributes:
        width_px, height_px: of the picture.
        frame_rate: frames per second.
        variable: whether intervals between frames vary by up to 30 %, and time stamps say so.
        crf: quality of the compression, 18 (good) to 40 (bad).
    """

    width_px: Annotated[int, Field(ge=320, le=1920, multiple_of=2)] = 960
    height_px: Annotated[int, Field(ge=240, le=1080, multiple_of=2)] = 540
    frame_rate: Annotated[float, Field(ge=2, le=60)] = 10.0
    variable: bool = False
    crf: Annotated[int, Field(ge=12, le=45)] = 26


class Act(_Table):
    """One thing a road user does to its speed, begun at a place or at a time, whichever is given.

    Without either it begins when the act before is done. Acts are in order. An act that would begin before the one
    before it is done cuts that one short.

    Attributes:
        at_m: distance along the path, measured from the stop line of its approach (negative before it); for users
            on given points, from their first point.
        at_s: seconds after the user appears.
        to_kmh: the speed to reach; 0 stops.
        mps2: how hard to brake or accelerate, m/s².
        wait_s: how long to keep that speed before the next act, once it is reached.
    """

    at_m: _Metre | None = None
    at_s: _Seconds | None = None
    to_kmh: Annotated[float, Field(ge=0, le=120)]
    mps2: Annotated[float, Field(gt=0, le=9.0)] = 2.0
    wait_s: _Seconds = 0.0


class UserSpec(_Table):
    """One road user.

    Give `from_arm` and `to_arm` for someone who drives or rides along lanes (the same arm twice is a U-turn), or
    `points` for anyone else: pedestrians, cyclists on the wrong side, someone who leaves a parking space.

    Attributes:
        id: name in encounters.
        kind: what it is.
        from_arm, to_arm: the movement. Arms are 100 m long, and ways begin and end where they do.
        lane: on the approach, 1 at the kerb; 0 is the cycle track if the arm has one.
        points: (x, y) of the way, joined by curves of `corner_radius_m`. Where a point is passed twice, the way goes
            back on itself: everybody stops there; people on foot turn round, vehicles go backwards.
        corner_radius_m: of those curves.
        speed_kmh: at the start of the path. Turning users slow down for the curve by themselves (2 m/s² at most to
            the side, 2 m/s² of braking) and go on at this speed behind it, unless acts say otherwise.
        start_m: where on the path it appears, from the path's start; at the path's end it is gone.
        appears_s: when it is there first, on the film's clock; may be negative.
        acts: what it does to its speed.
        parked: stands at the first of `points`, looking to the second, and never moves (give no speed).
        door_at_s: a parked car's door towards the road opens at this moment; None for never.
        group: how many walk or ride together with it, abreast or close behind, itself included; they are road users of
            their own, named ``id-2``, ``id-3`` ….
    """

    id: _Id
    kind: Annotated[Kind, Field(strict=False)]
    from_arm: Arm | None = None
    to_arm: Arm | None = None
    lane: Annotated[int, Field(ge=0, le=3)] = 1
    points: Annotated[list[_Point], Field(max_length=40)] = []
    corner_radius_m: Annotated[float, Field(ge=0, le=50)] = 3.0
    speed_kmh: Annotated[float, Field(ge=0, le=120)] = 0.0
    start_m: Annotated[float, Field(ge=0, le=200)] = 0.0
    appears_s: Annotated[float, Field(ge=-60, le=120)] = 0.0
    acts: Annotated[list[Act], Field(max_length=20)] = []
    parked: bool = False
    door_at_s: _Seconds | None = None
    group: Annotated[int, Field(ge=1, le=8)] = 1

    @model_validator(mode="after")
    def _check_way(self) -> Self:
        by_arms = self.from_arm is not None and self.to_arm is not None
        if by_arms == bool(self.points) or (self.from_arm is None) != (self.to_arm is None):
            msg = f"user '{self.id}' needs either from_arm and to_arm, or points"
            raise ValueError(msg)
        if self.points and len(self.points) < 2:  # noqa: PLR2004  (a way has two ends)
            msg = f"user '{self.id}' has one point: give two or more"
            raise ValueError(msg)
        if self.parked and (by_arms or self.speed_kmh or self.acts):
            msg = f"user '{self.id}' is parked: give points alone, without speed or acts"
            raise ValueError(msg)
        return self


class EncounterSpec(_Table):
    """What happens between two users, as it is meant: declared here, never computed.

    Give at most one of `pet_s` and `ttc_min_s`: then the second user is moved in time until the referee measures
    that value (a seed draws it anew around it, within `spread_s`, and never across a threshold of its severity).

    Attributes:
        users: (first, second): the first is where it is; `second` is moved in time. With `pet_s` positive the first
            passes first.
        accident_type: FGSV accident type (Unfalltyp) 2 to 7 of the situation, an accident or not.
        severity: none, record, conflict or serious, by the thresholds of preset ``safemob-1``.
        pet_s, ttc_min_s: what the referee is to measure.
        spread_s: how far a seed may move it.
        observable: whether the camera can see enough of it; what it cannot see nobody has to find.
        why: one sentence for people, where the severity is not plain from the numbers.
    """

    users: Annotated[list[_Id], Field(min_length=2, max_length=2)]
    accident_type: Annotated[int, Field(ge=2, le=7)]
    severity: Literal["none", "record", "conflict", "serious"]
    pet_s: Annotated[float, Field(ge=-10, le=10)] | None = None
    ttc_min_s: Annotated[float, Field(gt=0, le=10)] | None = None
    spread_s: Annotated[float, Field(ge=0, le=2)] = 0.1
    observable: bool = True
    why: _Text | None = None

    @model_validator(mode="after")
    def _check_aim(self) -> Self:
        if self.pet_s is not None and self.ttc_min_s is not None:
            msg = f"the encounter of {' and '.join(self.users)} aims at pet_s and at ttc_min_s: give one of them"
            raise ValueError(msg)
        return self


class Scenario(_Table):
    """A short scene.

    Attributes:
        title: one line for people.
        story: what happens, in a sentence or two.
        duration_s: length of the film.
        place, camera, light, video: see there.
        user: who takes part, in any order.
        encounter: what is meant to happen. Pairs that are not listed are not meant to come near each other: severity
            none or record.
        coverage_m: polygon inside which the site is analysed; all the camera sees where it is not given.
    """

    schema_: Annotated[Literal["safemob-scenario/1"], Field(alias="schema")]
    title: _Text
    story: _Text
    duration_s: Annotated[float, Field(ge=1, le=120)]
    place: PlaceSpec
    camera: CameraSpec
    light: LightSpec = LightSpec()
    video: VideoSpec = VideoSpec()
    user: Annotated[list[UserSpec], Field(min_length=1, max_length=_MOST_USERS)]
    encounter: Annotated[list[EncounterSpec], Field(max_length=200)] = []
    coverage_m: Annotated[list[_Point], Field(min_length=3, max_length=50)] | None = None

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [user.id for user in self.user]
        names += [f"{user.id}-{n}" for user in self.user for n in range(2, user.group + 1)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"two users are named '{twice[0]}'"
            raise ValueError(msg)
        for encounter in self.encounter:
            unknown = [name for name in encounter.users if name not in names]
            if unknown:
                msg = f"an encounter names '{unknown[0]}', who is no user"
                raise ValueError(msg)
            if encounter.users[0] == encounter.users[1]:
                msg = f"user '{encounter.users[0]}' meets itself"
                raise ValueError(msg)
        for user in self.user:
            for arm in (user.from_arm, user.to_arm):
                if arm is not None and arm not in self.place.arms:
                    msg = f"user '{user.id}' uses the arm {arm}, which the place does not have"
                    raise ValueError(msg)
        return self


def read_scenario(path: Path) -> Scenario:
    """Read and check a scenario.

    Raises:
        ScenarioError: if the file cannot be read, is no TOML, or does not describe a scenario.
    """
    try:
        content = read_small_file(path, _LARGEST_BYTES)
        return Scenario.model_validate(tomllib.loads(content.decode()))
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror or error})"
        raise ScenarioError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} is not TOML: {error}"
        raise ScenarioError(msg) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        msg = f"{path}: {place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}"
        raise ScenarioError(msg) from None
