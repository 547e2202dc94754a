"""The truth about a rendered scene, as it is written beside the film."""

from dataclasses import dataclass
from typing import Literal

from safemob.taxonomy import RoadUserClass

__all__ = ["TrueEncounter", "TrueState", "TrueUser", "Truth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueUser:
    """One road user: id, class and the size of its footprint and body (length, width, height), m."""

    id: str
    kind: str
    road_user: RoadUserClass
    size_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueState:
    """One road user in one frame.

    Attributes:
        user: its id.
        position_m: centre of the oriented rectangle.
        heading_rad: of its long axis, counter-clockwise from +x.
        velocity_mps: of the centre.
        box_px: (left, top, right, bottom) of the whole body in the picture, cut off at its edge; None if none of it
            is inside the picture.
        visible_box_px: the same of what can be seen of it; None if nothing.
        visible_share: how much of what is inside the picture is not hidden behind something, 0 to 1.
        cut: whether the body reaches over the picture's edge.
    """

    user: str
    position_m: tuple[float, float]
    heading_rad: float
    velocity_mps: tuple[float, float]
    box_px: tuple[float, float, float, float] | None
    visible_box_px: tuple[float, float, float, float] | None
    visible_share: float
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueEncounter:
    """One pair that came near each other, as the referee measured it over continuous time.

    Attributes:
        users: ids of the two, in the order of the scenario's list.
        declared: whether the scenario lists it.
        accident_type: FGSV type as declared; None where not declared.
        severity: as declared; ``none`` where not declared.
        observable: as declared.
        ttc_min_s: smallest time to collision; inf if they were never on a collision course.
        ttc_min_at_s: when.
        pet_s: signed post-encroachment time, positive if the first of `users` passed first; nan if their footprints
            never used the same place within 10 s.
        pet_at_m: where.
        pet_at_s: when the second user came.
        t2_min_s: smallest T2; nan where there is none.
        follows: whether the PET is the time gap of one following the other.
        distance_min_m: least distance between the two rectangles at one moment.
        distance_min_at_s: when.
    """

    users: tuple[str, str]
    declared: bool
    accident_type: int | None
    severity: Literal["none", "record", "conflict", "serious"]
    observable: bool
    ttc_min_s: float
    ttc_min_at_s: float
    pet_s: float
    pet_at_m: tuple[float, float]
    pet_at_s: float
    t2_min_s: float
    follows: bool
    distance_min_m: float
    distance_min_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Everything that is true of one film.

    Attributes:
        title: of the scenario.
        seed: that varied it.
        frame_times_s: presentation time of every frame.
        users: everybody who takes part.
        frames: the states in every frame, of users that are there at that moment.
        encounters: every pair that came within 50 m and approached, declared or not.
    """

    title: str
    seed: int
    frame_times_s: tuple[float, ...]
    users: tuple[TrueUser, ...]
    frames: tuple[tuple[TrueState, ...], ...]
    encounters: tuple[TrueEncounter, ...]
