"""The sample's fictional organisations and people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from deploy.local.sample.chances import clamp, pick
from deploy.local.sample.records import FIRST_DAY, Organisation, Person
from deploy.local.sample.words import read_words

SITE = "Northmere and Eastholme"
PUBLISHED = read_words("words")["criteria"]
ORGANISATIONS = tuple(
    Organisation(*told, criteria=tuple(PUBLISHED.get(told[0], ())))
    for told in (
        ("X0A0N", "Northmere Mental Health Trust", "nhs", "Northmere"),
        ("X0B0V", "The Kiln, Northmere", "vcse", "Northmere"),
        ("X0C0L", "Eastholme Council", "local_authority", "Eastholme"),
        ("X0D0P", "Northmere Surgeries", "primary_care", "Northmere"),
        ("X0E0V", "Open Door Eastholme", "vcse", "Eastholme"),
    )
)
BY_CODE = {organisation.code: organisation for organisation in ORGANISATIONS}

WITHOUT_NHS_NUMBER = 0.06
ETHNICITIES = {
    "Northmere": {"A": 50, "B": 2, "C": 7, "D": 2, "F": 2, "G": 1, "H": 4, "J": 7}
    | {"K": 4, "L": 3, "M": 7, "N": 7, "P": 2, "R": 1, "S": 3},
    "Eastholme": {"A": 64, "B": 2, "C": 8, "D": 2, "E": 1, "F": 1, "H": 3, "J": 6}
    | {"K": 2, "L": 2, "M": 2, "N": 3, "R": 1, "S": 3},
}
IMD_DECILES = {
    "Northmere": dict(
        zip(range(1, 11), (19, 16, 13, 11, 10, 9, 8, 6, 5, 3), strict=True)
    ),
    "Eastholme": dict(
        zip(range(1, 11), (12, 12, 11, 11, 10, 10, 10, 9, 8, 7), strict=True)
    ),
}
GENDERS = {"2": 56, "1": 40, "3": 2.5, "4": 1.5}
AGES = {17: 3, 21: 15, 29: 23, 39: 20, 49: 17, 59: 13, 71: 9}
DISABILITIES: dict[tuple[str, ...], int] = {
    ("NN",): 58,
    ("05",): 9,
    ("04",): 8,
    ("08",): 6,
    ("01",): 6,
}
DISABILITIES |= {("02",): 3, ("09",): 2, ("XX",): 3, ("05", "08"): 3, ("ZZ",): 2}


def make_people(count: int, rng: Random) -> list[Person]:
    """Return `count` people, some without an NHS number."""
    numbers = nhs_numbers(rng)
    return [_person(index + 1, next(numbers), rng) for index in range(count)]


def nhs_numbers(rng: Random) -> Iterator[str]:
    """Yield distinct valid NHS numbers from the range 999, which is never issued.

    Source: NHS Data Dictionary, NHS NUMBER (modulus 11).
    """
    taken: set[str] = set()
    while True:
        digits = f"999{rng.randrange(1_000_000):06}"
        total = sum(
            int(digit) * weight
            for digit, weight in zip(digits, range(10, 1, -1), strict=True)
        )
        check = (11 - total % 11) % 11
        if check < 10 and digits not in taken:
            taken.add(digits)
            yield f"{digits}{check}"


def _person(number: int, nhs_number: str, rng: Random) -> Person:
    place = pick(rng, {"Northmere": 64, "Eastholme": 36})
    return Person(
        number=number,
        nhs_number=None if rng.random() < WITHOUT_NHS_NUMBER else nhs_number,
        place=place,
        born_on=_birthday(rng),
        ethnicity=pick(rng, ETHNICITIES[place]),
        gender=pick(rng, GENDERS),
        disabilities=pick(rng, DISABILITIES),
        language="en"
        if rng.random() < 0.9
        else rng.choice(read_words("words")["languages"]),
        imd_decile=pick(rng, IMD_DECILES[place]),
    )


def _birthday(rng: Random) -> date:
    age = clamp(rng.gauss(pick(rng, AGES), 3.5), 16, 90)
    return FIRST_DAY - timedelta(days=age * 365 + age // 4 + rng.randint(0, 364))
