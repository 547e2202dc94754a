"""Our HOTA and IDF1 against those of TrackEval, the reference of HOTA's authors, on tangled tracks.

Writes what `tests/reference/test_identity_measures.py` expects. The package lives in `.venv-trackeval`, made on first
use from `requirements-trackeval.txt`; made-up arrays reach it through files in a temporary folder.
"""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from oracle_environment import describe_environment, make_environment
from tangled_tracks import tangle

from safemob.adapters.supply.environment import run_python
from safemob.validation.identity import IdentityTally, Sighting, compare_identities

__all__ = ["SEEDS", "renumber"]

_HERE = Path(__file__).resolve().parent
_EXPECTED = _HERE.parent / "tests" / "reference" / "data" / "identity_measures.json"
SEEDS = range(20)
"""Of the films."""


def main() -> None:
    """Ask the oracle, keep what it says, and print how far we are from it."""
    environment = describe_environment("trackeval")
    make_environment("trackeval")
    films = [renumber(tangle(seed)) for seed in SEEDS]
    arrays: dict[str, Any] = {"count": len(films), "frames": np.array([len(film) for film in films])}
    for k, film in enumerate(films):
        for f, each in enumerate(film):
            arrays |= {f"{name}_{k}_{f}": values for name, values in asdict(each).items()}
    with tempfile.TemporaryDirectory() as folder:
        given, answered = Path(folder) / "films.npz", Path(folder) / "measures.json"
        np.savez(given, **arrays)
        for line in run_python(environment, (_HERE / "trackeval_oracle.py", given, answered)):
            print(line)
        _EXPECTED.write_bytes(answered.read_bytes())
    expected = json.loads(_EXPECTED.read_text(encoding="utf-8"))
    tallies = [compare_identities(film) for film in films]
    off = [
        abs(tally.hota - measured["hota"]) + abs(tally.idf1 - measured["idf1"])
        for tally, measured in zip(
            [*tallies, sum(tallies, IdentityTally.none())], [*expected["films"], expected["together"]], strict=True
        )
    ]
    print(f"{len(films)} films, largest difference of HOTA and IDF1 together: {max(off):.1e}")


def renumber(film: list[Sighting]) -> list[Sighting]:
    """The same with users and tracks numbered from 0 without gaps, as the package wants them."""
    users, tracks = (np.unique(np.concatenate([getattr(each, name) for each in film])) for name in ("users", "tracks"))
    return [
        Sighting(
            users=np.searchsorted(users, each.users),
            tracks=np.searchsorted(tracks, each.tracks),
            overlaps=each.overlaps,
        )
        for each in film
    ]


if __name__ == "__main__":
    main()
