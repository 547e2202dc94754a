"""What is said of road users on the ground, state by state: position, speed, heading, and how far it may be off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints, invert_symmetric
from safemob.individual.safety.moment import Moment
from safemob.validation.expected import Expected

__all__ = ["ELLIPSE", "StateErrors", "judge_states"]

ELLIPSE = 0.9
"""Share of the truth that ellipses are to hold."""
_WITHIN = 4.605170185988092
"""Squared Mahalanobis distance that holds this share (χ², 2 degrees of freedom)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateErrors:
    """How far N states are off, over any number of frames.

    Attributes:
        classes: (N,) true class codes.
        distances: (N,) true, from the foot of the camera, m.
        observed: (N,) whether a box supports the state; else the user was out of sight.
        speeds: (N,) true, m/s.
        positions: (N,) length of the error of position, m.
        along: (N,) its part along the viewing ray, positive away from the camera, m.
        speed_errors: (N,) estimated less true speed, m/s.
        headings: (N,) angle between the estimated and the true heading, 0 to 180°.
        in_position_ellipse, in_velocity_ellipse: (N,) whether the truth lies in the 90 % ellipse.
        position_radii: (N,) of the circle as large as that ellipse, m.
        velocity_radii: (N,) likewise, m/s.
    """

    classes: Ints
    distances: Floats
    observed: Bools
    speeds: Floats
    positions: Floats
    along: Floats
    speed_errors: Floats
    headings: Floats
    in_position_ellipse: Bools
    in_velocity_ellipse: Bools
    position_radii: Floats
    velocity_radii: Floats

    def __len__(self) -> int:
        return len(self.classes)

    @classmethod
    def join(cls, errors: Sequence["StateErrors"]) -> "StateErrors":
        """All of them, one after the other."""
        columns = (np.concatenate([getattr(each, name) for each in (_NONE, *errors)]) for name in cls.__slots__)
        return cls(**dict(zip(cls.__slots__, columns, strict=True)))

    def take(self, mask: Bools) -> "StateErrors":
        """Some of them."""
        return StateErrors(**{name: getattr(self, name)[mask] for name in self.__slots__})


_NONE = StateErrors(
    classes=np.zeros(0, dtype=np.int64),
    distances=np.zeros(0),
    observed=np.zeros(0, dtype=np.bool_),
    speeds=np.zeros(0),
    positions=np.zeros(0),
    along=np.zeros(0),
    speed_errors=np.zeros(0),
    headings=np.zeros(0),
    in_position_ellipse=np.zeros(0, dtype=np.bool_),
    in_velocity_ellipse=np.zeros(0, dtype=np.bool_),
    position_radii=np.zeros(0),
    velocity_radii=np.zeros(0),
)


def judge_states(
    expected: Expected, moment: Moment, owner_of: Callable[[int, float], int], camera_m: tuple[float, float]
) -> StateErrors:
    """The states of one frame against the truth about those whom their tracks follow.

    Args:
        expected: the truth of the film.
        moment: the frame as it left the pipeline.
        owner_of: tells whom a track follows at a time.
        camera_m: foot of the camera.
    """
    states, truth = moment.states, expected.at(moment.time_s)
    owners = np.array([owner_of(track, moment.time_s) for track in states.ids.tolist()], dtype=np.int64)
    mine, its = np.nonzero(owners[:, None] == truth.users)
    offset = states.positions[mine] - truth.positions[its]
    drift = states.velocities[mine] - truth.velocities[its]
    ray = truth.positions[its] - camera_m
    distances = np.hypot(*ray.T)
    spread = states.covariances[mine]
    turned = states.headings[mine] - truth.headings[its]
    speeds = np.hypot(*truth.velocities[its].T)
    inside_position, position_radii = _judge_ellipses(offset, spread[:, :2, :2])
    inside_velocity, velocity_radii = _judge_ellipses(drift, spread[:, 2:, 2:])
    return StateErrors(
        classes=truth.classes[its],
        distances=distances,
        observed=states.observed[mine],
        speeds=speeds,
        positions=np.hypot(*offset.T),
        along=(offset * ray).sum(axis=1) / distances,
        speed_errors=np.hypot(*states.velocities[mine].T) - speeds,
        headings=np.abs(np.degrees(np.arctan2(np.sin(turned), np.cos(turned)))),
        in_position_ellipse=inside_position,
        in_velocity_ellipse=inside_velocity,
        position_radii=position_radii,
        velocity_radii=velocity_radii,
    )


def _judge_ellipses(errors: Floats, covariances: Floats) -> tuple[Bools, Floats]:
    """Whether (N, 2) errors lie in the 90 % ellipses of (N, 2, 2) covariances, and (N,) radii of these."""
    distances = np.einsum("ni,nij,nj->n", errors, invert_symmetric(covariances), errors)
    area = np.maximum(np.linalg.det(covariances), 0.0)
    radii: Floats = np.sqrt(_WITHIN) * area**0.25
    return distances <= _WITHIN, radii
