"""The event contract: topics, states and event types; all that services share.

Every topic is a table (README, decision 1): a message's key is the entity's id, its
value the entity's whole current state. States grow by optional fields only; a changed
meaning is a new event type. Nothing here may hold a name, an NHS number, a partner's
reference or free text.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.events.states import (
    UNKNOWN,
    AssessmentState,
    Circumstance,
    Closure,
    Consent,
    ConsentLevel,
    CrisisContact,
    CrisisKind,
    Decision,
    GoalKind,
    GoalState,
    IndicatorState,
    ModerationState,
    Moment,
    MomentKind,
    Nation,
    OrganisationKind,
    OrganisationState,
    Part,
    QualityFlag,
    Rating,
    ReferralState,
    ScoreStatus,
    ScoreValue,
    State,
    StoryKind,
    StoryState,
)

__all__ = [
    "ASSESSMENTS",
    "BY_NAME",
    "DEAD_LETTERS",
    "DEAD_LETTER_TYPE",
    "FILLER_TYPE",
    "GOALS",
    "INDICATORS",
    "ORGANISATIONS",
    "PARTITIONS",
    "REFERRALS",
    "STORIES",
    "TOPICS",
    "TYPE_PREFIX",
    "UNKNOWN",
    "AssessmentState",
    "Circumstance",
    "Closure",
    "Consent",
    "ConsentLevel",
    "CrisisContact",
    "CrisisKind",
    "Decision",
    "GoalKind",
    "GoalState",
    "IndicatorState",
    "ModerationState",
    "Moment",
    "MomentKind",
    "Nation",
    "OrganisationKind",
    "OrganisationState",
    "Part",
    "QualityFlag",
    "Rating",
    "ReferralState",
    "ScoreStatus",
    "ScoreValue",
    "State",
    "StoryKind",
    "StoryState",
    "Topic",
]

TYPE_PREFIX = "uk.livingwell"
PARTITIONS = 12


@dataclass(frozen=True, slots=True)
class Topic:
    """A compacted topic: which entity it is the table of, and what can happen to it."""

    name: str
    entity: str
    owner: str
    state: type[State]
    happenings: tuple[str, ...]

    def event_type(self, happening: str) -> str:
        """Return the `ce_type` of `happening`, one of `happenings`."""
        if happening not in self.happenings:
            msg = f"{self.entity} has no event {happening}"
            raise ValueError(msg)
        return f"{TYPE_PREFIX}.{self.entity}.{happening}.v1"


ORGANISATIONS = Topic(
    "livingwell.organisations",
    "organisation",
    "intake",
    OrganisationState,
    ("registered", "changed", "left"),
)
REFERRALS = Topic(
    "livingwell.referrals",
    "referral",
    "intake",
    ReferralState,
    (
        "received",
        "decided",
        "contacted",
        "changed",
        "closed",
        "corrected",
        "withdrawn",
        "erased",
    ),
)
ASSESSMENTS = Topic(
    "livingwell.assessments",
    "assessment",
    "measures",
    AssessmentState,
    ("recorded", "corrected", "withdrawn", "erased"),
)
GOALS = Topic(
    "livingwell.goals",
    "goal",
    "measures",
    GoalState,
    ("set", "rated", "changed", "dropped", "erased"),
)
STORIES = Topic(
    "livingwell.stories",
    "story",
    "stories",
    StoryState,
    ("told", "coded", "moderated", "consent-changed", "replied", "withdrawn", "erased"),
)
INDICATORS = Topic(
    "livingwell.indicators",
    "indicator",
    "aggregation",
    IndicatorState,
    ("published", "revised"),
)
TOPICS = (ORGANISATIONS, REFERRALS, ASSESSMENTS, GOALS, STORIES, INDICATORS)
DEAD_LETTERS = "livingwell.dead-letters"
DEAD_LETTER_TYPE = f"{TYPE_PREFIX}.message.refused.v1"
FILLER_TYPE = f"{TYPE_PREFIX}.filler.appended.v1"
BY_NAME = {topic.name: topic for topic in TOPICS}
