"""Bodies about the words that may travel: edited, suggested, and who read them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from shared.bodies import In, Words
from shared.events import MomentKind

EditedText = Annotated[
    str, StringConstraints(min_length=1, max_length=100_000, pattern=r"^[^\x00]*$")
]
Reason = Literal[
    "nhs_number",
    "phone",
    "email",
    "postcode",
    "date",
    "name",
    "staff_name",
    "third_party",
    "place",
    "employer",
    "diagnosis",
    "event",
    "other",
]
SuggestedReason = Literal["nhs_number", "phone", "email", "postcode", "date", "name"]
Audience = Literal["team", "partners", "public"]


class Redaction(In):
    """The words of a story as others than the collecting team read them, and why."""

    text: EditedText
    moments: Annotated[
        list[Words | None],
        Field(
            max_length=50,
            description="One for each moment that was told, in its place; null where"
            " its words do not travel, or where it has none",
        ),
    ] = []
    reasons: Annotated[
        list[Reason],
        Field(
            min_length=1,
            max_length=50,
            description="What was edited; criticism is no reason",
        ),
    ]


class SharedMoment(BaseModel):
    """A moment with the words that others read."""

    kind: MomentKind
    step: str
    text: str | None


class SharedStory(BaseModel):
    """The words that others than the collecting team read, once they may."""

    story_id: UUID
    sequence: int
    is_redacted: bool
    text: str
    moments: list[SharedMoment]
    reasons: list[Reason]


class Suggestion(BaseModel):
    """A place that may tell who somebody is; a person decides."""

    part: str = Field(description="JSON pointer into the words: /text, /moments/0/text")
    start: int = Field(description="The first character, in Unicode code points from 0")
    end: int = Field(description="The character after the last one")
    category: SuggestedReason


class SuggestionPage(BaseModel):
    """Places in the words that others would read now, in order; none overlap."""

    story_id: UUID
    sequence: int
    is_redacted: bool
    suggestions: list[Suggestion]


class ReadReceipt(BaseModel):
    """That the words of a story were read; by whom of an organisation, is not told."""

    organisation: str = Field(description="`public` where nobody said who they were")
    audience: Audience = Field(description="As whom: `team` read what was told")
    times: int = Field(
        description="Of the public at least so often: its page keeps words for a second"
    )
    in_packs: int = Field(
        description="Of these, how often for a lab's pack, which may be on paper"
    )
    last_at: datetime


class ReceiptList(BaseModel):
    """Who has read the words of a story: what a withdrawal cannot call back."""

    story_id: UUID
    receipts: list[ReadReceipt]
