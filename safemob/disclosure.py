"""The line: the only place where individual data become counts, distributions and review lines.

One function per policy. `release_local` is policy ``local``: exact counts and a review list, marked *not for
release*, for footage that was recorded before it was analysed. It asks for a `RecordedSource`, which no live source
can make. A policy that may leave a live camera is a function of its own beside it: it takes no such token, returns
a record that holds no review list, and shares nothing with `local` but the counting.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor, hypot, isfinite, isnan, nan
from statistics import median

from safemob.aggregate.analysis import SCHEMA, Analysis, FileQuality, Method
from safemob.aggregate.counts import Count, Table, add_counts
from safemob.aggregate.distribution import DensityGrid, DensityLayer, Histogram, Quantity, add_histograms, tally
from safemob.aggregate.interval import RecordingClock, add_observed
from safemob.aggregate.review import ReviewLine, sort_review
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.states import GroundStates
from safemob.individual.ports import RecordedSource, require_recorded
from safemob.individual.safety.encounter import Encounter
from safemob.taxonomy import EncounterState, RoadUserClass, Severity

__all__ = ["NOT_FOR_RELEASE", "POLICY_LOCAL", "TrafficTally", "release_local"]

POLICY_LOCAL = "local"
NOT_FOR_RELEASE = "not for release"

_MOVING_MPS = 0.5
_REACH_M = 500.0
_JUMP_M = 20.0
_UNSURE = (EncounterState.OVERLAP, EncounterState.NOT_ASSESSABLE)


@dataclass(slots=True, kw_only=True, repr=False, eq=False)
class _RoadUser(Ephemeral):
    """What is remembered of one road user until it is gone."""

    first_seen_s: float
    place_m: tuple[float, float]
    road_user_class: RoadUserClass = RoadUserClass.PEDESTRIAN
    cells: set[tuple[int, int]] = field(default_factory=set)
    speeds_mps: list[float] = field(default_factory=list)


class TrafficTally(Ephemeral):
    """Counts road users, the cells they passed and their speeds while they are followed, and forgets them.

    A road user counts once per class, cell and speed bin, however long it stays: a queue at a stop line is not a
    hot spot. Its class is its last one, its speed the median over the frames in which it moved (> 0.5 m/s).

    Args:
        recorded: proof that the footage was recorded.
        around_m: where the site lies in its own coordinates; who is not within 500 m of it is a mistake.
        cell_m: edge of a density cell, m.
    """

    def __init__(
        self, recorded: RecordedSource, *, around_m: tuple[float, float] = (0.0, 0.0), cell_m: float = 0.5
    ) -> None:
        require_recorded(recorded, f"policy {POLICY_LOCAL}")
        self._recorded = recorded
        self.seen: list[tuple[float, RoadUserClass]] = []
        self.speeds_kmh: defaultdict[RoadUserClass, list[float]] = defaultdict(list)
        self.states = self.states_bridged = 0
        self._around_m = around_m
        self._cell_m = cell_m
        self._present: dict[int, _RoadUser] = {}
        self._passes: defaultdict[str, Counter[tuple[int, int]]] = defaultdict(Counter)

    def add(self, states: GroundStates, *, looked_at: bool = True) -> None:
        """Take in the road users of one frame; only where somebody looked can one have been missed."""
        if looked_at:
            self.states += len(states)
            self.states_bridged += len(states) - int(states.observed.sum())
        speeds = (hypot(*velocity) for velocity in states.velocities.tolist())
        rows = zip(states.ids.tolist(), states.classes.tolist(), states.positions.tolist(), speeds, strict=True)
        for user_id, code, (x_m, y_m), speed_mps in rows:
            if not (isfinite(speed_mps) and hypot(x_m - self._around_m[0], y_m - self._around_m[1]) < _REACH_M):
                continue
            user = self._present.setdefault(user_id, _RoadUser(first_seen_s=states.time_s, place_m=(x_m, y_m)))
            user.road_user_class = RoadUserClass(code)
            user.cells.update(_cells_between(user.place_m, (x_m, y_m), self._cell_m))
            user.place_m = (x_m, y_m)
            if speed_mps > _MOVING_MPS:
                user.speeds_mps.append(speed_mps)
        for user_id in states.ended.tolist():
            self._forget(user_id)

    def hand_over(self) -> "TrafficTally":
        """A tally for the next file of the same recording: road users still in view go on in it, once counted there.

        This tally keeps those that are gone.
        """
        following = TrafficTally(self._recorded, around_m=self._around_m, cell_m=self._cell_m)
        following._present, self._present = self._present, {}
        return following

    def close(self) -> None:
        """Count the road users still in view: the footage ends here."""
        for user_id in tuple(self._present):
            self._forget(user_id)

    def density(self) -> DensityGrid:
        """Where the road users that are gone passed."""
        layers = (
            DensityLayer(group=group, cells=tuple((*cell, count) for cell, count in sorted(cells.items())))
            for group, cells in sorted(self._passes.items())
        )
        return DensityGrid(cell_m=self._cell_m, layers=tuple(layers))

    def _forget(self, user_id: int) -> None:
        user = self._present.pop(user_id, None)
        if user is None:
            return
        self.seen.append((user.first_seen_s, user.road_user_class))
        self.speeds_kmh[user.road_user_class].append(3.6 * median(user.speeds_mps) if user.speeds_mps else nan)
        self._passes[_density_group(user.road_user_class)].update(user.cells)


def release_local(  # noqa: PLR0913  (each is a different thing, and all are named)
    recorded: RecordedSource,
    *,
    clock: RecordingClock,
    locate: Callable[[float], tuple[str, float]],
    observed_s: Sequence[tuple[float, float]],
    traffic: TrafficTally,
    encounters: Sequence[tuple[Encounter, Severity]],
    exclusions: Sequence[tuple[str, float]],
    quality: FileQuality,
    method: Method,
    list_from: Severity = Severity.RECORD,
) -> Analysis:
    """Exact counts and the review list of one recorded file, under policy ``local``.

    Args:
        recorded: proof that the footage was recorded; its file name is what the review list shows.
        clock: the recording's clock and intervals.
        locate: name of the file that shows a moment of the recording's clock, and where in it a player shows it, s.
        observed_s: (start, end) of every stretch that was seen, in order, the last frame's duration included.
        traffic: the road users of this file; it is closed here.
        encounters: every encounter of this file with its severity.
        exclusions: (reason, moment) of every pair or road user that was left out.
        quality: what is known of the file's frames and detections; states are filled in from `traffic`.
        method: with what the file was analysed.
        list_from: encounters from this severity on are listed, and every overlap: it might be a crash.

    Returns:
        The analysis of this file, ready to be added to others.

    Raises:
        TypeError: without a real `RecordedSource`.
        ValueError: if nothing was observed.
    """
    require_recorded(recorded, f"policy {POLICY_LOCAL}")
    if not observed_s:
        msg = "no stretch of time was observed: there is nothing to count"
        raise ValueError(msg)
    traffic.close()
    file = _printable(recorded.path.name)
    place = _Placer(clock, observed_s)
    counts = [place(Table.ROAD_USERS, time_s, user.label) for time_s, user in traffic.seen]
    counts += [place(Table.EXCLUSIONS, time_s, reason) for reason, time_s in exclusions]
    for encounter, severity in encounters:
        counts += _count_encounter(place, encounter, severity)
    listed = (
        _review_line(encounter, severity, clock=clock, locate=locate)
        for encounter, severity in encounters
        if severity >= list_from or encounter.state is EncounterState.OVERLAP
    )
    return Analysis(
        schema=SCHEMA,
        policy=POLICY_LOCAL,
        release=NOT_FOR_RELEASE,
        method=method,
        clock=clock,
        files=(replace(quality, file=file, states=traffic.states, states_bridged=traffic.states_bridged),),
        observed=place.observed,
        counts=add_counts(counts),
        review=sort_review(listed),
        density=traffic.density(),
        histograms=add_histograms(_histograms(traffic, encounters)),
    )


class _Placer:
    """Puts events into the intervals that were observed."""

    def __init__(self, clock: RecordingClock, observed_s: Sequence[tuple[float, float]]) -> None:
        self._clock = clock
        self._observed_s = observed_s
        self.observed = add_observed(seen for start_s, end_s in observed_s for seen in clock.split(start_s, end_s))

    def __call__(self, table: Table, time_s: float, *cell: str) -> Count:
        return Count(table=table, interval=self._clock.interval_at(self._nearest_seen(time_s)), cell=cell, count=1)

    def _nearest_seen(self, time_s: float) -> float:
        """The moment itself, or the nearest that was observed: nothing is counted where nothing was seen."""
        last_us = 1e-6
        inside = (max(min(time_s, end_s - last_us), start_s) for start_s, end_s in self._observed_s)
        return min(inside, key=lambda moment_s: abs(moment_s - time_s))


def _count_encounter(place: _Placer, encounter: Encounter, severity: Severity) -> Iterator[Count]:
    time_s, pair = encounter.time_s, encounter.pair.value
    yield place(Table.ENCOUNTERS, time_s, pair)
    yield place(Table.STATES, time_s, encounter.state.value)
    if severity is not Severity.NONE:
        yield place(Table.CONFLICTS_BY_PAIR, time_s, pair, severity.label)
        yield place(Table.CONFLICTS_BY_TYPE, time_s, encounter.conflict_type.value, severity.label)


def _review_line(
    encounter: Encounter,
    severity: Severity,
    *,
    clock: RecordingClock,
    locate: Callable[[float], tuple[str, float]],
) -> ReviewLine:
    classes, speeds, pet_s = _in_order(encounter)
    file, media_time_s = locate(encounter.time_s)
    return ReviewLine(
        file=_printable(file),
        media_time_s=media_time_s,
        time_s=encounter.time_s,
        wall_time_utc=clock.wall_time(encounter.time_s),
        pair=encounter.pair.value,
        class_first=classes[0].label,
        class_second=classes[1].label,
        conflict_type=encounter.conflict_type.value,
        severity=severity.label,
        state=encounter.state.value,
        ttc_min_s=_known(encounter.ttc_min_s),
        pet_s=_known(pet_s),
        drac_max_mps2=_known(encounter.drac_max_mps2),
        distance_min_m=_known(encounter.distance_min_m),
        closing_speed_mps=_known(encounter.closing_speed_mps),
        speed_first_mps=_known(speeds[0]),
        speed_second_mps=_known(speeds[1]),
        angle_deg=_known(encounter.angle_deg),
        x_m=_known(encounter.place_m[0]),
        y_m=_known(encounter.place_m[1]),
    )


def _in_order(encounter: Encounter) -> tuple[tuple[RoadUserClass, ...], tuple[float, ...], float]:
    """Classes, speeds and PET in an order that track ids have no part in: see `ReviewLine`."""
    classes, speeds, pet_s = encounter.classes, encounter.speeds_mps, encounter.pet_s
    if classes[0] is classes[1] and (speeds[0] < speeds[1] if isnan(pet_s) else pet_s < 0):
        return classes[::-1], speeds[::-1], -pet_s
    return classes, speeds, pet_s


def _histograms(traffic: TrafficTally, encounters: Sequence[tuple[Encounter, Severity]]) -> Iterator[Histogram]:
    for road_user_class, speeds_kmh in traffic.speeds_kmh.items():
        yield tally(Quantity.SPEED_KMH, road_user_class.label, speeds_kmh)
    for encounter, severity in encounters:
        unsure = encounter.state in _UNSURE
        yield tally(Quantity.TTC_MIN_S, severity.label, [nan if unsure else encounter.ttc_min_s])
        yield tally(Quantity.PET_S, severity.label, [nan if unsure else abs(encounter.pet_s)])


def _cells_between(start: tuple[float, float], end: tuple[float, float], cell_m: float) -> Iterator[tuple[int, int]]:
    """The cells on the way from one place to the next; a jump too long to be driven is not joined up."""
    (x_m, y_m), dx_m, dy_m = start, end[0] - start[0], end[1] - start[1]
    way_m = hypot(dx_m, dy_m)
    steps = max(1, ceil(2 * way_m / cell_m)) if way_m < _JUMP_M else 1
    for step in range(1, steps + 1):
        share = step / steps
        yield floor((x_m + share * dx_m) / cell_m), floor((y_m + share * dy_m) / cell_m)


def _density_group(road_user_class: RoadUserClass) -> str:
    if road_user_class.is_motor:
        return "motor"
    return "cyclist" if road_user_class.is_light else "pedestrian"


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _printable(name: str) -> str:
    """A file name that can be written anywhere: undecodable bytes and control characters become U+FFFD."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
