"""How the sample's people get on, apart from what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from deploy.local.sample.chances import days_later
from deploy.local.sample.records import LAST_DAY, Person, Referral

ASKED_AT_START = 0.97
ASKED_AGAIN = 0.72
ASKED_BETWEEN = 0.45
BROUGHT_ALONG = 0.015
TYPICAL_GAIN = 1.2
# How people of an organisation are when they come, and how much more they gain.
BEGINS = {"X0A0N": -0.45, "X0D0P": 0.4, "X0E0V": 0.1}
GAINS = {"X0A0N": -0.15, "X0B0V": 0.1, "X0E0V": 0.2}


@dataclass(frozen=True, slots=True)
class Asking:
    """A day of asking, and how the person was: 0 as most at the start, more is better.

    One step is about half a point of a ReQoL item.
    """

    day: date
    level: float


@dataclass(frozen=True, slots=True)
class Course:
    """When a person of a referral is asked, and how they were on each day."""

    referral: Referral
    askings: tuple[Asking, ...]


def make_courses(referrals: Sequence[Referral], rng: Random) -> list[Course]:
    """Return the course of each referral in which the person was seen."""
    return [_course(referral, rng) for referral in referrals if referral.attended_on]


def disadvantage(person: Person) -> int:
    """Return how many of two disadvantages the person lives with, 0 to 2."""
    return person.is_deprived + person.is_minoritised


def _course(referral: Referral, rng: Random) -> Course:
    lost = disadvantage(referral.person)
    level = rng.gauss(BEGINS.get(referral.organisation, 0) - 0.2 * lost, 1)
    typical = TYPICAL_GAIN + GAINS.get(referral.organisation, 0)
    gain = rng.gauss(typical - 0.3 * lost, 1.2)
    askings = [
        Asking(day, level + share * gain) for day, share in _asked_on(referral, rng)
    ]
    if rng.random() < BROUGHT_ALONG:
        before = referral.received_on - timedelta(days=rng.randint(3, 20))
        askings.insert(0, Asking(before, level - 0.6))
    return Course(referral, tuple(one for one in askings if one.day <= LAST_DAY))


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
