"""How PET is searched for, whatever it is: what it is, the reference tests tell."""

import tracemalloc

import numpy as np
import pytest

from safemob.individual.arrays import Floats
from safemob.individual.safety.pet import Poses, compute_pet


def car(times: Floats, positions: Floats, headings: Floats) -> Poses:
    n = len(times)
    return Poses(times=times, positions=positions, headings=headings, lengths=np.full(n, 4.0), widths=np.full(n, 1.8))


def test_smallest_time_gap_is_found_at_the_end_of_a_long_way() -> None:
    times = np.arange(0.0, 40.0, 1 / 15)
    leader = np.column_stack([10 * times, np.zeros(len(times))])
    follower = np.column_stack([10.5 * times - 60, np.zeros(len(times))])
    straight = np.zeros(len(times))
    observed = compute_pet(car(times, leader, straight), car(times, follower, straight), 5.0)
    assert observed.pet_s == pytest.approx(5.6 - 0.05 * times[-1])
    assert observed.second_time_s == pytest.approx(times[-1])


def test_two_who_wait_side_by_side_for_minutes_take_little_memory() -> None:
    random = np.random.default_rng(0)
    times = np.arange(0.0, 200.0, 1 / 15)
    n = len(times)
    one, other = (
        car(times, np.array([0.0, y]) + random.normal(scale=0.02, size=(n, 2)), random.normal(scale=0.005, size=n))
        for y in (0.0, 2.6)
    )
    tracemalloc.start()
    try:
        assert np.isnan(compute_pet(one, other, 5.0).pet_s)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
