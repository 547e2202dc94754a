"""The truth about a rendered scene, as it is written beside the film: a JSON file that loses nothing.

Numbers are written with all their digits, and what is no number in words: "inf" for never, "nan" for nothing known.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, PlainSerializer, TypeAdapter, ValidationError

from safemob.adapters.small_files import read_small_file
from safemob.adapters.whole_files import replace_file
from safemob.errors import ScenarioError
from safemob.taxonomy import RoadUserClass

__all__ = ["TrueEncounter", "TrueState", "TrueUser", "Truth", "read_truth", "write_truth"]

_SCHEMA = "safemob-truth/1"
_LARGEST_BYTES = 256 * 1024 * 1024
_WORDS = {"inf": float("inf"), "nan": float("nan")}
"""Words that stand for numbers; those of JavaScript, which JSON does not know, are none of them."""
_STRICT = ConfigDict(strict=True, extra="forbid")


def _read_number(value: object) -> object:
    return _WORDS.get(value, value) if isinstance(value, str) else value


def _write_number(value: float) -> float | str:
    return float(value) if abs(value) < float("inf") else str(float(value))


def _read_label(value: object) -> object:
    labels = {each.label: each for each in RoadUserClass}
    return labels.get(value, value) if isinstance(value, str) else value


def _write_label(value: RoadUserClass) -> str:
    return value.label


_Number = Annotated[float, BeforeValidator(_read_number), PlainSerializer(_write_number)]
_RoadUser = Annotated[RoadUserClass, BeforeValidator(_read_label), PlainSerializer(_write_label)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueUser:
    """One road user: id, class and the size of its footprint and body (length, width, height), m."""

    __pydantic_config__ = _STRICT

    id: str
    kind: str
    road_user: _RoadUser
    size_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueState:
    """One road user in one frame.

    Attributes:
        user: its id.
        position_m: centre of the oriented rectangle.
        heading_rad: of its long axis, counter-clockwise from +x.
        velocity_mps: of the centre.
        box_px: (left, top, right, bottom) of the whole body in the picture, cut off at its edge; None if none of it
            is inside the picture.
        visible_box_px: the same of what can be seen of it; None if nothing.
        visible_share: how much of what is inside the picture is not hidden behind something, 0 to 1. It is counted
            in pixels of an outline that has no gaps: cyclists whom nothing hides have 0.6 to 0.9.
        cut: whether the body reaches over the picture's edge.
    """

    __pydantic_config__ = _STRICT

    user: str
    position_m: tuple[float, float]
    heading_rad: float
    velocity_mps: tuple[float, float]
    box_px: tuple[float, float, float, float] | None
    visible_box_px: tuple[float, float, float, float] | None
    visible_share: float
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueEncounter:
    """One pair that came near each other, as the referee measured it over continuous time.

    Attributes:
        users: ids of the two, as the scenario declares them or in the order of the scenario's list.
        declared: whether the scenario lists it.
        accident_type: FGSV type as declared; None where not declared.
        severity: as declared; ``none`` where not declared.
        observable: as declared.
        ttc_min_s: smallest time to collision; inf if they were never on a collision course, 0 if they touched.
        ttc_min_at_s: when; nan without one.
        ttc_held_s: the least limit under which TTC stays for 0.3 s while the rectangles close at 1 m/s or more, which
            is what a threshold of TTC is compared with; inf without one.
        drac_max_mps2: largest deceleration that one of them needed behind the other; nan if neither drove behind the
            other while they closed at 1 m/s or more.
        pet_s: signed post-encroachment time, positive if the first of `users` passed first; nan if their footprints
            never used the same place within 10 s; 0 if they touched.
        pet_at_m: where.
        pet_at_s: when the later one came.
        t2_min_s: smallest T2; nan where there is none.
        follows: whether the PET is the time gap of one following the other.
        distance_min_m: least distance between the two rectangles at one moment.
        distance_min_at_s: when.
    """

    __pydantic_config__ = _STRICT

    users: tuple[str, str]
    declared: bool
    accident_type: int | None
    severity: Literal["none", "record", "conflict", "serious"]
    observable: bool
    ttc_min_s: _Number
    ttc_min_at_s: _Number
    ttc_held_s: _Number
    drac_max_mps2: _Number
    pet_s: _Number
    pet_at_m: tuple[_Number, _Number]
    pet_at_s: _Number
    t2_min_s: _Number
    follows: bool
    distance_min_m: _Number
    distance_min_at_s: _Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Everything that is true of one film.

    Attributes:
        title: of the scenario.
        seed: that varied it.
        frame_times_s: presentation time of every frame.
        users: everybody who takes part.
        frames: the states in every frame, of users that are there at that moment.
        encounters: every pair that came within 50 m and approached, declared or not.
    """

    __pydantic_config__ = _STRICT

    title: str
    seed: int
    frame_times_s: tuple[float, ...]
    users: tuple[TrueUser, ...]
    frames: tuple[tuple[TrueState, ...], ...]
    encounters: tuple[TrueEncounter, ...]


_FORM = TypeAdapter(Truth)


def write_truth(truth: Truth, path: Path) -> None:
    """Write the truth as JSON, a line for every user, frame and encounter; whole or not at all.

    Raises:
        OutputError: if it cannot be written.
    """
    content = _FORM.dump_python(truth, mode="json")
    heads = [f'"schema": {json.dumps(_SCHEMA)}']
    heads += [f"{json.dumps(key)}: {json.dumps(content[key])}" for key in ("title", "seed", "frame_times_s")]
    for key in ("users", "frames", "encounters"):
        lines = ",\n".join(json.dumps(each, ensure_ascii=False, allow_nan=False) for each in content[key])
        heads.append(f"{json.dumps(key)}: [\n{lines}\n]")
    replace_file(path, ("{\n" + ",\n".join(heads) + "\n}\n").encode())


def read_truth(path: Path) -> Truth:
    """Read what `write_truth` wrote.

    Raises:
        ScenarioError: if the file cannot be read or is not the truth about a film.
    """
    try:
        content = json.loads(read_small_file(path, _LARGEST_BYTES), parse_constant=_WORDS.get)
        if not isinstance(content, dict) or content.pop("schema", None) != _SCHEMA:
            msg = f"{path} does not hold the truth about a scene ({_SCHEMA}): render the scene again"
            raise ScenarioError(msg)
        truth = _FORM.validate_json(json.dumps(content))
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror or error}): render the scene first"
        raise ScenarioError(msg) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        msg = f"{path}: {place}: {first['msg'][:1].lower()}{first['msg'][1:]}: render the scene again"
        raise ScenarioError(msg) from None
    except (ValueError, RecursionError) as error:
        msg = f"{path} is not JSON ({str(error)[:200]}): render the scene again"
        raise ScenarioError(msg) from None
    _check_names(truth, path)
    return truth


def _check_names(truth: Truth, path: Path) -> None:
    """Frames have a time each, and speak of users that there are."""
    if len(truth.frames) != len(truth.frame_times_s):
        msg = f"{path} has {len(truth.frames)} frames and {len(truth.frame_times_s)} times: render the scene again"
        raise ScenarioError(msg)
    names = {user.id for user in truth.users}
    named = {state.user for frame in truth.frames for state in frame}
    named |= {name for encounter in truth.encounters for name in encounter.users}
    if named - names:
        msg = f"{path} speaks of '{min(named - names)}', who is no user of the scene: render the scene again"
        raise ScenarioError(msg)
