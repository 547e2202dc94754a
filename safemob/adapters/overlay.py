"""The overlay: what the pipeline saw, drawn into recorded footage for the eye. One of two exceptions to the line.

The pipeline gives a moment out seconds after its frame, and an encounter seconds after its decisive moment, so the
overlay decodes the footage a second time and draws with a delay: what is shown belongs to the frame it is shown on.
In a frame that was not looked at, boxes are drawn between those before and after it, and the frame says so.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import av
import cv2
import numpy as np
import supervision as sv

from safemob.adapters.whole_files import check_target, move_into_place
from safemob.errors import OutputError
from safemob.individual.arrays import Floats, Image
from safemob.individual.ground.camera import Camera
from safemob.individual.image.frame import Frame
from safemob.individual.ports import RecordedSource, require_recorded
from safemob.individual.safety.encounter import Encounter
from safemob.individual.safety.moment import Moment, fill_in
from safemob.site import Site
from safemob.taxonomy import RoadUserClass, Severity

__all__ = ["Overlay"]

_DELAY_S = 10.0
"""Encounters are known to have ended within this time of their decisive moment; later ones are not drawn."""
_SHOWN_S = 1.0
"""An encounter is marked this long before and after its decisive moment."""
_TICKS = 90_000
_COLORS = ("#ffd166", "#06d6a0", "#c77dff", "#2ec4b6", "#4cc9f0", "#f4a261", "#ff6b6b", "#adb5bd")
_MARKS = {Severity.RECORD: (0, 200, 255), Severity.CONFLICT: (0, 120, 255), Severity.SERIOUS: (40, 40, 230)}


class Overlay:
    """Writes an H.264 file with boxes, ids, footprints, speeds and encounters drawn in.

    Args:
        path: where to write; nothing is left there unless the overlay is finished.
        recorded: proof that the footage was recorded.
        site: the calibrated site.
        frames: the same frames that the pipeline was given, from the beginning.

    Raises:
        TypeError: without a real `RecordedSource`.
        OutputError: if the file cannot be written.
    """

    def __init__(self, path: Path, recorded: RecordedSource, site: Site, frames: Iterator[Frame]) -> None:
        require_recorded(recorded, "an overlay")
        check_target(path)
        self._path = path
        self._part = path.with_name(f".{path.stem}.part{path.suffix}")
        self._camera = Camera(site.camera)
        self._frames = frames
        self._waiting: deque[Moment] = deque()
        self._looked: Moment | None = None
        self._encounters: list[tuple[Encounter, Severity]] = []
        self._last_pts = -1
        palette = sv.ColorPalette.from_hex(list(_COLORS))
        self._boxes = sv.BoxAnnotator(color=palette, thickness=1)
        self._labels = sv.LabelAnnotator(
            color=palette, text_color=sv.Color.BLACK, text_scale=0.35, text_padding=2, text_thickness=1
        )
        self._traces = sv.TraceAnnotator(
            color=palette, position=sv.Position.BOTTOM_CENTER, trace_length=40, thickness=1
        )
        try:
            self._container = av.open(str(self._part), mode="w", format="mp4")
        except (OSError, av.FFmpegError) as error:
            msg = f"the overlay cannot be written to {path}: {error.strerror or error}"
            raise OutputError(msg) from None
        self._stream = self._container.add_stream("libx264", options={"crf": "23", "preset": "veryfast"})
        self._stream.width, self._stream.height = site.camera.width_px // 2 * 2, site.camera.height_px // 2 * 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = self._stream.codec_context.time_base = Fraction(1, _TICKS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            with suppress(OSError, av.FFmpegError):  # a full disk has been told already
                self._container.close()
            self._part.unlink(missing_ok=True)

    def add(self, moment: Moment) -> None:
        """Take in one moment; frames are drawn as soon as their encounters are known."""
        self._waiting.append(moment)
        self._encounters.extend(each for each in moment.encounters if each[1] > Severity.NONE)
        while self._waiting and moment.time_s - self._waiting[0].time_s > _DELAY_S:
            self._draw(self._waiting.popleft())

    def _finish(self) -> None:
        while self._waiting:
            self._draw(self._waiting.popleft())
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except (OSError, av.FFmpegError) as error:
            self._fail(error)
        move_into_place(self._part, self._path)

    def _fail(self, error: OSError | av.FFmpegError) -> NoReturn:
        msg = f"the overlay cannot be written to {self._path}: {error.strerror or error}"
        raise OutputError(msg) from None

    def _draw(self, moment: Moment) -> None:
        frame = next(self._frames, None)
        while frame is not None and frame.time_s < moment.time_s:
            frame = next(self._frames, None)
        if frame is None:
            return
        picture = frame.picture.to_bgr().copy()
        self._draw_footprints(picture, moment)
        self._draw_users(picture, self._fill_in(moment))
        self._encounters = [each for each in self._encounters if each[0].time_s > moment.time_s - _SHOWN_S]
        for encounter, severity in self._encounters:
            if abs(encounter.time_s - moment.time_s) <= _SHOWN_S:
                self._draw_encounter(picture, encounter, severity)
        cv2.putText(
            picture,
            f"{moment.time_s:8.2f} s" + ("" if moment.looked_at else "  boxes interpolated"),
            (6, picture.shape[0] - 8),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.45,
            (255, 255, 255),
            1,
            cv2.LINE_AA,
        )
        self._encode(picture, moment.time_s)

    def _fill_in(self, moment: Moment) -> Moment:
        """The moment with boxes: its own, or, between two looks, what both of them tell of it."""
        if moment.looked_at:
            self._looked = moment
            return moment
        after = next((each for each in self._waiting if each.looked_at), None)
        return moment if self._looked is None or after is None else fill_in(moment, self._looked, after)

    def _encode(self, picture: Image, time_s: float) -> None:
        cropped = picture[: self._stream.height, : self._stream.width]
        out = av.VideoFrame.from_ndarray(np.ascontiguousarray(cropped), format="bgr24")
        out.pts = max(self._last_pts + 1, round(time_s * _TICKS))
        self._last_pts = out.pts
        out.time_base = Fraction(1, _TICKS)
        try:
            self._container.mux(self._stream.encode(out))
        except (OSError, av.FFmpegError) as error:
            self._fail(error)

    def _draw_users(self, picture: Image, moment: Moment) -> None:
        if not len(moment.box_ids):
            return
        seen = sv.Detections(
            xyxy=moment.boxes.astype(np.float32),
            class_id=moment.box_classes.astype(int),
            tracker_id=moment.box_ids.astype(int),
        )
        speeds = dict(zip(moment.states.ids.tolist(), np.hypot(*moment.states.velocities.T).tolist(), strict=True))
        labels = [
            f"{RoadUserClass(code).label} {each}" + (f" {3.6 * speeds[each]:.0f} km/h" if each in speeds else "")
            for each, code in zip(moment.box_ids.tolist(), moment.box_classes.tolist(), strict=True)
        ]
        self._traces.annotate(picture, seen)
        self._boxes.annotate(picture, seen)
        self._labels.annotate(picture, seen, labels=labels)

    def _draw_footprints(self, picture: Image, moment: Moment) -> None:
        states = moment.states
        for row, code in enumerate(states.classes.tolist()):
            corners = _rectangle(states.positions[row], states.headings[row], states.lengths[row], states.widths[row])
            pixels = self._camera.project(np.column_stack([corners, np.zeros(len(corners))]))
            if not np.isfinite(pixels).all():
                continue
            color = sv.Color.from_hex(_COLORS[code]).as_bgr()
            outline = np.round(pixels[:4]).astype(np.int32)
            cv2.polylines(picture, [outline], isClosed=True, color=color, thickness=1, lineType=cv2.LINE_AA)
            middle, nose = np.round(pixels[4:]).astype(int)
            cv2.line(picture, middle.tolist(), nose.tolist(), color, 1, cv2.LINE_AA)

    def _draw_encounter(self, picture: Image, encounter: Encounter, severity: Severity) -> None:
        place = self._camera.project(np.array([[*encounter.place_m, 0.0]]))[0]
        if not np.isfinite(place).all():
            return
        centre = (round(place[0]), round(place[1]))
        color = _MARKS[severity]
        cv2.circle(picture, centre, 16, color, 2, cv2.LINE_AA)
        numbers = [
            f"{name} {value:.1f} s"
            for name, value in (("TTC", encounter.ttc_min_s), ("PET", encounter.pet_s))
            if isfinite(value)
        ]
        text = " ".join([severity.label, *numbers])
        cv2.putText(picture, text, (centre[0] + 20, centre[1]), cv2.FONT_HERSHEY_SIMPLEX, 0.45, color, 1, cv2.LINE_AA)


def _rectangle(centre: Floats, heading: float, length: float, width: float) -> Floats:
    """(6, 2) four corners, the centre and the middle of the front edge."""
    unit = np.array([[0.5, 0.5], [0.5, -0.5], [-0.5, -0.5], [-0.5, 0.5], [0.0, 0.0], [0.5, 0.0]])
    body = unit * np.array([length, width])
    cosine, sine = np.cos(heading), np.sin(heading)
    turned: Floats = centre + body @ np.array([[cosine, sine], [-sine, cosine]])
    return turned
