"""What several commands of ``safemob models`` ask and say alike."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from safemob.errors import UsageError

__all__ = ["Licence", "MappingOption", "Model", "describe_classes", "split_mapping"]

Model = Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="An ONNX detection model.")]
Licence = Annotated[str | None, typer.Option(help="Licence of the weights, if the file does not state it.")]
MappingOption = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="CLASS=ROAD_USER", help="A class by name or index, and the road user it is."),
]


def split_mapping(mapping: list[str]) -> dict[str, str]:
    """Road user by class, as given with ``--map``.

    Raises:
        UsageError: if one of them is no pair.
    """
    pairs = {}
    for item in mapping:
        name, equals, user = item.rpartition("=")
        if not (name and equals and user):
            msg = f"--map {item} is not CLASS=ROAD_USER, e.g. --map rider=cyclist"
            raise UsageError(msg)
        pairs[name.strip()] = user.strip()
    return pairs


def describe_classes(classes: Mapping[str, str]) -> str:
    """The classes of a model and the road users that they are, for people."""
    return ", ".join(name if name == user else f"{name} → {user}" for name, user in classes.items())
