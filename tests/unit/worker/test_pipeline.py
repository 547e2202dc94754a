"""The pipeline over a scripted detector: one car that crosses the simulated intersection, seen without a fault."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from simulated_intersection import make_camera_model

from safemob.adapters.sources.picture import StillPicture
from safemob.individual.arrays import Floats
from safemob.individual.ground.body import CORNERS, SIZE_MEANS
from safemob.individual.ground.camera import Camera
from safemob.individual.image.detection import Detections
from safemob.individual.image.frame import Frame
from safemob.individual.safety.conflict import SAFEMOB_1
from safemob.individual.safety.moment import Moment
from safemob.site import Fit, Site
from safemob.taxonomy import RoadUserClass
from safemob.units import Metres
from safemob.worker.cadence import Cadence
from safemob.worker.pipeline import Pipeline

SITE = Site(
    id="simulated",
    name="Simulated",
    time_zone="UTC",
    camera=make_camera_model(),
    reference_points=(),
    fit=Fit(residual_rms_m=Metres(0.05), leave_one_out_rms_m=None, method="simulated"),
)
BLANK = StillPicture(image=np.zeros((2, 2, 3), np.uint8))  # the detector goes by the time of a frame
SPEED_MPS = 8.0
REGULAR = np.arange(0.0, 4.0, 0.05)
IRREGULAR = np.cumsum(np.random.default_rng(3).uniform(0.02, 0.07, 90))


class DrivingCar:
    """A detector that sees one car drive along x, and remembers at what times it was asked."""

    def __init__(self) -> None:
        self._camera = Camera(SITE.camera)
        self.asked: list[float] = []

    def detect(self, frame: Frame) -> Detections:
        """The box of the car as the frame's time has it."""
        self.asked.append(frame.time_s)
        body = CORNERS[RoadUserClass.CAR] * SIZE_MEANS[RoadUserClass.CAR]
        pixels = self._camera.project(body + np.array([SPEED_MPS * frame.time_s - 12.0, 2.0, 0.0]))
        return Detections(
            boxes=np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])[None],
            scores=np.array([0.9]),
            classes=np.array([int(RoadUserClass.CAR)]),
            cut=np.array([False]),
        )


def run(times: Floats, every: int, detector: DrivingCar | None = None) -> list[Moment]:
    """What the pipeline gives out."""
    frames = [Frame(picture=BLANK, time_s=time_s) for time_s in times.tolist()]
    pipeline = Pipeline(SITE, detector or DrivingCar(), preset=SAFEMOB_1, workers=2)
    return list(pipeline.run(frames, Cadence(every).looks_at))


@pytest.mark.parametrize("times", [REGULAR, IRREGULAR], ids=["regular", "irregular"])
@pytest.mark.parametrize("every", [1, 2, 3])
def test_every_frame_is_given_out_once_and_every_nth_looked_at(times: Floats, every: int) -> None:
    detector = DrivingCar()
    moments = run(times, every, detector)
    assert [moment.time_s for moment in moments] == times.tolist()
    looks = [moment.time_s for moment in moments if moment.looked_at]
    assert looks == times[::every].tolist() == sorted(detector.asked)
    assert all(moment.found == moment.looked_at for moment in moments)


@pytest.mark.parametrize("times", [REGULAR, IRREGULAR], ids=["regular", "irregular"])
def test_road_user_moves_on_between_two_looks(times: Floats) -> None:
    moments = [moment for moment in run(times, 3) if len(moment.states)]
    looks = [index for index, moment in enumerate(moments) if moment.looked_at]
    assert len(looks) > 15
    for first, last in pairwise(looks):
        places = [moment.states.positions[0, 0] for moment in moments[first : last + 1]]
        assert len(places) == 4
        assert places == sorted(places)
        assert not any(moment.states.observed.any() for moment in moments[first + 1 : last])
    off = [moment.states.positions[0] - [SPEED_MPS * moment.time_s - 12.0, 2.0] for moment in moments]
    assert np.linalg.norm(off, axis=1).max() < 0.5


@pytest.mark.parametrize("every", [2, 4])
def test_one_road_user_stays_one(every: int) -> None:
    assert {each for moment in run(REGULAR, every) for each in moment.states.ids.tolist()} == {1}


def test_no_state_is_given_out_beyond_the_last_look() -> None:
    moments = run(REGULAR[:43], 4)
    assert not moments[-1].looked_at
    assert [moment.looked_at for moment in moments if len(moment.states)][-1]
    assert not len(moments[-1].states)


def test_detections_run_side_by_side_however_many_frames_lie_between() -> None:
    together = threading.Barrier(2)

    class Waiting(DrivingCar):
        def detect(self, frame: Frame) -> Detections:
            together.wait(timeout=5)  # breaks, and fails the run, if the other worker has nothing to do
            return super().detect(frame)

    assert len(run(REGULAR, 4, Waiting())) == len(REGULAR)
