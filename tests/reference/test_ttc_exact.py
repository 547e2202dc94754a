"""TTC against fractions.Fraction on pairs whose every number a float holds exactly: equal to the last bit."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np

from safemob.individual.safety.rectangle import Rectangles
from safemob.individual.safety.ttc import compute_ttc

_TRIPLES = ((1, 0), (0, 1), (-1, 0), (3, 4), (-4, 3), (5, -12), (8, 15))
"""Headings as legs of Pythagorean triples: half extents along them are whole numbers."""

Vector = tuple[int, int]


@dataclass(frozen=True)
class _User:
    centre: Vector
    along: Vector
    across: Vector
    velocity: Vector


def _dot(a: Vector, b: Vector) -> int:
    return a[0] * b[0] + a[1] * b[1]


def _draw(random: Random, spread: int) -> _User:
    direction = random.choice(_TRIPLES)
    length, width = random.randint(1, 3), random.randint(1, 2)
    return _User(
        centre=(random.randint(-spread, spread), random.randint(-spread, spread)),
        along=(direction[0] * length, direction[1] * length),
        across=(-direction[1] * width, direction[0] * width),
        velocity=random.choice(((0, 0), (1, 0), (0, -1), (random.randint(-4, 4), random.randint(-4, 4)))),
    )


def _referee(one: _User, other: _User) -> tuple[Fraction, Fraction] | None:
    """The interval of contact, unbounded ends as ±10⁹; None if the two never touch."""
    begin, end = Fraction(-(10**9)), Fraction(10**9)
    offset = (other.centre[0] - one.centre[0], other.centre[1] - one.centre[1])
    relative = (other.velocity[0] - one.velocity[0], other.velocity[1] - one.velocity[1])
    for axis in (one.along, one.across, other.along, other.across):
        reach = sum(abs(_dot(half, axis)) for half in (one.along, one.across, other.along, other.across))
        s, rate = _dot(offset, axis), _dot(relative, axis)
        if rate == 0:
            if abs(s) > reach:
                return None
            continue
        ends = sorted((Fraction(-reach - s, rate), Fraction(reach - s, rate)))
        begin, end = max(begin, ends[0]), min(end, ends[1])
    return (begin, end) if begin <= end else None


def _stack(users: list[_User]) -> tuple[Rectangles, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    def column(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.array([getattr(user, name) for user in users], dtype=np.float64)

    boxes = Rectangles(centres=column("centre"), along=column("along"), across=column("across"))
    return boxes, column("velocity")


def _compare(pairs: list[tuple[_User, _User]]) -> dict[str, int]:
    first, second = _stack([one for one, _ in pairs]), _stack([other for _, other in pairs])
    result = compute_ttc(*first, *second)
    seen = dict.fromkeys(("apart", "overlap", "course", "touching now", "touching in passing", "never clears"), 0)
    for k, (one, other) in enumerate(pairs):
        contact = _referee(one, other)
        if contact is None or contact[1] < 0:
            seen["apart"] += 1
            assert result.ttc_s[k] == np.inf
            assert np.isnan(result.clearing_s[k])
            assert not result.overlap[k]
            continue
        begin, end = contact
        clearing = np.inf if end == 10**9 else float(end)
        assert result.clearing_s[k] == clearing
        seen["never clears"] += end == 10**9
        seen["touching now"] += 0 in (begin, end)
        seen["touching in passing"] += begin == end
        if begin <= 0:
            seen["overlap"] += 1
            assert result.overlap[k]
            assert np.isnan(result.ttc_s[k])
        else:
            seen["course"] += 1
            assert not result.overlap[k]
            assert result.ttc_s[k] == float(begin)
    return seen


def test_ttc_equals_rational_arithmetic_on_random_pairs() -> None:
    random = Random(1)  # noqa: S311  (not for secrets)
    seen = _compare([(_draw(random, 200), _draw(random, 200)) for _ in range(4000)])
    assert seen["course"] > 100
    assert seen["apart"] > 1000


def test_ttc_equals_rational_arithmetic_on_crowded_and_degenerate_pairs() -> None:
    random = Random(2)  # noqa: S311  (not for secrets)
    seen = _compare([(_draw(random, 20), _draw(random, 20)) for _ in range(8000)])
    assert min(seen.values()) >= 10, seen


def test_corners_that_touch_are_an_overlap() -> None:
    one = _User(centre=(0, 0), along=(2, 0), across=(0, 1), velocity=(0, 0))
    other = _User(centre=(4, 2), along=(2, 0), across=(0, 1), velocity=(0, 0))
    assert _compare([(one, other)])["touching now"] == 0  # steady on every axis: no interval begins or ends
    result = compute_ttc(*_stack([one]), *_stack([other]))
    assert result.overlap[0]


def test_a_user_inside_another_overlaps_until_it_has_left() -> None:
    bus = _User(centre=(0, 0), along=(6, 0), across=(0, 2), velocity=(0, 0))
    walker = _User(centre=(1, 0), along=(1, 0), across=(0, 1), velocity=(2, 0))
    result = compute_ttc(*_stack([bus]), *_stack([walker]))
    assert result.overlap[0]
    assert result.clearing_s[0] == 3.0
