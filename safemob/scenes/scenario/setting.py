"""Where a scene is set, and how it is filmed: the place, the camera, the light, the film."""

from typing import Annotated, Literal

from pydantic import Field

from safemob.scenes.scenario.fields import Degrees, Point, Table

__all__ = ["Arm", "ArmSpec", "CameraSpec", "LightSpec", "PlaceSpec", "VideoSpec"]

Arm = Literal["north", "east", "south", "west"]

_Pose = Annotated[list[Annotated[float, Field(ge=-360, le=360)]], Field(min_length=3, max_length=3)]
"""Two coordinates and a direction, which have one bound in common."""


class ArmSpec(Table):
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


class PlaceSpec(Table):
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
    poles: list[Point] = Field(default=[], max_length=20)
    parked: list[_Pose] = Field(default=[], max_length=20)


class CameraSpec(Table):
    """Where the camera hangs and what it aims at; a seed moves it a little.

    Attributes:
        position_m: (x, y).
        height_m: above the road.
        aim_m: the place (x, y) in the middle of the picture.
        view_deg: horizontal field of view.
        distortion: (k1, k2) of the lens.
    """

    position_m: Point
    height_m: Annotated[float, Field(ge=4, le=20)] = 8.0
    aim_m: Point = Field(default=[0.0, 0.0])
    view_deg: Annotated[float, Field(ge=30, le=100)] = 70.0
    distortion: list[Annotated[float, Field(ge=-1, le=1)]] = Field(default=[-0.15, 0.03], min_length=2, max_length=2)


class LightSpec(Table):
    """The hour and the weather.

    Attributes:
        hour: day with sun and shadows, overcast without, or dusk with lamps.
        sun_from_deg: where the sun stands, degrees counter-clockwise from east.
        sun_height_deg: above the horizon.
        noise: of the sensor, standard deviation in grey levels.
        blur_px: standard deviation of the blur of lens and compression.
    """

    hour: Literal["day", "overcast", "dusk"] = "day"
    sun_from_deg: Degrees = 240.0
    sun_height_deg: Annotated[float, Field(ge=5, le=85)] = 45.0
    noise: Annotated[float, Field(ge=0, le=30)] = 2.0
    blur_px: Annotated[float, Field(ge=0, le=3)] = 0.5


class VideoSpec(Table):
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
