"""The review list: what a person needs to find and judge an event in footage recorded before it was analysed."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from pydantic import with_config

from safemob.aggregate.interval import STORED

__all__ = ["ReviewLine", "sort_review"]


@with_config(STORED)
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLine:
    """One event of recorded footage as plain scalars. Users are told apart by class and order, never by an id.

    Two users of the same class are ordered by passage (the one who passed first comes first), or without a PET by
    speed, so a line does not depend on how tracks were numbered. None means that the footage does not tell.

    Attributes:
        file: name of the video file.
        media_time_s: where to look, seconds from the start of that file.
        time_s: the decisive moment on the recording's clock, s.
        wall_time_utc: the same as wall time.
        pair: kind of pair.
        class_first, class_second: the two road users.
        conflict_type: how the paths meet.
        severity: by the preset the analysis names.
        state: what the numbers can be trusted for.
        ttc_min_s: smallest time to collision, s; inf without a collision course.
        pet_s: post-encroachment time, s; positive if the first user passed first.
        drac_max_mps2: largest deceleration needed, m/s².
        distance_min_m: smallest distance between the two rectangles, m.
        closing_speed_mps: largest closing speed, m/s.
        speed_first_mps, speed_second_mps: speeds at the decisive moment, m/s.
        angle_deg: angle between the directions of travel, 0 to 180.
        x_m, y_m: place in site coordinates, m.
    """

    file: str
    media_time_s: float
    time_s: float
    wall_time_utc: datetime | None
    pair: str
    class_first: str
    class_second: str
    conflict_type: str
    severity: str
    state: str
    ttc_min_s: float | None
    pet_s: float | None
    drac_max_mps2: float | None
    distance_min_m: float | None
    closing_speed_mps: float | None
    speed_first_mps: float | None
    speed_second_mps: float | None
    angle_deg: float | None
    x_m: float | None
    y_m: float | None


def sort_review(lines: Iterable[ReviewLine]) -> tuple[ReviewLine, ...]:
    """Lines in order of time; ties are broken by what the lines say, so the order is always the same."""
    names = [field.name for field in fields(ReviewLine) if field.name != "wall_time_utc"]
    return tuple(sorted(lines, key=lambda line: (line.time_s, [repr(getattr(line, name)) for name in names])))
