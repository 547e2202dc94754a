"""Which frames are looked at: every Nth, and never fewer than the rest of the pipeline can follow.

Between two looks only time passes: road users move on as their smoothed motion has them. So N counts frames, but
what bounds it is time.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import inf

from safemob.adapters.sources.recording import RecordedFile
from safemob.errors import UsageError
from safemob.individual.image.tracking import TrackingRules
from safemob.individual.safety.encounter import EncounterRules

__all__ = ["LONGEST_S", "Cadence", "check_cadence"]

LONGEST_S = min(TrackingRules().max_unseen_on_probation_s, EncounterRules().occlusion_max_s) / 2
"""Longest time between two looks: a road user that one of them misses is still taken up by the tracker when it is
new, and not yet occluded for the indicators."""


class Cadence:
    """Tells of each frame in turn whether it is looked at.

    That is the first one, every Nth after it, and any that comes `LONGEST_S` or more after the last one looked at:
    where most frames are missing, none of those that are left is passed over.

    Args:
        every: N; 1 looks at all.
        anew_s: moments at which the count begins anew, in order: a job that resumes there looks at the same
            frames as one that was never stopped.
    """

    def __init__(self, every: int, anew_s: Sequence[float] = ()) -> None:
        self._every = every
        self._anew_s = anew_s
        self._stretch = 0
        self._passed = 0
        self._looked_s = -inf

    def looks_at(self, time_s: float) -> bool:
        """Whether the next frame, taken at `time_s`, is looked at."""
        stretch = bisect_right(self._anew_s, time_s)
        late = time_s - self._looked_s >= LONGEST_S
        if stretch == self._stretch and self._passed + 1 < self._every and not late:
            self._passed += 1
            return False
        self._stretch, self._passed, self._looked_s = stretch, 0, time_s
        return True


def check_cadence(every: int, files: Sequence[RecordedFile]) -> None:
    """Refuse an N that leaves more time between two looks than road users can be followed over.

    Raises:
        UsageError: naming the largest N for the file with the fewest frames a second.
    """
    steps = [(file.duration_s / file.frame_count, file.path) for file in files if file.duration_s and file.frame_count]
    step_s, path = max(steps, default=(0.0, None))
    apart_s = round(every * step_s, 4)  # durations are rounded, too
    if every == 1 or apart_s <= LONGEST_S:
        return
    most = int(round(LONGEST_S / step_s, 3))
    remedy = f"use {most} at most" if most > 1 else "leave it out"
    msg = (
        f"--detect-every {every} looks at {path} once in {apart_s:.2f} s, and road users cannot be followed over "
        f"more than {LONGEST_S:g} s: {remedy}"
    )
    raise UsageError(msg)
