"""Who takes part in a scene, and what they do."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from safemob.scenes.scenario.fields import Id, Metre, Point, Seconds, Table
from safemob.scenes.scenario.setting import Arm

__all__ = ["Act", "Kind", "UserSpec"]


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


class Act(Table):
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

    at_m: Metre | None = None
    at_s: Seconds | None = None
    to_kmh: Annotated[float, Field(ge=0, le=120)]
    mps2: Annotated[float, Field(gt=0, le=9.0)] = 2.0
    wait_s: Seconds = 0.0


class UserSpec(Table):
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

    id: Id
    kind: Annotated[Kind, Field(strict=False)]
    from_arm: Arm | None = None
    to_arm: Arm | None = None
    lane: Annotated[int, Field(ge=0, le=3)] = 1
    points: list[Point] = Field(default=[], max_length=40)
    corner_radius_m: Annotated[float, Field(ge=0, le=50)] = 3.0
    speed_kmh: Annotated[float, Field(ge=0, le=120)] = 0.0
    start_m: Annotated[float, Field(ge=0, le=200)] = 0.0
    appears_s: Annotated[float, Field(ge=-60, le=120)] = 0.0
    acts: list[Act] = Field(default=[], max_length=20)
    parked: bool = False
    door_at_s: Seconds | None = None
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
        if self.door_at_s is not None and not (self.parked and self.kind is Kind.CAR):
            msg = f"user '{self.id}' opens a door, but only parked cars have one that opens: remove door_at_s"
            raise ValueError(msg)
        return self
