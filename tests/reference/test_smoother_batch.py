"""Filter and backward pass against the same Gaussian model solved at once, as one system of linear equations."""

import numpy as np

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ground.footprint import Footprints
from safemob.individual.ground.motion import ACCELERATION_SDS, SPEED_SDS, move
from safemob.individual.ground.trajectory import TrajectorySmoother
from safemob.taxonomy import RoadUserClass

_CAR = int(RoadUserClass.CAR)
_TIMES = np.array([0.0, 0.5, 0.9, 1.7, 2.2, 2.5, 3.3, 3.8])
_UNSEEN = (3, 5)
_PLACES = np.column_stack([4 * _TIMES, 1.5 * _TIMES]) + np.random.default_rng(8).normal(
    scale=0.3, size=(len(_TIMES), 2)
)
_NOISE = np.array([[0.09, 0.02], [0.02, 0.16]])


def _solve_at_once() -> tuple[Floats, Floats]:
    """(N, 6) means and (N, 6, 6) covariances of the state at every time, given all that is seen."""
    n = len(_TIMES)
    information, evidence = np.zeros((6 * n, 6 * n)), np.zeros(6 * n)
    first = np.diag(1 / np.repeat([SPEED_SDS[_CAR], ACCELERATION_SDS[_CAR]], 2) ** 2)
    information[2:6, 2:6] += first
    for step, interval_s in enumerate(np.diff(_TIMES).tolist()):
        transition, noise = move(interval_s, np.array([_CAR]))
        both = np.hstack([-transition, np.eye(6)])
        here = slice(6 * step, 6 * step + 12)
        information[here, here] += both.T @ np.linalg.inv(noise[0]) @ both
    for step, place in enumerate(_PLACES):
        if step not in _UNSEEN:
            here = slice(6 * step, 6 * step + 2)
            information[here, here] += np.linalg.inv(_NOISE)
            evidence[here] += np.linalg.inv(_NOISE) @ place
    covariance = np.linalg.inv(information)
    blocks = covariance.reshape(n, 6, n, 6)
    return (covariance @ evidence).reshape(n, 6), np.array([blocks[step, :, step] for step in range(n)])


def test_smoothed_states_are_those_of_the_whole_system_solved_at_once() -> None:
    nobody: Ints = np.zeros(0, dtype=np.int64)
    smoother = TrajectorySmoother(lag_s=100.0)
    for step, (time_s, place) in enumerate(zip(_TIMES.tolist(), _PLACES, strict=True)):
        ids = nobody if step in _UNSEEN else np.array([1])
        m = len(ids)
        seen = Footprints(
            positions=place[None][:m],
            headings=np.zeros(m),
            sizes=np.tile([4.4, 1.8, 1.5], (m, 1)),
            noise=_NOISE[None][:m],
            bias=np.zeros((m, 2, 2)),
        )
        assert not smoother.update(time_s, ids, np.full(m, _CAR), seen, nobody)
    means, covariances = _solve_at_once()
    states = smoother.flush()
    assert [each.time_s for each in states] == _TIMES.tolist()
    for each, mean, covariance in zip(states, means, covariances, strict=True):
        given = np.concatenate([each.positions[0], each.velocities[0], each.accelerations[0]])
        assert np.allclose(given, mean, rtol=1e-6, atol=1e-6)
        assert np.allclose(each.covariances[0], covariance[:4, :4], rtol=1e-6, atol=1e-8)
