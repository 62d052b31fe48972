"""The sample's ReQoL-10 assessments and goals, unequal between groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from deploy.local.sample.chances import clamp, days_later, pick
from deploy.local.sample.records import LAST_DAY, Assessment, Goal, Person, Referral
from deploy.local.sample.words import read_words

ITEMS = 10
ASKED_AT_START = 0.97
ASKED_AGAIN = 0.72
ASKED_BETWEEN = 0.45
BROUGHT_ALONG = 0.015
WITHDRAWN = 0.004
ONE_ITEM_MISSING = 0.03
MORE_ITEMS_MISSING = 0.015
RATED = 0.5
HAS_GOALS = 0.4
COMPLETED_BY = {"person": 82, "together": 14, "practitioner": 3, "carer": 1}
MODES = {"in_person": 66, "online": 20, "phone": 14}


def make_assessments(
    referrals: Sequence[Referral], rng: Random
) -> tuple[Assessment, ...]:
    """Return the assessments of all who were seen, never two of a referral a day."""
    made = [a for r in referrals if r.attended_on for a in _assessments(r, rng)]
    return tuple(
        replace(assessment, reference=f"RQ-{number:05}")
        for number, assessment in enumerate(made, 1)
    )


def make_goals(referrals: Sequence[Referral], rng: Random) -> tuple[Goal, ...]:
    """Return the goals of about half of those who were seen."""
    made = [
        goal
        for referral in referrals
        if referral.attended_on and rng.random() < HAS_GOALS
        for goal in _goals(referral, rng)
    ]
    return tuple(
        replace(goal, reference=f"GO-{number:05}")
        for number, goal in enumerate(made, 1)
    )


def disadvantage(person: Person) -> int:
    """Return how many of two disadvantages the person lives with, 0 to 2."""
    return person.is_deprived + person.is_minoritised


def _assessments(referral: Referral, rng: Random) -> Iterator[Assessment]:
    level = rng.gauss(16.5 - disadvantage(referral.person), 5)
    gain = rng.gauss(6.2 - 1.5 * disadvantage(referral.person), 5.5)
    if rng.random() < BROUGHT_ALONG:
        before = referral.received_on - timedelta(days=rng.randint(3, 20))
        yield _assessment(referral, before, level - 3, rng)
    for day, share in _asked_on(referral, rng):
        if day <= LAST_DAY:
            yield _assessment(referral, day, level + share * gain, rng)


def _asked_on(referral: Referral, rng: Random) -> list[tuple[date, float]]:
    """Return the days of asking, each with the share of the change by then."""
    if rng.random() > ASKED_AT_START:
        return []
    start = max(referral.attended_on[0], referral.received_on)
    days = [(days_later(rng, start, 0, 10), 0.0)]
    if rng.random() < ASKED_AGAIN - 0.11 * disadvantage(referral.person):
        if rng.random() < ASKED_BETWEEN:
            days.append((days_later(rng, days[0][0], 20, 44), 0.5))
        days.append((days_later(rng, days[0][0], 50, 125), 1.0))
    return days


def _assessment(referral: Referral, day: date, level: float, rng: Random) -> Assessment:
    items: list[int | None] = [
        clamp(rng.gauss(level / ITEMS, 0.8), 0, 4) for _ in range(ITEMS)
    ]
    for place in rng.sample(range(ITEMS), _missing(rng)):
        items[place] = None
    return Assessment(
        reference="",
        referral=referral,
        completed_on=day,
        completed_by=pick(rng, COMPLETED_BY),
        mode=pick(rng, MODES),
        items=tuple(items),
        physical_health=rng.randint(0, 4) if rng.random() < 0.9 else None,
        is_withdrawn=rng.random() < WITHDRAWN,
    )


def _missing(rng: Random) -> int:
    return pick(
        rng,
        {
            1: ONE_ITEM_MISSING,
            3: MORE_ITEMS_MISSING,
            0: 1 - ONE_ITEM_MISSING - MORE_ITEMS_MISSING,
        },
    )


def _goals(referral: Referral, rng: Random) -> Iterator[Goal]:
    count = pick(rng, {1: 40, 2: 38, 3: 22})
    start = max(referral.attended_on[0], referral.received_on)
    for words in rng.sample(read_words("words")["goals"], count):
        set_on = days_later(rng, start, 0, 18)
        if set_on <= LAST_DAY:
            baseline = clamp(rng.gauss(3, 1.5), 0, 8)
            known = baseline if rng.random() < 0.97 else None
            ratings = _ratings(referral.person, set_on, baseline, rng)
            yield Goal("", referral, words, set_on, known, ratings)


def _ratings(
    person: Person, set_on: date, baseline: int, rng: Random
) -> tuple[tuple[date, int], ...]:
    if rng.random() > RATED:
        return ()
    gain = rng.gauss(3.1 - 0.6 * disadvantage(person), 2.2)
    first = days_later(rng, set_on, 30, 110)
    ratings = [(first, clamp(baseline + gain, 0, 10))]
    if rng.random() < 0.08:
        second = days_later(rng, first, 20, 60)
        ratings.append((second, clamp(baseline + gain + rng.gauss(0.5, 1), 0, 10)))
    return tuple((day, value) for day, value in ratings if day <= LAST_DAY)
