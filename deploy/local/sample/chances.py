"""Drawing from a seeded generator: weighted choices, days, gaps in what is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import TypeVar

Value = TypeVar("Value")
FRIDAY = 4


def seeded(seed: int, what: str) -> Random:
    """Return a generator of its own for one kind of thing, the same each time."""
    return Random(f"{seed}/{what}")  # noqa: S311 (made-up people, not secrets)


def pick(rng: Random, weights: Mapping[Value, float] | Mapping[Value, int]) -> Value:
    """Return one of the keys, as likely as its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def days_later(rng: Random, day: date, least: int, most: int) -> date:
    """Return a day `least` to `most` days after `day`."""
    return day + timedelta(days=rng.randint(least, most))


def working_day(day: date) -> date:
    """Return `day`, or the Monday after it at a weekend."""
    weekday = day.weekday()
    return day + timedelta(days=7 - weekday) if weekday > FRIDAY else day


def clamp(value: float, least: int, most: int) -> int:
    """Return the nearest whole number from `least` to `most`."""
    return max(least, min(most, round(value)))
