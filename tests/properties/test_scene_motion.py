"""What holds for every way and every pace: velocities, accelerations and turn rates are the derivatives they say."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from safemob.errors import ScenarioError
from safemob.scenes.acting.motion import Travelling
from safemob.scenes.acting.pace import Limit, Pace, plan_pace
from safemob.scenes.place.paths import Path, join_points
from safemob.scenes.scenario import Act

_STEP_S = 1e-5
_coordinates = st.integers(-30, 30).map(float)
_points = st.lists(st.tuples(_coordinates, _coordinates), min_size=2, max_size=6, unique=True)
_radii = st.floats(0.0, 12.0)


def _measure_length(legs: tuple[Path, ...]) -> float:
    return sum(leg.length_m for leg in legs)


@st.composite
def _paces(draw: st.DrawFn, legs: tuple[Path, ...]) -> Pace:
    length = _measure_length(legs)
    ends = np.cumsum([leg.length_m for leg in legs])[:-1]
    acts = [
        Act(to_kmh=draw(st.floats(3, 50)), mps2=draw(st.floats(0.5, 8)), at_m=draw(st.floats(0, length)))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return plan_pace(
        length_m=length,
        start_m=0.0,
        speed_mps=draw(st.floats(0.5, 15)),
        limits=[Limit(from_m=float(end), until_m=float(end), speed_mps=0.0) for end in ends],
        acts=acts,
        acts_from_m=0.0,
    )


@st.composite
def _motions(draw: st.DrawFn) -> Travelling:
    legs = join_points(draw(_points), draw(_radii))
    pace = draw(_paces(legs))
    return Travelling(
        legs=legs,
        pace=pace,
        from_s=3.0,
        until_s=3.0 + min(pace.ends_s, 60.0),
        behind_m=0.0,
        aside_m=draw(st.floats(-0.2, 0.2)),
        axle_m=draw(st.sampled_from([0.0, 0.6, 1.3])),
    )


@settings(max_examples=60, deadline=None)
@given(motion=_motions(), share=st.lists(st.floats(0.01, 0.99), min_size=8, max_size=8))
def test_poses_are_derivatives_of_each_other(motion: Travelling, share: list[float]) -> None:
    times = motion.from_s + np.array(share) * (motion.until_s - motion.from_s)
    # Acceleration jumps where a piece begins, turn rates where curvature does: those moments have no derivative.
    begins = np.concatenate([motion.pace.times_s, _list_seams(motion)]) + motion.from_s
    times = times[np.abs(times[:, None] - begins[None]).min(axis=1) > 10 * _STEP_S]
    before, now, after = (motion.at(times + by) for by in (-_STEP_S, 0.0, _STEP_S))
    scale = 1 + np.abs(now.accelerations).max(initial=0.0)
    assert np.abs((after.positions - before.positions) / (2 * _STEP_S) - now.velocities).max(initial=0.0) < 1e-5 * scale
    rises = (after.velocities - before.velocities) / (2 * _STEP_S)
    assert np.abs(rises - now.accelerations).max(initial=0.0) < 1e-3 * scale
    turns = (after.headings - before.headings) / (2 * _STEP_S)
    assert np.abs(turns - now.turn_rates).max(initial=0.0) < 1e-3 * scale


def _list_seams(motion: Travelling) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    begins, total = [0.0], 0.0
    for leg in motion.legs:
        total += leg.length_m
        starts = total - leg.length_m + np.append(leg.starts_m, leg.length_m)
        begins += [float(start + by) for start in starts for by in (-motion.axle_m, 0.0, motion.axle_m)]
    inside = [place for place in begins if 0 <= place < total]
    moments = [motion.pace.find_moment(place) for place in inside]
    return np.array([moment for moment in moments if np.isfinite(moment)])


@settings(max_examples=60, deadline=None)
@given(points=_points, radius=_radii)
def test_a_way_is_as_long_as_it_is_measured_and_never_leaves_the_lines_around_it(
    points: list[tuple[float, float]], radius: float
) -> None:
    legs = join_points(points, radius)
    for leg in legs:
        places = leg.at(np.linspace(0.0, leg.length_m, 4001)).positions
        steps = np.hypot(*np.diff(places, axis=0).T)
        assert abs(steps.sum() - leg.length_m) < 1e-3 * max(1.0, leg.length_m)
        assert (places.min(axis=0) >= np.min(points, axis=0) - 1e-6).all()
        assert (places.max(axis=0) <= np.max(points, axis=0) + 1e-6).all()
    assert _measure_length(legs) <= sum(np.hypot(*np.diff(points, axis=0).T)) + 1e-6


@settings(max_examples=60, deadline=None)
@given(data=st.data(), points=_points)
def test_distance_grows_with_time_and_ends_with_the_way(data: st.DataObject, points: list[tuple[float, float]]) -> None:
    legs = join_points(points, 2.0)
    try:
        pace = data.draw(_paces(legs))
    except ScenarioError:  # an act lies on a place that is left by standing
        return
    distances, speeds, _ = pace.at(np.linspace(0.0, min(pace.ends_s, 100.0), 2001))
    assert (np.diff(distances) >= -1e-9).all()
    assert speeds.min() >= -1e-6
    assert distances[-1] <= _measure_length(legs) + 1e-6
