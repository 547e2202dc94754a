"""The stream of encounters: states of all road users in, closed encounters out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from safemob.individual.ephemeral import Ephemeral
from safemob.individual.ground.states import GroundStates
from safemob.individual.safety.exclusion import Exclusion, find_exclusion
from safemob.individual.safety.gate import find_gated_pairs, may_still_encroach
from safemob.individual.safety.history import History, Meeting, tabulate_states
from safemob.individual.safety.likelihood import came_near, draw_meetings
from safemob.individual.safety.measure import measure_encounter
from safemob.individual.safety.record import TTC_THRESHOLDS_S, Encounter, EncounterRules
from safemob.taxonomy import RoadUserClass

__all__ = ["TTC_THRESHOLDS_S", "Encounter", "EncounterEngine", "EncounterRules"]

_RECHECK_S = 1.0
"""How often a pair outside the gate is asked whether a PET may still be observed; less than the merge gap."""
_FORGET_EVERY_S = 1.0
_NOWHERE = np.full(2, np.nan)


@dataclass(slots=True, repr=False, eq=False)
class _Open(Ephemeral):
    """An encounter under way: first and last moment of the gate, last moment it or a possible PET held."""

    start_s: float
    since_s: float
    end_s: float
    alive_s: float


class EncounterEngine(Ephemeral):
    """Finds encounters in a stream of states at increasing times, whatever the frame rate.

    An encounter is reported once, when it has ended and no PET can be observed any more. Per frame only the gate
    is evaluated; the indicators are computed from the remembered poses when the encounter closes.

    Args:
        rules: when two users are in an encounter.
    """

    def __init__(self, rules: EncounterRules | None = None) -> None:
        self._rules = rules or EncounterRules()
        self._histories: dict[int, History] = {}
        self._open: dict[tuple[int, int], _Open] = {}
        self._closed_s: dict[tuple[int, int], float] = {}
        self._excluded: Counter[Exclusion] = Counter()
        self._just_excluded: list[tuple[tuple[int, int], Exclusion]] = []
        self._now_s = -np.inf
        self._forgot_s = -np.inf

    @property
    def excluded(self) -> Mapping[Exclusion, int]:
        """How many pairs passed the gate but are no encounter, by reason, since the engine was made."""
        return MappingProxyType(self._excluded)

    def take_excluded(self) -> list[tuple[tuple[int, int], Exclusion]]:
        """The pairs that passed the gate but are no encounter, by their ids, since this was asked last."""
        taken, self._just_excluded = self._just_excluded, []
        return taken

    def update(self, states: GroundStates) -> list[Encounter]:
        """Take one frame.

        Args:
            states: of all confirmed road users, later than those before.

        Returns:
            Encounters that closed, ordered by their start.

        Raises:
            ValueError: if time does not increase.
        """
        now_s = float(states.time_s)
        if not now_s > self._now_s:
            msg = f"states at {now_s} s came after those at {self._now_s} s: feed frames in order of time, each once"
            raise ValueError(msg)
        closed = self._close([pair for pair, meeting in self._open.items() if self._is_over(meeting, now_s)])
        self._now_s = now_s
        self._remember(states)
        self._open_gate(states)
        self._keep_waiting()
        if now_s - self._forgot_s >= _FORGET_EVERY_S:
            self._forget()
            self._forgot_s = now_s
        return closed

    def flush(self) -> list[Encounter]:
        """Close all that is open, since the recording ends here, and forget every road user.

        Returns:
            The remaining encounters, ordered by their start.
        """
        closed = self._close(list(self._open), at_end=True)
        self._histories.clear()
        self._closed_s.clear()
        return closed

    def _is_over(self, meeting: _Open, now_s: float) -> bool:
        too_long = now_s - meeting.start_s >= self._rules.duration_max_s
        return now_s - meeting.alive_s >= self._rules.merge_gap_s or too_long

    def _remember(self, states: GroundStates) -> None:
        rows = tabulate_states(states)
        for track_id, code, row in zip(states.ids.tolist(), states.classes.tolist(), rows, strict=True):
            history = self._histories.get(track_id)
            if history is None:
                self._histories[track_id] = History(track_id, RoadUserClass(code), row, self._rules.pet_max_s)
            else:
                history.append(RoadUserClass(code), row, states.time_s)
        for track_id in states.ended.tolist():
            if track_id in self._histories:
                self._histories[track_id].ended = True

    def _open_gate(self, states: GroundStates) -> None:
        ids = states.ids.tolist()
        for one, other in find_gated_pairs(states, self._rules).tolist():
            pair = (ids[one], ids[other]) if ids[one] < ids[other] else (ids[other], ids[one])
            meeting = self._open.get(pair)
            if meeting is None:
                since_s = max(self._now_s - self._rules.pet_max_s, self._closed_s.pop(pair, -np.inf))
                self._open[pair] = _Open(self._now_s, since_s, self._now_s, self._now_s)
            else:
                meeting.end_s = meeting.alive_s = self._now_s

    def _keep_waiting(self) -> None:
        waiting = [pair for pair, meeting in self._open.items() if self._now_s - meeting.alive_s >= _RECHECK_S]
        both_ways = [way for one, other in waiting for way in ((one, other), (other, one))]
        ways = [(left, mover) for left, mover in both_ways if self._is_here(self._histories[mover])]
        if not ways:
            return
        leaving, moving = ([self._histories[track_id] for track_id in column] for column in zip(*ways, strict=True))
        may = may_still_encroach(
            np.array([each.trail for each in leaving]),
            np.array([each.last[1:3] if self._is_here(each) else _NOWHERE for each in leaving]),
            np.array([each.last for each in moving]),
            self._now_s,
            self._rules,
        )
        for index in np.flatnonzero(may).tolist():
            self._open[min(ways[index]), max(ways[index])].alive_s = self._now_s

    def _is_here(self, history: History) -> bool:
        return not history.ended and self._now_s - history.last_s < self._rules.merge_gap_s

    def _close(self, pairs: list[tuple[int, int]], *, at_end: bool = False) -> list[Encounter]:
        closed = []
        for pair in pairs:
            meeting = self._open.pop(pair)
            self._closed_s[pair] = self._now_s
            encounter = self._measure(pair, meeting, at_end=at_end)
            if encounter is not None:
                closed.append(encounter)
        return sorted(closed, key=lambda encounter: (encounter.start_s, encounter.ids))

    def _measure(self, pair: tuple[int, int], meeting: _Open, *, at_end: bool) -> Encounter | None:
        lives = []
        for history in (self._histories[track_id] for track_id in pair):
            gone = at_end or not self._is_here(history)
            lives.append(history.recall(meeting.since_s, self._now_s, gone=gone))
        first, second = sorted(lives, key=lambda life: (life.road_class, life.id))
        complete = Meeting(first=first, second=second, start_s=meeting.start_s, end_s=meeting.end_s)
        exclusion = find_exclusion(complete)
        if exclusion is not None:
            self._excluded[exclusion] += 1
            self._just_excluded.append((pair, exclusion))
            return None
        encounter = measure_encounter(complete, self._rules)
        if not self._rules.draws or not came_near(encounter):
            return encounter
        meetings = draw_meetings(complete, self._rules.draws)
        return replace(encounter, alternatives=tuple(measure_encounter(each, self._rules) for each in meetings))

    def _forget(self) -> None:
        horizon_s = self._now_s - self._rules.pet_max_s
        needed = dict.fromkeys(self._histories, np.inf)
        for pair, meeting in self._open.items():
            for track_id in pair:
                needed[track_id] = min(needed[track_id], meeting.since_s)
        for track_id, since_s in needed.items():
            history = self._histories[track_id]
            if since_s == np.inf and not self._is_here(history):
                del self._histories[track_id]
            else:
                history.forget(min(since_s, horizon_s))
        self._closed_s = {pair: time_s for pair, time_s in self._closed_s.items() if time_s >= horizon_s}
