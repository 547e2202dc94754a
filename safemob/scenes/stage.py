"""A staged scene: who is where at every moment. Film and truth are both made from it, and from nothing else."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from safemob.scenes.scenario import EncounterSpec, Kind, Scenario
from safemob.site import CameraModel
from safemob.taxonomy import RoadUserClass

__all__ = ["ROAD_USER_OF", "Actor", "Motion", "Poses", "Stage"]

Floats = npt.NDArray[np.float64]

ROAD_USER_OF = {
    Kind.PEDESTRIAN: RoadUserClass.PEDESTRIAN,
    Kind.CYCLIST: RoadUserClass.CYCLIST,
    Kind.E_SCOOTER: RoadUserClass.E_SCOOTER,
    Kind.MOTORCYCLIST: RoadUserClass.MOTORCYCLIST,
    Kind.CAR: RoadUserClass.CAR,
    Kind.VAN: RoadUserClass.TRUCK,  # as the taxonomy has it
    Kind.TRUCK: RoadUserClass.TRUCK,
    Kind.BUS: RoadUserClass.BUS,
    Kind.TRAM: RoadUserClass.TRAM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Poses:
    """Exact states of one actor at N moments, in site coordinates.

    Attributes:
        positions: (N, 2) centre of the footprint, m.
        headings: (N,) direction of the long axis, rad counter-clockwise from +x, continuous in time.
        velocities: (N, 2) of the centre, m/s.
        accelerations: (N, 2) of the centre, m/s².
        turn_rates: (N,) of the heading, rad/s.
        travelled: (N,) distance covered since it appeared, m (for turning wheels and walking legs).
    """

    positions: Floats
    headings: Floats
    velocities: Floats
    accelerations: Floats
    turn_rates: Floats
    travelled: Floats


class Motion(Protocol):
    """How an actor moves: a function of time, exact at every moment, not only at frames."""

    def at(self, times_s: Floats) -> Poses:
        """States at (N,) moments on the film's clock; outside its life the last state it had or will have."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One road user.

    Attributes:
        id: as the scenario names it.
        kind: what is drawn.
        size_m: (length, width, height) of the whole body; the footprint is length × width, centred on the pose.
        colour: (red, green, blue), 0 to 1, of the paint or the clothes.
        look: a number from which every other detail of its looks is drawn.
        motion: where it is.
        from_s, until_s: when it is there at all, on the film's clock.
        door_at_s: when its door opens; None for never.
    """

    id: str
    kind: Kind
    size_m: tuple[float, float, float]
    colour: tuple[float, float, float]
    look: int
    motion: Motion
    from_s: float
    until_s: float
    door_at_s: float | None = None

    @property
    def road_user(self) -> RoadUserClass:
        """The class that the analysis should give it."""
        return ROAD_USER_OF[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A scenario with everything decided.

    Attributes:
        scenario: after the seed has varied it (light and video are read from it).
        seed: that varied it.
        camera: exact; the lens too.
        actors: everybody who takes part, and parked cars.
        encounters: as declared, for the staged users.
    """

    scenario: Scenario
    seed: int
    camera: CameraModel
    actors: tuple[Actor, ...]
    encounters: tuple[EncounterSpec, ...]
