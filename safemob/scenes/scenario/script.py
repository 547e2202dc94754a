"""The whole script of a scene, read from a file: the setting, the users, and what is meant to happen between them."""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from safemob.adapters.small_files import read_small_file
from safemob.errors import ScenarioError
from safemob.scenes.scenario.fields import Id, Point, Table, Text
from safemob.scenes.scenario.setting import CameraSpec, LightSpec, PlaceSpec, VideoSpec
from safemob.scenes.scenario.users import UserSpec

__all__ = ["EncounterSpec", "Scenario", "read_scenario"]

_LARGEST_BYTES = 64 * 1024
_MOST_USERS = 60


class EncounterSpec(Table):
    """What happens between two users, as it is meant: declared here, never computed.

    Give at most one of `pet_s` and `ttc_min_s`: then the second user is moved in time until the referee measures
    that value (a seed draws it anew around it, within `spread_s`, and never across a threshold of its severity).

    Attributes:
        users: (first, second): the first is where it is; `second` is moved in time. With `pet_s` positive the first
            passes first.
        accident_type: FGSV accident type (Unfalltyp) 2 to 7 of the situation, an accident or not.
        severity: none, record, conflict or serious, by the thresholds of preset ``safemob-1``.
        pet_s, ttc_min_s: what the referee is to measure.
        spread_s: how far a seed may move it.
        observable: whether the camera can see enough of it; what it cannot see nobody has to find.
        why: one sentence for people, where the severity is not plain from the numbers.
    """

    users: Annotated[list[Id], Field(min_length=2, max_length=2)]
    accident_type: Annotated[int, Field(ge=2, le=7)]
    severity: Literal["none", "record", "conflict", "serious"]
    pet_s: Annotated[float, Field(ge=-10, le=10)] | None = None
    ttc_min_s: Annotated[float, Field(gt=0, le=10)] | None = None
    spread_s: Annotated[float, Field(ge=0, le=2)] = 0.1
    observable: bool = True
    why: Text | None = None

    @model_validator(mode="after")
    def _check_aim(self) -> Self:
        if self.pet_s is not None and self.ttc_min_s is not None:
            msg = f"the encounter of {' and '.join(self.users)} aims at pet_s and at ttc_min_s: give one of them"
            raise ValueError(msg)
        return self


class Scenario(Table):
    """A short scene.

    Attributes:
        title: one line for people.
        story: what happens, in a sentence or two.
        duration_s: length of the film.
        place, camera, light, video: see there.
        user: who takes part, in any order.
        encounter: what is meant to happen. Pairs that are not listed are not meant to come near each other: severity
            none or record.
        coverage_m: polygon inside which the site is analysed; all the camera sees where it is not given.
    """

    schema_: Annotated[Literal["safemob-scenario/1"], Field(alias="schema")]
    title: Text
    story: Text
    duration_s: Annotated[float, Field(ge=1, le=120)]
    place: PlaceSpec
    camera: CameraSpec
    light: LightSpec = LightSpec()
    video: VideoSpec = VideoSpec()
    user: Annotated[list[UserSpec], Field(min_length=1, max_length=_MOST_USERS)]
    encounter: list[EncounterSpec] = Field(default=[], max_length=200)
    coverage_m: Annotated[list[Point], Field(min_length=3, max_length=50)] | None = None

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [user.id for user in self.user]
        names += [f"{user.id}-{n}" for user in self.user for n in range(2, user.group + 1)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"two users are named '{twice[0]}'"
            raise ValueError(msg)
        for user in self.user:
            for arm in (user.from_arm, user.to_arm):
                if arm is not None and arm not in self.place.arms:
                    msg = f"user '{user.id}' uses the arm {arm}, which the place does not have"
                    raise ValueError(msg)
        self._check_pairs(names)
        return self

    def _check_pairs(self, names: Collection[str]) -> None:
        seen: set[frozenset[str]] = set()
        for encounter in self.encounter:
            one, other = encounter.users
            unknown = [name for name in (one, other) if name not in names]
            if unknown:
                msg = f"an encounter names '{unknown[0]}', who is no user"
                raise ValueError(msg)
            if one == other:
                msg = f"user '{one}' meets itself"
                raise ValueError(msg)
            if {one, other} in seen:
                msg = f"the encounter of {one} and {other} is declared twice: keep one of them"
                raise ValueError(msg)
            seen.add(frozenset((one, other)))


def read_scenario(path: Path) -> Scenario:
    """Read and check a scenario.

    Raises:
        ScenarioError: if the file cannot be read, is no TOML, or does not describe a scenario.
    """
    try:
        content = read_small_file(path, _LARGEST_BYTES)
        if len(content) > _LARGEST_BYTES:
            msg = f"{path} is larger than {_LARGEST_BYTES // 1024} KiB: it is no scenario"
            raise ScenarioError(msg)
        return Scenario.model_validate(tomllib.loads(content.decode("utf-8-sig")))
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror or error}): give the file of a scenario"
        raise ScenarioError(msg) from None
    except RecursionError:
        msg = f"{path} nests brackets too deeply: it is no scenario"
        raise ScenarioError(msg) from None
    except ValidationError as error:
        msg = f"{path}: {_describe(error)}"
        raise ScenarioError(msg) from None
    except ValueError as error:  # TOMLDecodeError, bytes that are no text, an integer of more digits than Python reads
        msg = f"{path} is not TOML: {str(error)[:200]}"
        raise ScenarioError(msg) from None


def _describe(error: ValidationError) -> str:
    """The first of what is wrong: where, and what."""
    first = error.errors(include_url=False)[0]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])[1:][:100]
    what = {"missing": "is missing: add it", "extra_forbidden": "is unknown: remove it"}.get(first["type"])
    if what is not None:
        return f"key '{key}' {what}"
    text = first["msg"].removeprefix("Value error, ")
    return f"key '{key}': {text[:1].lower()}{text[1:]}" if first["type"] != "value_error" else text
