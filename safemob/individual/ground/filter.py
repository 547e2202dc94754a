"""The filter behind trajectories: Kalman forward, Bryson–Frazier backward, all road users at once.

The state is (x, y, vx, vy, ax, ay), the motion `safemob.individual.ground.motion`'s, a measurement a footprint's
place with the noise that is new in every frame. Users are rows in order of id. Going backward, what later footprints
tell of a state is gathered as information and applied to the forward estimate at the end: nothing is inverted but
two by two, and a frame costs little although it is passed several times.

Source: Bierman, Fixed Interval Smoothing with Discrete Measurements, International Journal of Control 18 (1973).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints, invert_symmetric
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.body import SIZE_MEANS
from safemob.individual.ground.footprint import Footprints
from safemob.individual.ground.motion import ACCELERATION_SDS, SPEED_SDS, move

__all__ = ["MOVING_MPS", "NOBODY", "Evidence", "Look", "Step", "Users", "advance", "begin", "gather", "match", "smooth"]

MOVING_MPS = 0.7
"""Speed above which the direction of travel gives the heading; below it the last heading is held."""
_GATE = 16.0
"""Squared Mahalanobis distance beyond which a footprint counts less (four sigma)."""
_SEEN = np.eye(2, 6)
"""A footprint shows the position part of the state."""
_ACCELERATION = np.diag([0.0, 0.0, 0.0, 0.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Users(Ephemeral):
    """Everyone alive at one frame, after that frame's footprints; ids ascending.

    `lives` tell users apart over time: one that was given up and comes back under its id begins another life.
    """

    ids: Ints
    lives: Ints
    classes: Ints
    mean: Floats
    covariance: Floats
    bias: Floats
    headings: Floats
    guesses: Floats
    sizes: Floats
    counts: Floats
    born_s: Floats
    last_s: Floats
    observed: Bools

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, index: Ints | Bools) -> "Users":
        """Those at the given indices or under a mask."""
        return Users(**{name: getattr(self, name)[index] for name in _COLUMNS})

    def join(self, other: "Users") -> "Users":
        """Both together, in order of id."""
        both = Users.concatenate([self, other])
        return both.take(np.argsort(both.ids))

    @staticmethod
    def concatenate(tables: Sequence["Users"]) -> "Users":
        """All of them, table after table."""
        return Users(**{name: np.concatenate([getattr(table, name) for table in tables]) for name in _COLUMNS})


_COLUMNS = tuple(field.name for field in fields(Users))

NOBODY = Users(
    ids=np.zeros(0, dtype=np.int64),
    lives=np.zeros(0, dtype=np.int64),
    classes=np.zeros(0, dtype=np.int64),
    mean=np.zeros((0, 6)),
    covariance=np.zeros((0, 6, 6)),
    bias=np.zeros((0, 2, 2)),
    headings=np.zeros(0),
    guesses=np.zeros(0),
    sizes=np.zeros((0, 3)),
    counts=np.zeros(0),
    born_s=np.zeros(0),
    last_s=np.zeros(0),
    observed=np.zeros(0, dtype=np.bool_),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Evidence(Ephemeral):
    """What one frame's footprints tell of the states that P users had in the frame before.

    Attributes:
        passages: (P, 6, 6) what an error of the state before becomes, after the time step and the footprint.
        news: (P, 6, 7) information in the footprint, and in the last column its product with how far off the state
            before was; zeros for those not seen.
    """

    passages: Floats
    news: Floats


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Look(Ephemeral):
    """What one frame shows, and of whom: all that the forward pass needs to take it in, once more if need be.

    Attributes:
        time_s: of the frame.
        before: rows, in the frame before, of those who are still there.
        there: which of these are seen.
        classes: what these are taken for.
        footprints: of these.
        inflation: of the noise of these.
        born: those seen for the first time.
    """

    time_s: float
    before: Ints
    there: Ints
    classes: Ints
    footprints: Footprints
    inflation: float
    born: Users


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Step(Ephemeral):
    """One frame of the forward pass.

    Attributes:
        look: what the frame shows.
        jolts: variance of what came upon the acceleration of each of `look.before` since, at once, m²/s⁴.
        users: everyone after the frame's footprints.
        evidence: on those who were there in the frame before, too.
        after: their rows in this frame.
    """

    look: Look
    jolts: Floats
    users: Users
    evidence: Evidence
    after: Ints

    @property
    def time_s(self) -> float:
        """Of the frame."""
        return self.look.time_s


def match(wanted: Ints, present: Ints) -> tuple[Ints, Ints]:
    """Positions in both arrays of the ids they share; those present are ascending."""
    places = np.searchsorted(present, wanted)
    here = np.flatnonzero(np.append(present, -1)[places] == wanted)
    return here, places[here]


def advance(users: Users, interval_s: float, look: Look, jolts: Floats) -> Step:
    """Everyone a time step later, in the light of what is seen then; see `Step` for `jolts`."""
    known = users.take(look.before)
    transition, noise = move(interval_s, known.classes)
    covariance = known.covariance
    if jolts.any():
        covariance = covariance + jolts[:, None, None] * _ACCELERATION
    predicted = replace(
        known, mean=known.mean @ transition.T, covariance=transition @ covariance @ transition.T + noise
    )
    users, evidence = _correct(predicted, transition, look)
    if len(look.born):
        users = users.join(look.born)
    after = np.searchsorted(users.ids, known.ids)
    return Step(look=look, jolts=jolts, users=users, evidence=evidence, after=after)


def _correct(users: Users, transition: Floats, look: Look) -> tuple[Users, Evidence]:
    """Kalman update of the predicted users with what is seen of them."""
    there, footprints = look.there, look.footprints
    n = len(users)
    innovation, noise, certainty = np.zeros((n, 2)), np.zeros((n, 2, 2)), np.zeros((n, 2, 2))
    innovation[there] = footprints.positions - users.mean[there, :2]
    noise[there] = footprints.noise * look.inflation
    expected = users.covariance[:, :2, :2]
    certainty[there] = invert_symmetric((expected + noise)[there])
    distance = ((certainty @ innovation[..., None])[..., 0] * innovation).sum(axis=1)
    if np.any(distance > _GATE):
        noise *= np.maximum(1.0, distance / _GATE)[:, None, None]
        certainty[there] = invert_symmetric((expected + noise)[there])
    gain = users.covariance[:, :, :2] @ certainty
    keep = np.eye(6) - gain @ _SEEN
    mean = users.mean + (gain @ innovation[..., None])[..., 0]
    covariance = keep @ users.covariance @ keep.transpose(0, 2, 1) + gain @ noise @ gain.transpose(0, 2, 1)
    speeds = np.hypot(mean[:, 2], mean[:, 3])
    doubt = np.sqrt(np.maximum(covariance[:, 2, 2], covariance[:, 3, 3]))
    moving = (speeds >= MOVING_MPS) & (speeds > 2 * doubt)
    observed, last_s = np.zeros(n, dtype=np.bool_), users.last_s.copy()
    observed[there], last_s[there] = True, look.time_s
    kinds, counts, sizes = users.classes.copy(), users.counts.copy(), users.sizes.copy()
    kinds[there] = look.classes
    whole = np.isfinite(footprints.sizes[:, 0])
    same = users.classes[there] == look.classes
    counts[there] = np.where(same, counts[there], 0) + whole
    sizes[there] = np.where(same[:, None], sizes[there], SIZE_MEANS[look.classes])
    told = np.where(whole[:, None], footprints.sizes, sizes[there])
    sizes[there] += (told - sizes[there]) / np.maximum(counts[there], 1)[:, None]
    bias, guesses = users.bias.copy(), users.guesses.copy()
    bias[there], guesses[there] = footprints.bias, footprints.headings
    corrected = Users(
        ids=users.ids,
        lives=users.lives,
        classes=kinds,
        mean=mean,
        covariance=covariance,
        bias=bias,
        headings=np.where(moving, np.arctan2(mean[:, 3], mean[:, 2]), users.headings),
        guesses=guesses,
        sizes=sizes,
        counts=counts,
        born_s=users.born_s,
        last_s=last_s,
        observed=observed,
    )
    shown = transition[:2]
    told = certainty @ np.concatenate([np.broadcast_to(shown, (n, 2, 6)), innovation[..., None]], axis=2)
    return corrected, Evidence(passages=keep @ transition, news=shown.T @ told)


def begin(ids: Ints, lives: Ints, classes: Ints, footprints: Footprints, rows: Ints, time_s: float) -> Users:
    """Users seen for the first time: at rest, with the spread of speed and acceleration of their class."""
    n = len(rows)
    kinds = classes[rows]
    whole = np.isfinite(footprints.sizes[rows, 0])
    mean = np.zeros((n, 6))
    mean[:, :2] = footprints.positions[rows]
    covariance = np.zeros((n, 6, 6))
    covariance[:, :2, :2] = footprints.noise[rows]
    for axis in (0, 1):
        covariance[:, 2 + axis, 2 + axis] = np.square(SPEED_SDS[kinds])
        covariance[:, 4 + axis, 4 + axis] = np.square(ACCELERATION_SDS[kinds])
    return Users(
        ids=ids[rows],
        lives=lives,
        classes=kinds,
        mean=mean,
        covariance=covariance,
        bias=footprints.bias[rows],
        headings=np.full(n, np.nan),
        guesses=footprints.headings[rows],
        sizes=np.where(whole[:, None], footprints.sizes[rows], SIZE_MEANS[kinds]),
        counts=whole.astype(np.float64),
        born_s=np.full(n, time_s),
        last_s=np.full(n, time_s),
        observed=np.ones(n, dtype=np.bool_),
    )


def smooth(steps: Sequence[Step], told: Sequence[Floats], count: int) -> tuple[Users, Ints]:
    """The first frames, in the light of all of them.

    Args:
        steps: consecutive frames.
        told: what later ones tell of them, see `gather`.
        count: how many of them are wanted.

    Returns:
        Those users of the wanted frames that are seen then or later, frame after frame, and the index (N,) of the
        frame that each row belongs to.
    """
    users = Users.concatenate([step.users for step in steps])
    rows = np.arange(len(users))
    lives, columns = np.unique(users.lives, return_inverse=True)
    last, sighting = np.full((2, len(lives)), -1)
    last[columns] = rows
    sighting[columns[users.observed]] = rows[users.observed]
    first, known = last.copy(), np.flatnonzero(np.isfinite(users.headings))[::-1]
    first[columns[known]] = known
    headings = np.where(first <= sighting, users.headings[first], np.nan)

    frames = np.repeat(np.arange(count), [len(step.users) for step in steps[:count]])
    wanted = np.flatnonzero(sighting[columns[: len(frames)]] >= rows[: len(frames)])
    later = np.concatenate(told[:count])[wanted]
    mine, frames, columns = users.take(wanted), frames[wanted], columns[wanted]
    smoothed = replace(
        mine,
        mean=mine.mean + (mine.covariance @ later[..., 6:])[..., 0],
        covariance=mine.covariance - mine.covariance @ later[..., :6] @ mine.covariance,
        classes=users.classes[last[columns]],
        sizes=users.sizes[last[columns]],
        headings=np.where(np.isfinite(mine.headings), mine.headings, headings[columns]),
    )
    return smoothed, frames


def gather(steps: Sequence[Step]) -> list[Floats]:
    """(N, 6, 7) per frame: what later ones tell of each of its N users; see `Evidence`."""
    told = [np.zeros((len(steps[-1].users), 6, 7))]
    for step, following in zip(steps[-2::-1], steps[:0:-1], strict=True):
        passages = following.evidence.passages
        back = passages.transpose(0, 2, 1) @ told[-1][following.after]
        back[..., :6] = back[..., :6] @ passages
        told.append(np.zeros((len(step.users), 6, 7)))
        told[-1][following.look.before] = back + following.evidence.news
    return told[::-1]
