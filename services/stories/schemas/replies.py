"""What an organisation answers to a story: "you said, we did"."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from shared.bodies import CalendarDate, FewWords, In, Reference

Answer = Annotated[
    str, StringConstraints(min_length=1, max_length=20_000, pattern=r"^[^\x00]*$")
]


class ChangeIn(In):
    """What the organisation changed because of the story, and on which day."""

    what: FewWords
    changed_on: CalendarDate


class ReplyIn(In):
    """An organisation's reply; `reference` is its own, and makes a repeat known."""

    reference: Reference
    replied_on: CalendarDate
    text: Answer
    change: ChangeIn | None = None


class ChangeOut(BaseModel):
    """What was changed, for whoever reads the story."""

    what: str
    changed_on: date


class ReplyOut(BaseModel):
    """A reply as whoever may read the story reads it, without its reference."""

    replied_on: date
    text: str
    change: ChangeOut | None
