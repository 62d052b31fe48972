"""A small world of three organisations in two places, told in three portions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from shared.events import Closure, Decision, ReferralState, StoryState
from tests.integration.aggregation.states import a_referral, a_story

PLACES = {"ORG1": "Riverside", "ORG2": "Riverside", "ORG3": "Hillside"}
PEOPLE_A_MONTH = {"ORG1": 9, "ORG2": 5, "ORG3": 4}
PORTIONS = 3


class SmallWorld:
    """Referrals and stories of some months; each belongs to one portion."""

    def __init__(self, seed: int, last: date, months: int) -> None:
        self._random = random.Random(seed)
        self._last = last
        self._months = months
        self.portions: list[list[ReferralState | StoryState]] = [
            [] for _ in range(PORTIONS)
        ]
        for number, (organisation, day) in enumerate(self._arrivals(), 1):
            referral, portion = (
                self._referral(number, organisation, day),
                self._portion(day),
            )
            self.portions[portion].append(referral)
            if self._random.random() < 0.5:
                self.portions[portion].append(self._story(number, referral))

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

    def _referral(self, number: int, organisation: str, day: date) -> ReferralState:
        pick, chance = self._random.choice, self._random.random
        decided = day + timedelta(self._random.randrange(14))
        is_refused = chance() < 0.3
        decision = Decision(
            outcome="not_for_us" if is_refused else "accepted",
            decided_on=decided,
            reason=pick(("01", "02", "02", "03")) if is_refused else None,
        )
        is_seen = not is_refused and chance() < 0.8
        seen_on = decided + timedelta(self._random.randrange(40))
        is_closed = is_seen and chance() < 0.3
        return a_referral(
            number,
            organisation=organisation,
            person=f"person-{pick((number, number, self._random.randrange(number)))}",
            received_on=day,
            source=pick(("A1", "A1", "A1", "B1", "G4", "H1")),
            gender=pick(("1", "1", "2", "2", "2", "3", None)),
            ethnicity=pick("AAAAADHMMZ"),
            disabilities=pick((["NN"], ["NN"], ["05"], ["ZZ"], [])),
            decision=decision,
            first_contact_on=seen_on if is_seen else None,
            contacts=int(is_seen),
            closure=Closure(closed_on=seen_on + timedelta(60)) if is_closed else None,
        )

    def _story(self, number: int, referral: ReferralState) -> StoryState:
        told_on = min(self._last, referral.received_on + timedelta(20))
        is_answered = self._random.random() < 0.7
        return a_story(
            number,
            organisation=referral.organisation,
            referral=referral.id,
            told_on=told_on,
            replied_on=told_on + timedelta(9) if is_answered else None,
        )


def years_within(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield the published years within a period: twelve months, quarter by quarter."""
    begin = first.year * 12 + first.month - 1
    end = last.year * 12 + last.month - 1
    for at in range(begin, end - 10):
        year = date(at // 12, at % 12 + 1, 1)
        if year.month % 3 == 1:
            yield year, date((at + 11) // 12, (at + 11) % 12 + 1, 1)
