"""The base of every individual record: it cannot be pickled or copied out, and its repr shows nothing."""

from typing import NoReturn, SupportsIndex

__all__ = ["Ephemeral"]


class Ephemeral:
    """A record that dies with the memory it lives in.

    Pickling is the way out that opens by itself (caches, process pools, crash reporters), and a repr is
    how values end up in logs. Both are closed here. Arrays taken out of a record are not protected by it:
    the import contracts and the positive export lists are.

    >>> class Position(Ephemeral):
    ...     def __init__(self, x_m: float) -> None:
    ...         self.x_m = x_m
    >>> print(Position(3.2))
    <Position: individual data, not shown>
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: individual data, not shown>"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        msg = f"{type(self).__name__} holds individual data and cannot be serialised"
        raise TypeError(msg)

    def __reduce__(self) -> NoReturn:
        self.__reduce_ex__(0)

    def __getstate__(self) -> NoReturn:
        self.__reduce_ex__(0)
