"""Bodies of road users: what their surfaces are, and how their parts move.

A body's own axes: x forwards, y to the left, z up; the origin lies on the ground in the middle of its footprint. Length
× width bound everything but mirrors, arms, open doors, and the feet of someone who strides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from safemob.scenes.drawing.bicycles import make_cyclist
from safemob.scenes.drawing.buses import make_bus, make_tram
from safemob.scenes.drawing.cars import make_car, make_van
from safemob.scenes.drawing.joints import Going
from safemob.scenes.drawing.lorries import make_truck
from safemob.scenes.drawing.motorcycles import make_motorcyclist
from safemob.scenes.drawing.people import make_pedestrian
from safemob.scenes.drawing.scooters import make_scooterist
from safemob.scenes.drawing.shapes import Colour, Mesh
from safemob.scenes.scenario import Kind
from safemob.scenes.stage import Actor

__all__ = ["Body", "Gait", "make_body"]

Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]


class Gait(Protocol):
    """How the parts of a body move."""

    def pose(self, going: Going) -> Floats:
        """Where every joint has its parts.

        Args:
            going: how far the body has gone, and how fast.

        Returns:
            (J, 4, 4) from the body as modelled to the body as it stands now, both in its own axes.
        """
        ...


@dataclass(frozen=True, slots=True)
class Body:
    """Surfaces, and what moves them."""

    mesh: Mesh
    gait: Gait


_MAKERS: Mapping[Kind, Callable[[Size, Colour, np.random.Generator], tuple[Mesh, Gait]]] = {
    Kind.PEDESTRIAN: make_pedestrian,
    Kind.CYCLIST: make_cyclist,
    Kind.E_SCOOTER: make_scooterist,
    Kind.MOTORCYCLIST: make_motorcyclist,
    Kind.CAR: make_car,
    Kind.VAN: make_van,
    Kind.TRUCK: make_truck,
    Kind.BUS: make_bus,
    Kind.TRAM: lambda size, colour, _: make_tram(size, colour),
}


def make_body(actor: Actor) -> Body:
    """The body of an actor, the same for the same look."""
    rng = np.random.default_rng(actor.look)
    if actor.kind is Kind.CAR and actor.door_at_s is not None:
        return Body(*make_car(actor.size_m, actor.colour, rng, door=True))
    return Body(*_MAKERS[actor.kind](actor.size_m, actor.colour, rng))
