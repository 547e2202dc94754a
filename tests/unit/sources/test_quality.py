"""The tally: which times are taken, which dropped, which refused, and the numbers at the end."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemob.adapters.sources.quality import FrameTally
from safemob.errors import VideoError


def test_gaps_stay_and_the_median_tells_the_usual_interval() -> None:
    tally = FrameTally(Path("a.mp4"))
    assert all(tally.accept(t) for t in (0.0, 0.04, 0.08, 60.0, 60.05))
    quality = tally.summarise()
    assert quality.largest_gap_s == pytest.approx(59.92)
    assert quality.median_interval_s == pytest.approx(0.04)


def test_repeated_and_slightly_early_times_are_dropped_and_counted() -> None:
    tally = FrameTally(Path("a.mp4"))
    assert [tally.accept(t) for t in (5.0, 5.0, 4.0, 5.1)] == [True, False, False, True]
    assert tally.summarise().frames_dropped_for_time == 2


def test_clock_set_back_is_refused_with_file_and_place() -> None:
    tally = FrameTally(Path("a.mp4"))
    tally.accept(5.0)
    with pytest.raises(VideoError, match=r"a\.mp4: time stamps jump back by 1\.10 s at 5\.00 s"):
        tally.accept(3.9)


def test_missing_end_is_told_from_the_last_frame_lasting_an_interval() -> None:
    whole, cut = FrameTally(Path("a.mp4")), FrameTally(Path("b.mp4"))
    for tally in (whole, cut):
        for i in range(100):
            tally.accept(i * 0.04)
    whole.close(4.0)
    cut.close(8.0)
    assert whole.summarise().missing_end_s == 0.0
    assert cut.summarise().missing_end_s == pytest.approx(4.04)


def test_nothing_seen_gives_zeros() -> None:
    tally = FrameTally(Path("a.mp4"))
    tally.close(None)
    assert tally.summarise().median_interval_s == 0.0


@given(st.lists(st.floats(min_value=0.0, max_value=0.9), min_size=1))
def test_accepted_times_strictly_increase_whatever_comes(times_s: list[float]) -> None:
    tally = FrameTally(Path("a.mp4"))
    accepted = [t for t in times_s if tally.accept(t)]
    assert all(a < b for a, b in pairwise(accepted))
    assert len(accepted) + tally.dropped_for_time == len(times_s)
