"""What intake answers about many referrals: turned away, sent twice perhaps, due."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from services.intake.schemas import RulePublished


class TurnedAway(BaseModel):
    """Somebody who was turned away, and where they went instead."""

    reference: str
    decided_on: date
    reason: str | None = Field(None, description="A code of `/codes/rejection_reason`")
    rule_quoted: str | None = None
    rule_published: RulePublished = None
    onward_organisation: str | None = None
    onward_received: bool | None = Field(
        None, description="Whether they were received there; null if nobody knows"
    )


class TurnedAwayPage(BaseModel):
    """One page of those who were turned away, latest decision first."""

    referrals: list[TurnedAway]
    next: str | None = Field(None, description="Value of `after` for the next page")


class PossibleDuplicate(BaseModel):
    """Referrals of one person that may be one and the same."""

    person: str = Field(description="Pseudonym")
    references: list[str]


class PossibleDuplicatePage(BaseModel):
    """One page of people who may have been sent twice."""

    people: list[PossibleDuplicate]
    next: str | None = Field(None, description="Value of `after` for the next page")


class Due(BaseModel):
    """An open referral that is due for an assessment."""

    reference: str
    received_on: date
    last_assessed_on: date | None
    days_since: int = Field(
        description="Since it was last assessed or, if never, since it was received"
    )


class DuePage(BaseModel):
    """One page of referrals that are due, longest overdue first."""

    as_of: date
    referrals: list[Due]
    next: str | None = Field(None, description="Value of `after` for the next page")
