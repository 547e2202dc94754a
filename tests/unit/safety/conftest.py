"""Simulated ground truth: road users on known paths, as the smoother would hand them over."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.encounter import Encounter, EncounterEngine, EncounterRules
from safemob.taxonomy import RoadUserClass

_SIZES = {
    RoadUserClass.PEDESTRIAN: (0.5, 0.6),
    RoadUserClass.CYCLIST: (1.8, 0.6),
    RoadUserClass.CAR: (4.5, 1.8),
    RoadUserClass.TRUCK: (9.0, 2.5),
}


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One road user: `motion` gives x + iy in metres at a time; `hidden` are intervals without detection."""

    road_class: RoadUserClass
    motion: Callable[[float], complex]
    begin_s: float = 0.0
    end_s: float = 20.0
    heading: float = 0.0
    hidden: Sequence[tuple[float, float]] = field(default=())
    track_id: int | None = None


Director = Callable[..., tuple[list[Encounter], EncounterEngine]]


def enact(actors: Sequence[Actor], times: Iterable[float]) -> Iterable[GroundStates]:
    """The states of all actors frame by frame."""
    ids = [actor.track_id or number for number, actor in enumerate(actors, start=1)]
    headings = [actor.heading for actor in actors]
    gone: set[int] = set()
    for time_s in times:
        here = [k for k, actor in enumerate(actors) if actor.begin_s <= time_s <= actor.end_s]
        ended = [ids[k] for k, actor in enumerate(actors) if actor.end_s < time_s and k not in gone]
        gone |= {k for k, actor in enumerate(actors) if actor.end_s < time_s}
        velocity = {k: (actors[k].motion(time_s + 1e-4) - actors[k].motion(time_s - 1e-4)) / 2e-4 for k in here}
        for k in here:
            if abs(velocity[k]) > 0.05:
                headings[k] = float(np.angle(velocity[k]))
        spots = [actors[k].motion(time_s) for k in here]
        sizes = np.array([_SIZES[actors[k].road_class] for k in here]).reshape(-1, 2)
        n = len(here)
        yield GroundStates(
            time_s=time_s,
            ids=np.array([ids[k] for k in here], dtype=np.int64),
            classes=np.array([actors[k].road_class for k in here], dtype=np.int64),
            positions=np.array([(z.real, z.imag) for z in spots]).reshape(n, 2),
            velocities=np.array([(velocity[k].real, velocity[k].imag) for k in here]).reshape(n, 2),
            accelerations=np.zeros((n, 2)),
            headings=np.array([headings[k] for k in here], dtype=np.float64),
            lengths=sizes[:, 0],
            widths=sizes[:, 1],
            covariances=np.tile(np.eye(4) * 0.04, (n, 1, 1)),
            observed=np.array([not any(a <= time_s <= b for a, b in actors[k].hidden) for k in here], dtype=np.bool_),
            ended=np.array(ended, dtype=np.int64),
        )


@pytest.fixture
def play() -> Director:
    """Runs actors through a new engine and gives back its encounters, and the engine."""

    def direct(
        *actors: Actor,
        fps: float = 12.5,
        times: Sequence[float] | None = None,
        flush: bool = True,
        rules: EncounterRules | None = None,
    ) -> tuple[list[Encounter], EncounterEngine]:
        end_s = max(actor.end_s for actor in actors)
        clock = np.arange(0.0, end_s + 0.5, 1 / fps).tolist() if times is None else times
        engine = EncounterEngine(rules)
        encounters = [encounter for states in enact(actors, clock) for encounter in engine.update(states)]
        return encounters + (engine.flush() if flush else []), engine

    return direct


@pytest.fixture
def actor() -> type[Actor]:
    """The class to cast a scenario with."""
    return Actor
