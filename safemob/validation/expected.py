"""The truth of one film as arrays, frame by frame: what a perfect pipeline would say."""

from bisect import bisect_left
from dataclasses import dataclass
from math import nan

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.scenes.truth import TrueEncounter, TrueState, Truth
from safemob.taxonomy import RoadUserClass

__all__ = ["SMALLEST_SHARE", "SMALLEST_SIDES_PX", "Expected", "FrameTruth", "expect"]

SMALLEST_SHARE = 0.25
"""Who is hidden more than this leaves need not be found, and is no mistake if found."""
SMALLEST_SIDES_PX = (6.0, 16.0)
"""Nor who shows less than so many pixels in width and height."""

_SAME_TIME_S = 0.002
_UNSEEN = (nan, nan, nan, nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTruth:
    """Everybody who is there at one moment, N road users.

    Attributes:
        time_s: presentation time of the frame.
        users: (N,) places in the scene's list of users.
        classes: (N,) codes of `RoadUserClass`.
        boxes: (N, 4) left, top, right, bottom of what can be seen of them, px; NaN where nothing can.
        wanted: (N,) whether enough of them can be seen for a detector to find.
        cut: (N,) whether they reach over the picture's edge.
        inside: (N,) whether any of the body lies inside the picture, hidden or not.
        positions: (N, 2) footprint centres, m.
        headings: (N,) rad.
        velocities: (N, 2) m/s.
    """

    time_s: float
    users: Ints
    classes: Ints
    boxes: Floats
    wanted: Bools
    cut: Bools
    inside: Bools
    positions: Floats
    headings: Floats
    velocities: Floats

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One film's truth.

    Attributes:
        names: ids of the road users.
        road_users: their classes.
        sizes: (U, 2) length and width of their footprints, m.
        frames: in order of time.
        encounters: every pair that came near each other, as measured by the referee.
    """

    names: tuple[str, ...]
    road_users: tuple[RoadUserClass, ...]
    sizes: Floats
    frames: tuple[FrameTruth, ...]
    encounters: tuple[TrueEncounter, ...]

    def at(self, time_s: float) -> FrameTruth:
        """The frame shown at a time; times read back from a video are rounded to its clock.

        Raises:
            ValueError: if there is none.
        """
        after = bisect_left(self.frames, time_s, key=lambda frame: frame.time_s)
        near = self.frames[max(0, after - 1) : after + 1]
        frame = min(near, key=lambda each: abs(each.time_s - time_s), default=None)
        if frame is None or abs(frame.time_s - time_s) > _SAME_TIME_S:
            msg = f"the truth has no frame at {time_s} s"
            raise ValueError(msg)
        return frame


def expect(truth: Truth) -> Expected:
    """Arrange a film's truth."""
    place = {user.id: index for index, user in enumerate(truth.users)}
    classes = np.array([user.road_user for user in truth.users], dtype=np.int64)
    return Expected(
        names=tuple(place),
        road_users=tuple(user.road_user for user in truth.users),
        sizes=np.array([user.size_m[:2] for user in truth.users]).reshape(-1, 2),
        frames=tuple(
            _arrange(time_s, states, place, classes)
            for time_s, states in zip(truth.frame_times_s, truth.frames, strict=True)
        ),
        encounters=truth.encounters,
    )


def _arrange(time_s: float, states: tuple[TrueState, ...], place: dict[str, int], classes: Ints) -> FrameTruth:
    users = np.array([place[state.user] for state in states], dtype=np.int64)
    boxes = np.array([state.visible_box_px or _UNSEEN for state in states]).reshape(-1, 4)
    sides = boxes[:, 2:] - boxes[:, :2]
    shares = np.array([state.visible_share for state in states])
    return FrameTruth(
        time_s=time_s,
        users=users,
        classes=classes[users],
        boxes=boxes,
        wanted=(shares >= SMALLEST_SHARE) & (sides >= SMALLEST_SIDES_PX).all(axis=1),
        cut=np.array([state.cut for state in states], dtype=np.bool_),
        inside=np.array([state.box_px is not None for state in states], dtype=np.bool_),
        positions=np.array([state.position_m for state in states]).reshape(-1, 2),
        headings=np.array([state.heading_rad for state in states]),
        velocities=np.array([state.velocity_mps for state in states]).reshape(-1, 2),
    )
