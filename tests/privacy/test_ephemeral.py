"""Records of individual data refuse to be serialised and show nothing, whichever way they are asked."""

import copy
import importlib
import json
import pickle
import pkgutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from multiprocessing.reduction import ForkingPickler

import pytest

import safemob
from safemob.individual.ephemeral import Ephemeral

_CANARY = "4711.0815"

for _module in pkgutil.walk_packages(safemob.__path__, "safemob."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)


def _descendants(kind: type[object]) -> set[type[object]]:
    below = {child for direct in kind.__subclasses__() for child in {direct} | _descendants(direct)}
    # a slotted dataclass leaves the class it was made from behind; only the importable one counts
    return {child for child in below if getattr(sys.modules[child.__module__], child.__qualname__, None) is child}


_RECORDS = sorted(
    (record for record in _descendants(Ephemeral) if record.__module__.startswith("safemob.")), key=lambda r: r.__name__
)


@pytest.fixture(params=_RECORDS, ids=lambda record: str(record.__name__))
def record(request: pytest.FixtureRequest) -> object:
    """An instance of every record in turn, each of its values a canary."""
    kind: type[object] = request.param
    instance: object = object.__new__(kind)
    if is_dataclass(kind):
        for field in fields(kind):
            object.__setattr__(instance, field.name, _CANARY)
    else:
        for name in getattr(kind, "__slots__", ()) or ["anything"]:
            setattr(instance, name, _CANARY)
    return instance


def test_every_stage_has_records() -> None:
    rooms = {record.__module__.removeprefix("safemob.individual.").split(".")[0] for record in _RECORDS}
    assert rooms >= {"image", "ground", "safety"}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused(record: object, protocol: int) -> None:
    with pytest.raises(TypeError, match="cannot be serialised"):
        pickle.dumps(record, protocol)


@pytest.mark.parametrize("serialise", [copy.copy, copy.deepcopy, ForkingPickler.dumps, json.dumps])
def test_copies_process_pools_and_json_are_refused(record: object, serialise: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match=r"seriali[sz]"):
        serialise(record)


@pytest.mark.parametrize(
    "show",
    [repr, str, "{}".format, "{:>80}".format, lambda record: f"{record}", lambda record: f"{[record]}"],
    ids=["repr", "str", "format", "format-spec", "f-string", "in-a-list"],
)
def test_text_shows_nothing(record: object, show: Callable[[object], str]) -> None:
    text = show(record)
    assert _CANARY not in text
    assert "individual data, not shown" in text


def test_tracebacks_with_local_variables_show_nothing(record: object) -> None:
    def fail(held: object) -> None:
        msg = f"cannot use {held}"
        raise ValueError(msg)

    with pytest.raises(ValueError, match="not shown") as caught:
        fail(record)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "held = <" in shown
    assert _CANARY not in shown
