"""The numbers of one encounter, from what is remembered of its two users."""

from dataclasses import dataclass

import numpy as np

from safemob.individual.arrays import Bools, Floats
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.safety.approach import came_in_line, find_crossing_angle
from safemob.individual.safety.drac import compute_following_drac
from safemob.individual.safety.history import Life, Meeting, find_directions
from safemob.individual.safety.pet import Encroachment, compute_pet
from safemob.individual.safety.record import TTC_THRESHOLDS_S, Encounter, EncounterRules
from safemob.individual.safety.rectangle import Rectangles, Separation, compute_separation, dot
from safemob.individual.safety.ttc import compute_ttc
from safemob.taxonomy import ConflictType, EncounterState, road_user_pair

__all__ = ["find_longest_stretch", "measure_encounter"]

_ALONG_DEG = 30.0
_AGAINST_DEG = 150.0
_TURN_DEG = 30.0
_TURN_WINDOW_S = 1.0
_STEP_MAX_S = 0.5
"""Frames further apart than this do not make a stretch."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class _Moment(Ephemeral):
    """The decisive moment: when, where, and how both moved."""

    time_s: float
    place_m: tuple[float, float]
    speeds_mps: tuple[float, float]
    angle_deg: float
    in_line: bool


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class _Following(Ephemeral):
    """Per frame: whether one user is behind the other on one line, going the same way; DRAC of the rear one."""

    in_line: Bools
    drac: Floats


def measure_encounter(meeting: Meeting, rules: EncounterRules) -> Encounter:
    """Indicators, type and state of one encounter.

    A frame in which either user is occluded for longer than the rules allow gives no TTC, and a PET that falls
    there is nan; the state then says that the numbers are of the rest.

    Raises:
        ValueError: if the two are pedestrians.
    """
    pair = road_user_pair(meeting.first.road_class, meeting.second.road_class)
    if pair is None:
        msg = "two pedestrians are not a pair: exclude them before they are measured"
        raise ValueError(msg)
    times = meeting.times
    first, second = meeting.rectangles
    gated = (times >= meeting.start_s) & (times <= meeting.end_s)
    unseen = _find_unseen(meeting, times, rules)
    course = compute_ttc(first, meeting.velocities[0], second, meeting.velocities[1])
    separation = compute_separation(first, second)
    closing = -dot(meeting.velocities[1] - meeting.velocities[0], separation.directions)
    ttc = np.where(gated & ~course.overlap & _goes_straight(meeting, course.ttc_s), course.ttc_s, np.inf)
    valid_ttc = np.where(unseen, np.inf, ttc)
    counts = closing >= rules.closing_min_mps
    following = _assess_following(meeting)
    drac = np.where(gated & ~unseen & following.in_line & counts, following.drac, np.nan)

    observed = compute_pet(meeting.first.poses, meeting.second.poses, rules.pet_max_s)
    overlaps = observed.pet_s == 0
    pet_unseen = not np.isnan(observed.pet_s) and (
        bool(meeting.first.find_occluded(np.array([observed.first_time_s]), rules.occlusion_max_s)[0])
        or bool(meeting.second.find_occluded(np.array([observed.second_time_s]), rules.occlusion_max_s)[0])
    )
    pet_s = np.nan if overlaps or pet_unseen else observed.pet_s
    passage = None if np.isnan(pet_s) else _describe_encroachment(meeting, observed)
    time_gap = passage is not None and (
        passage.angle_deg < _ALONG_DEG
        or came_in_line(meeting.first, observed.first_time_s, meeting.second, observed.second_time_s)
    )

    lowest = int(np.argmin(valid_ttc))
    ttc_counts = valid_ttc[lowest] <= TTC_THRESHOLDS_S[-1]
    if ttc_counts:
        moment = _describe_frame(meeting, lowest, separation, following.in_line[lowest])
    elif passage is not None and not time_gap:
        moment = passage
    else:
        nearest = int(np.argmin(separation.gaps))
        moment = _describe_frame(meeting, nearest, separation, following.in_line[nearest])
    conflict_type = _tell_type(meeting, moment)
    hidden_ttc = ttc.min() < valid_ttc.min() and ttc.min() <= TTC_THRESHOLDS_S[-1]
    return Encounter(
        ids=(meeting.first.id, meeting.second.id),
        classes=(meeting.first.road_class, meeting.second.road_class),
        pair=pair,
        start_s=meeting.start_s,
        end_s=meeting.end_s,
        conflict_type=conflict_type,
        state=_tell_state(meeting, observed, conflict_type, rules, hidden=bool(hidden_ttc or pet_unseen)),
        ttc_min_s=float(valid_ttc[lowest]) if not unseen[gated].all() else np.nan,
        ttc_min_time_s=float(times[lowest]) if np.isfinite(valid_ttc[lowest]) else np.nan,
        ttc_below_s=tuple(find_longest_stretch(times, counts & (valid_ttc <= limit)) for limit in TTC_THRESHOLDS_S),
        pet_s=pet_s,
        pet_time_s=np.nan if np.isnan(pet_s) else max(observed.first_time_s, observed.second_time_s),
        pet_is_time_gap=time_gap,
        drac_max_mps2=_find_largest(drac) if conflict_type is ConflictType.REAR_END else np.nan,
        distance_min_m=float(separation.gaps.min()),
        closing_speed_mps=float(closing[gated].max()),
        angle_deg=moment.angle_deg,
        speeds_mps=moment.speeds_mps,
        place_m=moment.place_m,
        time_s=moment.time_s,
    )


def find_longest_stretch(times: Floats, holds: Bools) -> float:
    """Longest time for which something held without interruption, s.

    Every frame stands for half the step before it and half the step after, so that the result does not lean
    to one side at low frame rates. Frames more than 0.5 s apart do not join.

    >>> find_longest_stretch(np.array([0.0, 0.1, 0.2, 0.3, 0.5]), np.array([False, True, True, False, True]))
    0.2
    """
    if not holds.any():
        return 0.0
    steps = np.diff(times)
    joined = steps <= _STEP_MAX_S
    halves = np.where(joined, steps / 2, 0.0)
    weights = np.append(halves, 0.0) + np.append(0.0, halves)
    goes_on = joined & holds[1:] & holds[:-1]
    run = np.append(0, np.cumsum(~goes_on))
    return float(np.bincount(run, weights=weights * holds).max())


def _find_unseen(meeting: Meeting, times: Floats, rules: EncounterRules) -> Bools:
    longest = rules.occlusion_max_s
    return meeting.first.find_occluded(times, longest) | meeting.second.find_occluded(times, longest)


def _goes_straight(meeting: Meeting, ttc: Floats) -> Bools:
    """Whether constant velocity describes the motion up to the collision: neither user turns more than 30° by then.

    A car in a turn points for a moment at everyone who waits around the intersection; a TTC with them is undefined.
    """
    turn_rates = np.maximum(*(_measure_turn_rates(life, meeting.times) for life in (meeting.first, meeting.second)))
    turns = turn_rates * np.where(np.isfinite(ttc), ttc, 0.0)
    straight: Bools = turns <= np.radians(_TURN_DEG)
    return straight


def _measure_turn_rates(life: Life, times: Floats) -> Floats:
    """(M,) rad/s over the second around each time; 0 for pedestrians, who walk as they like."""
    if life.road_class.is_pedestrian:
        return np.zeros(len(times))
    own, headings = life.poses.times, life.poses.turned
    before, after = np.maximum(times - _TURN_WINDOW_S / 2, own[0]), np.minimum(times + _TURN_WINDOW_S / 2, own[-1])
    turned = np.abs(np.interp(after, own, headings) - np.interp(before, own, headings))
    rates: Floats = turned / np.maximum(after - before, _TURN_WINDOW_S / 2)
    return rates


def _assess_following(meeting: Meeting) -> _Following:
    """Who is behind whom, frame by frame, along the rear user's direction."""
    first, second = meeting.rectangles
    ways = meeting.directions
    between = second.centres - first.centres
    first_behind = dot(between, ways[0]) + dot(between, ways[1]) > 0
    forward = np.where(first_behind[:, None], *ways)
    left = np.stack([-forward[:, 1], forward[:, 0]], axis=1)
    gap = np.abs(dot(between, forward)) - _reach(first, forward) - _reach(second, forward)
    beside = np.abs(dot(between, left)) - _reach(first, left) - _reach(second, left)
    relative = meeting.velocities[1] - meeting.velocities[0]
    closing = np.where(first_behind, -1.0, 1.0) * dot(relative, forward)
    along = dot(*ways) > np.cos(np.radians(_ALONG_DEG))
    return _Following(in_line=along & (beside <= 0), drac=compute_following_drac(closing, gap))


def _reach(boxes: Rectangles, unit: Floats) -> Floats:
    """Half extents of rectangles along unit vectors."""
    return np.abs(dot(boxes.along, unit)) + np.abs(dot(boxes.across, unit))


def _describe_frame(meeting: Meeting, frame: int, separation: Separation, in_line: np.bool_) -> _Moment:
    x, y = separation.midpoints[frame].tolist()
    speeds = [float(np.hypot(*velocities[frame])) for velocities in meeting.velocities]
    return _Moment(
        time_s=float(meeting.times[frame]),
        place_m=(x, y),
        speeds_mps=(speeds[0], speeds[1]),
        angle_deg=_measure_angle(meeting.directions[0][frame], meeting.directions[1][frame]),
        in_line=bool(in_line),
    )


def _describe_encroachment(meeting: Meeting, observed: Encroachment) -> _Moment:
    ways, speeds = [], []
    for life, time_s in ((meeting.first, observed.first_time_s), (meeting.second, observed.second_time_s)):
        velocity = life.velocity_at(time_s)
        ways.append(find_directions(velocity[None], life.poses.at(np.array([time_s])).rectangles.along)[0])
        speeds.append(float(np.hypot(*velocity)))
    return _Moment(
        time_s=max(observed.first_time_s, observed.second_time_s),
        place_m=observed.place_m,
        speeds_mps=(speeds[0], speeds[1]),
        angle_deg=float(np.fmax(_measure_angle(*ways), find_crossing_angle(meeting.first, meeting.second, observed))),
        in_line=True,
    )


def _measure_angle(one: Floats, other: Floats) -> float:
    """Angle between two unit vectors, 0 to 180°."""
    across = abs(float(one[0] * other[1] - one[1] * other[0]))
    return float(np.degrees(np.arctan2(across, float(one @ other))))


def _tell_type(meeting: Meeting, moment: _Moment) -> ConflictType:
    """The conflict type at the decisive moment.

    Turning comes before head-on: a user who turns off across oncoming traffic meets it at any angle.
    """
    if moment.angle_deg < _ALONG_DEG:
        return ConflictType.REAR_END if moment.in_line else ConflictType.SIDESWIPE
    if any(_has_turned(life, meeting.start_s) for life in (meeting.first, meeting.second)):
        return ConflictType.TURNING
    return ConflictType.HEAD_ON if moment.angle_deg > _AGAINST_DEG else ConflictType.CROSSING


def _has_turned(life: Life, start_s: float) -> bool:
    """Whether a vehicle or cyclist changed its heading in the encounter; pedestrians walk as they like."""
    if life.road_class.is_pedestrian:
        return False
    headings = life.poses.turned[life.poses.times >= start_s]
    return len(headings) > 0 and bool(np.degrees(np.ptp(headings)) > _TURN_DEG)


def _tell_state(
    meeting: Meeting, observed: Encroachment, conflict_type: ConflictType, rules: EncounterRules, *, hidden: bool
) -> EncounterState:
    if hidden:
        return EncounterState.NOT_ASSESSABLE
    if observed.pet_s == 0:
        return EncounterState.OVERLAP
    follows = conflict_type in (ConflictType.REAR_END, ConflictType.SIDESWIPE)
    if not follows and _could_be_closer_unseen(meeting, observed, rules):
        return EncounterState.CENSORED
    return EncounterState.ASSESSED


def _could_be_closer_unseen(meeting: Meeting, observed: Encroachment, rules: EncounterRules) -> bool:
    """Whether the unseen part of either track, extrapolated, gives a smaller PET than the one observed."""
    limit = rules.pet_max_s if np.isnan(observed.pet_s) else abs(observed.pet_s) - 1e-6
    unseen = [(poses, meeting.second.poses) for poses in meeting.first.extrapolate(rules.pet_max_s)]
    unseen += [(poses, meeting.first.poses) for poses in meeting.second.extrapolate(rules.pet_max_s)]
    return any(abs(compute_pet(poses, other, limit).pet_s) <= limit for poses, other in unseen)


def _find_largest(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else np.nan
