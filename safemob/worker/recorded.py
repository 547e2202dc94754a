"""A recording from end to end: every file through the pipeline, one finished part per file, results at the end.

A file is finished when everything up to its end has come out of the pipeline, seconds after its last frame went
in; then its part is written, whole. A job that was stopped takes up its finished parts and replays the end of the
last finished file, so that the road users under way at the seam are known again.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from safemob.adapters.sources.recording import RecordedFile, Recording
from safemob.adapters.sources.video_file import VideoFile
from safemob.aggregate.analysis import Analysis, FileQuality, Method
from safemob.aggregate.interval import RecordingClock
from safemob.disclosure import TrafficTally, release_local
from safemob.errors import VideoError
from safemob.individual.ephemeral import Ephemeral
from safemob.individual.image.frame import Frame
from safemob.individual.ports import Detector
from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.individual.safety.encounter import Encounter
from safemob.individual.safety.moment import Moment
from safemob.site import Site
from safemob.taxonomy import Severity
from safemob.worker.cadence import Cadence
from safemob.worker.pipeline import Pipeline

if TYPE_CHECKING:
    from safemob.adapters.overlay import Overlay

__all__ = ["Progress", "RecordedRun"]

_REPLAY_S = 60.0
_GAP_S = 1.0
"""Frames further apart than this leave a stretch that was not observed."""

_REPORTED_WITHIN_S = 600.0
"""No encounter is reported later than this after its decisive moment."""

Progress = Callable[[float, int], None]
"""Told now and then: where on the recording's clock decoding is, s, and how many frames that took."""


@dataclass(slots=True, kw_only=True, repr=False, eq=False)
class _FileRun(Ephemeral):
    """What becomes of one file while it goes through the pipeline."""

    file: RecordedFile
    video: VideoFile | None = None
    stretches: list[tuple[float, float]] = field(default_factory=list)
    shown: list[tuple[float, float]] = field(default_factory=list)
    frames: int = 0
    frames_looked_at: int = 0
    boxes: int = 0
    boxes_cut: int = 0
    encounters: list[tuple[Encounter, Severity]] = field(default_factory=list)
    exclusions: list[tuple[str, float]] = field(default_factory=list)

    def see(self, frame: Frame) -> None:
        """Note a decoded frame."""
        self.frames += 1
        time_s = frame.time_s
        if self.file.times is not None and frame.media_s is not None:
            self.shown.append((time_s, frame.media_s))
        if self.stretches and time_s - self.stretches[-1][1] <= _GAP_S:
            self.stretches[-1] = (self.stretches[-1][0], time_s)
        else:
            self.stretches.append((time_s, time_s))

    def list_observed(self, step_s: float) -> list[tuple[float, float]]:
        """(start, end) of what was seen: a frame stands for a step, unless the next one comes sooner.

        Raises:
            VideoError: if nothing was seen.
        """
        if not self.stretches:
            remedy = "leave it out" if self.file.until_s is None else "leave it out, or correct the files' times"
            msg = f"{self.file.path} has no picture that can be used: {remedy}"
            raise VideoError(msg)
        limits = [start_s for start_s, _ in self.stretches[1:]]
        limits.append(inf if self.file.until_s is None else self.file.until_s)
        ends = (min(end_s + step_s, limit_s) for (_, end_s), limit_s in zip(self.stretches, limits, strict=True))
        return [(start_s, end_s) for (start_s, _), end_s in zip(self.stretches, ends, strict=True)]

    def take(self, moment: Moment) -> None:
        """Note what came out of the pipeline."""
        self.frames_looked_at += moment.looked_at
        self.boxes += moment.found
        self.boxes_cut += moment.cut
        self.encounters.extend(moment.encounters)
        self.exclusions.extend((reason, moment.time_s) for _, reason in moment.excluded)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RecordedRun:
    """One pass over the files of a recording.

    Attributes:
        recording: the files, on one clock.
        site: the calibrated site.
        detector: finds road users.
        clock: the counting intervals.
        method: what the results say about how they were made.
        keep: called with the index and the analysis of every file as soon as it is finished.
        progress: told how far decoding is.
        detect_every: road users are looked for in every Nth frame.
        overlay: where to write the overlay; None for none.
    """

    recording: Recording
    site: Site
    detector: Detector
    clock: RecordingClock
    method: Method
    keep: Callable[[int, Analysis], None]
    progress: Progress
    detect_every: int = 1
    overlay: Path | None = None

    def go(self, first: int) -> None:
        """Analyse the files from index `first` on; those before are finished.

        Raises:
            SafemobError: if a file cannot be read to its end, or results cannot be written.
        """
        files = self.recording.files
        replayed = max(0, first - 1)
        runs = [_FileRun(file=file) for file in files]
        pipeline = Pipeline(self.site, self.detector, preset=SAFEMOB_1)
        traffic = TrafficTally(files[replayed].open().recorded, around_m=self.site.camera.position_m[:2])
        index = replayed
        with ExitStack() as stack:
            overlay = self._open_overlay(stack)
            moments = pipeline.run(self._frames(runs, replayed, first), self._make_cadence().looks_at)
            stack.callback(moments.close)
            for moment in moments:
                while index + 1 < len(files) and moment.time_s >= files[index + 1].start_s:
                    traffic = self._finish(index, first, runs, traffic)
                    index += 1
                runs[index].take(moment)
                traffic.add(moment.states, looked_at=moment.looked_at)
                if overlay is not None:
                    overlay.add(moment)
        traffic.close()
        for rest in range(index, len(files)):
            traffic = self._finish(rest, first, runs, traffic)

    def _make_cadence(self) -> Cadence:
        """One that begins anew with every file, and wherever a resumed job would begin."""
        starts_s = [file.start_s for file in self.recording.files]
        return Cadence(self.detect_every, sorted({*starts_s, *(start_s - _REPLAY_S for start_s in starts_s[1:])}))

    def _frames(self, runs: list[_FileRun], replayed: int, first: int) -> Iterator[Frame]:
        decoded = 0
        for index in range(replayed, len(runs)):
            run = runs[index]
            run.video = run.file.open()
            from_s = 0.0
            if index < first:
                from_s = self.recording.files[index + 1].start_s - _REPLAY_S
            for frame in run.video.frames(from_s):
                run.see(frame)
                decoded += 1
                yield frame
                self.progress(frame.time_s, decoded)

    def _finish(self, index: int, first: int, runs: list[_FileRun], traffic: TrafficTally) -> TrafficTally:
        """Hand the file's results over the line; those still in view go on into the next file."""
        following, run = traffic.hand_over(), runs[index]
        if index >= first and run.video is not None:
            quality = run.video.quality
            step_s = quality.median_interval_s
            observed_s = run.list_observed(step_s)
            analysis = release_local(
                run.video.recorded,
                clock=self.clock,
                locate=lambda time_s: _locate(runs, time_s),
                observed_s=observed_s,
                traffic=traffic,
                encounters=run.encounters,
                exclusions=run.exclusions,
                quality=FileQuality(
                    file=run.file.path.name,
                    start_s=observed_s[0][0],
                    end_s=observed_s[-1][1],
                    frames=run.frames,
                    frames_looked_at=run.frames_looked_at,
                    frame_interval_median_s=step_s if run.frames > 1 else None,
                    gap_max_s=quality.largest_gap_s if run.frames > 1 else None,
                    frames_dropped=quality.frames_dropped_for_time + quality.frames_damaged,
                    boxes=run.boxes,
                    boxes_cut=run.boxes_cut,
                    missing_end_s=quality.missing_end_s,
                ),
                method=self.method,
            )
            self.keep(index, analysis)
        run.encounters.clear()
        run.exclusions.clear()
        for earlier in runs[:index]:
            if (earlier.file.until_s or inf) < (run.file.until_s or inf) - _REPORTED_WITHIN_S:
                earlier.shown.clear()
        return following

    def _open_overlay(self, stack: ExitStack) -> "Overlay | None":
        if self.overlay is None:
            return None
        from safemob.adapters.overlay import Overlay  # noqa: PLC0415  (heavy, and only some want one)

        files = self.recording.files
        again = (frame for file in files for frame in file.open().frames())
        return stack.enter_context(Overlay(self.overlay, files[0].open().recorded, self.site, again))


def _locate(runs: list[_FileRun], time_s: float) -> tuple[str, float]:
    """The file that shows a moment, and where in it: by its time stamps, which a side file may contradict."""
    run = [run for run in runs if run.file.start_s <= time_s or run is runs[0]][-1]
    if not run.shown:
        return run.file.path.name, time_s - run.file.start_s
    times, shown = zip(*run.shown, strict=True)
    return run.file.path.name, float(np.interp(time_s, times, shown))
