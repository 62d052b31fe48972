"""What happens to the sample's people: referrals, some turned away, most seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from deploy.local.sample.chances import days_later, pick
from deploy.local.sample.people import BY_CODE, ORGANISATIONS
from deploy.local.sample.records import FIRST_DAY, LAST_DAY, Person, Recorded, Referral
from deploy.local.sample.steps import accepted, turned_away
from deploy.local.sample.words import read_words

MONTHS = 36
LIKELY_FIRST = {
    "Northmere": {"X0A0N": 38, "X0B0V": 27, "X0D0P": 35},
    "Eastholme": {"X0C0L": 42, "X0E0V": 44, "X0A0N": 14},
}
TURNED_AWAY = {"nhs": 0.24, "primary_care": 0.1, "local_authority": 0.15, "vcse": 0.05}
TURN_UP_ELSEWHERE = 0.72
MORE_REFERRALS = {0: 57, 1: 29, 2: 11, 3: 3}
SOURCES: Mapping[str, Mapping[str, float]] = {
    "nhs": {"A1": 52, "B1": 8, "B2": 5, "H1": 12, "C1": 4, "E1": 3, "I1": 4, "P1": 4}
    | {"N3": 4, "M7": 3, "F1": 0.5, "Z9": 0.5},
    "vcse": {"B1": 46, "B2": 12, "A1": 14, "G4": 9, "C3": 6, "M5": 4, "Q1": 8, "D1": 1},
    "local_authority": {"C1": 29, "C3": 18, "B1": 18, "A1": 15, "E3": 4, "C2": 4}
    | {"H2": 4, "B2": 8},
    "primary_care": {"A1": 60, "B1": 21, "A3": 8, "N3": 6, "H1": 4, "D2": 1},
}
PRIMARY_REASONS = {"04": 28, "05": 26, "02": 9, "11": 8, "19": 7, "23": 7, "03": 4}
PRIMARY_REASONS |= {"09": 4, "14": 3, "18": 2, "31": 2}
PRIORITIES = {"3": 86, "2": 12, "1": 1, "4": 1}


def make_referrals(people: Sequence[Person], rng: Random) -> list[Referral]:
    """Return the referrals of all, in order of the day they were received."""
    found = [referral for person in people for referral in _journey(person, rng)]
    found.sort(key=lambda r: (r.received_on, r.person.number))
    return [
        replace(referral, reference=f"LW-{number:05}")
        for number, referral in enumerate(found, 1)
    ]


def _journey(person: Person, rng: Random) -> Iterator[Referral]:
    """Yield a person's referrals: who is turned away mostly turns up elsewhere.

    No two of them have their first contact on the same day, so that no figure depends
    on which of two equals comes first.
    """
    code = pick(rng, LIKELY_FIRST[person.place])
    received_on = _first_received(rng)
    more = pick(rng, MORE_REFERRALS)
    taken: set[date] = set()
    while received_on <= LAST_DAY:
        referral = _happened(_received(person, code, received_on, rng), taken, rng)
        yield referral
        code_before, decision = code, referral.decision
        code = pick(rng, LIKELY_FIRST[person.place])
        if referral.is_turned_away and rng.random() < TURN_UP_ELSEWHERE and decision:
            code = decision.onward_organisation or _elsewhere(code_before, rng)
            received_on = days_later(rng, decision.decided_on, 2, 70)
        elif more:
            more -= 1
            received_on = days_later(rng, received_on, 45, 330)
        else:
            return


def _first_received(rng: Random) -> date:
    """Return a day, more likely late than early: the system grows."""
    weights = [1 + month / 30 for month in range(MONTHS)]
    month = rng.choices(range(MONTHS), weights)[0]
    day = FIRST_DAY + timedelta(days=int(month * 30.44) + rng.randint(0, 29))
    return min(day, LAST_DAY)


def _elsewhere(code: str, rng: Random) -> str:
    return rng.choice([o.code for o in ORGANISATIONS if o.code != code])


def _happened(referral: Referral, taken: set[date], rng: Random) -> Referral:
    chance = TURNED_AWAY[BY_CODE[referral.organisation].kind]
    if referral.person.is_deprived:
        chance *= 1.35
    if rng.random() < chance:
        onward = _elsewhere(referral.organisation, rng)
        return turned_away(referral, onward, taken, rng)
    return accepted(referral, taken, rng)


def _received(person: Person, code: str, received_on: date, rng: Random) -> Referral:
    words = read_words("words")
    return Referral(
        reference="",
        organisation=code,
        person=person,
        received_on=received_on,
        source=pick(rng, SOURCES[BY_CODE[code].kind]),
        recorded=_recorded(person, received_on, rng),
        reasons=tuple(rng.sample(words["reasons"], rng.randint(1, 3))),
        primary_reason=pick(rng, PRIMARY_REASONS) if rng.random() < 0.9 else None,
        priority=pick(rng, PRIORITIES),
        strengths=tuple(rng.sample(words["strengths"], rng.randint(0, 2))),
        own_words=rng.choice(words["own_words"]) if rng.random() < 0.4 else None,
    )


def _recorded(person: Person, received_on: date, rng: Random) -> Recorded:
    """Return what was written down: some were not asked, some did not say."""
    age = int((received_on - person.born_on).days / 365.25)
    ethnicities: dict[str | None, float] = {None: 3, "99": 2, "Z": 4}
    genders: dict[str | None, float] = {None: 1, "X": 1, "Z": 1.5}
    return Recorded(
        age=age if rng.random() < 0.985 else None,
        ethnicity=pick(rng, {**ethnicities, person.ethnicity: 91}),
        gender=pick(rng, {**genders, person.gender: 96.5}),
        disabilities=person.disabilities if rng.random() < 0.93 else (),
        language=person.language if rng.random() < 0.95 else None,
        imd_decile=person.imd_decile if rng.random() < 0.96 else None,
    )
