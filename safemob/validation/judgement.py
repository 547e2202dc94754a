"""One film, played and judged at every stage."""

from dataclasses import dataclass

from safemob.adapters.site_file import load_site
from safemob.individual.image.tracking import TrackingRules
from safemob.individual.ports import Detector
from safemob.scenes.truth import read_truth
from safemob.validation.boxes import BoxFindings, judge_boxes
from safemob.validation.expected import Expected, expect
from safemob.validation.films import Film
from safemob.validation.ground import StateErrors, judge_states
from safemob.validation.identity import IdentityTally, compare_identities
from safemob.validation.meetings import Meeting, Stray, judge_encounters
from safemob.validation.owners import Owners
from safemob.validation.playback import Look, play
from safemob.validation.truth_from import TruthFrom
from safemob.validation.unfound import Unfound

__all__ = ["FilmJudgement", "judge_film"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmJudgement:
    """What one film tells of every stage.

    Attributes:
        scenario, seed: which film.
        frames: how many it has.
        boxes: per frame.
        identities: of tracks.
        states: on the ground.
        meetings: true encounters.
        strays: found conflicts that are true of nobody.
    """

    scenario: str
    seed: int
    frames: int
    boxes: BoxFindings
    identities: IdentityTally
    states: StateErrors
    meetings: tuple[Meeting, ...]
    strays: tuple[Stray, ...]


def judge_film(film: Film, detector: Detector, truth_from: TruthFrom) -> FilmJudgement:
    """Play a film and compare what every stage says with the truth.

    Args:
        film: rendered.
        detector: finds road users, unless truth stands in for it.
        truth_from: the last stage that truth stands in for.

    Raises:
        SafemobError: if a file of the film cannot be read.
    """
    site, expected = load_site(film.site), expect(read_truth(film.truth))
    camera_m = site.camera.position_m[:2]
    played = play(film.video, site, expected, detector, truth_from)
    owners = Owners(expected, played.moments)
    owner_of = _own_id if truth_from is TruthFrom.TRAJECTORIES else owners.find
    unfound = Unfound(played.moments, owner_of)
    meetings, strays = judge_encounters(expected, played.encounters, owner_of, unfound.explain)
    return FilmJudgement(
        scenario=film.scenario.stem,
        seed=film.seed,
        frames=len(expected.frames),
        boxes=BoxFindings.join([_judge_look(expected, look, camera_m) for look in played.looks]),
        identities=compare_identities(owners.sightings),
        states=StateErrors.join([judge_states(expected, moment, owner_of, camera_m) for moment in played.moments]),
        meetings=tuple(meetings),
        strays=tuple(strays),
    )


def _judge_look(expected: Expected, look: Look, camera_m: tuple[float, float]) -> BoxFindings:
    """The boxes that the tracker trusts; weaker ones only keep alive who is known."""
    trusted = look.detections.scores >= TrackingRules().high_score
    found = look.detections.take(trusted)
    return judge_boxes(expected.at(look.time_s), found.boxes, found.classes, look.places[trusted], camera_m)


def _own_id(track: int, time_s: float) -> int:  # noqa: ARG001  (the same at all times)
    """Whose a true trajectory is."""
    return track - 1
