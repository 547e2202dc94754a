"""The pipeline, composed: frames in, road users on the ground and encounters out, `lag` seconds later.

frames → detections → riders joined → tracks → footprints → smoothed states → encounters
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numpy as np

from safemob.individual.ground.camera import Camera
from safemob.individual.ground.coverage import Coverage
from safemob.individual.ground.entering import Entrants
from safemob.individual.ground.footprint import Footprints, estimate_footprints, estimate_footprints_of_parts, locate
from safemob.individual.ground.states import GroundStates
from safemob.individual.ground.trajectory import TrajectorySmoother
from safemob.individual.image.detection import Detections
from safemob.individual.image.frame import Frame
from safemob.individual.image.rider import join_riders
from safemob.individual.image.tracking import GroundGatedTracker, Tracks
from safemob.individual.ports import Detector, Tracker
from safemob.individual.safety.conflict import Preset, assess
from safemob.individual.safety.encounter import Encounter, EncounterEngine, EncounterRules
from safemob.individual.safety.moment import Moment
from safemob.site import Site

__all__ = ["Pipeline"]

_MOST_WORKERS = 8
"""Each has a frame in work: more of them cost memory that few machines have inference speed for."""
_VAGUE_M = 5.0
"""A rough position less certain than this does not help to associate."""
_UNSEEN: Final = Detections(
    boxes=np.zeros((0, 4)),
    scores=np.zeros(0),
    classes=np.zeros(0, dtype=np.int64),
    cut=np.zeros(0, dtype=np.bool_),
)
_UNTRACKED: Final = Tracks(
    ids=_UNSEEN.classes, detections=_UNSEEN.classes, classes=_UNSEEN.classes, ended=_UNSEEN.classes
)
"""What is known of a frame that was not looked at."""


class Pipeline:
    """Carries frames of one camera through every stage. One instance per run; ids are local to it.

    Args:
        site: the calibrated site.
        detector: finds road users; called from several threads.
        preset: thresholds that tell conflicts.
        tracker: gives road users their ids; the project's own by default.
        workers: detections under way at once; one per processor by default, eight at most.
        draws: how often each encounter is measured again within its uncertainty, for its likelihood.
    """

    def __init__(
        self,
        site: Site,
        detector: Detector,
        *,
        preset: Preset,
        tracker: Tracker | None = None,
        workers: int | None = None,
        draws: int = 0,
    ) -> None:
        self._detector = detector
        self._preset = preset
        self._tracker = tracker or GroundGatedTracker()
        self._workers = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
        self._camera = Camera(site.camera)
        self._calibration = None if site.camera.covariance is None else np.array(site.camera.covariance)
        polygon = None if site.coverage_m is None else np.array(site.coverage_m, dtype=np.float64)
        self._coverage = Coverage(self._camera, polygon)
        self._entrants = Entrants(self._camera)
        self._smoother = TrajectorySmoother()
        self._engine = EncounterEngine(EncounterRules(draws=draws))
        self._shown: deque[tuple[float, Detections, Tracks]] = deque()

    def run(
        self, frames: Iterable[Frame], looks_at: Callable[[float], bool] = lambda _: True
    ) -> Generator[Moment, None, None]:
        """Every frame time once, in order; the end of the frames flushes what is still waiting.

        Args:
            frames: times strictly increasing over all of them.
            looks_at: asked once for every frame time, in order: whether to detect road users in that frame. At
                the others they are where their motion, smoothed over the frames around, has them.
        """
        for time_s, found in _detect_ahead(frames, looks_at, self._detector, self._workers):
            for states in self._pass(time_s) if found is None else self._follow(time_s, join_riders(found)):
                yield self._assess(states, self._engine.update(states))
        last: GroundStates | None = None
        for states in self._smoother.flush():
            if last is not None:
                yield self._assess(last, self._engine.update(last))
            last = states
        if last is not None:
            yield self._assess(last, [*self._engine.update(last), *self._engine.flush()])

    def _pass(self, time_s: float) -> list[GroundStates]:
        self._shown.append((time_s, _UNSEEN, _UNTRACKED))
        return self._smoother.skip(time_s)

    def _follow(self, time_s: float, found: Detections) -> list[GroundStates]:
        positions, covariances = locate(found.boxes, found.classes, self._camera)
        with np.errstate(invalid="ignore"):
            vague = found.cut | ~(np.trace(covariances, axis1=1, axis2=2) < _VAGUE_M**2)
        positions[vague], covariances[vague] = np.nan, np.nan
        tracks = self._tracker.update(found, positions, covariances, time_s)
        self._entrants.forget(tracks.ended)
        self._shown.append((time_s, found, tracks))
        return self._smoother.update(
            time_s, tracks.ids, tracks.classes, self._place(time_s, found, tracks), tracks.ended
        )

    def _place(self, time_s: float, found: Detections, tracks: Tracks) -> Footprints:
        """Footprints of the tracked boxes; NaN where they say too little, and outside the coverage."""
        m = len(tracks)
        positions, headings, sizes = np.full((m, 2), np.nan), np.full(m, np.nan), np.full((m, 3), np.nan)
        noise, bias = np.full((m, 2, 2), np.nan), np.full((m, 2, 2), np.nan)
        cut = found.cut[tracks.detections]
        for rows, estimate in ((~cut, estimate_footprints), (cut, estimate_footprints_of_parts)):
            some = np.flatnonzero(rows)
            boxes, classes = found.boxes[tracks.detections[some]], tracks.classes[some]
            expected = self._smoother.expect(time_s, tracks.ids[some], classes)
            if estimate is estimate_footprints_of_parts:
                self._entrants.tell_headings(tracks.ids[some], boxes, classes, expected)
                known = np.flatnonzero(np.isfinite(expected.headings))
                some, boxes, classes, expected = some[known], boxes[known], classes[known], expected.take(known)
            if not len(some):
                continue
            seen = estimate(boxes, classes, self._camera, expected, self._calibration)
            clear = ~cut[some] | (np.trace(seen.bias, axis1=1, axis2=2) < _VAGUE_M**2)
            usable = self._coverage.contains(seen.positions) & clear
            some = some[usable]
            positions[some], headings[some], sizes[some] = (
                seen.positions[usable],
                seen.headings[usable],
                seen.sizes[usable],
            )
            noise[some], bias[some] = seen.noise[usable], seen.bias[usable]
        return Footprints(positions=positions, headings=headings, sizes=sizes, noise=noise, bias=bias)

    def _assess(self, states: GroundStates, ended: Iterable[Encounter]) -> Moment:
        time_s, found, tracks = self._shown.popleft()
        if time_s != states.time_s:
            msg = f"states of {states.time_s} s met the boxes of {time_s} s"
            raise RuntimeError(msg)
        return Moment(
            time_s=time_s,
            states=states,
            looked_at=found is not _UNSEEN,
            boxes=found.boxes[tracks.detections],
            box_ids=tracks.ids,
            box_classes=tracks.classes,
            found=len(found),
            cut=int(np.count_nonzero(found.cut)),
            encounters=tuple((encounter, assess(encounter, self._preset)) for encounter in ended),
            excluded=tuple((pair, reason.value) for pair, reason in self._engine.take_excluded()),
        )


def _detect_ahead(
    frames: Iterable[Frame], looks_at: Callable[[float], bool], detector: Detector, workers: int
) -> Iterator[tuple[float, Detections | None]]:
    """Detections in the order of frames, None where nobody looks; a few in work at once: memory stays bounded."""
    pending: deque[tuple[float, Future[Detections] | None]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="detect")
    try:
        for frame in frames:
            looking = looks_at(frame.time_s)
            pending.append((frame.time_s, pool.submit(detector.detect, frame) if looking else None))
            while sum(future is not None for _, future in pending) > workers + 1:
                yield _collect(pending)
        while pending:
            yield _collect(pending)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _collect(pending: deque[tuple[float, Future[Detections] | None]]) -> tuple[float, Detections | None]:
    time_s, future = pending.popleft()
    return time_s, None if future is None else future.result()
