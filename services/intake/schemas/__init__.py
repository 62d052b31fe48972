"""Request and response bodies of intake, and the record that it keeps of a referral."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from shared.bodies import (
    CalendarDate,
    Code,
    FewWords,
    In,
    OrganisationCode,
    Reference,
    Words,
)
from shared.erasure.erasing import Receipt
from shared.events import CrisisKind, Nation, OrganisationKind, QualityFlag
from shared.identity import nhs_number_fault

RulePublished = Annotated[
    bool | None,
    Field(
        description="Whether the rule quoted was among your published criteria when the"
        " decision was told; null if none was quoted, or none were published"
    ),
]


class OrganisationIn(In):
    """A partner, as a steward registers it."""

    name: FewWords
    kind: OrganisationKind
    nation: Nation
    place: FewWords
    site: FewWords | None = None
    left_on: CalendarDate | None = None
    criteria: Annotated[
        list[FewWords],
        Field(max_length=50, description="Whom it is for, one rule each, as published"),
    ] = []


class OrganisationOut(BaseModel):
    """A partner of the system."""

    code: str
    organisation_id: UUID
    sequence: int
    name: str
    kind: OrganisationKind
    nation: Nation
    place: str
    site: str | None = None
    left_on: date | None = None
    criteria: list[str] = []


class PersonIn(In):
    """Who it is about: an NHS number, or the organisation's own id; never stored."""

    nhs_number: str | None = None
    local_id: Reference | None = None

    @model_validator(mode="after")
    def _is_one_checked_id(self) -> Self:
        if (self.nhs_number is None) == (self.local_id is None):
            msg = "give either nhs_number or local_id"
            raise ValueError(msg)
        if self.nhs_number is not None:
            fault = nhs_number_fault(self.nhs_number)
            if fault:
                msg = f"the NHS number is not valid: {fault.replace('_', ' ')}"
                raise ValueError(msg)
        return self


class ReferralIn(In):
    """A referral as a partner sends it. Codes are MHSDS codes, as text (`/codes`)."""

    reference: Reference
    person: PersonIn
    received_on: CalendarDate
    source: Code
    reasons: Annotated[list[Code], Field(max_length=20)] = []
    primary_reason: Code | None = None
    priority: Code | None = None
    age: Annotated[int, Field(ge=0, le=130)] | None = None
    ethnicity: Code | None = None
    gender: Code | None = None
    disabilities: Annotated[list[Code], Field(max_length=20)] = []
    language: Code | None = None
    imd_decile: Annotated[int, Field(ge=1, le=10)] | None = None
    strengths: Annotated[list[FewWords], Field(max_length=20)] = []
    own_words: Words | None = None


class DecisionIn(In):
    """Accepted, or not for us: with the reason and where the person went."""

    outcome: Literal["accepted", "not_for_us"]
    decided_on: CalendarDate
    reason: Code | None = None
    rule_quoted: FewWords | None = None
    onward_organisation: OrganisationCode | None = None
    onward_received: bool | None = None

    @model_validator(mode="after")
    def _has_a_reason_if_refused(self) -> Self:
        if self.outcome == "not_for_us" and self.reason is None:
            msg = "a referral that is not for you needs a reason"
            raise ValueError(msg)
        return self


class ContactIn(In):
    """A contact that was planned; it counts if the person attended."""

    reference: Reference
    contact_on: CalendarDate
    attended: bool
    mode: Code | None = None


class CircumstanceIn(In):
    """Housing and work on one day."""

    recorded_on: CalendarDate
    accommodation: Code | None = None
    employment: Code | None = None


class CrisisContactIn(In):
    """A contact in a crisis; the day may be before the referral was received."""

    kind: CrisisKind
    on: CalendarDate


class ClosureIn(In):
    """The end of the referral."""

    closed_on: CalendarDate
    reason: Code | None = None


class WithdrawalIn(In):
    """That the referral was sent wrongly: it stays stored and counts nowhere."""

    withdrawn_on: CalendarDate
    reason: FewWords | None = None


class Received(BaseModel):
    """What was received, without the person's identifier."""

    reference: str
    person: str
    person_key_id: str
    received_on: date
    source: str
    reasons: list[str] = []
    primary_reason: str | None = None
    priority: str | None = None
    age: int | None = None
    ethnicity: str | None = None
    gender: str | None = None
    disabilities: list[str] = []
    language: str | None = None
    imd_decile: int | None = None
    strengths: list[str] = []
    own_words: str | None = None


class Kept(BaseModel):
    """All that intake keeps of a referral; its state is derived from this alone.

    Attributes:
        rule_published: Whether the rule that the decision quotes was among the
            organisation's criteria when the decision was told; criteria that change
            later do not change it.
    """

    received: Received
    decision: DecisionIn | None = None
    rule_published: bool | None = None
    contacts: dict[str, ContactIn] = {}
    circumstances: list[CircumstanceIn] = []
    crisis_contacts: list[CrisisContactIn] = []
    closure: ClosureIn | None = None
    withdrawal: WithdrawalIn | None = None


class ReferralOut(BaseModel):
    """Where a referral stands."""

    referral_id: UUID
    reference: str
    organisation: str
    sequence: int
    quality: list[QualityFlag] = Field(
        [], description="What to mind: nothing was refused for it"
    )


class ReferralDetail(ReferralOut):
    """A referral with all that its owner sent, but for the person's identifier."""

    received: Received
    decision: DecisionIn | None = None
    rule_published: RulePublished = None
    contacts: list[ContactIn] = []
    circumstances: list[CircumstanceIn] = []
    crisis_contacts: list[CrisisContactIn] = []
    closure: ClosureIn | None = None
    withdrawal: WithdrawalIn | None = None


class ReferralPage(BaseModel):
    """One page of an organisation's referrals, in order of reference."""

    referrals: list[ReferralDetail]
    next: str | None = Field(None, description="Value of `after` for the next page")


class ErasureIn(In):
    """Whose records are to be erased; of a local id, whose it is."""

    person: PersonIn
    organisation: OrganisationCode | None = None


class OwnReferrals(BaseModel):
    """What measures and stories take to erase what hangs on these referrals."""

    organisation: str
    referrals: list[str]


class ErasureOut(Receipt):
    """The receipt, and what was erased; the latter is told only here, only once."""

    erased: list[OwnReferrals]


class ReferralRead(ReferralDetail):
    """One referral, with the others that it may be a duplicate of."""

    possible_duplicates: list[str] = Field(
        description="References of the same person's other referrals that are open"
        " too, or were received within 30 days; nothing is merged"
    )
