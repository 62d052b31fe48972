"""Request and response bodies of measures, and the records that it keeps."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from services.measures.instruments.definition import Definition
from shared.bodies import CalendarDate, Code, In, Reference, Words
from shared.events import GoalKind, ScoreStatus, ScoreValue

CompletedBy = Literal["person", "practitioner", "carer", "together"]


class InstrumentPage(BaseModel):
    """The instruments, in order of code; they fit one page."""

    instruments: list[Definition]
    next: None = None


class AssessmentIn(In):
    """One completed instrument as a partner sends it."""

    reference: Reference
    referral: Reference
    instrument: Code
    completed_on: CalendarDate
    completed_by: CompletedBy
    mode: Code | None = None
    responses: dict[str, object] = Field(
        max_length=20,
        description="`items` as scored on the form, or `choices` with `reverse_items`; "
        "an item is a whole number or null. The instrument says which, how many, and "
        "what else it asks. An open question is answered by `text`.",
        examples=[{"items": [1, 2, 2, 3, 1, 4, 2, 1, 2, 1], "physical_health": 2}],
    )


class WithdrawalIn(In):
    """That an assessment no longer counts: withdrawn by the person, or a mistake."""

    withdrawn_on: CalendarDate | None = None


class CodingIn(In):
    """What somebody read an answer in own words as; the words stay as they are."""

    codes: list[Code] = Field(max_length=50)
    coder: Reference = Field(description="Who coded it, by a reference of the owner's")

    @field_validator("codes")
    @classmethod
    def _are_told_once(cls, value: list[str]) -> list[str]:
        if len(set(value)) != len(value):
            msg = "a code is given once"
            raise ValueError(msg)
        return value


class KeptAssessment(BaseModel):
    """All that measures keeps of an assessment; its state is derived from this."""

    recorded: AssessmentIn
    withdrawal: WithdrawalIn | None = None
    coding: CodingIn | None = None


class AssessmentOut(BaseModel):
    """Where an assessment stands, with its scores."""

    assessment_id: UUID
    reference: str
    organisation: str
    sequence: int
    status: ScoreStatus
    scores: dict[str, ScoreValue | list[int | None]]
    scoring_version: str
    is_withdrawn: bool
    codes: list[str] = []


class AssessmentDetail(AssessmentOut):
    """An assessment with all that its owner sent."""

    recorded: AssessmentIn
    withdrawal: WithdrawalIn | None = None
    coding: CodingIn | None = None


class AssessmentPage(BaseModel):
    """One page of an organisation's assessments, in order of reference."""

    assessments: list[AssessmentDetail]
    next: str | None = Field(None, description="Value of `after` for the next page")


class GoalIn(In):
    """What a person wants, in their words, which never leave this service."""

    reference: Reference
    referral: Reference
    kind: GoalKind
    words: Annotated[Words, Field(min_length=1)]
    set_on: CalendarDate
    baseline: int | None = Field(None, description="First rating, on `set_on`")
    importance: int | None = Field(None, description="GAS: 0 to 3")
    difficulty: int | None = Field(None, description="GAS: 0 to 3")

    @property
    def weight(self) -> int | None:
        """Importance times difficulty; None for goals that are not weighted."""
        if self.importance is None or self.difficulty is None:
            return None
        return self.importance * self.difficulty


class RatingIn(In):
    """How far a person says they are with a goal on one day."""

    rated_on: CalendarDate
    value: int


class DroppingIn(In):
    """That a goal is no longer one; its ratings stay."""

    dropped_on: CalendarDate


class KeptGoal(BaseModel):
    """All that measures keeps of a goal; its state is derived from this, less words."""

    goal: GoalIn
    ratings: list[RatingIn] = []
    dropping: DroppingIn | None = None


class GoalOut(BaseModel):
    """Where a goal stands."""

    goal_id: UUID
    reference: str
    organisation: str
    sequence: int


class GoalDetail(GoalOut):
    """A goal with all that its owner sent."""

    goal: GoalIn
    ratings: list[RatingIn]
    dropping: DroppingIn | None = None


class GoalPage(BaseModel):
    """One page of an organisation's goals, in order of reference."""

    goals: list[GoalDetail]
    next: str | None = Field(None, description="Value of `after` for the next page")
