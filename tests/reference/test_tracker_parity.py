"""ByteTrack of the `trackers` package is the oracle; `benchmarks/tracking.py` asks it and writes what it answers."""

import json
from pathlib import Path

import numpy as np
import pytest
from identity import shared_partition
from simulated_intersection import parity_scenes, track

from safemob.individual.image.tracking import TrackingRules

EXPECTED = json.loads((Path(__file__).parent / "data" / "tracker_parity.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXPECTED["scenes"])
def test_easy_scenes_are_partitioned_into_the_tracks_that_bytetrack_finds(name: str) -> None:
    scene, expected = parity_scenes()[name], np.array(EXPECTED["scenes"][name])
    # the package believes a track after three detections; so do we here, whatever time they span
    ours = np.concatenate(track(scene, TrackingRules(confirm_span_s=0.0)))
    assert len(ours) == len(expected), "the simulation has changed: run benchmarks/tracking.py"
    assert shared_partition(ours, expected) >= 0.99
