"""What the fast modes gain and what they cost, against the plain one: every frame, fp32, ONNX Runtime.

Usage: fast_mode.py [ROUNDS]. Writes `results/fast_mode.json`: frames/s of the whole job on a 1080p clip, beside
`yolo track` of Ultralytics; on real clips, how far every mode agrees with the plain one, which is not the truth; and
on a simulated intersection, how far modes that leave frames out are from the truth. Two rounds take about 20 minutes.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from math import isfinite
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from comparison import Comparison, EncounterPair, Run, compare
from job_usage import Usage, measure
from real_clips import CLIPS
from results import SHARED, Cell, Table, publish
from road_clip import MODEL, WEIGHTS, RoadClip, lengthen, make_clip, require_shared
from simulated_intersection import World, frame_times, make_camera_model, simulate, true_states
from ultralytics_track import TrackRun, ask_ultralytics

from safemob.adapters.detectors.network import Runtime
from safemob.adapters.detectors.onnx import OnnxDetector
from safemob.adapters.detectors.quantise import quantise_model
from safemob.adapters.site_file import load_site
from safemob.adapters.sources.picture import StillPicture
from safemob.adapters.sources.recording import Recording
from safemob.individual.image.detection import Detections
from safemob.individual.image.frame import Frame
from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.individual.safety.encounter import Encounter
from safemob.site import Fit, Site
from safemob.taxonomy import Severity
from safemob.units import Metres
from safemob.worker.cadence import Cadence
from safemob.worker.pipeline import Pipeline

__all__: list[str] = []

_ROUNDS: Final = 2
_LONGER: Final = 3
_HEIGHT: Final = 1080
_TRACK: Final = "yolo track, its defaults"
_CALIBRATION: Final = SHARED / "video" / "opencv4nodejs_traffic.mp4"
"""Another intersection and camera than those of the clips."""
_NEAR_S: Final = 5.0
"""A TTC above this in both runs is nobody's business."""
_WORLD: Final = World(users=15, duration_s=30.0)
_RATE_HZ: Final = 20.0
_SEEDS: Final = range(100, 108)
_BLANK: Final = StillPicture(image=np.zeros((2, 2, 3), dtype=np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mode:
    """A way to run the job."""

    detect_every: int = 1
    int8: bool = False
    runtime: Runtime = Runtime.ONNXRUNTIME

    @property
    def name(self) -> str:
        frames = {1: "every frame", 2: "every 2nd", 3: "every 3rd"}.get(
            self.detect_every, f"every {self.detect_every}th"
        )
        runtime = "ONNX Runtime" if self.runtime is Runtime.ONNXRUNTIME else "OpenVINO"
        numbers = "int8" if self.int8 else "bf16" if self.runtime is Runtime.OPENVINO_BF16 else "fp32"
        return f"{frames}, {numbers}, {runtime}"


_PLAIN: Final = _Mode()
_MODES: Final = (
    _PLAIN,
    _Mode(detect_every=2),
    _Mode(detect_every=3),
    _Mode(detect_every=4),
    _Mode(int8=True),
    _Mode(runtime=Runtime.OPENVINO),
    _Mode(runtime=Runtime.OPENVINO_BF16),
    _Mode(detect_every=2, int8=True),
    _Mode(detect_every=2, runtime=Runtime.OPENVINO_BF16),
    _Mode(detect_every=3, int8=True),
)


class _Speed(NamedTuple):
    """Of a whole job, in the long run."""

    frames_per_s: float
    cpu_ms: float


class _Script:
    """A detector that says again what another one has said."""

    def __init__(self, found: Mapping[float, Detections]) -> None:
        self._found = found

    def detect(self, frame: Frame) -> Detections:
        return self._found[frame.time_s]

    def run(self, site: Site, detect_every: int) -> Run:
        """The pipeline over all frames there are, looking at every Nth."""
        frames = (Frame(picture=_BLANK, time_s=time_s) for time_s in self._found)
        return Run.of(Pipeline(site, self, preset=SAFEMOB_1, workers=1).run(frames, Cadence(detect_every).looks_at))


def main() -> None:
    """Measure everything and publish it."""
    require_shared()
    rounds = int(sys.argv[1]) if sys.argv[1:] else _ROUNDS
    modes = [mode for mode in _MODES if mode.runtime is Runtime.ONNXRUNTIME or find_spec("openvino")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = quantise_model(MODEL, [_CALIBRATION], folder / "quantised.onnx")
        models = {False: MODEL, True: made.model}
        costs = _compare_modes(modes, models)
        clip = make_clip(folder, _HEIGHT)
        versions = ask_ultralytics(clip.video, WEIGHTS, 1).versions
        speeds = _race(modes, models, clip, rounds)
    publish(
        "fast_mode",
        "What looking at fewer frames, int8 and OpenVINO gain in frames/s of the whole job, and what they cost in "
        "boxes, positions and conflicts.",
        [_tabulate_speeds(speeds, rounds), *_tabulate_costs(costs, made.agreement.f1), *_tabulate_truth(_meet_truth())],
        versions=versions,
    )


def _race(modes: Sequence[_Mode], models: Mapping[bool, Path], clip: RoadClip, rounds: int) -> dict[str, _Speed]:
    """How fast every mode and yolo track are, from the least that each took in any round."""
    longer, outs = lengthen(clip, _LONGER), (clip.video.parent / f"out-{number}" for number in count())
    tracks: list[TrackRun] = []
    used: defaultdict[str, dict[int, list[Usage]]] = defaultdict(lambda: defaultdict(list))
    for turn in range(rounds):
        tracks.append(ask_ultralytics(clip.video, WEIGHTS))
        for mode in (*modes[turn:], *modes[:turn]):
            for each in (clip, longer):
                used[mode.name][each.frames].append(_analyse(mode, models[mode.int8], each, next(outs)))
    more = longer.frames - clip.frames
    speeds = {_TRACK: _Speed(max(t.frames_per_s for t in tracks), min(1000 * t.cpu_s / t.frames for t in tracks))}
    for name, usages in used.items():
        (once_s, once_cpu_s), (longer_s, longer_cpu_s) = (
            (min(each.wall_s for each in usages[frames]), min(each.cpu_s for each in usages[frames]))
            for frames in (clip.frames, longer.frames)
        )
        speeds[name] = _Speed(more / (longer_s - once_s), 1000 * (longer_cpu_s - once_cpu_s) / more)
    return speeds


def _analyse(mode: _Mode, model: Path, clip: RoadClip, out: Path) -> Usage:
    command = [sys.executable, "-m", "safemob", "analyse", str(clip.video), "--site", str(clip.site)]
    command += ["--model", str(model), "--out", str(out), "--detect-every", str(mode.detect_every)]
    return measure([*command, "--runtime", mode.runtime.value])


def _compare_modes(modes: Sequence[_Mode], models: Mapping[bool, Path]) -> dict[str, Comparison]:
    """Every mode against the plain one, over all clips."""
    sites = {
        clip: load_site(Path(__file__).parents[1] / "calibration" / f"{CLIPS[clip]['site']}.toml") for clip in CLIPS
    }
    scripts: dict[tuple[bool, Runtime], dict[str, _Script]] = {}
    runs: dict[_Mode, dict[str, Run]] = {}
    for mode in modes:
        key = (mode.int8, mode.runtime)
        if key not in scripts:
            detector = OnnxDetector(models[mode.int8], runtime=mode.runtime)
            scripts[key] = {clip: _detect(detector, clip, site) for clip, site in sites.items()}
        runs[mode] = {clip: script.run(sites[clip], mode.detect_every) for clip, script in scripts[key].items()}
    return {mode.name: compare((runs[_PLAIN][clip], run) for clip, run in runs[mode].items()) for mode in modes}


def _detect(detector: OnnxDetector, clip: str, site: Site) -> _Script:
    footage = [SHARED / "video" / name for name in CLIPS[clip]["files"]]
    recording = Recording.open(footage, time_zone=ZoneInfo(site.time_zone))
    frames = (frame for file in recording.files for frame in file.open().frames())
    return _Script({frame.time_s: detector.detect(frame) for frame in frames})


def _meet_truth() -> dict[int, Comparison]:
    """By N, what is found on simulated scenes against what is there."""
    site = Site(
        id="simulated",
        name="Simulated intersection",
        time_zone="UTC",
        camera=make_camera_model(),
        reference_points=(),
        fit=Fit(residual_rms_m=Metres(0.0), leave_one_out_rms_m=None, method="simulated"),
    )
    times = frame_times(_RATE_HZ, _WORLD.duration_s)
    scenes = []
    for seed in _SEEDS:
        script = _Script({each.time_s: each.detections for each in simulate(_WORLD, times, seed)})
        scenes.append((Run.of_truth(true_states(_WORLD, times, seed)), script))
    return {n: compare((truth, script.run(site, n)) for truth, script in scenes) for n in (1, 2, 3, 4)}


def _tabulate_speeds(speeds: Mapping[str, _Speed], rounds: int) -> Table:
    plain, track = speeds[_PLAIN.name].frames_per_s, speeds[_TRACK].frames_per_s
    return Table(
        title=f"Frames per second of the whole job, {_HEIGHT}p",
        columns=["mode", "frames/s", "÷ plain", "÷ yolo track", "CPU ms/frame"],
        rows=[
            [
                name,
                round(speed.frames_per_s, 1),
                round(speed.frames_per_s / plain, 2),
                round(speed.frames_per_s / track, 2),
                round(speed.cpu_ms, 1),
            ]
            for name, speed in speeds.items()
        ],
        note=f"From the least of {rounds} rounds in turns. YOLOv8n at 640 × 384 for every mode; yolo track runs the "
        f"same weights at its own defaults. What {_LONGER - 1} more passes over a clip of 400 frames cost the command: "
        "start-up and report are not in it.",
    )


def _tabulate_costs(costs: Mapping[str, Comparison], int8_f1: float) -> list[Table]:
    clips = f"{len(CLIPS)} clips of two calibrated intersections, {costs[_PLAIN.name].users[0]} road users"
    seen, met = [], []
    for name, cost in costs.items():
        seen.append(
            [name, round(cost.box_f1, 3), *_spread(cost.apart_m, 2), *_spread(cost.apart_mps, 2), cost.users[1]]
        )
        met.append([name, *_tabulate_meetings(cost.encounters)])
    against = f"Against plain mode ({_PLAIN.name}), which is not the truth. {clips}."
    return [
        Table(
            title="Boxes and positions, against plain mode",
            columns=[
                "mode",
                "boxes, F1 at IoU 0.5",
                "position, median m",
                "p95 m",
                "velocity, median m/s",
                "p95 m/s",
                "road users",
            ],
            rows=seen,
            note=f"{against} Boxes are those of tracked road users in every frame, of the same class; between two "
            "looks they are interpolated. Positions and velocities: of road users paired by place at one time. The "
            f"int8 model was made from footage of another camera (F1 {int8_f1:.3f} there, frame by frame).",
        ),
        Table(
            title="Encounters and conflicts, against plain mode",
            columns=["mode", *_MEETINGS],
            rows=met,
            note=f"{against} In both / in plain mode only / in this mode only. Differences are of encounters in both.",
        ),
    ]


def _tabulate_truth(truth: Mapping[int, Comparison]) -> list[Table]:
    rows = []
    for n, found in truth.items():
        apart, rmse = np.array(found.apart_m), float(np.sqrt(np.mean(np.square(found.apart_mps))))
        share = round(100 * len(apart) / found.states, 1)
        place: list[Cell] = [
            share,
            round(float(apart.mean()), 2),
            round(float(np.percentile(apart, 95)), 2),
            round(rmse, 2),
        ]
        rows.append([str(n), *place, *_tabulate_meetings(found.encounters)])
    scenes = f"{len(_SEEDS)} scenes of {_WORLD.duration_s:g} s with {_WORLD.users} road users at {_RATE_HZ:g} frames/s"
    return [
        Table(
            title="A simulated intersection, against the truth",
            columns=["every Nth", "found, %", "position MAE, m", "p95 m", "velocity RMSE, m/s", *_MEETINGS],
            rows=rows,
            note=f"{scenes}: jitter, misses, occlusion, clutter. Encounters: found / missed / not there in truth "
            "(false tracks, or one road user as two). Nobody brakes or swerves for anybody here.",
        )
    ]


_MEETINGS: Final = ("encounters", "conflicts", "ΔTTC, median s", "ΔTTC, max s", "ΔPET, median s", "ΔPET, max s")


def _tabulate_meetings(pairs: Sequence[EncounterPair]) -> list[Cell]:
    both = [(pair.one[0], pair.other[0]) for pair in pairs if pair.one is not None and pair.other is not None]
    ttc = _differ((one.ttc_min_s, other.ttc_min_s) for one, other in both if _comes_near(one, other))
    pet = _differ((abs(one.pet_s), abs(other.pet_s)) for one, other in both)
    cells: list[Cell] = [_count(pairs, Severity.NONE), _count(pairs, Severity.CONFLICT)]
    for differences in (ttc, pet):
        cells += [round(median(differences), 2), round(max(differences), 2)] if differences else [None, None]
    return cells


def _comes_near(one: Encounter, other: Encounter) -> bool:
    return min(one.ttc_min_s, other.ttc_min_s) <= _NEAR_S


def _differ(pairs: Iterable[tuple[float, float]]) -> list[float]:
    return [abs(one - other) for one, other in pairs if isfinite(one) and isfinite(other)]


def _count(pairs: Iterable[EncounterPair], least: Severity) -> str:
    told = [tuple(each is not None and each[1] >= least for each in pair) for pair in pairs]
    return f"{told.count((True, True))} / {told.count((True, False))} / {told.count((False, True))}"


def _spread(values: Sequence[float], digits: int) -> list[Cell]:
    """Median and 95th percentile."""
    return [round(float(np.percentile(values, share)), digits) for share in (50, 95)]


if __name__ == "__main__":
    main()
