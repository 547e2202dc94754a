"""How well tracks keep identities, over detections whose true users are known: flat arrays, frame after frame."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from safemob.individual.arrays import Ints

__all__ = ["identity_f1", "shared_partition", "switches"]


def identity_f1(truth: Ints, tracked: Ints) -> float:
    """IDF1 over detections: each true user and each track paired one to one for the most detections in common.

    Args:
        truth: who each detection shows, negative for nobody.
        tracked: the track given to each detection, negative for none.

    Source: Ristani et al., Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking (2016).
    """
    return 2 * _agreed(truth, tracked) / int((truth >= 0).sum() + (tracked >= 0).sum())


def shared_partition(one: Ints, other: Ints) -> float:
    """Share of the detections that either tracks on which both agree, tracks paired one to one for the most."""
    return _agreed(one, other) / int(((one >= 0) | (other >= 0)).sum())


def switches(truth: Ints, tracked: Ints) -> int:
    """How often a true user's track is another than when last tracked; detections in order of time."""
    owned = [tracked[(truth == user) & (tracked >= 0)] for user in np.unique(truth[truth >= 0])]
    return sum(int(np.count_nonzero(np.diff(ids))) for ids in owned)


def _agreed(one: Ints, other: Ints) -> int:
    both = (one >= 0) & (other >= 0)
    rows, columns = (np.unique(ids[both], return_inverse=True)[1] for ids in (one, other))
    common = np.zeros((rows.max(initial=-1) + 1, columns.max(initial=-1) + 1), dtype=np.int64)
    np.add.at(common, (rows, columns), 1)
    return int(common[linear_sum_assignment(common, maximize=True)].sum())
