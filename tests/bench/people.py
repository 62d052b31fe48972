"""People as they come: unevenly over organisations, groups and months."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

PLACES = ("Riverside", "Hillfoot", "Oldmarket", "Northgate", "Seaview", "Thornley")
ORGANISATIONS = 30
FIRST_DAY = date(2023, 11, 1)
DAYS = 3 * 365
ETHNICITIES = "AAAAAAABCDEFGHJKLMNPRSZ"
SOURCES = ("A1", "A1", "A1", "B1", "B1", "C1", "D1", "H1", "I1", "M1", "N3", "Q1")


@dataclass(frozen=True)
class Person:
    """One person's time with one organisation.

    Attributes:
        scores: Day and ReQoL-10 total of each time it was asked.
    """

    number: int
    organisation: str
    received_on: date
    source: str
    age: int
    ethnicity: str
    gender: str
    imd_decile: int
    is_accepted: bool | None
    first_contact_on: date | None
    scores: tuple[tuple[date, int], ...]
    has_goal: bool
    has_story: bool


def organisation_code(number: int) -> str:
    """Return the code of one of the organisations."""
    return f"T{number:02}"


def people(seed: int = 7) -> Iterator[Person]:
    """Yield people without end, always the same ones."""
    chance = random.Random(seed)
    for number in itertools.count():
        received = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
        is_accepted = chance.choices((None, True, False), (10, 75, 15))[0]
        wait = timedelta(days=round(chance.expovariate(1 / 25)))
        times = chance.choices((0, 1, 2, 4), (20, 20, 35, 25))[0] if is_accepted else 0
        first = chance.randint(8, 24)
        yield Person(
            number=number,
            organisation=organisation_code(int(ORGANISATIONS * chance.random() ** 2)),
            received_on=received,
            source=chance.choice(SOURCES),
            age=chance.randint(16, 85),
            ethnicity=chance.choice(ETHNICITIES),
            gender=chance.choice("1122223Z"),
            imd_decile=min(10, 1 + int(chance.expovariate(1 / 3))),
            is_accepted=is_accepted,
            first_contact_on=received + wait if is_accepted else None,
            scores=tuple(
                (received + wait + timedelta(days=45 * nth), min(40, first + 3 * nth))
                for nth in range(times)
            ),
            has_goal=chance.random() < 0.3,
            has_story=chance.random() < 0.07,
        )
