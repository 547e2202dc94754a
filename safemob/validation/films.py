"""The films of scenarios, each rendered once: a cache knows them by everything that they are made of.

That is what the scenario says (not how it is written), the seed, and the code that renders.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from safemob.errors import ScenarioError
from safemob.scenes.acting.staging import stage_scenario
from safemob.scenes.film import FILM, SITE, TRUTH, film_scene
from safemob.scenes.scenario import read_scenario
from safemob.validation.processes import work_on_all

__all__ = ["Film", "find_scenarios", "list_films", "render_missing"]

_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One scenario under one seed.

    Attributes:
        scenario: its file.
        seed: that varies it.
        folder: where film, site and truth are, or will be.
    """

    scenario: Path
    seed: int
    folder: Path

    @property
    def video(self) -> Path:
        """The film itself."""
        return self.folder / FILM

    @property
    def site(self) -> Path:
        """Its site file."""
        return self.folder / SITE

    @property
    def truth(self) -> Path:
        """What is true of it."""
        return self.folder / TRUTH


def find_scenarios(places: Sequence[Path]) -> tuple[Path, ...]:
    """Scenario files, from files and folders of them, in order of name within each.

    Raises:
        ScenarioError: if a place is neither, holds none, or two files have one name.
    """
    files: list[Path] = []
    for place in places:
        if place.is_dir():
            here = sorted(place.glob("*.toml"))
            if not here:
                msg = f"{place} holds no scenario (*.toml): give a folder of scenarios, or files"
                raise ScenarioError(msg)
            files += here
        elif place.is_file():
            files.append(place)
        else:
            msg = f"{place} is no scenario: give a TOML file, or a folder of them"
            raise ScenarioError(msg)
    names = [file.stem for file in files]
    twice = next((file for file in files if names.count(file.stem) > 1), None)
    if twice is not None:
        msg = f"two scenarios are named {twice.stem}: give each a name of its own"
        raise ScenarioError(msg)
    return tuple(files)


def list_films(scenarios: Sequence[Path], seeds: Sequence[int], cache_folder: Path) -> tuple[Film, ...]:
    """Every scenario under every seed, rendered or not.

    Raises:
        ScenarioError: if a scenario cannot be read: before the first hour of rendering, not after it.
    """
    films = []
    for scenario in scenarios:
        content = read_scenario(scenario).model_dump_json().encode()
        known = sha256(_hash_maker() + content).hexdigest()[:_DIGITS]
        for seed in seeds:
            folder = cache_folder / f"{scenario.stem}-{seed}-{known}"
            films.append(Film(scenario=scenario, seed=seed, folder=folder))
    return tuple(films)


def render_missing(films: Sequence[Film], tell: Callable[[int, int], None]) -> dict[Film, str]:
    """Render the films that are not there yet, several at once.

    Args:
        films: all that are wanted.
        tell: is told how many of those that were missing are done, and how many they are.

    Returns:
        Films that cannot be made, because a seed varies a scenario into one that cannot be staged, and why.

    Raises:
        SafemobError: if a film cannot be written, or none can be made; those that are finished are kept.
    """
    missing = [film for film in films if not film.truth.is_file()]
    reasons = work_on_all(_render, missing, tell)
    refused = {film: reason for film, reason in zip(missing, reasons, strict=True) if reason is not None}
    if len(refused) == len(films):
        film, reason = min(refused.items(), key=lambda item: (item[0].scenario, item[0].seed))
        msg = f"{film.scenario} under seed {film.seed}: {reason}"
        raise ScenarioError(msg)
    return refused


def _render(film: Film) -> str | None:
    """Why a film cannot be made, None if it is."""
    try:
        film_scene(stage_scenario(read_scenario(film.scenario), film.seed), film.folder, overwrite=True)
    except ScenarioError as refusal:
        return str(refusal)
    return None


@cache
def _hash_maker() -> bytes:
    """Of the code that makes films and their truth: another version of it makes other ones."""
    made = sha256()
    for source in sorted((Path(__file__).parents[1] / "scenes").rglob("*.py")):
        made.update(source.read_bytes())
    return made.digest()
