"""PET of two users who cross at a right angle at constant speed has a closed form.

The first leaves the other's strip when its rear passes the far edge; the second enters when its front reaches the
near edge of the first's.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safemob.individual.safety.pet import Poses, compute_pet


def _drive(times: list[float], start: complex, velocity: complex, size: tuple[float, float]) -> Poses:
    clock = np.array(times)
    path = start + velocity * clock
    n = len(clock)
    return Poses(
        times=clock,
        positions=np.stack([path.real, path.imag], axis=1),
        headings=np.full(n, np.angle(velocity)),
        lengths=np.full(n, size[0]),
        widths=np.full(n, size[1]),
    )


def _clock(end_s: float, fps: float, phase: float = 0.0) -> list[float]:
    return [float(time_s + phase / fps) for time_s in np.arange(0.0, end_s, 1 / fps)]


@settings(max_examples=60, deadline=None)
@given(
    gap=st.floats(0.01, 4.9),
    speeds=st.tuples(st.floats(0.5, 4.0), st.floats(2.0, 20.0)),
    walker=st.tuples(st.floats(0.3, 2.0), st.floats(0.3, 1.0)),
    car=st.tuples(st.floats(3.0, 12.0), st.floats(1.4, 2.6)),
    fps=st.sampled_from([5.0, 7.3, 12.5, 30.0]),
    turn=st.floats(-3.2, 3.2),
    phase=st.floats(0.0, 0.9),
)
def test_pet_of_a_right_angle_crossing_is_entry_minus_exit(
    gap: float,
    speeds: tuple[float, float],
    walker: tuple[float, float],
    car: tuple[float, float],
    fps: float,
    turn: float,
    phase: float,
) -> None:
    rotation = complex(np.cos(turn), np.sin(turn))
    exit_s = 10.0
    first_start = 1j * (car[1] / 2 + walker[0] / 2 - speeds[0] * exit_s)
    second_start = complex(-walker[1] / 2 - car[0] / 2 - speeds[1] * (exit_s + gap))
    first = _drive(_clock(25, fps), first_start * rotation, 1j * speeds[0] * rotation, walker)
    second = _drive(_clock(25, fps, phase), second_start * rotation, speeds[1] * rotation, car)

    found = compute_pet(first, second, 5.0)

    assert found.pet_s == pytest.approx(gap, abs=1e-6)
    assert found.first_time_s == pytest.approx(exit_s, abs=1e-6)
    assert found.second_time_s == pytest.approx(exit_s + gap, abs=1e-6)
    assert compute_pet(second, first, 5.0).pet_s == pytest.approx(-gap, abs=1e-6)


@pytest.mark.parametrize("phase", [0.0, 0.37, 0.81])
def test_pet_at_5_and_25_frames_per_second_agrees_to_the_millisecond(phase: float) -> None:
    lags = []
    for fps in (5.0, 25.0):
        cyclist = _drive(_clock(20, fps), -30 + 2j, 4.1, (1.8, 0.6))
        truck = _drive(_clock(20, fps, phase), 3 - 80j, 8.7j, (9.0, 2.5))
        lags.append(compute_pet(cyclist, truck, 5.0).pet_s)
    assert lags[0] == pytest.approx(lags[1], abs=1e-3)


def test_pet_of_followers_is_the_net_time_gap() -> None:
    leader = _drive(_clock(20, 12.5), 0, 10, (4.5, 1.8))
    follower = _drive(_clock(20, 12.5), -20, 10, (4.5, 1.8))
    assert compute_pet(leader, follower, 5.0).pet_s == pytest.approx((20 - 4.5) / 10, abs=1e-9)


def test_pet_between_two_frames_of_fast_users_is_not_missed() -> None:
    one = _drive(_clock(6, 2.0), -40.3, 15, (2.2, 0.8))
    other = _drive(_clock(6, 2.0), -47.1j, 15j, (2.2, 0.8))
    assert compute_pet(one, other, 5.0).pet_s == pytest.approx(
        (47.1 - 1.1 - 0.4) / 15 - (40.3 + 1.1 + 0.4) / 15, abs=1e-9
    )
