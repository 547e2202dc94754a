"""Identities: HOTA and IDF1 of tracks against true road users, from how their boxes overlap in every frame.

HOTA at a least overlap α: with TP the boxes matched at α, and A(c) of a match c the share that the frames in which its
user and its track are matched have of all frames in which either is there,

    DetA = TP / (truth + tracked − TP),  AssA = mean of A(c) over TP,  HOTA = √(DetA · AssA),

averaged over α = 0.05, 0.10 … 0.95. IDF1 pairs users and tracks one to one for the most frames in which they overlap by
half. Both add up over films: only sums are kept.

Sources: Luiten et al., HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking (IJCV 2021); Ristani et al.,
Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking (2016).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from safemob.individual.arrays import Floats, Ints

__all__ = ["ALPHAS", "IdentityTally", "Sighting", "compare_identities"]

ALPHAS: Floats = np.arange(1, 20) / 20
"""The least overlaps that HOTA averages over."""
_IDF1_OVERLAP = 0.5
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Who is in one frame, N in truth and M tracked.

    Attributes:
        users: (N,) true road users, as numbers from 0.
        tracks: (M,) tracks, likewise.
        overlaps: (N, M) intersection over union of their boxes.
    """

    users: Ints
    tracks: Ints
    overlaps: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityTally:
    """Sums over frames.

    Attributes:
        truth: boxes of true users.
        tracked: boxes of tracks.
        matched: (α,) how many are matched at each α.
        associated: (α,) sum of A(c) over these matches.
        identified: how many boxes the best pairing of users and tracks has in common.
    """

    truth: int
    tracked: int
    matched: Floats
    associated: Floats
    identified: int

    @classmethod
    def none(cls) -> "IdentityTally":
        """Nothing seen yet."""
        return cls(truth=0, tracked=0, matched=np.zeros(len(ALPHAS)), associated=np.zeros(len(ALPHAS)), identified=0)

    def __add__(self, other: "IdentityTally") -> "IdentityTally":
        return IdentityTally(
            truth=self.truth + other.truth,
            tracked=self.tracked + other.tracked,
            matched=self.matched + other.matched,
            associated=self.associated + other.associated,
            identified=self.identified + other.identified,
        )

    @property
    def hota(self) -> float:
        """0 to 1; nan where nobody is there in truth or in tracks."""
        return float(np.mean(np.sqrt(_divide(self.associated, self._either))))

    @property
    def detection_accuracy(self) -> float:
        """DetA, averaged over α."""
        return float(np.mean(_divide(self.matched, self._either)))

    @property
    def association_accuracy(self) -> float:
        """AssA, averaged over α; 0 at an α without any match."""
        if not self.truth + self.tracked:
            return np.nan
        return float(np.mean(self.associated / np.maximum(self.matched, 1.0)))

    @property
    def idf1(self) -> float:
        """0 to 1."""
        boxes = self.truth + self.tracked
        return 2 * self.identified / boxes if boxes else np.nan

    @property
    def _either(self) -> Floats:
        return self.truth + self.tracked - self.matched


def compare_identities(frames: Sequence[Sighting]) -> IdentityTally:
    """Tracks of one film against its users.

    Args:
        frames: all of them; numbers of users and tracks hold throughout.
    """
    users = 1 + max((int(each.users.max(initial=-1)) for each in frames), default=-1)
    tracks = 1 + max((int(each.tracks.max(initial=-1)) for each in frames), default=-1)
    here, there = np.zeros(users), np.zeros(tracks)
    jaccard, half = np.zeros((users, tracks)), np.zeros((users, tracks))
    for each in frames:
        here[each.users] += 1
        there[each.tracks] += 1
        cells = np.ix_(each.users, each.tracks)
        sums = each.overlaps.sum(axis=0) + each.overlaps.sum(axis=1)[:, None] - each.overlaps
        jaccard[cells] += _divide(each.overlaps, sums, empty=0.0)
        half[cells] += each.overlaps >= _IDF1_OVERLAP
    either = here[:, None] + there
    alignment = _divide(jaccard, either - jaccard, empty=0.0)
    common = _count_matches(frames, alignment)
    shared = _divide(common, either - common, empty=0.0)
    return IdentityTally(
        truth=int(here.sum()),
        tracked=int(there.sum()),
        matched=common.sum(axis=(1, 2)),
        associated=(common * shared).sum(axis=(1, 2)),
        identified=int(half[linear_sum_assignment(half, maximize=True)].sum()),
    )


def _count_matches(frames: Sequence[Sighting], alignment: Floats) -> Floats:
    """(α, users, tracks) frames in which a user and a track are matched: those that align over the film come first."""
    common = np.zeros((len(ALPHAS), *alignment.shape))
    for each in frames:
        closeness = alignment[np.ix_(each.users, each.tracks)] * each.overlaps
        rows, columns = linear_sum_assignment(closeness, maximize=True)
        enough = each.overlaps[rows, columns] >= ALPHAS[:, None] - _ROUNDING
        common[:, each.users[rows], each.tracks[columns]] += enough
    return common


def _divide(numbers: Floats, by: Floats, empty: float = np.nan) -> Floats:
    ratios: Floats = np.divide(numbers, by, out=np.full(np.broadcast(numbers, by).shape, empty), where=by > 0)
    return ratios
