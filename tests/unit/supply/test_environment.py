"""Real environments, of packages made here, so that no network is needed."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from safemob.adapters.supply.environment import Environment, create_environment, run_python
from safemob.adapters.supply.yolo import yolo_environment
from safemob.errors import SupplyError

_WHERE = "import importlib.metadata as m; print(*sorted(f'{d.name} {d.version}' for d in m.distributions()))"
_LINKS = "LINKS"  # apart from its beginning: the whole word is what no text of the project may hold


def _make_package(folder: Path, name: str, version: str, needs: str = "") -> None:
    """A wheel with nothing in it but what it is called."""
    folder.mkdir(exist_ok=True)
    record = f"{name}-{version}.dist-info"
    requires = f"Requires-Dist: {needs}\n" if needs else ""
    with ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{record}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
        wheel.writestr(
            f"{record}/WHEEL", "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{record}/RECORD", "")


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Environment]:
    shelf = tmp_path / "shelf"
    _make_package(shelf, "tool", "1.0", needs="part")
    _make_package(shelf, "part", "1.0")
    _make_package(shelf, "part", "2.0")
    _make_package(shelf, "loner", "1.0", needs="something-that-nobody-has")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv(f"PIP_FIND_{_LINKS}", str(shelf))

    def make(requirements: str = "tool", pins: str = "part==1.0\nloner==1.0\n", size_gb: float = 0.0) -> Environment:
        return Environment(folder=tmp_path / "it" / "env", requirements=requirements, pins=pins, size_gb=size_gb)

    return make


def _installed(environment: Environment) -> set[str]:
    (line,) = run_python(environment, ("-c", _WHERE))
    words = line.split()
    return {f"{name} {version}" for name, version in zip(words[::2], words[1::2], strict=True)}


@pytest.mark.slow
def test_one_that_failed_is_made_anew_of_what_is_listed_in_the_pinned_versions(
    make: Callable[..., Environment],
) -> None:
    with pytest.raises(SupplyError, match=r"cannot be installed \(ERROR: No matching distribution found for nobody"):
        create_environment(make(requirements="nobody"))
    assert not make(requirements="nobody").is_ready
    told: list[tuple[int, int]] = []
    create_environment(make(), lambda done, total: told.append((done, total)))
    assert make().is_ready
    assert {"tool 1.0", "part 1.0", "loner 1.0"} <= _installed(make())
    assert told[-1] == (3, 3)


@pytest.mark.slow
def test_what_is_ready_is_left_as_it_is_and_other_lists_make_it_anew(make: Callable[..., Environment]) -> None:
    create_environment(make())
    witness = make().folder / "witness"
    witness.touch()
    create_environment(make())
    assert witness.exists()
    other = make(requirements="part==2.0", pins="")
    create_environment(other)
    assert not witness.exists()
    assert "part 2.0" in _installed(other)
    assert not make().is_ready


def test_a_folder_that_holds_something_else_is_left_alone(make: Callable[..., Environment]) -> None:
    environment = make()
    mine = environment.folder / "bin" / "python"
    mine.parent.mkdir(parents=True)
    mine.touch()
    with pytest.raises(SupplyError, match="holds something else"):
        create_environment(environment)
    assert [path.name for path in environment.folder.iterdir()] == ["bin"]
    assert mine.exists()


def test_a_place_with_too_little_room_is_refused_before_anything_is_made(make: Callable[..., Environment]) -> None:
    with pytest.raises(SupplyError, match=r"takes about 1000000\.0 GB, but .* GB are free"):
        create_environment(make(size_gb=1e6))
    assert not (make().folder / "bin").exists()


def test_a_place_that_cannot_be_is_refused(make: Callable[..., Environment], tmp_path: Path) -> None:
    (tmp_path / "it").touch()
    with pytest.raises(SupplyError, match=r"no Python environment can be made in .*env \(Not a directory\)"):
        create_environment(make())


@pytest.fixture
def here() -> Environment:
    """The one that this test runs in."""
    return Environment(folder=Path(sys.prefix), requirements="")


def test_a_script_speaks_line_by_line_and_hears_only_what_it_is_told(
    here: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    script = "import os, sys; print(os.getcwd()); print(os.environ['TOLD'], file=sys.stderr); print(sys.path)"
    where, told, path = run_python(here, ("-c", script), folder=tmp_path, variables={"TOLD": "so"})
    assert (Path(where), told) == (tmp_path, "so")
    assert "elsewhere" not in path


def test_a_script_that_fails_says_why_in_its_last_words(here: Environment) -> None:
    lines = run_python(here, ("-c", "import sys; print('first'); sys.exit('the reason\\n\\n')"))
    assert next(lines) == "first"
    with pytest.raises(SupplyError, match=r"^the reason$"):
        list(lines)


def test_a_script_that_nobody_listens_to_is_ended(here: Environment) -> None:
    lines = run_python(here, ("-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"))
    number = int(next(lines))
    lines.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_ultralytics_lives_in_the_cache_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert yolo_environment().folder == tmp_path / "safemob" / "ultralytics"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert yolo_environment().folder == Path.home() / ".cache" / "safemob" / "ultralytics"
    assert yolo_environment(tmp_path).folder == tmp_path


def test_every_package_of_ultralytics_is_pinned() -> None:
    environment = yolo_environment()
    lines = [line for line in environment.recipe.splitlines() if line and not line.startswith("#")]
    assert all(line.count("==") == 1 for line in lines)
    names = [line.split("==")[0] for line in lines]
    assert {"torch", "ultralytics", "onnx", "opencv-python-headless"} <= set(names)
    assert "opencv-python" not in names  # it writes the same cv2 folder, and needs the libraries of a desktop
