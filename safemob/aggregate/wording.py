"""The words of the report: one catalogue per language, and how numbers and times are put."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from math import isinf
from typing import TypeAlias
from zoneinfo import ZoneInfo

from safemob.aggregate.interval import Interval
from safemob.errors import UsageError

__all__ = ["Wording", "load_wording"]

_Words: TypeAlias = Mapping[str, str]
_UNKNOWN = "–"
_KMH_PER_MPS = 3.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the report says, in one language, with times in the zone of the site.

    Attributes:
        text: sentences by name; values in braces are filled in by `say`.
        plural: (for one, for any other number) by name.
        labels: words for the values of the taxonomy.
        meanings: a sentence on each encounter state.
        time_zone: IANA name.
    """

    text: _Words
    plural: Mapping[str, tuple[str, str]]
    labels: _Words
    meanings: _Words
    time_zone: str

    def say(self, name: str, **values: object) -> str:
        """The sentence of that name with its values."""
        return self.text[name].format(**values)

    def count(self, name: str, number: int) -> str:
        """A number with its noun, e.g. `14 conflicts`."""
        one, other = self.plural[name]
        return (one if number == 1 else other).format(n=number)

    def label(self, value: str) -> str:
        """The word for a value of the taxonomy; the value itself if it has none."""
        return self.labels.get(value, value)

    def local(self, moment: datetime, form: str) -> str:
        """Wall time at the site."""
        return moment.astimezone(ZoneInfo(self.time_zone)).strftime(form)

    def interval(self, interval: Interval) -> str:
        """Start and end: wall time if known, else position in the recording."""
        if interval.start_utc is None or interval.end_utc is None:
            return f"{self.position(interval.start_s)} – {self.position(interval.end_s)}"
        return f"{self.local(interval.start_utc, '%Y-%m-%d %H:%M')} – {self.local(interval.end_utc, '%H:%M')}"

    @staticmethod
    def duration(seconds: float) -> str:
        """A length of time as people say it: `42 s`, `25 min`, `1 h 05 min`."""
        minutes = round(seconds / 60)
        if seconds < 120:  # noqa: PLR2004  (two minutes: below, seconds matter)
            return f"{seconds:.0f} s"
        return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"  # noqa: PLR2004  (minutes of an hour)

    @staticmethod
    def position(seconds: float) -> str:
        """A position in a video as players show it, to a tenth: `1:02:03.4`."""
        tenths = round(10 * seconds)
        hours, minutes, rest = tenths // 36000, tenths // 600 % 60, tenths % 600 / 10
        return f"{hours}:{minutes:02d}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"

    @staticmethod
    def fixed(value: float | None, digits: int, infinite: str = "∞") -> str:
        """A number with so many decimals; a dash if unknown."""
        if value is None:
            return _UNKNOWN
        return infinite if isinf(value) else f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")

    @staticmethod
    def kmh(speed_mps: float | None) -> str:
        """A speed in km/h."""
        return Wording.fixed(None if speed_mps is None else _KMH_PER_MPS * speed_mps, 0)

    @staticmethod
    def milliseconds(seconds: float | None) -> str:
        """A short time in ms."""
        return Wording.fixed(None if seconds is None else 1000 * seconds, 0)

    @staticmethod
    def share(part: int, whole: int) -> str:
        """A part of a whole in per cent; a dash of nothing."""
        return f"{100 * part / whole:.1f} %" if whole else _UNKNOWN


def load_wording(language: str, time_zone: str) -> Wording:
    """The catalogue of a language.

    Raises:
        UsageError: if there is none.
    """
    catalogue = files("safemob.aggregate").joinpath("templates", f"report.{language}.toml")
    if not (language.isalpha() and catalogue.is_file()):
        msg = f"there is no report in language {language!r}: use en"
        raise UsageError(msg)
    words = tomllib.loads(catalogue.read_text(encoding="utf-8"))
    return Wording(
        text=words["text"],
        plural={name: (one, other) for name, (one, other) in words["plural"].items()},
        labels=words["label"],
        meanings=words["meaning"],
        time_zone=time_zone,
    )
