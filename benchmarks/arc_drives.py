"""Road users on straight lines and circles at constant acceleration: motions whose indicators can be written down."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safemob.scenes.scenario import Kind
from safemob.scenes.stage import Actor, Poses

__all__ = ["SIZES_M", "ArcDrive", "make_actor"]

Floats = npt.NDArray[np.float64]

SIZES_M = {
    Kind.PEDESTRIAN: (0.5, 0.6, 1.7),
    Kind.CYCLIST: (1.8, 0.6, 1.7),
    Kind.CAR: (4.5, 1.8, 1.5),
    Kind.BUS: (12.0, 2.5, 3.2),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcDrive:
    """Motion along a circle, or a line where the curvature is zero; it brakes to a stop at most.

    Attributes:
        start_m: (x, y) at time zero.
        heading_rad: there.
        speed_mps: there.
        curvature_per_m: of the circle, positive to the left.
        acceleration_mps2: along the way.
    """

    start_m: tuple[float, float]
    heading_rad: float = 0.0
    speed_mps: float = 0.0
    curvature_per_m: float = 0.0
    acceleration_mps2: float = 0.0

    def at(self, times_s: Floats) -> Poses:
        """States at (N,) moments."""
        brakes = self.acceleration_mps2 < 0
        moving = np.minimum(times_s, self.speed_mps / -self.acceleration_mps2) if brakes else times_s
        gone = self.speed_mps * moving + self.acceleration_mps2 * moving**2 / 2
        speeds = self.speed_mps + self.acceleration_mps2 * moving
        rates = np.where(speeds > 0, self.acceleration_mps2, 0.0)
        headings = self.heading_rad + self.curvature_per_m * gone
        along = np.stack([np.cos(headings), np.sin(headings)], axis=-1)
        left = np.stack([-along[:, 1], along[:, 0]], axis=-1)
        ahead = np.array([np.cos(self.heading_rad), np.sin(self.heading_rad)])
        if self.curvature_per_m:
            centre = np.array(self.start_m) + np.array([-ahead[1], ahead[0]]) / self.curvature_per_m
            positions = centre - left / self.curvature_per_m
        else:
            positions = np.array(self.start_m) + gone[:, None] * ahead
        return Poses(
            positions=positions,
            headings=headings,
            velocities=speeds[:, None] * along,
            accelerations=rates[:, None] * along + (speeds**2 * self.curvature_per_m)[:, None] * left,
            turn_rates=speeds * self.curvature_per_m,
            travelled=gone,
        )


def make_actor(
    motion: ArcDrive,
    kind: Kind = Kind.CAR,
    *,
    name: str = "user",
    size_m: tuple[float, float, float] | None = None,
    from_s: float = 0.0,
    until_s: float = 20.0,
) -> Actor:
    """A road user of the usual size of its kind that takes part for a while."""
    return Actor(
        id=name,
        kind=kind,
        size_m=size_m or SIZES_M[kind],
        colour=(0.5, 0.5, 0.5),
        look=0,
        motion=motion,
        from_s=from_s,
        until_s=until_s,
    )
