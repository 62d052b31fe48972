"""The steps of one sample referral: decision, contacts, circumstances, closure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from deploy.local.sample.chances import days_later, pick, working_day
from deploy.local.sample.people import BY_CODE
from deploy.local.sample.records import (
    FIRST_DAY,
    LAST_DAY,
    Circumstance,
    Closure,
    Contact,
    Decision,
    Referral,
)
from deploy.local.sample.words import read_words

TYPICAL_WAIT_DAYS = {
    "nhs": 36,
    "primary_care": 13,
    "local_authority": 20,
    "vcse": 9,
}
WRITES_DOWN_ACCEPTANCE = {
    "nhs": 1.0,
    "primary_care": 0.45,
    "local_authority": 0.5,
    "vcse": 0.12,
}
LEAVES_UNSEEN = 0.08
SEEN_BEFORE_IT_IS_WRITTEN = 0.012
SEEN_BUT_TURNED_AWAY = 0.05
MISSES_FIRST = 0.06
CLOSED_AFTER_LAST = 0.56
TOLD_CIRCUMSTANCES = 0.09
MODES = {"in_person": 58, "phone": 20, "video": 9, "walk_and_talk": 8, "home_visit": 5}
FURTHER_CONTACTS = {0: 61, 1: 38, 2: 1}
REJECTION_REASONS = {"02": 68, "03": 20, "01": 12}
CLOSURE_REASONS = {"02": 62, "04": 14, "08": 10, "05": 6, "07": 4, "03": 4}
UNSEEN_CLOSURE_REASONS = {"05": 50, "09": 20, "07": 20, "03": 10}
HOMES = {"02": 34, "03": 27, "01": 17, "04": 10, "14": 3, "19": 4, "11": 3, "05": 2}
WORK = {"02": 27, "04": 26, "01": 22, "03": 8, "06": 8, "05": 4, "08": 3, "ZZ": 2}


def accepted(referral: Referral, taken: set[date], rng: Random) -> Referral:
    """Return the referral as it goes when the organisation sees the person.

    Args:
        taken: Days on which the person had a first contact; the new one is added.
    """
    kind = BY_CODE[referral.organisation].kind
    decision = None
    decided_on = working_day(days_later(rng, referral.received_on, 0, 9))
    if decided_on <= LAST_DAY and rng.random() < WRITES_DOWN_ACCEPTANCE[kind]:
        decision = Decision("accepted", decided_on)
    if rng.random() < LEAVES_UNSEEN:
        closed_on = days_later(rng, referral.received_on, 14, 90)
        reason = pick(rng, UNSEEN_CLOSURE_REASONS)
        return replace(referral, decision=decision, closure=_closed(closed_on, reason))
    return _seen(replace(referral, decision=decision), taken, rng)


def turned_away(
    referral: Referral, onward: str, taken: set[date], rng: Random
) -> Referral:
    """Return the referral as it goes when it is not for them; a few were seen first.

    Args:
        onward: Another organisation, where the person may be sent.
        taken: Days on which the person had a first contact; a new one is added.
    """
    decided_on = working_day(days_later(rng, referral.received_on, 1, 21))
    if decided_on > LAST_DAY:
        return referral
    reason = pick(rng, REJECTION_REASONS)
    is_sent_on = rng.random() < (0.6 if reason == "02" else 0.25)
    decision = Decision(
        "not_for_us",
        decided_on,
        reason,
        rng.choice(read_words("words")["rules_quoted"][reason]),
        onward if is_sent_on else None,
        pick(rng, {True: 58, False: 27, None: 15}) if is_sent_on else None,
    )
    referral = replace(referral, decision=decision)
    if rng.random() < SEEN_BUT_TURNED_AWAY:
        return _seen(referral, taken, rng)
    if rng.random() < 0.2:
        closed_on = days_later(rng, decided_on, 1, 14)
        return replace(referral, closure=_closed(closed_on, "08"))
    return referral


def _seen(referral: Referral, taken: set[date], rng: Random) -> Referral:
    first = _first_contact(referral, rng)
    while first in taken:
        first = working_day(first + timedelta(days=1))
    days = [first]
    for _ in range(pick(rng, FURTHER_CONTACTS)):
        days.append(working_day(days_later(rng, days[-1], 14, 60)))
    attended = [(day, True) for day in days if day <= LAST_DAY]
    missed = first - timedelta(days=7)
    if rng.random() < MISSES_FIRST and referral.received_on <= missed <= LAST_DAY:
        attended.insert(0, (missed, False))
    if not attended:
        return referral
    if attended[-1][1]:
        taken.add(first)
    contacts = tuple(
        Contact(f"C-{number}", day, came, pick(rng, MODES))
        for number, (day, came) in enumerate(attended, 1)
    )
    is_over = first <= LAST_DAY and rng.random() < CLOSED_AFTER_LAST
    closed_on = days_later(rng, days[-1], 5, 80)
    return replace(
        referral,
        contacts=contacts,
        circumstances=_circumstances(days, rng),
        closure=_closed(closed_on, pick(rng, CLOSURE_REASONS)) if is_over else None,
    )


def _first_contact(referral: Referral, rng: Random) -> date:
    """Return the day of the first contact: some groups wait longer than others."""
    kind = BY_CODE[referral.organisation].kind
    if kind == "vcse" and rng.random() < SEEN_BEFORE_IT_IS_WRITTEN * 2:
        early = referral.received_on - timedelta(days=rng.randint(1, 5))
        return max(FIRST_DAY, early)
    wait = TYPICAL_WAIT_DAYS[kind] * rng.lognormvariate(-0.1, 0.6)
    wait *= 1.3 if referral.person.is_deprived else 1
    wait *= 1.25 if referral.person.is_minoritised else 1
    return working_day(referral.received_on + timedelta(days=round(wait)))


def _circumstances(days: list[date], rng: Random) -> tuple[Circumstance, ...]:
    if days[0] > LAST_DAY or rng.random() > TOLD_CIRCUMSTANCES:
        return ()
    home, work = pick(rng, HOMES), pick(rng, WORK)
    told = [Circumstance(days[0], home, work)]
    later = days_later(rng, days[-1], 30, 90)
    if rng.random() < 0.35 and later <= LAST_DAY:
        is_better = rng.random() < 0.4
        told.append(Circumstance(later, home, "01" if is_better else work))
    return tuple(told)


def _closed(closed_on: date, reason: str) -> Closure | None:
    return Closure(closed_on, reason) if closed_on <= LAST_DAY else None
