"""The filter behind trajectories: Kalman forward, Rauch–Tung–Striebel backward, all road users at once.

The state is (x, y, vx, vy, ax, ay), the motion `safemob.individual.ground.motion`'s, a measurement a footprint's
place with the noise that is new in every frame. Users are rows in order of id; rows of two frames are matched by id.
"""

from dataclasses import dataclass, replace

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.footprint import Footprints
from safemob.individual.ground.motion import ACCELERATION_SDS, SPEED_SDS, move

__all__ = ["MOVING_MPS", "NOBODY", "Step", "Users", "begin", "correct", "match", "predict", "smooth"]

MOVING_MPS = 0.7
"""Speed above which the direction of travel gives the heading; below it the last heading is held."""
_GATE = 16.0
"""Squared Mahalanobis distance beyond which a footprint counts less (four sigma)."""
_SEEN = np.concatenate([np.eye(2), np.zeros((2, 4))], axis=1)
"""A footprint shows the position part of the state."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Users(Ephemeral):
    """Everyone alive at one frame, after that frame's footprints; ids ascending."""

    ids: Ints
    classes: Ints
    mean: Floats
    covariance: Floats
    bias: Floats
    headings: Floats
    guesses: Floats
    sizes: Floats
    counts: Floats
    last_s: Floats
    observed: Bools

    def take(self, index: Ints | Bools) -> "Users":
        """Those at the given indices or under a mask."""
        return Users(**{name: getattr(self, name)[index] for name in self.__slots__})

    def join(self, other: "Users") -> "Users":
        """Both together, in order of id."""
        joined = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in self.__slots__}
        return Users(**joined).take(np.argsort(joined["ids"]))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Step(Ephemeral):
    """One frame of the forward pass."""

    time_s: float
    users: Users
    predicted_ids: Ints
    predicted: Floats
    predicted_covariance: Floats
    transition: Floats


NOBODY = Users(
    ids=np.zeros(0, dtype=np.int64),
    classes=np.zeros(0, dtype=np.int64),
    mean=np.zeros((0, 6)),
    covariance=np.zeros((0, 6, 6)),
    bias=np.zeros((0, 2, 2)),
    headings=np.zeros(0),
    guesses=np.zeros(0),
    sizes=np.zeros((0, 3)),
    counts=np.zeros(0),
    last_s=np.zeros(0),
    observed=np.zeros(0, dtype=np.bool_),
)


def match(wanted: Ints, present: Ints) -> tuple[Ints, Ints]:
    """Positions in both arrays of the ids they share."""
    _, here, there = np.intersect1d(wanted, present, assume_unique=True, return_indices=True)
    return here.astype(np.int64), there.astype(np.int64)


def predict(users: Users, interval_s: float) -> tuple[Users, Floats]:
    """The users a time step later, nobody seen yet, and the (6, 6) transition."""
    transition, noise = move(interval_s, users.classes)
    later = replace(
        users,
        mean=users.mean @ transition.T,
        covariance=transition @ users.covariance @ transition.T + noise,
        observed=np.zeros(len(users.ids), dtype=np.bool_),
    )
    return later, transition


def correct(users: Users, there: Ints, classes: Ints, footprints: Footprints, rows: Ints, inflation: float) -> Users:
    """Kalman update of the users at `there` with the footprints in `rows`."""
    mean, covariance = users.mean.copy(), users.covariance.copy()
    prior_mean, prior = mean[there], covariance[there]
    innovation = footprints.positions[rows] - prior_mean[:, :2]
    noise = footprints.noise[rows] * inflation
    spread = prior[:, :2, :2] + noise
    distance = np.einsum("ni,nij,nj->n", innovation, np.linalg.inv(spread), innovation)
    noise = noise * np.maximum(1.0, distance / _GATE)[:, None, None]
    gain = prior[:, :, :2] @ np.linalg.inv(prior[:, :2, :2] + noise)
    keep = np.eye(6) - gain @ _SEEN
    mean[there] = prior_mean + (gain @ innovation[..., None])[..., 0]
    covariance[there] = keep @ prior @ keep.transpose(0, 2, 1) + gain @ noise @ gain.transpose(0, 2, 1)
    observed, kinds = users.observed.copy(), users.classes.copy()
    observed[there] = True
    kinds[there] = classes[rows]
    counts, sizes, bias = users.counts.copy(), users.sizes.copy(), users.bias.copy()
    counts[there] = np.where(users.classes[there] == kinds[there], counts[there] + 1, 1)
    sizes[there] += (footprints.sizes[rows] - sizes[there]) / counts[there][:, None]
    bias[there] = footprints.bias[rows]
    guesses = users.guesses.copy()
    guesses[there] = footprints.headings[rows]
    headings = users.headings.copy()
    speeds = np.hypot(mean[:, 2], mean[:, 3])
    doubt = np.sqrt(np.maximum(covariance[:, 2, 2], covariance[:, 3, 3]))
    moving = (speeds >= MOVING_MPS) & (speeds > 2 * doubt)
    headings[moving] = np.arctan2(mean[moving, 3], mean[moving, 2])
    return Users(
        ids=users.ids,
        classes=kinds,
        mean=mean,
        covariance=covariance,
        bias=bias,
        headings=headings,
        guesses=guesses,
        sizes=sizes,
        counts=counts,
        last_s=users.last_s.copy(),
        observed=observed,
    )


def begin(ids: Ints, classes: Ints, footprints: Footprints, rows: Ints, time_s: float) -> Users:
    """Users seen for the first time: at rest, with the spread of speed and acceleration of their class."""
    n = len(rows)
    kinds = classes[rows]
    mean = np.zeros((n, 6))
    mean[:, :2] = footprints.positions[rows]
    covariance = np.zeros((n, 6, 6))
    covariance[:, :2, :2] = footprints.noise[rows]
    for axis in (0, 1):
        covariance[:, 2 + axis, 2 + axis] = np.square(SPEED_SDS[kinds])
        covariance[:, 4 + axis, 4 + axis] = np.square(ACCELERATION_SDS[kinds])
    return Users(
        ids=ids[rows],
        classes=kinds,
        mean=mean,
        covariance=covariance,
        bias=footprints.bias[rows],
        headings=np.full(n, np.nan),
        guesses=footprints.headings[rows],
        sizes=footprints.sizes[rows],
        counts=np.ones(n),
        last_s=np.full(n, time_s),
        observed=np.ones(n, dtype=np.bool_),
    )


def smooth(users: Users, following: Step | None, later: Users | None) -> Users:
    """One step of the backward pass; users not seen at or after this frame fall out."""
    if following is None or later is None:
        return users.take(users.observed)
    later = later.take(np.isin(later.ids, following.predicted_ids))  # not those who began anew
    here, there = match(users.ids, later.ids)
    _, before = match(later.ids[there], following.predicted_ids)
    mean, covariance = users.mean.copy(), users.covariance.copy()
    predicted = following.predicted_covariance[before]
    gain = np.linalg.solve(predicted, following.transition @ covariance[here]).transpose(0, 2, 1)
    mean[here] += (gain @ (later.mean[there] - following.predicted[before])[..., None])[..., 0]
    covariance[here] += gain @ (later.covariance[there] - predicted) @ gain.transpose(0, 2, 1)
    kinds, sizes = users.classes.copy(), users.sizes.copy()
    kinds[here], sizes[here] = later.classes[there], later.sizes[there]
    headings = users.headings.copy()
    unknown = ~np.isfinite(headings[here])
    headings[here[unknown]] = later.headings[there[unknown]]
    seen = users.observed.copy()
    seen[here] = True
    smoothed = replace(users, mean=mean, covariance=covariance, classes=kinds, sizes=sizes, headings=headings)
    return smoothed.take(seen)
