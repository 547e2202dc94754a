from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identity import identity_f1, switches
from simulated_intersection import Sighting, World, frame_times, simulate, track

from safemob.individual.arrays import Floats, Ints
from safemob.individual.image.tracking import TrackingRules

SEEDS = st.integers(0, 3)


@cache
def scene(seed: int) -> list[Sighting]:
    return simulate(World(users=12, duration_s=4.0), frame_times(10, 4.0, jitter=0.5, seed=seed), seed)


def permuted(sighting: Sighting, order: Ints) -> Sighting:
    return Sighting(
        sighting.detections.take(order),
        sighting.positions[order],
        sighting.covariances[order],
        sighting.time_s,
        sighting.truth[order],
    )


def moved(sightings: list[Sighting], by_m: Floats, by_s: float) -> list[Sighting]:
    return [s._replace(positions=s.positions + by_m, time_s=s.time_s + by_s) for s in sightings]


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, shuffle=st.integers(0, 2**32 - 1))
def test_order_of_detections_changes_no_track_and_no_id(seed: int, shuffle: int) -> None:
    rng = np.random.default_rng(shuffle)
    orders = [rng.permutation(len(s.truth)) for s in scene(seed)]
    plain = track(scene(seed))
    shuffled = track([permuted(s, order) for s, order in zip(scene(seed), orders, strict=True)])
    for ids, order, others in zip(plain, orders, shuffled, strict=True):
        assert ids[order].tolist() == others.tolist()


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, x=st.floats(-1e4, 1e4), y=st.floats(-1e4, 1e4), later=st.floats(-1e3, 1e5))
def test_moving_the_ground_or_the_clock_changes_nothing(seed: int, x: float, y: float, later: float) -> None:
    rules = TrackingRules(confirm_span_s=0.201, max_unseen_s=2.001, max_unseen_on_probation_s=0.501)
    plain = track(scene(seed), rules)
    elsewhere = track(moved(scene(seed), np.array([x, y]), later), rules)
    assert all((ids == others).all() for ids, others in zip(plain, elsewhere, strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_every_detection_supports_at_most_one_track_and_every_track_one_detection(seed: int) -> None:
    for ids in track(scene(seed)):
        assert len(np.unique(ids[ids >= 0])) == np.count_nonzero(ids >= 0)


@pytest.mark.parametrize("seed", range(4))
def test_ids_are_counted_without_holes(seed: int) -> None:
    ids = np.unique(np.concatenate(track(scene(seed))))
    assert ids[ids >= 0].tolist() == list(range(1, ids.max() + 1))


@pytest.mark.parametrize("gap_s", [0.0, 1.0])
@pytest.mark.parametrize("rate_hz", [5, 12, 30])
def test_identities_survive_any_frame_rate_jitter_and_a_gap(rate_hz: int, gap_s: float) -> None:
    f1, changes, users = [], 0, 0
    for seed in (1, 2):
        times = frame_times(rate_hz, 10.0, jitter=0.5, gap_s=gap_s, seed=seed)
        sightings = simulate(World(users=15, duration_s=10.0), times, seed)
        truth, ids = np.concatenate([s.truth for s in sightings]), np.concatenate(track(sightings))
        f1.append(identity_f1(truth, ids))
        changes += switches(truth, ids)
        users += len(np.unique(truth[truth >= 0]))
    assert np.mean(f1) > 0.8
    assert changes / users < 0.5
