"""Why nothing was found of two who met."""

import numpy as np
import pytest

from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.moment import Moment
from safemob.validation.unfound import Unfound


def show(time_s: float, users: list[int], excluded: tuple[tuple[tuple[int, int], str], ...] = ()) -> Moment:
    """A moment with users standing on the ground; a track's id is ten times its user's place."""
    n = len(users)
    states = GroundStates(
        time_s=time_s,
        ids=10 * np.array(users, dtype=np.int64),
        classes=np.zeros(n, dtype=np.int64),
        positions=np.zeros((n, 2)),
        velocities=np.zeros((n, 2)),
        accelerations=np.zeros((n, 2)),
        headings=np.zeros(n),
        lengths=np.ones(n),
        widths=np.ones(n),
        covariances=np.zeros((n, 4, 4)),
        observed=np.ones(n, dtype=np.bool_),
        ended=np.zeros(0, dtype=np.int64),
    )
    nobody = np.zeros(0, dtype=np.int64)
    return Moment(
        time_s=time_s,
        states=states,
        boxes=np.zeros((0, 4)),
        box_ids=nobody,
        box_classes=nobody,
        found=0,
        cut=0,
        encounters=(),
        excluded=excluded,
    )


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        ((1, 2), "not noticed"),
        ((1, 3), "never placed together"),
        ((3, 4), "one never placed"),
        ((2, 3), "excluded: parked"),
        ((3, 2), "excluded: parked"),
    ],
)
def test_the_first_thing_that_kept_a_pair_from_being_found_is_told(pair: tuple[int, int], why: str) -> None:
    film = [show(0.0, [1, 2]), show(0.1, [2, 3]), show(0.2, [3], excluded=(((30, 20), "parked"),))]
    assert Unfound(film, lambda track, _: track // 10).explain(*pair) == why
