"""What happens to a referral, as pure functions: no database, no clock, no network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from services.intake import quality
from services.intake.codes import KNOWN
from services.intake.problems import address_taken, day_ahead
from services.intake.rules import criteria
from services.intake.schemas import (
    CircumstanceIn,
    ClosureIn,
    ContactIn,
    CrisisContactIn,
    DecisionIn,
    Kept,
    OrganisationIn,
    PersonIn,
    Received,
    ReferralIn,
    WithdrawalIn,
)
from shared.events import (
    Circumstance,
    Closure,
    CrisisContact,
    Decision,
    OrganisationState,
    ReferralState,
)
from shared.identity import Identity, normalise_nhs_number

CLOCK_LEEWAY = timedelta(days=1)
ADDRESSES = frozenset({"possible-duplicates", "turned-away"})


class ContactKnown(ValueError):
    """This contact's reference is stored with other content."""


class NoSuchContact(KeyError):
    """The referral has no such contact."""


def check_reference(reference: str) -> None:
    """Refuse a reference that is the address of a list: nobody could read it there.

    Raises:
        InvalidContent: 422, it is `turned-away` or `possible-duplicates`.
    """
    if reference in ADDRESSES:
        raise address_taken()


def check_not_ahead(day: date, pointer: str, today: date) -> None:
    """Refuse a day that has not come yet; clocks may differ by a day.

    Raises:
        InvalidContent: 422, it is later than tomorrow.
    """
    if day > today + CLOCK_LEEWAY:
        raise day_ahead(pointer)


def pseudonym(person: PersonIn, organisation: str, identity: Identity) -> str:
    """Return the person's pseudonym; the identifier goes no further than here."""
    if person.nhs_number is not None:
        return identity.person_from_nhs_number(normalise_nhs_number(person.nhs_number))
    return identity.person_from_local_id(organisation, person.local_id or "")


def received(body: ReferralIn, organisation: str, identity: Identity) -> Received:
    """Return what is kept of a referral that was received."""
    values = vars(body) | {"person": pseudonym(body.person, organisation, identity)}
    return Received(**values, person_key_id=identity.key_id)


def decided(kept: Kept, decision: DecisionIn, published: Sequence[str]) -> Kept | None:
    """Return the referral with its decision, or None if that is what it has.

    A rule is judged when it is first quoted: told again with something else changed, it
    is not judged by what was published in the meantime.

    Args:
        published: The organisation's criteria at this moment.
    """
    known = kept.decision
    if known == decision:
        return None
    is_judged = known is not None and (known.outcome, known.rule_quoted) == (
        decision.outcome,
        decision.rule_quoted,
    )
    found = kept.rule_published
    if not is_judged:
        found = criteria.rule_published(decision, published)
    return kept.model_copy(update={"decision": decision, "rule_published": found})


def contacted(kept: Kept, contact: ContactIn) -> Kept | None:
    """Return the referral with one more contact, or None if it is there already.

    Raises:
        ContactKnown: its reference is stored with other content.
    """
    known = kept.contacts.get(contact.reference)
    if known == contact:
        return None
    if known is not None:
        raise ContactKnown
    return kept.model_copy(
        update={"contacts": {**kept.contacts, contact.reference: contact}}
    )


def contact_corrected(kept: Kept, right: ContactIn) -> Kept | None:
    """Return the referral with a contact as it should have been told.

    Raises:
        NoSuchContact: it has no contact of this reference.
    """
    known = kept.contacts.get(right.reference)
    if known is None:
        raise NoSuchContact
    if known == right:
        return None
    return kept.model_copy(
        update={"contacts": {**kept.contacts, right.reference: right}}
    )


def contact_removed(kept: Kept, reference: str) -> Kept:
    """Return the referral without a contact that never was.

    Raises:
        NoSuchContact: it has no contact of this reference.
    """
    if reference not in kept.contacts:
        raise NoSuchContact
    others = {key: c for key, c in kept.contacts.items() if key != reference}
    return kept.model_copy(update={"contacts": others})


def found_in(kept: Kept, circumstance: CircumstanceIn) -> Kept | None:
    """Return the referral with housing and work on one day; a day is told once."""
    others = [
        c for c in kept.circumstances if c.recorded_on != circumstance.recorded_on
    ]
    after = sorted([*others, circumstance], key=lambda c: c.recorded_on)
    if after == kept.circumstances:
        return None
    return kept.model_copy(update={"circumstances": after})


def in_crisis(kept: Kept, told: CrisisContactIn) -> Kept | None:
    """Return the referral with a contact in a crisis; one of a kind is told once a day.

    Who feeds these knows a kind and a day, and no reference of it.
    """
    if told in kept.crisis_contacts:
        return None
    after = sorted([*kept.crisis_contacts, told], key=lambda one: (one.on, one.kind))
    return kept.model_copy(update={"crisis_contacts": after})


def crisis_removed(kept: Kept, told: CrisisContactIn) -> Kept:
    """Return the referral without a contact in a crisis that never was.

    Raises:
        NoSuchContact: it has none of this kind on this day.
    """
    if told not in kept.crisis_contacts:
        raise NoSuchContact
    others = [one for one in kept.crisis_contacts if one != told]
    return kept.model_copy(update={"crisis_contacts": others})


def closed(kept: Kept, closure: ClosureIn) -> Kept | None:
    """Return the closed referral, or None if it is closed just so."""
    if kept.closure == closure:
        return None
    return kept.model_copy(update={"closure": closure})


def withdrawn(kept: Kept, withdrawal: WithdrawalIn | None) -> Kept | None:
    """Return the referral withdrawn, or not any longer; None if it is so already."""
    if kept.withdrawal == withdrawal:
        return None
    return kept.model_copy(update={"withdrawal": withdrawal})


def corrected(kept: Kept, right: Received) -> Kept | None:
    """Return the referral with what should have been sent, or None if it was."""
    if kept.received == right:
        return None
    return kept.model_copy(update={"received": right})


def referral_state(
    kept: Kept, referral: UUID, organisation: str, recorded_at: datetime
) -> ReferralState:
    """Derive what is published from what is kept: codes and dates, no words."""
    sent = quality.publishable(kept.received, quality.unknown_codes(kept.received))
    attended = [c.contact_on for c in kept.contacts.values() if c.attended]
    return ReferralState(
        id=referral,
        organisation=organisation,
        recorded_at=recorded_at,
        person=sent.person,
        person_key_id=sent.person_key_id,
        received_on=sent.received_on,
        source=sent.source,
        reasons=sent.reasons,
        primary_reason=sent.primary_reason,
        priority=sent.priority,
        age=sent.age,
        ethnicity=sent.ethnicity,
        gender=sent.gender,
        disabilities=sent.disabilities,
        language=sent.language,
        imd_decile=sent.imd_decile,
        decision=decision_state(kept.decision, kept.rule_published),
        first_contact_on=min(attended, default=None),
        last_contact_on=max(attended, default=None),
        contacts=len(attended),
        circumstances=[circumstance_state(c) for c in kept.circumstances],
        crisis_contacts=[
            CrisisContact(kind=one.kind, on=one.on) for one in kept.crisis_contacts
        ],
        closure=closure_state(kept.closure),
        quality=quality.flags(kept),
        is_withdrawn=kept.withdrawal is not None,
    )


def circumstance_state(told: CircumstanceIn) -> Circumstance:
    """Return what is published of housing and work on one day."""
    return Circumstance(
        recorded_on=told.recorded_on,
        accommodation=quality.known_code(told.accommodation, KNOWN["accommodation"]),
        employment=quality.known_code(told.employment, KNOWN["employment"]),
    )


def closure_state(closure: ClosureIn | None) -> Closure | None:
    """Return what is published of a referral's end."""
    if closure is None:
        return None
    reason = quality.known_code(closure.reason, KNOWN["closure_reason"])
    return Closure(closed_on=closure.closed_on, reason=reason)


def decision_state(
    decision: DecisionIn | None, rule_published: bool | None
) -> Decision | None:
    """Return what is published of a decision: that a rule was quoted, not its words."""
    if decision is None:
        return None
    return Decision(
        outcome=decision.outcome,
        decided_on=decision.decided_on,
        reason=quality.known_code(decision.reason, KNOWN["rejection_reason"]),
        has_rule_quoted=decision.rule_quoted is not None,
        rule_published=rule_published,
        onward_organisation=decision.onward_organisation,
        onward_received=decision.onward_received,
    )


def organisation_state(
    body: OrganisationIn, organisation: UUID, code: str, recorded_at: datetime
) -> OrganisationState:
    """Derive what is published of a partner."""
    return OrganisationState(
        id=organisation,
        organisation=code,
        recorded_at=recorded_at,
        name=body.name,
        kind=body.kind,
        nation=body.nation,
        place=body.place,
        site=body.site,
        left_on=body.left_on,
    )
