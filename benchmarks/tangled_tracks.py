"""Films of made-up users and tracks, for measures of identity: boxes jitter, are missed, change hands and are invented.

Nothing here looks like traffic: what a measure of identity has to count right is the tangle.
"""

import numpy as np

from safemob.individual.image.association import box_overlaps
from safemob.validation.identity import Sighting

__all__ = ["tangle"]

_FRAMES, _USERS, _SIDE_PX = 40, 7, 40.0


def tangle(seed: int) -> list[Sighting]:
    """A film in which users come and go, and tracks err in every way; the higher the seed, the more."""
    random = np.random.default_rng(seed)
    wrong = min(0.02 * seed, 0.4)
    here = np.sort(random.integers(0, _FRAMES, (_USERS, 2)), axis=1)
    start, step = random.uniform(0, 300, (_USERS, 2)), random.uniform(-4, 4, (_USERS, 2))
    track_of = np.arange(_USERS)
    fresh = _USERS
    film = []
    for frame in range(_FRAMES):
        for user in np.flatnonzero(random.random(_USERS) < wrong / 4):
            track_of[user], fresh = fresh, fresh + 1
        if random.random() < wrong:
            one, other = random.permutation(_USERS)[:2]
            track_of[[one, other]] = track_of[[other, one]]
        users = np.flatnonzero((here[:, 0] <= frame) & (frame <= here[:, 1]))
        centres = start[users] + step[users] * frame
        seen = random.random(len(users)) >= wrong
        ghosts = int(random.binomial(2, wrong))
        found = np.concatenate(
            [centres[seen] + random.normal(0, 20 * wrong, (int(seen.sum()), 2)), random.uniform(0, 300, (ghosts, 2))]
        )
        tracks = np.concatenate([track_of[users[seen]], np.arange(fresh, fresh + ghosts)])
        fresh += ghosts
        film.append(Sighting(users=users, tracks=tracks, overlaps=box_overlaps(_square(centres), _square(found))))
    return film


def _square(
    centres: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.column_stack([centres, np.full((len(centres), 2), _SIDE_PX)])
