"""Units of scalars, for the type checker: SI inside, and the unit in the name where types are lost."""

from typing import NewType

__all__ = ["Metres", "MetresPerSecond", "Pixels", "Seconds"]

Metres = NewType("Metres", float)
Seconds = NewType("Seconds", float)
MetresPerSecond = NewType("MetresPerSecond", float)
Pixels = NewType("Pixels", float)
