from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from safemob.individual.arrays import Floats, Ints
from safemob.individual.ground.body import SIZE_MEANS
from safemob.individual.ground.footprint import Footprints
from safemob.individual.ground.states import GroundStates
from safemob.individual.ground.trajectory import TrajectorySmoother
from safemob.taxonomy import RoadUserClass

NOBODY: Ints = np.zeros(0, dtype=np.int64)
CAR = int(RoadUserClass.CAR)


def footprints(positions: Floats, *, sd: float = 0.3, bias: float = 0.2) -> Footprints:
    """Footprints of a car at the given places, all with the same covariances."""
    n = len(positions)
    return Footprints(
        positions=np.asarray(positions, dtype=np.float64).reshape(n, 2),
        headings=np.zeros(n),
        sizes=np.tile([4.4, 1.8, 1.5], (n, 1)),
        noise=np.tile(np.eye(2) * sd**2, (n, 1, 1)),
        bias=np.tile(np.eye(2) * bias**2, (n, 1, 1)),
    )


def follow(
    path: Callable[[float], tuple[float, float]],
    times: Floats,
    *,
    sd: float = 0.0,
    seed: int = 0,
    hidden: tuple[float, float] = (np.inf, np.inf),
) -> list[GroundStates]:
    """Smoothed states of one car on a path, measured with noise, unseen between two moments."""
    random = np.random.default_rng(seed)
    smoother = TrajectorySmoother()
    out: list[GroundStates] = []
    for time_s in times.tolist():
        seen = not hidden[0] < time_s < hidden[1]
        place = np.array([path(time_s)]) + random.normal(scale=sd, size=(1, 2)) if seen else np.zeros((0, 2))
        ids = np.array([7]) if seen else NOBODY
        kinds = np.full(len(ids), CAR)
        out += smoother.update(time_s, ids, kinds, footprints(place, sd=max(sd, 0.05)), NOBODY)
    return out + smoother.flush()


def test_every_frame_is_given_out_once_and_in_order() -> None:
    times = np.cumsum(np.random.default_rng(1).uniform(0.02, 0.3, 80))
    assert [each.time_s for each in follow(lambda t: (5 * t, 0.0), times)] == times.tolist()


@pytest.mark.parametrize("rate", [5, 12.5, 30])
def test_straight_drive_is_followed_exactly_at_any_frame_rate(rate: float) -> None:
    states = follow(lambda t: (8 * t, -3 * t), np.arange(0, 6, 1 / rate))
    for each in states[5:-5]:
        assert np.allclose(each.positions[0], [8 * each.time_s, -3 * each.time_s], atol=0.1)
        assert np.allclose(each.velocities[0], [8, -3], atol=0.25)


def test_speed_under_noise_is_far_better_than_finite_differences() -> None:
    times = np.arange(0, 12, 0.04)
    states = follow(lambda t: (9 * t, 0.0), times, sd=0.3, seed=4)[25:-25]
    errors = [np.linalg.norm(each.velocities[0] - [9, 0]) for each in states]
    finite_differences = 0.3 * np.sqrt(2) / 0.04
    assert np.sqrt(np.mean(np.square(errors))) < finite_differences / 15


def test_covariance_holds_the_truth_as_often_as_it_says() -> None:
    inside = []
    for seed in range(40):
        states = follow(lambda t: (7 * t, 0.1 * t * t), np.arange(0, 6, 0.2), sd=0.3, seed=seed)
        for each in states[10:-5:5]:
            error = each.velocities[0] - [7, 0.2 * each.time_s]
            spread = each.covariances[0][2:, 2:]
            inside.append(error @ np.linalg.inv(spread) @ error < 4.605)  # 90 % of a chi-square with 2 dof
    assert 0.85 < np.mean(inside) <= 1.0


def test_shared_bias_is_part_of_the_covariance_that_is_given_out() -> None:
    states = follow(lambda t: (7 * t, 0.0), np.arange(0, 6, 0.04))
    assert np.all(np.linalg.eigvalsh(states[60].covariances[0][:2, :2]) >= 0.2**2)


def test_occlusion_is_bridged_and_marked() -> None:
    states = follow(lambda t: (6 * t, 0.0), np.arange(0, 6, 0.1), sd=0.1, hidden=(2.5, 3.9))
    bridged = [each for each in states if 2.5 < each.time_s < 3.9]
    assert bridged
    assert all(len(each) == 1 and not each.observed[0] for each in bridged)
    assert all(abs(each.positions[0, 0] - 6 * each.time_s) < 1.0 for each in bridged)
    assert all(each.observed[0] for each in states if not 2.5 < each.time_s < 3.9)


def test_no_state_is_given_out_after_the_last_sighting() -> None:
    states = follow(lambda t: (6 * t, 0.0), np.arange(0, 8, 0.1), hidden=(3.05, 99.0))
    assert max(each.time_s for each in states if len(each)) == pytest.approx(3.0)


def brake_hard(time_s: float) -> tuple[float, float]:
    """10 m/s, and from the third second on 6 m/s² less of them until it stands."""
    braked = min(max(time_s - 3.0, 0.0), 10 / 6)
    return 10 * min(time_s, 3 + 10 / 6) - 3 * braked**2, 0.0


def test_speed_is_not_low_before_somebody_brakes_hard() -> None:
    shortfalls = []
    for seed in range(10):
        states = follow(brake_hard, np.arange(0, 8, 0.1), sd=0.2, seed=seed)
        shortfalls.append([10 - each.velocities[0, 0] for each in states if 2.5 < each.time_s < 3.05])
    assert np.mean(shortfalls, axis=0).max() < 0.3  # 0.8 where the corner is rounded off


def test_speed_is_as_sure_as_ever_where_nobody_does_anything_sudden() -> None:
    times = np.arange(0, 8, 0.1)
    steady, braking = (
        [each.covariances[0, 2, 2] for each in follow(path, times, sd=0.2, seed=3) if 2.5 < each.time_s < 3.5]
        for path in (lambda t: (10 * t, 0.0), brake_hard)
    )
    assert max(steady) == pytest.approx(min(steady), rel=0.1)
    assert max(braking) > 2 * max(steady)  # where a jump is allowed for, less is known


def test_box_that_is_wrong_from_some_frame_on_is_no_manoeuvre() -> None:
    def stand(time_s: float) -> tuple[float, float]:
        return (2.0, 0.0) if time_s > 3 else (0.0, 0.0)

    states = follow(stand, np.arange(0, 7, 0.1), sd=0.1, seed=1)
    assert max(np.hypot(*each.velocities[0]) for each in states[15:-15]) < 2.5
    spreads = [each.covariances[0, 2, 2] for each in states if 2 < each.time_s < 4.5]
    assert max(spreads) == pytest.approx(min(spreads), rel=0.1)


def test_manoeuvre_of_one_leaves_others_as_they_were() -> None:
    random = np.random.default_rng(2)
    times = np.arange(0, 8, 0.1)
    ways = {
        1: np.column_stack([np.full(len(times), 50.0), 3 * times]) + random.normal(scale=0.2, size=(len(times), 2)),
        2: np.array([brake_hard(each) for each in times]) + random.normal(scale=0.2, size=(len(times), 2)),
    }

    def run(*ids: int) -> list[GroundStates]:
        smoother, out = TrajectorySmoother(), []
        for frame, time_s in enumerate(times.tolist()):
            seen = footprints(np.array([ways[each][frame] for each in ids]), sd=0.2)
            out += smoother.update(time_s, np.array(ids), np.full(len(ids), CAR), seen, NOBODY)
        return out + smoother.flush()

    for both, first, second in zip(run(1, 2), run(1), run(2), strict=True):
        for name in ("positions", "velocities", "covariances"):
            alone = np.concatenate([getattr(first, name), getattr(second, name)])
            assert np.allclose(getattr(both, name), alone, atol=1e-9)


def test_heading_is_held_when_stopped() -> None:
    def brake(time_s: float) -> tuple[float, float]:
        moving = min(time_s, 3.0)
        way = 6 * moving - moving**2
        return way * np.cos(2.0), way * np.sin(2.0)

    states = follow(brake, np.arange(0, 9, 0.05), sd=0.15, seed=2)
    assert all(abs(each.headings[0] - 2.0) < 0.3 for each in states[10:])


def test_user_that_drives_off_soon_has_that_heading_while_it_still_stands() -> None:
    states = follow(lambda t: (0.0, 4 * max(t - 1.0, 0.0)), np.arange(0, 4, 0.1), sd=0.02)
    assert states[0].headings[0] == pytest.approx(np.pi / 2, abs=0.1)  # the boxes alone suggest 0


def test_user_that_never_moves_has_the_heading_its_boxes_suggest() -> None:
    states = follow(lambda _: (3.0, 4.0), np.arange(0, 4, 0.1), sd=0.05)
    assert all(np.isfinite(each.headings[0]) for each in states)


def test_one_wild_footprint_hardly_moves_the_trajectory() -> None:
    smoother = TrajectorySmoother()
    out: list[GroundStates] = []
    for index, time_s in enumerate(np.arange(0, 5, 0.1).tolist()):
        place = [[5 * time_s + (8.0 if index == 25 else 0.0), 0.0]]
        out += smoother.update(time_s, np.array([1]), np.array([CAR]), footprints(np.array(place)), NOBODY)
    out += smoother.flush()
    assert abs(out[25].positions[0, 0] - 5 * out[25].time_s) < 0.8


def test_each_ended_track_is_told_once_and_not_before_its_last_state() -> None:
    smoother = TrajectorySmoother()
    out: list[GroundStates] = []
    for index, time_s in enumerate(np.arange(0, 10, 0.1).tolist()):
        ids = np.array([1, 2]) if index < 30 else np.array([1])
        ended = np.array([2]) if index == 55 else NOBODY
        places = footprints(np.array([[time_s, 0.0], [-time_s, 5.0]])[: len(ids)])
        out += smoother.update(time_s, ids, np.full(len(ids), CAR), places, ended)
    out += smoother.flush()
    told = [(each.time_s, user) for each in out for user in each.ended.tolist()]
    assert sorted(user for _, user in told) == [1, 2]
    last_seen = {user: max(each.time_s for each in out if user in each.ids) for user in (1, 2)}
    assert all(time_s >= last_seen[user] for time_s, user in told)


def test_relabelled_tracks_have_the_same_trajectories() -> None:
    def run(ids: list[int]) -> list[Floats]:
        smoother, out = TrajectorySmoother(), []
        for time_s in np.arange(0, 5, 0.1).tolist():
            places = footprints(np.array([[time_s, 0.0], [0.0, 2 * time_s]]))
            out += smoother.update(time_s, np.array(ids), np.full(2, CAR), places, NOBODY)
        return [each.positions[np.argsort([ids.index(i) for i in each.ids.tolist()])] for each in out]

    assert all(np.array_equal(a, b) for a, b in zip(run([1, 2]), run([90, 4]), strict=True))


def test_time_that_does_not_increase_is_refused() -> None:
    smoother = TrajectorySmoother()
    smoother.update(1.0, NOBODY, NOBODY, footprints(np.zeros((0, 2))), NOBODY)
    with pytest.raises(ValueError, match="does not follow"):
        smoother.update(1.0, NOBODY, NOBODY, footprints(np.zeros((0, 2))), NOBODY)


def test_user_that_was_out_of_sight_for_long_comes_back_as_if_new() -> None:
    smoother = TrajectorySmoother()
    out: list[GroundStates] = []
    for time_s in np.arange(0, 60, 0.1).tolist():
        away = 3 < time_s < 50  # still tracked in the image, cut by its edge: no place on the ground
        place = [np.nan, np.nan] if away else [10 * min(time_s, 3.0), 0.0]
        if 45 < time_s <= 50:
            assert np.isnan(smoother.expect(time_s, np.array([7]), np.array([CAR])).positions).all()
        out += smoother.update(time_s, np.array([7]), np.array([CAR]), footprints(np.array([place])), NOBODY)
    out += smoother.flush()
    given = [each for each in out if len(each)]
    assert not [each.time_s for each in given if 3.05 < each.time_s < 49.95]
    assert all(abs(each.positions[0, 0] - 30) < 0.1 for each in given if each.time_s > 50)
    assert all(np.hypot(*each.velocities[0]) < 0.5 for each in given if each.time_s > 50)


def test_user_may_come_back_in_the_very_frame_in_which_it_is_given_up() -> None:
    smoother = TrajectorySmoother(lag_s=2.0)
    out: list[GroundStates] = []
    for time_s in [*np.arange(0, 3, 0.1).tolist(), 4.8, 5.0, 5.1, 5.2, 8.0, 11.0]:
        place = [np.nan, np.nan] if time_s == 4.8 else [5.0, 0.0]
        out += smoother.update(time_s, np.array([7]), np.array([CAR]), footprints(np.array([place])), NOBODY)
    out += smoother.flush()
    assert [each.time_s for each in out if each.time_s > 2.85 and len(each)] == pytest.approx(
        [2.9, 5.0, 5.1, 5.2, 8, 11]
    )


def test_many_users_leave_nothing_behind() -> None:
    smoother = TrajectorySmoother()
    for index, time_s in enumerate(np.arange(0, 200, 0.5).tolist()):
        ended = np.array([index - 10]) if index > 10 else NOBODY
        ids = np.arange(max(index - 3, 1), index + 1)
        places = footprints(np.column_stack([ids * 10.0 + time_s, np.zeros(len(ids))]))
        smoother.update(time_s, ids, np.full(len(ids), CAR), places, ended)
    remembered = [len(value) for value in vars(smoother).values() if hasattr(value, "__len__")]
    assert max(remembered) < 30


def test_frames_nobody_looked_at_change_nothing_at_those_looked_at() -> None:
    times = np.cumsum(np.random.default_rng(5).uniform(0.03, 0.08, 40))  # all within the lag
    random = np.random.default_rng(6)
    places = {time_s: random.normal([6 * time_s, 0.0], 0.2) for time_s in times[::3].tolist()}

    def run(shown: Floats) -> dict[float, GroundStates]:
        smoother, out = TrajectorySmoother(), []
        for time_s in shown.tolist():
            if time_s in places:
                seen = footprints(places[time_s][None])
                out += smoother.update(time_s, np.array([1]), np.array([CAR]), seen, NOBODY)
            else:
                out += smoother.skip(time_s)
        return {each.time_s: each for each in (*out, *smoother.flush())}

    with_them, without = run(times), run(times[::3])
    assert with_them.keys() == set(times.tolist())
    for time_s, alone in without.items():
        both = with_them[time_s]
        assert np.allclose(both.positions, alone.positions, atol=1e-6)
        assert np.allclose(both.velocities, alone.velocities, atol=1e-6)
        assert np.allclose(both.covariances, alone.covariances, atol=1e-6)
    between = [each for time_s, each in with_them.items() if time_s not in without and time_s < max(without)]
    assert all(len(each) == 1 and not each.observed[0] for each in between)


def test_frames_closer_than_the_jitter_lasts_tell_no_more() -> None:
    spreads = []
    for rate in (12.5, 50):
        states = follow(lambda t: (6 * t, 0.0), np.arange(0, 5, 1 / rate), sd=0.3)
        middle = [each.covariances[0][0, 0] for each in states if 2.2 < each.time_s < 2.8]
        spreads.append(np.mean(middle))
    assert spreads[1] == pytest.approx(spreads[0], rel=0.05)


def test_track_that_is_given_up_at_once_is_told_with_its_last_state() -> None:
    smoother, out = TrajectorySmoother(), []
    for frame in range(60):
        seen, ended = np.array([[0.2 * frame, 0.0]]), NOBODY
        if frame >= 20:
            seen, ended = np.zeros((0, 2)), np.array([4] if frame == 20 else [], dtype=np.int64)
        ids = np.full(len(seen), 4)
        out += smoother.update(frame / 10, ids, np.full(len(seen), CAR), footprints(seen), ended)
    told = [index for index, each in enumerate(out) if 4 in each.ended]
    assert len(told) == 1
    assert not any(len(each) for each in out[told[0] + 1 :])


def test_class_and_size_learnt_within_the_lag_hold_for_the_states_before() -> None:
    smoother, out = TrajectorySmoother(), []
    for frame in range(10):
        kind = CAR if frame < 3 else int(RoadUserClass.TRUCK)
        size = np.array([[4.4, 1.8, 1.5]]) if frame < 3 else np.array([[9.0, 2.5, 3.2]])
        seen = replace(footprints(np.array([[0.5 * frame, 0.0]])), sizes=size)
        out += smoother.update(frame / 10, np.array([1]), np.array([kind]), seen, NOBODY)
    first = (out + smoother.flush())[0]
    assert first.classes.tolist() == [int(RoadUserClass.TRUCK)]
    assert first.lengths.tolist() == [9.0]


def test_user_of_whom_no_box_told_the_size_has_that_of_the_class_it_is_found_to_be() -> None:
    smoother, out = TrajectorySmoother(), []
    for frame in range(20):
        kind = CAR if frame < 5 else int(RoadUserClass.BUS)
        cut = replace(footprints(np.array([[0.5 * frame, 0.0]])), sizes=np.full((1, 3), np.nan))
        out += smoother.update(frame / 10, np.array([1]), np.array([kind]), cut, NOBODY)
    last = (out + smoother.flush())[-1]
    assert last.classes.tolist() == [int(RoadUserClass.BUS)]
    assert last.lengths.tolist() == [SIZE_MEANS[int(RoadUserClass.BUS), 0]]


def test_user_that_comes_back_before_others_in_order_of_id_leaves_them_as_they_were() -> None:
    random = np.random.default_rng(6)
    ways = [(frame, np.array([0.4 * frame, 3.0]) + random.normal(scale=0.2, size=2)) for frame in range(60)]

    def run(*, with_another: bool) -> list[GroundStates]:
        smoother, out = TrajectorySmoother(), []
        for frame, place in ways:
            both = with_another and not 5 < frame < 45
            seen = np.array([[50.0, 50.0], place] if both else [place])
            ids = np.array([1, 2] if both else [2])
            out += smoother.update(frame / 10, ids, np.full(len(ids), CAR), footprints(seen), NOBODY)
        return out + smoother.flush()

    for alone, among in zip(run(with_another=False), run(with_another=True), strict=True):
        assert np.allclose(among.positions[-1], alone.positions[0], atol=1e-9)
        assert np.allclose(among.covariances[-1], alone.covariances[0], atol=1e-9)
