"""Answers that say what changed in a referral, and by which rules that is said."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.measures.instruments.change import ChangeClass
from services.measures.instruments.goals import AttainmentReason
from services.measures.instruments.pieces import (
    Correlation,
    CutOff,
    ReferenceGroup,
    Threshold,
)
from shared.events import ScoreStatus

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


class AssessmentUse(BaseModel):
    """What one assessment was used as, or why it was left out."""

    reference: str
    completed_on: date
    status: ScoreStatus
    score: float | None
    used_as: UsedAs


class IndexOut(BaseModel):
    """The reliable change index of a site's reference group; beyond it is reliable."""

    reference_group: ReferenceGroup
    sem: float
    s_diff: float
    rc_threshold_95: float


class InstrumentChange(BaseModel):
    """First and latest score of one measure in one referral, compared.

    `baseline_id` and `followup_id` are the partner's own references.
    """

    instrument: str
    item: str | None = Field(None, description="Where each item is its own measure")
    scoring_version: str
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
    better: Literal["higher", "lower"]
    reliable_change: Threshold | None
    reliable_change_index: IndexOut | None = Field(
        None, description="What is judged by where there is no threshold"
    )
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


class ScaledGoalOut(BaseModel):
    """One goal on the scale of -2 to 2; `final` is its latest rating, if any."""

    id: str
    weight: int | None = Field(description="Null where no weight was given")
    baseline: int
    final: int | None
    is_attained: bool | None


class AttainmentChange(BaseModel):
    """Goal attainment of one referral as T-scores; 50 is as expected."""

    status: Literal["scored", "not_scorable", "invalid"]
    reason: AttainmentReason | None = None
    n_goals: int
    n_rated: int
    t_baseline: float | None
    t_final: float | None
    t_change: float | None
    n_attained: int
    pct_attained: float | None
    change_class: ChangeClass = Field(serialization_alias="class")
    mode: Literal["weighted", "unweighted", "mixed"]
    goals: list[ScaledGoalOut]
    rule: str
    correlation: Correlation


class TogetherChange(BaseModel):
    """Two measures of one referral that are judged together, both of them paired."""

    instruments: tuple[str, str]
    caseness_start: bool
    recovered: bool
    reliable_improvement: bool
    reliable_deterioration: bool
    reliable_recovery: bool
    rule: str
    source: str


class Counts(BaseModel):
    """How many measures of one instrument changed, each count with its denominator.

    Improved and deteriorated are of those that can be classified; recovered is of
    those that began in the clinical range.
    """

    instrument: str
    n_measures: int
    n_paired: int
    n_classified: int
    n_improved: int
    n_deteriorated: int
    n_recovery_eligible: int
    n_recovered: int


class ReferralChange(BaseModel):
    """What changed in one referral, with the rules and thresholds it was judged by."""

    referral: str
    referral_id: UUID
    received_on: date | None
    until: date | None
    instruments: list[InstrumentChange]
    counts: list[Counts]
    talking_therapies: TogetherChange | None
    goals: GoalsChange | None
    gas: AttainmentChange | None
