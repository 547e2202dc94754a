import numpy as np
import pytest
from scipy.integrate import quad_vec
from scipy.linalg import expm

from safemob.individual.arrays import Floats
from safemob.individual.ground.motion import ACCELERATION_SDS, move
from safemob.taxonomy import RoadUserClass

_CORRELATION_S = 1.5
# dv = a dt, da = −a/τ dt + dw: position, velocity, acceleration on one axis
_DRIFT = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1 / _CORRELATION_S]])
_ALL = np.arange(len(RoadUserClass))


@pytest.mark.parametrize("interval_s", [0.02, 0.04, 0.2, 1.0, 5.0, 60.0])
def test_transition_and_noise_are_the_integrals_of_the_markov_acceleration(interval_s: float) -> None:
    transition, noise = move(interval_s, _ALL)
    white = np.diag([0.0, 0.0, 2 / _CORRELATION_S])  # keeps the variance of acceleration at 1

    def spread(lapse_s: float) -> Floats:
        flow = expm(_DRIFT * lapse_s)
        grown: Floats = flow @ white @ flow.T
        return grown

    per_axis, _ = quad_vec(spread, 0, interval_s, epsabs=0, epsrel=1e-11)
    for axis in (0, 1):
        assert np.allclose(transition[axis::2, axis::2], expm(_DRIFT * interval_s), rtol=1e-9, atol=0)
        for code, sd in enumerate(ACCELERATION_SDS.tolist()):
            scale = sd**2 * np.sqrt(np.outer(np.diag(per_axis), np.diag(per_axis)))
            assert np.abs(noise[code, axis::2, axis::2] - sd**2 * per_axis).max() <= 1e-4 * scale.max()
            assert np.allclose(noise[code, axis::2, axis::2] / scale, sd**2 * per_axis / scale, atol=1e-4)
    assert not transition[::2, 1::2].any()
    assert not noise[:, ::2, 1::2].any()


def test_acceleration_keeps_the_spread_of_its_class_for_ever() -> None:
    transition, noise = move(0.1, _ALL)
    covariance = np.zeros((len(_ALL), 6, 6))
    covariance[:, 4, 4] = covariance[:, 5, 5] = np.square(ACCELERATION_SDS)
    for _ in range(100):
        covariance = transition @ covariance @ transition.T + noise
    assert np.allclose(covariance[:, 4, 4], np.square(ACCELERATION_SDS))


@pytest.mark.parametrize("interval_s", [0.0, 1e-6, 1e-4, 1e-3, 0.01, 0.04, 1.0, 3600.0])
def test_noise_is_a_covariance_for_every_time_step(interval_s: float) -> None:
    _, noise = move(interval_s, _ALL)
    assert np.isfinite(noise).all()
    largest = np.abs(noise).max(axis=(1, 2), initial=1e-9)
    assert (np.linalg.eigvalsh(noise).min(axis=1) >= -1e-12 * np.maximum(largest, 1.0)).all()
