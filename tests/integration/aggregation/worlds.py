"""A random world: states of everything, sent in some order, some more than once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from shared.delivery import Delivery
from shared.events import (
    ASSESSMENTS,
    GOALS,
    ORGANISATIONS,
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
    OrganisationState,
    Rating,
    ReferralState,
    State,
    StoryState,
    Topic,
)
from tests.integration.aggregation.states import (
    a_delivery,
    a_goal,
    a_referral,
    a_story,
    an_assessment,
    an_organisation,
    entity,
)

ORGANISATIONS_OF_ALL = ("ORG1", "ORG2", "ORG3", "STRANGER")
PLACES = ("Riverside", "Hillside")
SOURCES = ("A1", "B1", "B2", "G4", "M6", "Z9", "x")
DISABILITIES: tuple[list[str], ...] = ([], ["NN"], ["ZZ"], ["05", "NN"], ["?"])
INSTRUMENTS = (
    *("reqol10", "reqol10", "reqol10", "phq9", "phq9", "gad7", "gad7"),
    *("dialog", "dialog", "reqol20", "mansa", "swemwbs", "another"),
)


@dataclass
class World:
    """What was sent, and what is true at the end of it."""

    sent: list[tuple[Topic, Delivery]] = field(default_factory=list)
    final: dict[UUID, State | None] = field(default_factory=dict)

    def of(self, kind: type[State]) -> list[Any]:
        """Return the final states of a kind that were not erased."""
        return [state for state in self.final.values() if isinstance(state, kind)]

    def add(self, topic: Topic, versions: Sequence[State | None]) -> None:
        """Send the versions of one entity."""
        first = versions[0]
        assert first is not None
        for sequence, state in enumerate(versions, 1):
            self.sent.append((topic, a_delivery(state, sequence, first.id)))
        self.final[first.id] = versions[-1]


class Chance:
    """Makes a world from a seed; every version of an entity is made anew."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def world(self) -> World:
        """Return organisations, referrals and what hangs on them."""
        world = World()
        for number in (1, 2, 3):
            world.add(ORGANISATIONS, self.versions(self.organisation, number, 0.0))
        for number in range(1, 25):
            world.add(REFERRALS, self.versions(self.referral, number, 0.15))
        for number in range(50):
            world.add(ASSESSMENTS, self.versions(self.assessment, number, 0.1))
        for number in range(25):
            world.add(GOALS, self.versions(self.goal, number, 0.1))
        for number in range(20):
            world.add(STORIES, self.versions(self.story, number, 0.1))
        self.random.shuffle(world.sent)
        world.sent += self.random.sample(world.sent, len(world.sent) // 4)
        return world

    def versions(self, make: Any, number: int, erased: float) -> list[State | None]:  # noqa: ANN401
        """Return what an entity was, one after the other; perhaps erased at last."""
        found = [make(number) for _ in range(self.random.choice((1, 1, 2, 3)))]
        return [*found, None] if self.random.random() < erased else found

    def day(self) -> date:
        """Return a day of the first four months of 2026."""
        return date(2026, 1, 1) + timedelta(days=self.random.randrange(120))

    def maybe(self, value: Any) -> Any:  # noqa: ANN401
        """Return the value, or None."""
        return value if self.random.random() < 0.7 else None

    def owner(self, number: int) -> str:
        """Return the organisation of an entity, which never changes."""
        return ORGANISATIONS_OF_ALL[number % len(ORGANISATIONS_OF_ALL)]

    def organisation(self, number: int) -> OrganisationState:
        """Return a partner somewhere."""
        return an_organisation(number, place=self.random.choice(PLACES))

    def referral(self, number: int) -> ReferralState:
        """Return a referral of one of a few people."""
        pick = self.random.choice
        decision = Decision(
            outcome=pick(("accepted", "not_for_us")),
            decided_on=self.day(),
            reason=pick((None, "01", "02", "02", "03", "UNKNOWN")),
            rule_published=pick((None, False, True)),
            onward_received=pick((None, False, True)),
        )
        return a_referral(
            number,
            organisation=self.owner(number),
            person=f"person-{self.random.randrange(8)}",
            received_on=self.day(),
            source=pick(SOURCES),
            age=self.maybe(self.random.randrange(10, 90)),
            ethnicity=self.maybe(pick("ABDHMRZ9")),
            gender=self.maybe(pick("1234ZX")),
            disabilities=pick(DISABILITIES),
            imd_decile=self.maybe(self.random.randrange(1, 11)),
            decision=self.maybe(decision),
            first_contact_on=self.maybe(self.day()),
            contacts=self.random.randrange(4),
            closure=self.maybe(self.closure()),
            circumstances=[self.circumstance() for _ in range(pick((0, 1, 3)))],
            crisis_contacts=[self.crisis() for _ in range(pick((0, 0, 1, 3)))],
            is_withdrawn=self.random.random() < 0.15,
        )

    def closure(self) -> Closure:
        """Return an end; every third was signposted elsewhere."""
        reason = self.random.choice((None, "02", "08"))
        return Closure(closed_on=self.day(), reason=reason)

    def circumstance(self) -> Circumstance:
        """Return home and work on one day, of one in ten days."""
        pick = self.random.choice
        return Circumstance(
            recorded_on=date(2026, 1, 1) + timedelta(days=pick(range(12)) * 10),
            accommodation=pick((None, "01", "11", "12", "20", "98", "UNKNOWN")),
            employment=pick((None, "01", "02", "08", "ZZ")),
        )

    def crisis(self) -> CrisisContact:
        """Return a contact in a crisis, up to a year before or after."""
        return CrisisContact(
            kind=self.random.choice(("emergency_department", "admission")),
            on=self.day() + timedelta(days=self.random.randrange(-365, 365)),
        )

    def of_some_referral(self) -> UUID:
        """Return a referral that is there, mostly."""
        return entity(self.random.randrange(1, 27))

    def assessment(self, number: int) -> AssessmentState:
        """Return an assessment, mostly valid."""
        pick = self.random.choice
        instrument = pick(INSTRUMENTS)
        return an_assessment(
            number,
            organisation=self.owner(number),
            referral=self.of_some_referral(),
            instrument=instrument,
            completed_on=self.day(),
            status=pick(("scored", "scored", "prorated", "partial", "not_scorable")),
            scores=self.scores(instrument),
            items=[pick((None, *range(1, 9))) for _ in range(11)],
            is_withdrawn=self.random.random() < 0.1,
            scoring_version=pick(("1", "1", "2+site.ab12", "no version")),
        )

    def scores(self, instrument: str) -> dict[str, Any]:
        """Return scores of an instrument, in its own words."""
        if instrument == "dialog":
            return {"qol_mean": 4.5, "treatment_mean": None}
        name = {"mansa": "mean", "swemwbs": "metric"}.get(instrument, "total")
        return {name: self.random.randrange(41)}

    def goal(self, number: int) -> GoalState:
        """Return a goal with some ratings, on different days."""
        days = {self.day() for _ in range(self.random.randrange(4))}
        return a_goal(
            number,
            organisation=self.owner(number),
            referral=self.of_some_referral(),
            kind=self.random.choice(("gbo", "gbo", "gas")),
            set_on=self.day(),
            baseline=self.maybe(self.random.randrange(11)),
            weight=self.random.choice((None, 0, 4)),
            ratings=[
                Rating(rated_on=day, value=self.random.randrange(-2, 11))
                for day in days
            ],
        )

    def story(self, number: int) -> StoryState:
        """Return a story with some moments."""
        pick = self.random.choice
        kinds = [pick(("magic", "miserable", "mixed")) for _ in range(pick((0, 1, 3)))]
        return a_story(
            number,
            organisation=self.owner(number),
            referral=self.maybe(self.of_some_referral()),
            told_on=self.day(),
            moments=[Moment(kind=kind, step="support") for kind in kinds],
            consent=Consent(
                level=pick(("none", "internal", "partners", "public")),
                given_on=self.day(),
            ),
            moderation=pick(("submitted", "published", "withdrawn")),
            themes=pick(([], ["kindness"], ["waiting", "kindness", "waiting"])),
            replied_on=self.maybe(self.day()),
            changed_on=self.maybe(self.day()),
        )
