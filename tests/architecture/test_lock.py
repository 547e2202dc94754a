"""The lock file is whole: every requirement of the project is in it, in a version it allows, with hashes."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PINNED = re.compile(r"^([a-z0-9.-]+)==([^ ;]+)", re.MULTILINE)


def _problems(pyproject: str, lock: str) -> list[str]:
    settings = tomllib.loads(pyproject)
    project = settings["project"]
    named = [*project["dependencies"], *settings["build-system"]["requires"]]
    wanted = [Requirement(name) for name in sum(project["optional-dependencies"].values(), named)]
    pinned = dict(_PINNED.findall(lock))
    missing = []
    for need in wanted:
        version = pinned.get(canonicalize_name(need.name))
        if version is None or not need.specifier.contains(version, prereleases=True):
            missing.append(f"{need}: run `make lock`")
    bare = [
        block.split()[0] for block in re.split(r"\n(?=\S)", lock) if "==" in block and "--hash=sha256:" not in block
    ]
    return missing + bare


def _read(project: Path) -> tuple[str, str]:
    pyproject, lock = project / "pyproject.toml", project / "requirements.lock"
    return pyproject.read_text(encoding="utf-8"), lock.read_text(encoding="utf-8")


def test_the_lock_holds_every_requirement(project: Path) -> None:
    assert _problems(*_read(project)) == []


def test_a_missing_an_outdated_and_an_unhashed_requirement_are_found(project: Path) -> None:
    pyproject, lock = _read(project)
    pyproject = pyproject.replace('"numpy>=2.2"', '"numpy>=99"').replace('"av>=14"', '"av>=14", "requests-oauthlib"')
    problems = _problems(pyproject, lock + "loose==1.0\n")
    assert problems == ["numpy>=99: run `make lock`", "requests-oauthlib: run `make lock`", "loose==1.0"]
