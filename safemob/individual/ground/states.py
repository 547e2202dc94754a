"""Where every road user is at one moment, on the ground plane, after smoothing."""

from dataclasses import dataclass

from safemob.individual.arrays import Bools, Floats, Ints, check_shapes
from safemob.individual.ephemeral import Ephemeral

__all__ = ["GroundStates"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class GroundStates(Ephemeral):
    """Smoothed states of the N confirmed road users at one frame time, in site coordinates. Read-only.

    Attributes:
        time_s: frame time on the recording's clock.
        ids: (N,) track ids, local to the run.
        classes: (N,) codes of `RoadUserClass`; the class of the whole track so far, so it may be revised.
        positions: (N, 2) footprint centres, m.
        velocities: (N, 2) ground velocity, m/s; never forced along the heading.
        accelerations: (N, 2) m/s².
        headings: (N,) direction of the long axis, rad counter-clockwise from +x; held when stopped.
        lengths: (N,) full length of the footprint along the heading, m.
        widths: (N,) full width, m.
        covariances: (N, 4, 4) of (x, y, vx, vy), including the part shared by all frames of a user.
        observed: (N,) whether a detection supports this very frame; False while bridging an occlusion.
        ended: (K,) ids whose last state was in this frame or before: they will not come again.
    """

    time_s: float
    ids: Ints
    classes: Ints
    positions: Floats
    velocities: Floats
    accelerations: Floats
    headings: Floats
    lengths: Floats
    widths: Floats
    covariances: Floats
    observed: Bools
    ended: Ints

    def __post_init__(self) -> None:
        n = len(self.ids)
        one, two = (n,), (n, 2)
        check_shapes(self, ids=one, classes=one, positions=two, velocities=two, accelerations=two)
        check_shapes(self, headings=one, lengths=one, widths=one, covariances=(n, 4, 4), observed=one)
        check_shapes(self, ended=(len(self.ended),))

    def __len__(self) -> int:
        return len(self.ids)
