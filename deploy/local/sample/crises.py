"""Contacts in a crisis, around the time at which people are first seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from deploy.local.sample.chances import pick
from deploy.local.sample.people import BY_CODE
from deploy.local.sample.records import LAST_DAY, CrisisContact, Referral

KINDS = {"emergency_department": 58, "crisis_team": 27, "admission": 10}
KINDS |= {"section_136": 5}
BEFORE, AFTER, AFTER_ONE_BEFORE = 0.3, 0.1, 0.32
DEPRIVED = 1.3
HOW_MANY = {1: 62, 2: 25, 3: 13}
# Some lie further away than the six months that are looked at.
FURTHEST_DAYS = 215
# How likely an organisation of a kind hears of it, and tells.
IS_TOLD = {"nhs": 0.9, "primary_care": 0.65, "local_authority": 0.3, "vcse": 0.12}


def with_crises(referrals: Sequence[Referral], rng: Random) -> list[Referral]:
    """Return the same referrals with what their organisations know of crises.

    A crisis is told of by an organisation that has seen the person, not always by the
    first that did.
    """
    found = list(referrals)
    seen = defaultdict[tuple[str, str], list[int]](list)
    for place, referral in enumerate(found):
        if referral.attended_on:
            seen[referral.person_key].append(place)
    for places in seen.values():
        start = min(found[place].attended_on[0] for place in places)
        teller = rng.choice(places)
        told = _told(found[teller], start, rng)
        found[teller] = replace(found[teller], crisis_contacts=tuple(sorted(set(told))))
    return found


def _told(referral: Referral, start: date, rng: Random) -> Iterator[CrisisContact]:
    chance = DEPRIVED if referral.person.is_deprived else 1.0
    hears = IS_TOLD[BY_CODE[referral.organisation].kind]
    had_before = rng.random() < BEFORE * chance
    after = AFTER_ONE_BEFORE if had_before else AFTER
    for side, had in ((-1, had_before), (1, rng.random() < after * chance)):
        for _ in range(pick(rng, HOW_MANY) if had else 0):
            day = start + timedelta(days=side * rng.randint(0, FURTHEST_DAYS))
            kind = pick(rng, KINDS)
            if rng.random() < hears and day <= LAST_DAY:
                yield CrisisContact(day, kind)
