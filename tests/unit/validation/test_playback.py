"""A made-up film through the pipeline, with truth in place of more and more of it."""

from pathlib import Path

import numpy as np
import pytest

from safemob.site import Site
from safemob.taxonomy import Severity
from safemob.validation.boxes import BoxFindings, judge_boxes
from safemob.validation.expected import Expected
from safemob.validation.ground import StateErrors, judge_states
from safemob.validation.identity import compare_identities
from safemob.validation.meetings import judge_encounters
from safemob.validation.owners import Owners
from safemob.validation.playback import Played, play
from safemob.validation.stand_ins import TrueDetector
from safemob.validation.truth_from import TruthFrom

FROM_TRUTH = [TruthFrom.DETECTIONS, TruthFrom.TRACKS, TruthFrom.TRAJECTORIES]


@pytest.fixture(scope="module", params=FROM_TRUTH)
def played(request: pytest.FixtureRequest, folder: Path, site: Site, expected: Expected) -> tuple[TruthFrom, Played]:
    truth_from: TruthFrom = request.param
    return truth_from, play(folder / "film.mp4", site, expected, TrueDetector(expected), truth_from)


def find_owner(truth_from: TruthFrom, owners: Owners, track: int, time_s: float) -> int:
    return track - 1 if truth_from is TruthFrom.TRAJECTORIES else owners.find(track, time_s)


def test_every_frame_comes_out_once(played: tuple[TruthFrom, Played], expected: Expected) -> None:
    _, film = played
    assert [moment.time_s for moment in film.moments] == pytest.approx([frame.time_s for frame in expected.frames])


def test_the_near_miss_is_found_and_measured(played: tuple[TruthFrom, Played], expected: Expected) -> None:
    truth_from, film = played
    owners = Owners(expected, film.moments)
    meetings, strays = judge_encounters(
        expected, film.encounters, lambda track, time_s: find_owner(truth_from, owners, track, time_s), lambda *_: ""
    )
    crossing, passing = meetings
    assert not strays
    assert (crossing.users, crossing.found_severity) == (("car", "rider"), Severity.SERIOUS)
    assert crossing.pet_error_s == pytest.approx(0.0, abs=1e-3 if truth_from is TruthFrom.TRAJECTORIES else 0.15)
    assert crossing.likelihood == 1.0
    assert not passing.is_found_conflict


def test_perfect_detections_are_all_right(folder: Path, site: Site, expected: Expected) -> None:
    film = play(folder / "film.mp4", site, expected, TrueDetector(expected), TruthFrom.DETECTIONS)
    found = BoxFindings.join(
        [
            judge_boxes(expected.at(look.time_s), look.detections.boxes, look.detections.classes, look.places, (0, 0))
            for look in film.looks
        ]
    )
    assert len(found.classes) == sum(frame.wanted.sum() for frame in expected.frames)
    assert (found.overlaps > 0.999).all()
    assert found.right.all()


def test_true_tracks_keep_every_identity(folder: Path, site: Site, expected: Expected) -> None:
    film = play(folder / "film.mp4", site, expected, TrueDetector(expected), TruthFrom.TRACKS)
    tally = compare_identities(Owners(expected, film.moments).sightings)
    assert tally.hota == pytest.approx(1.0)
    assert tally.idf1 == pytest.approx(1.0)


def test_states_from_true_tracks_are_near_the_truth(folder: Path, site: Site, expected: Expected) -> None:
    film = play(folder / "film.mp4", site, expected, TrueDetector(expected), TruthFrom.TRACKS)
    owners = Owners(expected, film.moments)
    errors = StateErrors.join([judge_states(expected, moment, owners.find, (0.0, 0.0)) for moment in film.moments])
    assert len(errors) > 100
    assert errors.positions.mean() < 0.1
    assert np.sqrt(np.square(errors.speed_errors).mean()) < 0.2
    assert errors.headings.mean() < 5
    assert errors.in_position_ellipse.all()


def test_true_trajectories_are_exact(folder: Path, site: Site, expected: Expected) -> None:
    film = play(folder / "film.mp4", site, expected, TrueDetector(expected), TruthFrom.TRAJECTORIES)
    errors = StateErrors.join(
        [judge_states(expected, moment, lambda track, _: track - 1, (0.0, 0.0)) for moment in film.moments]
    )
    assert len(errors) > 100
    assert errors.positions.max() == 0
    assert np.abs(errors.speed_errors).max() < 1e-9
