"""Why no encounter was found of two road users who met."""

from collections.abc import Callable, Sequence

from safemob.individual.safety.moment import Moment

__all__ = ["Unfound"]

_NEVER_PLACED = "one never placed"
_NEVER_TOGETHER = "never placed together"
_NOT_NOTICED = "not noticed"


class Unfound:
    """Tells why, in a few words: somebody had no place on the ground, or the two were taken for no encounter.

    Args:
        moments: a film as it left the pipeline.
        owner_of: tells whom a track follows at a time.
    """

    def __init__(self, moments: Sequence[Moment], owner_of: Callable[[int, float], int]) -> None:
        self._present = [
            frozenset(owner_of(track, moment.time_s) for track in moment.states.ids.tolist()) for moment in moments
        ]
        self._excluded: dict[frozenset[int], str] = {}
        for moment in moments:
            for pair, reason in moment.excluded:
                self._excluded[frozenset(owner_of(track, moment.time_s) for track in pair)] = f"excluded: {reason}"

    def explain(self, one: int, other: int) -> str:
        """Why nothing was found of two road users, given by their places in the scene's list."""
        pair = frozenset((one, other))
        if pair in self._excluded:
            return self._excluded[pair]
        if not pair <= frozenset().union(*self._present):
            return _NEVER_PLACED
        return _NOT_NOTICED if any(pair <= present for present in self._present) else _NEVER_TOGETHER
