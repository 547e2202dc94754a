import pickle
from dataclasses import replace
from datetime import UTC, datetime
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safemob.aggregate.analysis import Analysis, FileQuality, Method, combine, from_json, to_json
from safemob.aggregate.counts import Table, sum_over_time
from safemob.aggregate.distribution import Quantity
from safemob.aggregate.interval import RecordingClock
from safemob.disclosure import TrafficTally, release_local
from safemob.errors import UsageError
from safemob.individual.ground.states import GroundStates
from safemob.individual.ports import RecordedSource
from safemob.individual.safety.encounter import Encounter
from safemob.taxonomy import ConflictType, EncounterState, RoadUserClass, RoadUserPair, Severity

_CLOCK = RecordingClock(
    interval_min=15, time_zone="Europe/Berlin", wall_start_utc=datetime(2024, 5, 3, 5, 10, tzinfo=UTC)
)
_METHOD = Method(
    site_id="demo",
    model_name="m.onnx",
    model_sha256="0" * 64,
    preset="safemob-1",
    rules=(),
    ttc_marks_s=(1.5,),
    pet_marks_s=(1.5,),
    versions=(("safemob", "0.1.0"),),
)
_CAR, _WALKER = RoadUserClass.CAR, RoadUserClass.PEDESTRIAN


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> RecordedSource:
    path = tmp_path_factory.mktemp("footage") / "morning.mp4"
    path.write_bytes(b"any regular file is recorded footage")
    return RecordedSource(path)


def _states(
    time_s: float,
    *users: tuple[int, RoadUserClass, tuple[float, float], float],
    ended: tuple[int, ...] = (),
    bridged: bool = False,
) -> GroundStates:
    """Users as (id, class, place, speed along x)."""
    n = len(users)
    return GroundStates(
        time_s=time_s,
        ids=np.array([user[0] for user in users], dtype=np.int64),
        classes=np.array([user[1] for user in users], dtype=np.int64),
        positions=np.array([user[2] for user in users], dtype=np.float64).reshape(-1, 2),
        velocities=np.array([(user[3], 0.0) for user in users], dtype=np.float64).reshape(-1, 2),
        accelerations=np.zeros((n, 2)),
        headings=np.zeros(n),
        lengths=np.ones(n),
        widths=np.ones(n),
        covariances=np.zeros((n, 4, 4)),
        observed=np.full(n, not bridged),
        ended=np.array(ended, dtype=np.int64),
    )


def _encounter(**changes: Any) -> Encounter:  # noqa: ANN401  (any field)
    values: dict[str, Any] = {
        "ids": (4711, 4712),
        "classes": (_WALKER, _CAR),
        "pair": RoadUserPair.MOTOR_PEDESTRIAN,
        "start_s": 8.0,
        "end_s": 12.0,
        "conflict_type": ConflictType.CROSSING,
        "state": EncounterState.ASSESSED,
        "ttc_min_s": 1.2,
        "ttc_min_time_s": 10.0,
        "ttc_below_s": (0.4,),
        "pet_s": -0.8,
        "pet_time_s": 11.0,
        "drac_max_mps2": nan,
        "distance_min_m": 0.9,
        "closing_speed_mps": 7.0,
        "angle_deg": 88.0,
        "speeds_mps": (1.3, 8.0),
        "place_m": (3.0, -4.0),
        "time_s": 10.0,
    }
    return Encounter(**(values | changes))


def _quality(**changes: Any) -> FileQuality:  # noqa: ANN401  (any field)
    values: dict[str, Any] = {
        "file": "",
        "start_s": 0.0,
        "end_s": 600.0,
        "frames": 6000,
        "frame_interval_median_s": 0.1,
        "gap_max_s": 0.2,
        "frames_dropped": 0,
        "boxes": 10,
        "boxes_cut": 1,
    }
    return FileQuality(**(values | changes))


def _release(recorded: RecordedSource, *events: tuple[Encounter, Severity], **changes: Any) -> Analysis:  # noqa: ANN401  (wrong ones are meant)
    values: dict[str, Any] = {
        "clock": _CLOCK,
        "locate": lambda time_s: ("morning.mp4", time_s + 0.25),
        "observed_s": [(0.0, 600.0)],
        "traffic": TrafficTally(recorded),
        "encounters": list(events),
        "exclusions": [],
        "quality": _quality(),
        "method": _METHOD,
    }
    return release_local(recorded, **(values | changes))


class _Pretender:
    path = Path("camera")


@pytest.mark.parametrize("token", [None, "rtsp://camera", Path(__file__), _Pretender()])
def test_nothing_but_a_recorded_source_opens_the_line(recorded: RecordedSource, token: Any) -> None:  # noqa: ANN401  (wrong ones are meant)
    with pytest.raises(TypeError, match="needs a RecordedSource"):
        TrafficTally(token)
    with pytest.raises(TypeError, match="needs a RecordedSource"):
        _release(token, traffic=TrafficTally(recorded))


def test_results_say_that_they_are_not_for_release(recorded: RecordedSource) -> None:
    analysis = _release(recorded)
    assert (analysis.policy, analysis.release) == ("local", "not for release")


def test_a_conflict_is_counted_once_in_each_of_its_tables(recorded: RecordedSource) -> None:
    counts = _release(recorded, (_encounter(), Severity.CONFLICT)).counts
    assert {(count.table, count.cell, count.count) for count in counts} == {
        (Table.ENCOUNTERS, ("motor-pedestrian",), 1),
        (Table.STATES, ("assessed",), 1),
        (Table.CONFLICTS_BY_PAIR, ("motor-pedestrian", "conflict"), 1),
        (Table.CONFLICTS_BY_TYPE, ("crossing", "conflict"), 1),
    }


def test_an_encounter_of_no_severity_is_counted_and_not_listed(recorded: RecordedSource) -> None:
    analysis = _release(recorded, (_encounter(), Severity.NONE))
    assert {count.table for count in analysis.counts} == {Table.ENCOUNTERS, Table.STATES}
    assert not analysis.review
    assert len(_release(recorded, (_encounter(), Severity.NONE), list_from=Severity.NONE).review) == 1


def test_an_overlap_is_listed_whatever_its_severity(recorded: RecordedSource) -> None:
    analysis = _release(recorded, (_encounter(state=EncounterState.OVERLAP), Severity.NONE))
    assert [line.state for line in analysis.review] == ["overlap"]


def test_a_review_line_tells_where_to_look_and_what_happened(recorded: RecordedSource) -> None:
    (line,) = _release(recorded, (_encounter(), Severity.SERIOUS)).review
    assert (line.file, line.media_time_s, line.time_s) == ("morning.mp4", 10.25, 10.0)
    assert line.wall_time_utc == datetime(2024, 5, 3, 5, 10, 10, tzinfo=UTC)
    assert (line.class_first, line.class_second, line.severity) == ("pedestrian", "car", "serious")
    assert (line.pet_s, line.drac_max_mps2, line.x_m, line.y_m) == (-0.8, None, 3.0, -4.0)


def test_infinite_ttc_stays_apart_from_unknown(recorded: RecordedSource) -> None:
    line, other = _release(
        recorded,
        (_encounter(ttc_min_s=inf), Severity.RECORD),
        (_encounter(ttc_min_s=nan, time_s=11.0), Severity.RECORD),
    ).review
    assert (line.ttc_min_s, other.ttc_min_s) == (inf, None)


@pytest.mark.parametrize("pet_s", [0.7, -0.7, nan])
def test_two_users_of_one_class_are_listed_the_same_whichever_track_comes_first(
    recorded: RecordedSource, pet_s: float
) -> None:
    one = _encounter(classes=(_CAR, _CAR), pair=RoadUserPair.MOTOR_MOTOR, speeds_mps=(3.0, 9.0), pet_s=pet_s)
    other = replace(one, ids=one.ids[::-1], speeds_mps=(9.0, 3.0), pet_s=-pet_s)
    assert _release(recorded, (one, Severity.RECORD)).review == _release(recorded, (other, Severity.RECORD)).review


def test_no_track_id_survives(recorded: RecordedSource) -> None:
    traffic = TrafficTally(recorded)
    traffic.add(_states(0.0, (4711, _WALKER, (0.0, 0.0), 1.0), (4712, _CAR, (5.0, 0.0), 1.0)))
    content = to_json(_release(recorded, (_encounter(), Severity.SERIOUS), traffic=traffic))
    assert b"471" not in content


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ids=st.permutations(range(1, 7)), order=st.permutations(range(4)))
def test_numbering_of_tracks_and_order_of_encounters_leave_every_byte_the_same(
    recorded: RecordedSource, ids: list[int], order: list[int]
) -> None:
    def analyse(ids: list[int], order: list[int]) -> bytes:
        traffic = TrafficTally(recorded)
        for step in range(20):
            users = [(i, RoadUserClass(n), (n + step * 0.3 * n, float(n)), 1.5 * n) for n, i in enumerate(ids)]
            traffic.add(_states(step * 0.2, *users))
        events = [(_encounter(time_s=10.0, angle_deg=float(n)), Severity(n)) for n in range(4)]
        return to_json(_release(recorded, *(events[n] for n in order), traffic=traffic))

    assert analyse(ids, order) == analyse([1, 2, 3, 4, 5, 6], [0, 1, 2, 3])


def test_a_road_user_counts_once_where_it_was_first_seen_under_its_last_class(recorded: RecordedSource) -> None:
    traffic = TrafficTally(recorded)
    traffic.add(_states(1.0, (1, _CAR, (0.0, 0.0), 5.0)))
    traffic.add(_states(550.0, (1, RoadUserClass.BUS, (1.0, 0.0), 5.0)))
    traffic.add(_states(551.0, ended=(1,)))
    (count,) = _release(recorded, traffic=traffic).counts
    assert (count.table, count.cell, count.count) == (Table.ROAD_USERS, ("bus",), 1)
    assert count.interval == _CLOCK.interval_at(1.0) != _CLOCK.interval_at(550.0)


def test_a_road_user_still_in_view_at_the_end_is_counted(recorded: RecordedSource) -> None:
    traffic = TrafficTally(recorded)
    traffic.add(_states(1.0, (1, _CAR, (0.0, 0.0), 5.0)))
    assert sum_over_time(_release(recorded, traffic=traffic).counts, Table.ROAD_USERS) == {("car",): 1}


def test_a_road_user_on_its_way_at_the_end_of_a_file_counts_in_the_next_only(recorded: RecordedSource) -> None:
    first = TrafficTally(recorded)
    first.add(_states(1.0, (1, _CAR, (0.0, 0.0), 5.0), (2, _WALKER, (0.0, 9.0), 1.0)))
    first.add(_states(2.0, (1, _CAR, (1.0, 0.0), 5.0), ended=(2,)))
    second = first.hand_over()
    second.add(_states(3.0, (1, _CAR, (2.0, 0.0), 5.0)))
    one, two = (_release(recorded, traffic=traffic) for traffic in (first, second))
    assert sum_over_time(one.counts, Table.ROAD_USERS) == {("pedestrian",): 1}
    assert sum_over_time(two.counts, Table.ROAD_USERS) == {("car",): 1}
    assert [len(layer.cells) for layer in two.density.layers] == [5]


def test_waiting_does_not_make_a_place_busier(recorded: RecordedSource) -> None:
    traffic = TrafficTally(recorded)
    for step in range(100):
        traffic.add(_states(step * 0.1, (1, _CAR, (0.1, 0.1), 0.0)))
    (layer,) = _release(recorded, traffic=traffic).density.layers
    assert (layer.group, layer.cells) == ("motor", ((0, 0, 1),))


def test_a_fast_road_user_leaves_no_holes_in_its_way(recorded: RecordedSource) -> None:
    traffic = TrafficTally(recorded, cell_m=0.5)
    for step in range(3):
        traffic.add(_states(step * 0.2, (1, _CAR, (0.25 + 3.0 * step, 0.25), 15.0)))
    (layer,) = _release(recorded, traffic=traffic).density.layers
    assert layer.cells == tuple((column, 0, 1) for column in range(13))


@pytest.mark.parametrize("place", [(nan, 0.0), (600.0, 0.0), (0.0, inf)])
def test_positions_that_cannot_be_are_left_out(recorded: RecordedSource, place: tuple[float, float]) -> None:
    traffic = TrafficTally(recorded)
    traffic.add(_states(1.0, (1, _CAR, place, 5.0)))
    assert not _release(recorded, traffic=traffic).counts


def test_a_site_may_be_surveyed_far_from_its_origin(recorded: RecordedSource) -> None:
    traffic = TrafficTally(recorded, around_m=(70_000.0, -4_000.0)).hand_over()
    traffic.add(_states(1.0, (1, _CAR, (70_030.0, -4_010.0), 5.0), (2, _CAR, (0.0, 0.0), 5.0)))
    analysis = _release(recorded, traffic=traffic)
    assert sum_over_time(analysis.counts, Table.ROAD_USERS) == {("car",): 1}
    assert [layer.cells for layer in analysis.density.layers] == [((140_060, -8_020, 1),)]


def test_speed_is_the_median_while_moving(recorded: RecordedSource) -> None:
    traffic = TrafficTally(recorded)
    for step, speed_mps in enumerate([0.0] * 50 + [9.9, 10.0, 30.0]):
        traffic.add(_states(step * 0.1, (1, _CAR, (0.0, 0.0), speed_mps), (2, _WALKER, (9.0, 0.0), 0.0)))
    speeds = {one.group: one for one in _release(recorded, traffic=traffic).histograms}
    assert (speeds["car"].quantity, speeds["car"].counts[18], speeds["car"].total) == (Quantity.SPEED_KMH, 1, 1)
    assert (speeds["pedestrian"].total, speeds["pedestrian"].absent) == (0, 1)


def test_indicators_of_unsure_encounters_are_kept_out_of_the_histograms(recorded: RecordedSource) -> None:
    unsure = _encounter(state=EncounterState.NOT_ASSESSABLE)
    analysis = _release(recorded, (_encounter(), Severity.SERIOUS), (unsure, Severity.SERIOUS))
    assert [(one.quantity.value, one.total, one.absent) for one in analysis.histograms] == [
        ("pet_s", 1, 1),
        ("ttc_min_s", 1, 1),
    ]


def test_coverage_leaves_gaps_out(recorded: RecordedSource) -> None:
    observed = _release(recorded, observed_s=[(0.0, 100.0), (200.0, 700.0)]).observed
    assert [seen.coverage_ms for seen in observed] == [200_000, 400_000]  # the interval ends at 07:15, 300 s in


def test_an_event_at_the_very_end_falls_into_an_observed_interval(recorded: RecordedSource) -> None:
    analysis = _release(recorded, (_encounter(time_s=300.0), Severity.NONE), observed_s=[(0.0, 300.0)])
    assert {count.interval for count in analysis.counts} == {analysis.observed[0].interval}


def test_states_and_bridged_ones_are_filled_in(recorded: RecordedSource) -> None:
    traffic = TrafficTally(recorded)
    traffic.add(_states(0.0, (1, _CAR, (0.0, 0.0), 5.0)))
    traffic.add(_states(0.1, (1, _CAR, (0.0, 0.0), 5.0), bridged=True))
    (file,) = _release(recorded, traffic=traffic).files
    assert (file.file, file.states, file.states_bridged) == ("morning.mp4", 2, 1)


def test_a_file_name_that_cannot_be_written_is_made_writable(tmp_path: Path) -> None:
    path = tmp_path / "a\udcff\n\tb.mp4"
    path.write_bytes(b"footage")
    named = {"locate": lambda time_s: (path.name, time_s)}
    (line,) = _release(RecordedSource(path), (_encounter(), Severity.RECORD), **named).review
    assert line.file == "a\ufffd\ufffd\ufffdb.mp4"


def test_nothing_observed_is_refused(recorded: RecordedSource) -> None:
    with pytest.raises(ValueError, match="nothing to count"):
        _release(recorded, observed_s=[])


def test_the_tally_shows_nothing_and_cannot_be_pickled(recorded: RecordedSource) -> None:
    traffic = TrafficTally(recorded)
    assert repr(traffic) == "<TrafficTally: individual data, not shown>"
    with pytest.raises(TypeError, match="TrafficTally holds individual data and cannot be serialised"):
        pickle.dumps(traffic)


@pytest.fixture(scope="module")
def parts(recorded: RecordedSource) -> tuple[Analysis, ...]:
    """Three files of one recording; two share an interval."""
    made = []
    for n, start_s in enumerate((0.0, 200.0, 1000.0)):
        traffic = TrafficTally(recorded)
        for step in range(30):
            place = (0.1 * step + n, 0.0)
            traffic.add(_states(start_s + step / 3, (1, _CAR, place, 0.1 + n), (2, _WALKER, (n, 0.3 * step), 1.4)))
        events = [
            (_encounter(time_s=start_s + 10.0 + i / 3, ttc_min_s=[inf, 0.7, nan][i]), Severity(i + 1)) for i in range(3)
        ]
        observed = [(start_s, start_s + 100.1), (start_s + 101.0, start_s + 150.0)]
        quality = _quality(start_s=start_s, end_s=start_s + 150.0)
        made.append(_release(recorded, *events, traffic=traffic, observed_s=observed, quality=quality))
    return tuple(made)


@pytest.mark.parametrize("grouping", [((0,), (1, 2)), ((0, 1), (2,)), ((2, 0), (1,)), ((2, 1, 0),), ((1,), (0,), (2,))])
def test_files_add_up_the_same_however_they_are_grouped(
    parts: tuple[Analysis, ...], grouping: tuple[tuple[int, ...], ...]
) -> None:
    whole = combine(parts)
    assert combine(combine(parts[i] for i in group) for group in grouping) == whole
    assert to_json(combine(combine(parts[i] for i in group) for group in grouping)) == to_json(whole)


def test_nothing_is_lost_or_doubled_when_files_add_up(parts: tuple[Analysis, ...]) -> None:
    whole = combine(parts)
    for table in Table:
        assert sum_over_time(whole.counts, table).total() == sum(sum_over_time(p.counts, table).total() for p in parts)
    assert len(whole.review) == 9
    assert len(whole.observed) == 2
    assert whole.observed_s == pytest.approx(3 * 149.1)


def test_an_analysis_survives_json_exactly(parts: tuple[Analysis, ...]) -> None:
    whole = combine(parts)
    assert from_json(to_json(whole)) == whole
    assert to_json(from_json(to_json(whole))) == to_json(whole)
    assert {line.ttc_min_s for line in from_json(to_json(whole)).review} == {inf, 0.7, None}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"safemob-analysis-1"', b'"safemob-analysis-2"'),
        (b'"interval_min":15', b'"interval_min":0'),
        (b'"interval_min":15', b'"interval_min":15,"track_ids":[4711]'),
        (b'"cell_m":0.5', b'"cell_m":"x"'),
        (b'"policy":"local",', b""),
        (b"}", b""),
    ],
)
def test_a_damaged_or_foreign_record_is_refused(parts: tuple[Analysis, ...], old: bytes, new: bytes) -> None:
    content = to_json(parts[0])
    assert old in content
    with pytest.raises((ValueError, UsageError)):
        from_json(content.replace(old, new))


def test_parts_of_different_methods_do_not_add_up(parts: tuple[Analysis, ...]) -> None:
    other = replace(parts[0], method=replace(_METHOD, preset="doctor"))
    with pytest.raises(UsageError, match="differ in their method"):
        combine((parts[0], other))


def test_no_part_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no part"):
        combine(())
