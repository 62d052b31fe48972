"""Learning labs: what was looked at, ideas, who tries what until when, what came of it.

All words here are of the staff who held the lab; they name nobody, and travel nowhere.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import core_schema

from services.stories.schemas.redaction import Audience
from shared.bodies import CalendarDate, Checked, Code, FewWords, In, Reference

MOST_STORIES, MOST_FIGURES = 50, 20
MONTH_PATTERN = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"
FOLLOW_UP = "follow-up"

Month = Annotated[
    str,
    Checked(
        core_schema.str_schema(pattern=MONTH_PATTERN, strict=True),
        "a month is written as YYYY-MM",
        {"type": "string", "pattern": MONTH_PATTERN},
    ),
]


def _is_no_address(value: str) -> str:
    if value == FOLLOW_UP:
        msg = "this is the address of the follow-up list"
        raise ValueError(msg)
    return value


class FigureIn(In):
    """A figure that is looked at: which one, of which months, and what people noted.

    It has no value: figures leave the system through one gate, and that is not here.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    indicator: Code
    first_month: Month = Field(alias="from")
    last_month: Month = Field(alias="to")
    by: Code | None = None
    noted: FewWords | None = None

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.last_month < self.first_month:
            msg = "`to` must not be before `from`"
            raise ValueError(msg)
        return self


class AboutLab(In):
    """What a lab is about, and who sits in the room.

    Attributes:
        audience: Who reads the lab's pack: its stories are read as these may read.
        question: What everybody wants to understand.
    """

    title: FewWords
    held_on: CalendarDate
    audience: Audience
    question: FewWords
    figures: Annotated[list[FigureIn], Field(max_length=MOST_FIGURES)] = []


class LabIn(AboutLab):
    """A lab as its organisation sends it, with its own references of its stories."""

    reference: Annotated[Reference, AfterValidator(_is_no_address)]
    stories: Annotated[list[Reference], Field(max_length=MOST_STORIES)] = []


class IdeaIn(In):
    """An idea; `reference` is the organisation's own, and makes a repeat known."""

    reference: Reference
    words: FewWords


class TrialIn(In):
    """Who tries what until when, perhaps out of one of the lab's ideas."""

    reference: Reference
    idea: Reference | None = None
    who: FewWords = Field(description="A role or a team, never a name")
    what: FewWords
    until: CalendarDate


class OutcomeIn(In):
    """What came of a trial, and on which day that was seen."""

    came_of_it: FewWords
    seen_on: CalendarDate


class Trial(BaseModel):
    """A trial as it was agreed, and what came of it."""

    agreed: TrialIn
    outcome: OutcomeIn | None = None


class Lab(BaseModel):
    """All that is kept of a lab; `ideas` and `trials` by their references.

    Attributes:
        stories: Ids of the stories that are looked at; their words stay where they are.
    """

    about: AboutLab
    stories: list[UUID] = []
    ideas: dict[str, IdeaIn] = {}
    trials: dict[str, Trial] = {}


class OutcomeOut(BaseModel):
    """What came of a trial."""

    came_of_it: str
    seen_on: date


class TrialOut(BaseModel):
    """A trial, and what came of it, if that is known."""

    reference: str
    idea: str | None
    who: str
    what: str
    until: date
    outcome: OutcomeOut | None = None


class LabOut(BaseModel):
    """A lab as its organisation sees it; the words of stories are not in it."""

    reference: str
    organisation: str
    sequence: int
    title: str
    held_on: date
    audience: Audience
    question: str
    stories: list[str] = Field(description="References of those that were not erased")
    figures: list[FigureIn]
    ideas: list[IdeaIn]
    trials: list[TrialOut]


class ListedLab(BaseModel):
    """A lab, and how much there is in it."""

    reference: str
    title: str
    held_on: date
    audience: Audience
    stories: int
    ideas: int
    trials: int
    without_outcome: int = Field(description="Trials of which nobody said what came")


class LabPage(BaseModel):
    """One page of an organisation's labs, in order of reference."""

    labs: list[ListedLab]
    next: str | None = Field(None, description="Value of `after` for the next page")


class OpenTrial(BaseModel):
    """A trial of which nobody said yet what came of it."""

    lab: str
    title: str
    reference: str
    who: str
    what: str
    until: date
    is_overdue: bool


class FollowUp(BaseModel):
    """Trials without an outcome over all labs, the one to look at first first."""

    trials: list[OpenTrial]
    is_complete: bool = Field(description="False: there are more than `limit`")
