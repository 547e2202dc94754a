"""What import contracts cannot say: individual code computes and never writes, and only files prove footage recorded.

The checks read the source, so imports inside functions count too. Each is seen to fail on a broken copy.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_COMPUTING = {
    "abc",
    "bisect",
    "cmath",
    "collections",
    "dataclasses",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "itertools",
    "math",
    "operator",
    "statistics",
    "types",
    "typing",
    "numpy",
    "numpy.typing",
    "safemob",  # the import contracts say which rooms
    "scipy.interpolate",
    "scipy.linalg",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.signal",
    "scipy.sparse",
    "scipy.spatial",
    "scipy.special",
    "scipy.stats",
}
_ALSO = {"individual/ports.py": {"pathlib"}}  # a recorded source is proved by a regular file

# records of what is assumed about everybody, not of what was seen of somebody
_SETTINGS = {
    ("individual/ground/body.py", "_Size"),  # the usual measures of a class
    ("individual/image/tracking.py", "TrackingRules"),  # thresholds of the tracker
    ("individual/safety/conflict.py", "Criteria"),  # a preset and its parts
    ("individual/safety/conflict.py", "Preset"),
    ("individual/safety/conflict.py", "Thresholds"),
    ("individual/safety/record.py", "EncounterRules"),  # distances and times that delimit an encounter
}

_WRITING_NAMES = {"__import__", "breakpoint", "compile", "eval", "exec", "open", "print"}
_WRITING_ATTRIBUTES = {
    "DataSource",
    "ctypeslib",
    "dump",
    "dumps",
    "lib",
    "memmap",
    "open",
    "open_memmap",
    "save",
    "savetxt",
    "savez",
    "savez_compressed",
    "tofile",
    "write",
    "write_bytes",
    "write_text",
    "writelines",
}

_PROVING = {"adapters/sources/video_file.py"}  # the only room that makes the proof of recorded footage

Finding = tuple[str, int, str]


def _modules(package: Path, room: str = "") -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((package / room).rglob("*.py")):
        yield path.relative_to(package).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return ["." * node.level]
        # a name imported from a bare distribution may be a module of it, as in `from scipy import io`
        return [f"{node.module}.{alias.name}" if node.module == "scipy" else str(node.module) for alias in node.names]
    return []


def _allowed(module: str, also: set[str]) -> bool:
    if module in {"numpy", "numpy.typing"}:
        return True
    if module.startswith("numpy."):
        return False
    parts = module.split(".")
    return bool({module, parts[0], ".".join(parts[:2])} & (_COMPUTING | also))


def foreign_imports(package: Path) -> list[Finding]:
    """Imports of individual modules that are not on the positive list."""
    return [
        (path, node.lineno, module)
        for path, tree in _modules(package, "individual")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in _imports(node)
        if not _allowed(module, _ALSO.get(path, set()))
    ]


def writing_names(package: Path) -> list[Finding]:
    """Names and attributes in individual modules that write, print or run text, called or not."""
    return [
        (path, node.lineno, ast.unparse(node))
        for path, tree in _modules(package, "individual")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in _WRITING_NAMES)
        or (isinstance(node, ast.Attribute) and node.attr in _WRITING_ATTRIBUTES)
    ]


def _named(node: ast.expr) -> str:
    target = node.func if isinstance(node, ast.Call) else node
    return target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""


def _is_closed(node: ast.ClassDef) -> bool:
    """Whether a class is a record that inherits from Ephemeral and keeps its repr, or no record at all."""
    bases = {_named(base) for base in node.bases}
    if bases & {"NamedTuple", "TypedDict"}:
        return False
    for decorator in node.decorator_list:
        if _named(decorator) == "dataclass":
            options = decorator.keywords if isinstance(decorator, ast.Call) else []
            hides = any(
                o.arg == "repr" and isinstance(o.value, ast.Constant) and o.value.value is False for o in options
            )
            return "Ephemeral" in bases and hides
    return True


def open_records(package: Path) -> list[Finding]:
    """Records of individual modules that could be pickled or printed."""
    return [
        (path, node.lineno, node.name)
        for path, tree in _modules(package, "individual")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not _is_closed(node) and (path, node.name) not in _SETTINGS
    ]


def forged_proofs(package: Path) -> list[Finding]:
    """Places that make, subclass or rename a RecordedSource and must not."""
    return [
        (path, node.lineno, "RecordedSource")
        for path, tree in _modules(package)
        if path not in _PROVING
        for node in ast.walk(tree)
        if (isinstance(node, ast.Call) and _named(node) == "RecordedSource")
        or (isinstance(node, ast.ClassDef) and "RecordedSource" in map(_named, node.bases))
        or (isinstance(node, ast.alias) and node.name == "RecordedSource" and node.asname is not None)
    ]


Check = Callable[[Path], list[Finding]]
_CHECKS = [foreign_imports, writing_names, open_records, forged_proofs]

_RECORD = "from dataclasses import dataclass\nfrom safemob.individual.ephemeral import Ephemeral\n"
_VIOLATIONS: list[tuple[Check, str, str]] = [
    (foreign_imports, "individual/arrays.py", "import logging"),
    (foreign_imports, "individual/image/frame.py", "def late(): import cv2"),
    (foreign_imports, "individual/image/frame.py", "from pathlib import Path"),
    (foreign_imports, "individual/ground/states.py", "from scipy import io"),
    (foreign_imports, "individual/ground/states.py", "import scipy.io.wavfile"),
    (foreign_imports, "individual/ground/states.py", "from numpy.lib import format"),
    (foreign_imports, "individual/safety/encounter.py", "from . import secrets"),
    (foreign_imports, "individual/ports.py", "from multiprocessing import shared_memory"),
    (writing_names, "individual/arrays.py", "np.zeros(3).tofile('tracks')"),
    (writing_names, "individual/arrays.py", "keep = np.save"),
    (writing_names, "individual/ports.py", "Path('tracks').write_text('')"),
    (writing_names, "individual/image/tracking.py", "def late(): print(1)"),
    (writing_names, "individual/image/tracking.py", "file = open('tracks', 'w')"),
    (open_records, "individual/ground/states.py", f"{_RECORD}@dataclass(repr=False)\nclass Open:\n    x_m: float"),
    (open_records, "individual/ground/states.py", f"{_RECORD}@dataclass\nclass Shown(Ephemeral):\n    x_m: float"),
    (open_records, "individual/ground/states.py", "import typing\nclass Open(typing.NamedTuple):\n    x_m: float"),
    (forged_proofs, "worker/__init__.py", "def forge(path): return ports.RecordedSource(path)"),
    (forged_proofs, "adapters/sources/camera.py", "class Live(RecordedSource): pass"),
    (forged_proofs, "cli/__init__.py", "from safemob.individual.ports import RecordedSource as R"),
]


@pytest.mark.parametrize("check", _CHECKS)
def test_the_package_keeps_the_line(project: Path, check: Check) -> None:
    assert check(project / "safemob") == []


@pytest.mark.parametrize(("check", "module", "line"), _VIOLATIONS)
def test_a_violating_line_is_found(project_copy: Path, check: Check, module: str, line: str) -> None:
    path = project_copy / "safemob" / module
    before = set(check(project_copy / "safemob"))
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    assert {name for name, _, _ in set(check(project_copy / "safemob")) - before} == {module}


def test_every_check_is_seen_to_fail() -> None:
    assert set(_CHECKS) == {check for check, _, _ in _VIOLATIONS}
