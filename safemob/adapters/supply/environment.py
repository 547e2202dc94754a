"""Python environments of their own, for packages that cannot or must not live in safemob's.

An environment is made of two lists of pinned versions. What it was made of is written into it last: one that was left
half-made, or whose lists have changed since, is made anew.
"""

import os
import shutil
import subprocess
import venv
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import TemporaryDirectory

from safemob.adapters.whole_files import replace_file
from safemob.errors import SupplyError

__all__ = ["Environment", "create_environment", "run_python"]

_MADE_FROM = "made-from.txt"
_PIP_INSTALL = ("-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What an environment is made of, and where.

    Attributes:
        folder: of its own.
        requirements: lines for pip, installed with whatever they need, in versions that `pins` allows.
        pins: lines for pip, installed after them exactly as listed, without what they ask for.
        size_gb: the room that it takes; 0 where nobody measured.
    """

    folder: Path
    requirements: str
    pins: str = ""
    size_gb: float = 0.0

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def recipe(self) -> str:
        """What is written into it once it is whole."""
        return f"{self.requirements}\n{self.pins}"

    @property
    def is_ready(self) -> bool:
        """Whether it is there, whole, and made of these lists."""
        try:
            return (self.folder / _MADE_FROM).read_text(encoding="utf-8") == self.recipe and self.python.exists()
        except (OSError, UnicodeDecodeError):
            return False


def create_environment(
    environment: Environment, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> None:
    """Make an environment unless it is ready. A folder that holds anything else is left alone.

    Args:
        environment: what to make.
        progress: told how many packages of about how many are at hand.

    Raises:
        SupplyError: if the folder holds something else or has too little room, or pip cannot install the packages.
    """
    folder = environment.folder
    try:
        with _claim(folder):
            if environment.is_ready:
                return
            _clear(folder)
            _check_room(environment)
            venv.create(folder, with_pip=True, symlinks=True)
            _install(environment, progress)
            replace_file(folder / _MADE_FROM, environment.recipe.encode())
    except (OSError, subprocess.CalledProcessError) as error:
        reason = "install python3-venv" if isinstance(error, subprocess.CalledProcessError) else error.strerror or error
        msg = f"no Python environment can be made in {folder} ({reason}): put that right, or choose another folder"
        raise SupplyError(msg) from error


def run_python(
    environment: Environment,
    arguments: Sequence[str | Path],
    *,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> Generator[str, None, None]:
    """Run an environment's interpreter, deaf to ``PYTHONPATH`` and its like, and give what it prints as it prints it.

    Args:
        environment: one that is ready.
        arguments: a script and its own; before it ``-I``, unless it imports its neighbours.
        folder: to work in; the present one if not given.
        variables: of the process environment, beside those that are set.

    Yields:
        Lines without their ends, those of standard error too.

    Raises:
        SupplyError: with the last line that says something, if it fails.
    """
    with subprocess.Popen(  # noqa: S603  (our own interpreter; nothing passes through a shell)
        [environment.python, "-E", "-s", "-u", *arguments],
        cwd=folder,
        env={**os.environ, **(variables or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        reason = "no reason given"
        try:
            for line in process.stdout or ():
                reason = line.strip() or reason
                yield line.rstrip("\n")
        except BaseException:  # an interruption, or a caller who has heard enough
            process.kill()
            raise
    if process.returncode:
        raise SupplyError(reason)


@contextmanager
def _claim(folder: Path) -> Iterator[None]:
    """Wait for others who make the same environment."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    """Empty a folder that is ours, and mark it as such: not one in which something else was found."""
    held = list(folder.iterdir())
    if held and not (folder / _MADE_FROM).is_file():
        msg = f"{folder} holds something else than an environment made by safemob: choose an empty or a new folder"
        raise SupplyError(msg)
    for path in held:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    (folder / _MADE_FROM).write_text("unfinished", encoding="utf-8")


def _check_room(environment: Environment) -> None:
    free_gb = shutil.disk_usage(environment.folder).free / 1e9
    if free_gb < environment.size_gb:
        msg = (
            f"the environment takes about {environment.size_gb:.1f} GB, but {free_gb:.1f} GB are free where "
            f"{environment.folder} is: make room, or choose another folder"
        )
        raise SupplyError(msg)


def _install(environment: Environment, progress: Callable[[int, int], None]) -> None:
    total = sum(bool(line) and not line.startswith("#") for line in environment.recipe.splitlines())
    done = 0
    with TemporaryDirectory() as scratch:
        requirements, pins = Path(scratch) / "requirements.txt", Path(scratch) / "pins.txt"
        requirements.write_text(environment.requirements, encoding="utf-8")
        pins.write_text(environment.pins, encoding="utf-8")
        for lists in (("--requirement", requirements, "--constraint", pins), ("--no-deps", "--requirement", pins)):
            try:
                for line in run_python(environment, (*_PIP_INSTALL, *lists)):
                    done += line.startswith(("Collecting ", "Processing "))
                    progress(min(done, total), total)
            except SupplyError as error:
                msg = (
                    f"the packages for {environment.folder} cannot be installed ({error}): see to the network, or to "
                    "pip's own settings, e.g. of a mirror, and try again"
                )
                raise SupplyError(msg) from error
