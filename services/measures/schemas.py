"""Request and response bodies of measures, and the records that it keeps."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.measures.instruments.change import ChangeClass
from services.measures.instruments.definition import (
    CutOff,
    Definition,
    Threshold,
)
from shared.bodies import CalendarDate, Code, In, OrganisationCode, Reference, Words
from shared.events import GoalKind, ScoreStatus, ScoreValue

CompletedBy = Literal["person", "practitioner", "carer", "together"]
UsedAs = Literal[
    "baseline",
    "followup",
    "between",
    "same_day",
    "not_scorable",
    "withdrawn",
    "before_referral",
    "after_period",
]


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
        "what else it asks.",
        examples=[{"items": [1, 2, 2, 3, 1, 4, 2, 1, 2, 1], "physical_health": 2}],
    )


class WithdrawalIn(In):
    """That an assessment no longer counts: withdrawn by the person, or a mistake."""

    withdrawn_on: CalendarDate | None = None


class KeptAssessment(BaseModel):
    """All that measures keeps of an assessment; its state is derived from this."""

    recorded: AssessmentIn
    withdrawal: WithdrawalIn | None = None


class AssessmentOut(BaseModel):
    """Where an assessment stands, with its scores."""

    assessment_id: UUID
    reference: str
    organisation: str
    sequence: int
    status: ScoreStatus
    scores: dict[str, ScoreValue | list[int | None]]
    is_withdrawn: bool


class AssessmentDetail(AssessmentOut):
    """An assessment with all that its owner sent."""

    recorded: AssessmentIn
    withdrawal: WithdrawalIn | None = None


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


class AssessmentUse(BaseModel):
    """What one assessment was used as, or why it was left out."""

    reference: str
    completed_on: date
    status: ScoreStatus
    score: float | None
    used_as: UsedAs


class InstrumentChange(BaseModel):
    """First and latest score of one instrument in one referral, compared.

    `baseline_id` and `followup_id` are the partner's own references.
    """

    instrument: str
    baseline_id: str | None
    followup_id: str | None
    baseline: float | None
    followup: float | None
    paired: bool
    change: float | None
    change_class: ChangeClass = Field(serialization_alias="class")
    recovery_eligible: bool
    reliable_recovery: bool
    rule: str
    reliable_change: Threshold
    cut_off: CutOff | None
    assessments: list[AssessmentUse]


class GoalChange(BaseModel):
    """First and latest rating of one goal, compared."""

    id: str
    first: int
    last: int
    change: float
    change_class: ChangeClass = Field(serialization_alias="class")


class GoalsChange(BaseModel):
    """The goals of one referral; means are over the paired goals."""

    status: Literal["scored", "not_scorable"]
    n_goals: int
    n_paired: int
    mean_first: float | None
    mean_last: float | None
    mean_change: float | None
    mean_class: ChangeClass
    any_improved: bool
    any_deteriorated: bool
    goals: list[GoalChange]
    unpaired: list[str]
    rule: str
    reliable_change: Threshold
    mean_threshold: Threshold


class ErasureIn(In):
    """Referrals whose assessments and goals are to be erased, and whose they are."""

    referrals: Annotated[list[Reference], Field(min_length=1, max_length=1_000)]
    organisation: OrganisationCode | None = None


class ReferralChange(BaseModel):
    """What changed in one referral, with the rules and thresholds it was judged by."""

    referral: str
    referral_id: UUID
    received_on: date | None
    until: date | None
    instruments: list[InstrumentChange]
    goals: GoalsChange | None
