"""TrackEval 1.3 is the oracle; `benchmarks/identity_measures.py` asks it and writes what it answers."""

import json
from pathlib import Path

import pytest
from identity_measures import SEEDS
from tangled_tracks import tangle

from safemob.validation.identity import IdentityTally, compare_identities

EXPECTED = json.loads((Path(__file__).parent / "data" / "identity_measures.json").read_text(encoding="utf-8"))


def measure(tally: IdentityTally) -> dict[str, float]:
    return {
        "hota": tally.hota,
        "deta": tally.detection_accuracy,
        "assa": tally.association_accuracy,
        "idf1": tally.idf1,
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_film_measures_as_in_trackeval(seed: int) -> None:
    assert measure(compare_identities(tangle(seed))) == pytest.approx(EXPECTED["films"][seed], abs=1e-9)


def test_films_together_measure_as_in_trackeval() -> None:
    tallies = [compare_identities(tangle(seed)) for seed in SEEDS]
    assert measure(sum(tallies, IdentityTally.none())) == pytest.approx(EXPECTED["together"], abs=1e-9)


def test_the_films_are_neither_perfect_nor_hopeless() -> None:
    assert max(each["hota"] for each in EXPECTED["films"]) > 0.75
    assert min(each["hota"] for each in EXPECTED["films"]) < 0.4
