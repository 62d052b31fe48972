"""Request and response bodies of stories, and the record that it keeps of a story."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.stories.schemas.codebook import Coding, MeaningIn
from services.stories.schemas.redaction import Redaction
from services.stories.schemas.replies import ReplyIn, ReplyOut
from shared.bodies import CalendarDate, Code, In, OrganisationCode, Reference, Words
from shared.events import (
    ConsentLevel,
    ModerationState,
    Moment,
    MomentKind,
    StoryKind,
)

Narrative = Annotated[
    str, StringConstraints(min_length=1, max_length=100_000, pattern=r"^[^\x00]*$")
]


class ConsentIn(In):
    """How far the story may travel, when the person said so, and until when."""

    level: ConsentLevel
    given_on: CalendarDate
    expires_on: CalendarDate | None = Field(
        None, description="From this day on it holds no more; after `given_on`"
    )

    @model_validator(mode="after")
    def _expires_after_it_was_given(self) -> Self:
        if self.expires_on is None:
            return self
        if self.level == "none":
            msg = "a consent of level none does not expire"
            raise ValueError(msg)
        if self.expires_on <= self.given_on:
            msg = "expires_on must be after given_on"
            raise ValueError(msg)
        return self


class MomentIn(In):
    """A magic or miserable point of the story, in a step of the journey."""

    kind: MomentKind
    step: Code
    text: Words | None = None


class StoryIn(In):
    """A story as its collector sends it; without a consent it travels nowhere."""

    reference: Reference
    referral: Reference | None = None
    kind: StoryKind
    told_on: CalendarDate
    text: Narrative
    language: Code | None = None
    moments: Annotated[list[MomentIn], Field(max_length=50)] = []
    strengths: Annotated[list[Code], Field(max_length=20)] = []
    aspirations: Annotated[list[Code], Field(max_length=20)] = []
    recommendations: Annotated[list[Words], Field(max_length=20)] = []
    consent: ConsentIn | None = None
    meaning: MeaningIn | None = None


class ModerationIn(In):
    """The state that a moderator brings the story to."""

    state: Literal["in_review", "changes_proposed", "approved", "published"]


class Kept(BaseModel):
    """All that is kept of a story; its state is derived from this alone.

    Attributes:
        told: What was sent, for ever as it was sent.
        referral_id: The referral it belongs to, as other services know it.
        consents: Given and withdrawn, in the order they came; the last one holds.
        approved_by: Who approved it last, so that another person publishes it.
        replies: What the organisation answered, by the reply's reference.
        published: The replies as they stood when the story was last published.
        codings: What coders put on it, one for each coder and codebook.
        themes: What is said about it: what its coders agreed on, in the words of the
            newest codebook that it was coded by.
        expired_on: The last expiry of a consent that was announced.
        redaction: The words that others read, where they are not those told.
    """

    told: StoryIn
    referral_id: UUID | None = None
    consents: list[ConsentIn] = []
    moderation: ModerationState = "submitted"
    approved_by: str | None = None
    replies: dict[str, ReplyIn] = {}
    published: dict[str, ReplyIn] = {}
    codings: list[Coding] = []
    themes: list[str] = []
    expired_on: date | None = None
    redaction: Redaction | None = None


class StoryOut(BaseModel):
    """Where a story stands."""

    story_id: UUID
    reference: str
    organisation: str
    sequence: int


class StoryDetail(StoryOut):
    """A story as its owner sees it; the text is asked for at `/text`."""

    kind: StoryKind
    told_on: date
    language: str | None
    referral: str | None
    moments: list[Moment]
    strengths: list[str]
    aspirations: list[str]
    recommendations: list[str]
    consents: list[ConsentIn]
    moderation: ModerationState
    replies: list[ReplyIn]
    meaning: MeaningIn | None = Field(description="What it is about to its teller")
    codings: list[Coding]


class StoryPage(BaseModel):
    """One page of an organisation's stories, in order of reference."""

    stories: list[StoryDetail]
    next: str | None = Field(None, description="Value of `after` for the next page")


class StoryText(BaseModel):
    """The words of a story, for a caller who may read them now."""

    story_id: UUID
    language: str | None
    is_redacted: bool = Field(description="Whether it was edited for this reader")
    text: str
    moments: list[MomentIn]
    replies: list[ReplyOut]


class ErasureIn(In):
    """Stories to erase, and referrals whose stories are; and whose they all are."""

    referrals: Annotated[list[Reference], Field(max_length=1_000)] = []
    stories: Annotated[list[Reference], Field(max_length=1_000)] = []
    organisation: OrganisationCode | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.referrals and not self.stories:
            msg = "name referrals or stories"
            raise ValueError(msg)
        return self
