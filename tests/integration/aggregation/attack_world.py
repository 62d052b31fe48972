"""A small world of three organisations in two places, told in three portions.

It has something for every indicator, and nothing of it happens after its last day.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from shared.events import (
    ASSESSMENTS,
    GOALS,
    REFERRALS,
    STORIES,
    AssessmentState,
    Circumstance,
    Closure,
    Consent,
    CrisisContact,
    Decision,
    GoalState,
    Moment,
    Rating,
    ReferralState,
    State,
    StoryState,
    Topic,
)
from tests.integration.aggregation.states import (
    a_goal,
    a_referral,
    a_story,
    an_assessment,
)

PLACES = {"ORG1": "Riverside", "ORG2": "Riverside", "ORG3": "Hillside"}
PEOPLE_A_MONTH = {"ORG1": 9, "ORG2": 5, "ORG3": 4}
PORTIONS = 3
THEMES = ("kindness", "safety", "waiting")
# How many in ten are asked twice, where their scores begin, and how far they go.
INSTRUMENTS = {
    "reqol10": (6, (8, 34), (-8, 14)),
    "phq9": (5, (5, 26), (-14, 9)),
    "gad7": (5, (4, 20), (-10, 7)),
    "dialog": (5, (1, 7), (-2, 3)),
    "reqol20": (3, (16, 68), (-16, 28)),
    "mansa": (3, (1, 7), (0, 0)),
    "swemwbs": (3, (7, 35), (0, 0)),
}
NAMES_OF_SCORES = {"mansa": "mean", "swemwbs": "metric"}
ITEMS = 11
SCORED_BY = ("1/1", "1/2")  # version of the instrument, and of its rules
Told = tuple[Topic, State]


class SmallWorld:
    """All records of some months; what hangs on a referral is told with it."""

    def __init__(self, seed: int, last: date, months: int) -> None:
        self._random = random.Random(seed)
        self._last = last
        self._months = months
        self._number = 0
        self.portions: list[list[Told]] = [[] for _ in range(PORTIONS)]
        for number, (organisation, day) in enumerate(self._arrivals(), 1):
            referral = self._referral(number, organisation, day)
            self.portions[self._portion(day)] += [
                (REFERRALS, referral),
                *((ASSESSMENTS, one) for one in self._assessments(referral)),
                *((GOALS, one) for one in self._goals(referral)),
                *((STORIES, one) for one in self._stories(referral)),
            ]

    def _arrivals(self) -> Iterator[tuple[str, date]]:
        year, month = self._last.year, self._last.month
        for ago in range(self._months):
            index = year * 12 + month - 1 - ago
            for organisation, mean in PEOPLE_A_MONTH.items():
                for _ in range(self._count(mean)):
                    day = date(index // 12, index % 12 + 1, 1)
                    yield organisation, day + timedelta(self._random.randrange(28))

    def _count(self, mean: int) -> int:
        """Return how many come, where `mean` come on average."""
        return sum(self._random.random() < mean / 60 for _ in range(60))

    def _portion(self, day: date) -> int:
        """Return when it is told: mostly in order, some late."""
        ago = (self._last - day).days / (31 * self._months)
        first = min(PORTIONS - 1, max(0, int((1 - ago) * PORTIONS)))
        return self._random.choice((first, first, first, PORTIONS - 1))

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _happens(self, in_ten: int) -> bool:
        return self._random.random() < in_ten / 10

    def _referral(self, number: int, organisation: str, day: date) -> ReferralState:
        pick = self._random.choice
        decided = day + timedelta(self._random.randrange(14))
        is_refused = self._happens(3)
        seen_on = decided + timedelta(self._random.randrange(40))
        is_seen = not is_refused and self._happens(8) and seen_on <= self._last
        return a_referral(
            number,
            organisation=organisation,
            person=f"person-{pick((number, number, self._random.randrange(number)))}",
            received_on=day,
            source=pick(("A1", "A1", "A1", "B1", "G4", "H1")),
            age=pick((None, 17, 22, 30, 30, 40, 40, 50, 60, 70)),
            gender=pick(("1", "1", "2", "2", "2", "3", None)),
            ethnicity=pick("AAAAADHMMZ"),
            disabilities=pick((["NN"], ["NN"], ["05"], ["ZZ"], [])),
            imd_decile=pick((None, 1, 1, 2, 3, 4, 6, 8, 10)),
            decision=self._decision(decided, is_refused=is_refused)
            if decided <= self._last
            else None,
            first_contact_on=seen_on if is_seen else None,
            contacts=is_seen * pick((1, 2, 3)),
            closure=self._closure(seen_on) if is_seen else None,
            circumstances=[*self._circumstances(day)],
            crisis_contacts=[*self._crises(day)],
        )

    def _decision(self, day: date, *, is_refused: bool) -> Decision:
        pick = self._random.choice
        if not is_refused:
            return Decision(outcome="accepted", decided_on=day)
        return Decision(
            outcome="not_for_us",
            decided_on=day,
            reason=pick(("01", "02", "02", "02", "03", None)),
            rule_published=pick((None, False, False, True)),
            onward_received=pick((None, False, True)),
        )

    def _closure(self, seen_on: date) -> Closure | None:
        reason = self._random.choice((None, "02", "08"))
        closed_on = seen_on + timedelta(60)
        is_closed = self._happens(6) and closed_on <= self._last
        return Closure(closed_on=closed_on, reason=reason) if is_closed else None

    def _circumstances(self, day: date) -> Iterator[Circumstance]:
        for days in self._random.choice(((), (5,), (5, 70), (9, 90))):
            recorded_on = day + timedelta(days)
            if recorded_on <= self._last:
                yield Circumstance(
                    recorded_on=recorded_on,
                    accommodation=self._random.choice(("01", "01", "12", "98")),
                    employment=self._random.choice(("01", "02", "02", "ZZ")),
                )

    def _crises(self, day: date) -> Iterator[CrisisContact]:
        for days, in_ten in ((-40, 3), (70, 2)):
            on = day + timedelta(days)
            if self._happens(in_ten) and on <= self._last:
                yield CrisisContact(kind="emergency_department", on=on)

    def _assessments(self, referral: ReferralState) -> Iterator[AssessmentState]:
        """Yield pairs; the rules of scoring changed half a year ago."""
        seen_on = referral.first_contact_on
        days = (seen_on, seen_on + timedelta(50)) if seen_on else ()
        if max(days, default=self._last) > self._last:
            return
        changed = self._last - timedelta(180)
        for instrument, (in_ten, first, further) in INSTRUMENTS.items():
            begin = [self._random.randint(*first) for _ in range(ITEMS)]
            moved = [self._random.randint(*further) for _ in range(ITEMS)]
            for day in days if self._happens(in_ten) else ():
                later = [b + m for b, m in zip(begin, moved, strict=True)]
                items = begin if day == seen_on else [min(7, max(1, n)) for n in later]
                name = NAMES_OF_SCORES.get(instrument, "total")
                score = begin[0] if day == seen_on else max(0, later[0])
                yield an_assessment(
                    self._next(),
                    organisation=referral.organisation,
                    referral=referral.id,
                    instrument=instrument,
                    completed_on=day,
                    items=items if instrument == "dialog" else [],
                    scores={} if instrument == "dialog" else {name: score},
                    scoring_version="2" if day >= changed else "1",
                )

    def _goals(self, referral: ReferralState) -> Iterator[GoalState]:
        seen_on = referral.first_contact_on
        rated_on = seen_on + timedelta(40) if seen_on else date.max
        for kind in ("gbo", "gbo", "gas") if rated_on <= self._last else ():
            if self._happens(5):
                value = self._random.randint(*((0, 9) if kind == "gbo" else (-2, 2)))
                yield a_goal(
                    self._next(),
                    organisation=referral.organisation,
                    referral=referral.id,
                    kind=kind,
                    set_on=rated_on - timedelta(40),
                    baseline=self._random.randint(2, 5) if kind == "gbo" else None,
                    ratings=[Rating(rated_on=rated_on, value=value)],
                )

    def _stories(self, referral: ReferralState) -> Iterator[StoryState]:
        pick = self._random.choice
        told_on = min(self._last, referral.received_on + timedelta(20))
        replied_on = told_on + timedelta(pick((9, 9, 20, 40)))
        is_answered = self._happens(7) and replied_on <= self._last
        kinds = [pick(("magic", "miserable")) for _ in range(pick((0, 1, 2, 3)))]
        if self._happens(6):
            yield a_story(
                self._next(),
                organisation=referral.organisation,
                referral=referral.id,
                told_on=told_on,
                moments=[Moment(kind=kind, step="support") for kind in kinds],
                themes=[theme for theme in THEMES if self._happens(4)],
                consent=Consent(
                    level=pick(("internal", "partners", "public", "public")),
                    given_on=told_on,
                ),
                moderation=pick(("submitted", "approved", "published")),
                replied_on=replied_on if is_answered else None,
                changed_on=replied_on if is_answered and self._happens(5) else None,
            )


def years_within(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield the published years within a period: twelve months, quarter by quarter."""
    begin = first.year * 12 + first.month - 1
    end = last.year * 12 + last.month - 1
    for at in range(begin, end - 10):
        year = date(at // 12, at % 12 + 1, 1)
        if year.month % 3 == 1:
            yield year, date((at + 11) // 12, (at + 11) % 12 + 1, 1)
