"""The sample's goals: rated from 0 to 10, or scaled by what was expected of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from random import Random

from deploy.local.sample.chances import clamp, days_later, pick
from deploy.local.sample.courses import disadvantage
from deploy.local.sample.records import LAST_DAY, Goal, Referral
from deploy.local.sample.words import read_words

HAS_GOALS = 0.34
RATED = 0.5
RATED_AGAIN = 0.08
DROPPED = 0.03
GOALS = {1: 40, 2: 38, 3: 22}
# The council scales every goal and weighs it; the hub scales some and weighs none.
SCALED = {"X0C0L": 1.0, "X0B0V": 0.45}
WEIGHED = {"X0C0L"}
IMPORTANCE = {3: 38, 2: 39, 1: 20, 0: 3}
DIFFICULTY = {3: 21, 2: 41, 1: 30, 0: 8}

Ratings = tuple[tuple[date, int], ...]


def make_goals(referrals: Sequence[Referral], rng: Random) -> tuple[Goal, ...]:
    """Return the goals of about a third of those who were seen."""
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


def _goals(referral: Referral, rng: Random) -> Iterator[Goal]:
    count = pick(rng, GOALS)
    start = max(referral.attended_on[0], referral.received_on)
    make = _rated
    if rng.random() < SCALED.get(referral.organisation, 0):
        make = _scaled
    for words in rng.sample(read_words("words")["goals"], count):
        set_on = days_later(rng, start, 0, 18)
        if set_on <= LAST_DAY:
            goal = make(Goal("", referral, "gbo", words, set_on, None), rng)
            yield _dropped(goal, rng) if rng.random() < DROPPED else goal


def _rated(goal: Goal, rng: Random) -> Goal:
    baseline = clamp(rng.gauss(3, 1.5), 0, 8)
    gain = rng.gauss(3.1 - 0.6 * disadvantage(goal.referral.person), 2.6)
    values = [
        clamp(baseline + gain, 0, 10),
        clamp(baseline + gain + rng.gauss(0.5, 1), 0, 10),
    ]
    known = baseline if rng.random() < 0.97 else None
    return replace(goal, baseline=known, ratings=_ratings(goal, values, rng))


def _scaled(goal: Goal, rng: Random) -> Goal:
    baseline = pick(rng, {-1: 82, -2: 18})
    gain = rng.gauss(1.2 - 0.25 * disadvantage(goal.referral.person), 1.1)
    values = [
        clamp(baseline + gain, -2, 2),
        clamp(baseline + gain + rng.gauss(0.3, 0.6), -2, 2),
    ]
    is_weighed = goal.referral.organisation in WEIGHED
    return replace(
        goal,
        kind="gas",
        baseline=baseline,
        ratings=_ratings(goal, values, rng),
        importance=pick(rng, IMPORTANCE) if is_weighed else None,
        difficulty=pick(rng, DIFFICULTY) if is_weighed else None,
    )


def _ratings(goal: Goal, values: Sequence[int], rng: Random) -> Ratings:
    if rng.random() > RATED:
        return ()
    first = days_later(rng, goal.set_on, 30, 110)
    ratings = [(first, values[0])]
    if rng.random() < RATED_AGAIN:
        ratings.append((days_later(rng, first, 20, 60), values[1]))
    return tuple((day, value) for day, value in ratings if day <= LAST_DAY)


def _dropped(goal: Goal, rng: Random) -> Goal:
    """Return a goal that is no longer one; its ratings are from before."""
    latest = max([goal.set_on, *(day for day, _ in goal.ratings)])
    dropped_on = days_later(rng, latest, 5, 60)
    return replace(goal, dropped_on=dropped_on) if dropped_on <= LAST_DAY else goal
