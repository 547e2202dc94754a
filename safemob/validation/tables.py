"""From boxes and states of all films to rows: by class, and by distance from the camera."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from math import inf, nan

import numpy as np

from safemob.individual.arrays import Bools, Floats, Ints
from safemob.taxonomy import RoadUserClass
from safemob.validation.boxes import BoxFindings
from safemob.validation.ground import StateErrors
from safemob.validation.rows import BoxRow, Rate, StateRow

__all__ = ["NEAR_M", "summarise_states", "tabulate_boxes", "tabulate_states"]

NEAR_M = 30.0
"""Within which positions are held to an aim."""
_BANDS_M = (0.0, 10.0, 20.0, NEAR_M, 40.0, inf)
_MOVING_MPS = 1.0
_Mask = Callable[[Ints, Floats], Bools]


def tabulate_boxes(found: BoxFindings) -> tuple[tuple[BoxRow, ...], tuple[BoxRow, ...]]:
    """Rows by class, all of them first, and rows by distance.

    A box of no known place is in the first table only.
    """
    by_class = tuple(_summarise_boxes(name, found, holds) for name, holds in _of_classes())
    by_distance = tuple(_summarise_boxes(name, found, holds) for name, holds in _of_bands())
    return _drop_empty(by_class), by_distance


def tabulate_states(errors: StateErrors) -> tuple[tuple[StateRow, ...], tuple[StateRow, ...]]:
    """The same of states."""

    def row(name: str, holds: _Mask) -> StateRow:
        return summarise_states(name, errors.take(holds(errors.classes, errors.distances)))

    by_class = tuple(row(name, holds) for name, holds in _of_classes())
    by_distance = tuple(row(name, holds) for name, holds in _of_bands())
    return tuple(each for each in by_class if each.states or each is by_class[0]), by_distance


def summarise_states(name: str, errors: StateErrors) -> StateRow:
    """One row of states."""
    n = len(errors)
    moving = errors.speeds >= _MOVING_MPS
    return StateRow(
        name=name,
        states=n,
        position_mae_m=_mean(errors.positions),
        position_p95_m=float(np.quantile(errors.positions, 0.95)) if n else nan,
        along_bias_m=_mean(errors.along),
        speed_rmse_mps=_mean(np.square(errors.speed_errors)) ** 0.5,
        speed_bias_mps=_mean(errors.speed_errors),
        heading_mae_deg=_mean(errors.headings[moving]),
        in_position_ellipse=Rate(count=int(errors.in_position_ellipse.sum()), of=n),
        position_radius_m=float(np.median(errors.position_radii)) if n else nan,
        in_velocity_ellipse=Rate(count=int(errors.in_velocity_ellipse.sum()), of=n),
        velocity_radius_mps=float(np.median(errors.velocity_radii)) if n else nan,
    )


def _summarise_boxes(name: str, found: BoxFindings, holds: _Mask) -> BoxRow:
    users, boxes = holds(found.classes, found.distances), holds(found.box_classes, found.box_distances)
    overlaps, right = found.overlaps[users], found.right[boxes]
    other = (found.named[users] >= 0) & (found.named[users] != found.classes[users])
    return BoxRow(
        name=name,
        recall=Rate(count=int((overlaps > 0).sum()), of=len(overlaps)),
        precision=Rate(count=int(right.sum()), of=len(right)),
        named_otherwise=Rate(count=int(other.sum()), of=len(overlaps)),
        overlap=_mean(overlaps[overlaps > 0]),
    )


def _drop_empty(rows: tuple[BoxRow, ...]) -> tuple[BoxRow, ...]:
    return tuple(row for row in rows if row.recall.of or row.precision.of or row is rows[0])


def _of_classes() -> Iterator[tuple[str, _Mask]]:
    yield "all", lambda classes, _: np.ones(len(classes), dtype=np.bool_)
    for user in RoadUserClass:
        yield user.label, partial(_is_of_class, user)


def _of_bands() -> Iterator[tuple[str, _Mask]]:
    for low, high in pairwise(_BANDS_M):
        yield f"{low:g}–{high:g} m" if high < inf else f"from {low:g} m", partial(_is_in_band, low, high)


def _is_of_class(user: RoadUserClass, classes: Ints, _: Floats) -> Bools:
    same: Bools = classes == user
    return same


def _is_in_band(low: float, high: float, _: Ints, distances: Floats) -> Bools:
    return (distances >= low) & (distances < high)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else nan
