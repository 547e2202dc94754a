"""What all tables of a scenario share: they are strict, they do not change, and their numbers are bounded.

Without bounds, a slip of the finger becomes a place a thousand kilometres away, or a number that is none.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Degrees", "Id", "Metre", "Point", "Seconds", "Table", "Text"]

Id = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]
"""Small letters, digits and hyphens, 40 at most."""
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line for people."""
Metre = Annotated[float, Field(ge=-200, le=200)]
"""A coordinate, or a distance along a way."""
Point = Annotated[list[Metre], Field(min_length=2, max_length=2)]
"""(x, y) in site coordinates."""
Seconds = Annotated[float, Field(ge=0, le=120)]
Degrees = Annotated[float, Field(ge=-360, le=360)]
"""A direction, counter-clockwise from east."""


class Table(BaseModel):
    """A table in TOML: unknown keys, wrong types, "inf" and "nan" are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
