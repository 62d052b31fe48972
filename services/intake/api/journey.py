"""What happens on a referral's journey: decision, contacts, circumstances, its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Header, Request, Response

from services.intake import queries, rules
from services.intake.api.referrals import out, today
from services.intake.problems import ContactDiffers
from services.intake.queries import Step
from services.intake.schemas import (
    CircumstanceIn,
    ClosureIn,
    ContactIn,
    CrisisContactIn,
    DecisionIn,
    Kept,
    ReferralOut,
    WithdrawalIn,
)
from shared.access import Caller, Partner
from shared.bodies import CalendarDate
from shared.database import Database, InDatabase
from shared.events import CrisisKind
from shared.identity import Identity
from shared.problems import (
    InvalidContent,
    NotAllowed,
    NotFound,
    NoToken,
    NoVersionNamed,
    Stale,
    documented,
)
from shared.records import version_check


async def _declare_version(if_match: Annotated[str | None, Header()] = None) -> None:
    """Declare `If-Match` for the documentation; `Journey` reads it."""


router = APIRouter(
    prefix="/referrals/{reference}",
    tags=["journey"],
    dependencies=[Depends(_declare_version)],
)
RESPONSES = documented(InvalidContent, NotFound, Stale, NoToken, NotAllowed)
CORRECTING = RESPONSES | documented(NoVersionNamed)
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Journey:
    """One referral of the caller, about to be changed."""

    _reference: str
    _caller: Caller
    _database: Database
    _request: Request
    _response: Response

    async def change(self, step: Step, must_name_version: bool = False) -> ReferralOut:
        """Take a step and answer where the referral stands.

        What is told for the first time needs no version; where one is named, it holds.

        Raises:
            NotFound: 404, the caller has no such referral.
            Stale: 412, `If-Match` names an older version.
            NoVersionNamed: 428, a correction without `If-Match`.
        """
        if_match = self._request.headers.get("if-match")
        is_free = if_match is None and not must_name_version
        check = (lambda _: None) if is_free else version_check(if_match)
        identity: Identity = self._request.app.state.identity
        caller = self._caller
        stored = await queries.change_referral(
            self._database,
            queries.writing_referrals(caller, self._request.headers.get("traceparent")),
            identity.entity_id(caller.organisation, "referral", self._reference),
            replace(step, check=check),
        )
        if stored is None:
            raise NotFound("You have no referral of this reference.")
        if not stored.is_new:
            self._response.status_code = 200
        self._response.headers["ETag"] = f'"{stored.sequence}"'
        return out(stored, self._reference, caller)


async def _journey(
    reference: str,
    caller: Partner,
    database: InDatabase,
    request: Request,
    response: Response,
) -> Journey:
    return Journey(reference, caller, database, request, response)


# A dependency is an async function: a class would be called in a thread.
ThisJourney = Annotated[Journey, Depends(_journey)]


async def decision(body: DecisionIn, database: Database, caller: Caller) -> Step:
    """Return what a decision does to a referral, by the criteria of this moment."""
    rules.check_not_ahead(body.decided_on, "/decided_on", today())
    criteria: Sequence[str] = ()
    if body.rule_quoted is not None:
        criteria = await queries.criteria_of(database, caller.organisation)
    return Step("decided", lambda kept: rules.decided(kept, body, criteria))


@router.put("/decision", responses=RESPONSES)
async def decide(
    body: DecisionIn, journey: ThisJourney, caller: Partner, database: InDatabase
) -> ReferralOut:
    """Say whether the person will be seen, or where they went instead.

    A rule that is quoted is looked for in the criteria that you have published, of this
    moment; whether it is there is published, its words are not.
    """
    return await journey.change(await decision(body, database, caller))


def contact(body: ContactIn) -> Step:
    """Return what a contact does to a referral."""
    if body.attended:
        rules.check_not_ahead(body.contact_on, "/contact_on", today())

    def rule(kept: Kept) -> Kept | None:
        try:
            return rules.contacted(kept, body)
        except rules.ContactKnown as known:
            raise ContactDiffers(
                "Another contact of this reference is stored. Send a new reference."
            ) from known

    return Step("contacted", rule)


@router.post(
    "/contacts", status_code=201, responses=RESPONSES | documented(ContactDiffers)
)
async def add_contact(body: ContactIn, journey: ThisJourney) -> ReferralOut:
    """Add a contact; it counts, and stops the clock, if the person attended.

    Raises:
        ContactDiffers: 409, this contact is stored with other content.
    """
    return await journey.change(contact(body))


@router.put("/contacts/{contact_reference}", responses=CORRECTING)
async def correct_contact(
    contact_reference: str, body: ContactIn, journey: ThisJourney
) -> ReferralOut:
    """Correct a contact that was told wrongly; `If-Match` carries the ETag read.

    Raises:
        NotFound: 404, there is no such referral, or it has no such contact.
    """
    if body.reference != contact_reference:
        raise InvalidContent("The reference in the body is not the one in the address.")
    if body.attended:
        rules.check_not_ahead(body.contact_on, "/contact_on", today())
    step = Step(
        "corrected", lambda kept: _of_a_contact(rules.contact_corrected, kept, body)
    )
    return await journey.change(step, must_name_version=True)


@router.delete("/contacts/{contact_reference}", responses=CORRECTING)
async def remove_contact(contact_reference: str, journey: ThisJourney) -> ReferralOut:
    """Remove a contact that never was; `If-Match` carries the ETag read.

    Raises:
        NotFound: 404, there is no such referral, or it has no such contact.
    """
    step = Step(
        "corrected",
        lambda kept: _of_a_contact(rules.contact_removed, kept, contact_reference),
    )
    return await journey.change(step, must_name_version=True)


def _of_a_contact(
    rule: Callable[[Kept, Told], Kept | None], kept: Kept, told: Told
) -> Kept | None:
    try:
        return rule(kept, told)
    except rules.NoSuchContact as error:
        raise NotFound("The referral has no such contact.") from error


def circumstance(body: CircumstanceIn) -> Step:
    """Return what a telling of housing and work does to a referral."""
    rules.check_not_ahead(body.recorded_on, "/recorded_on", today())
    return Step("changed", lambda kept: rules.found_in(kept, body))


@router.post("/circumstances", status_code=201, responses=RESPONSES)
async def tell_circumstances(body: CircumstanceIn, journey: ThisJourney) -> ReferralOut:
    """Tell housing and work on one day; told again, the later telling holds."""
    return await journey.change(circumstance(body))


def crisis_contact(body: CrisisContactIn) -> Step:
    """Return what a contact in a crisis does to a referral."""
    rules.check_not_ahead(body.on, "/on", today())
    return Step("changed", lambda kept: rules.in_crisis(kept, body))


@router.post("/crisis-contacts", status_code=201, responses=RESPONSES)
async def tell_crisis_contact(
    body: CrisisContactIn, journey: ThisJourney
) -> ReferralOut:
    """Tell of a contact in a crisis, wherever it was, before or since the referral.

    One of a kind on a day is one, however often it is told.
    """
    return await journey.change(crisis_contact(body))


@router.delete("/crisis-contacts/{kind}/{on}", responses=CORRECTING)
async def remove_crisis_contact(
    kind: CrisisKind, on: CalendarDate, journey: ThisJourney
) -> ReferralOut:
    """Remove a contact in a crisis that never was; `If-Match` carries the ETag read.

    Raises:
        NotFound: 404, there is no such referral, or it has no such contact.
    """
    told = CrisisContactIn.model_construct(kind=kind, on=on)
    step = Step(
        "corrected", lambda kept: _of_a_contact(rules.crisis_removed, kept, told)
    )
    return await journey.change(step, must_name_version=True)


def closure(body: ClosureIn) -> Step:
    """Return what a closure does to a referral."""
    rules.check_not_ahead(body.closed_on, "/closed_on", today())
    return Step("closed", lambda kept: rules.closed(kept, body))


@router.put("/closure", responses=RESPONSES)
async def close(body: ClosureIn, journey: ThisJourney) -> ReferralOut:
    """Close the referral."""
    return await journey.change(closure(body))


@router.put("/withdrawal", responses=RESPONSES)
async def withdraw(body: WithdrawalIn, journey: ThisJourney) -> ReferralOut:
    """Withdraw a referral that was sent wrongly: it stays stored and counts nowhere."""
    rules.check_not_ahead(body.withdrawn_on, "/withdrawn_on", today())
    step = Step("withdrawn", lambda kept: rules.withdrawn(kept, body))
    return await journey.change(step)


@router.delete("/withdrawal", responses=CORRECTING)
async def take_back_withdrawal(journey: ThisJourney) -> ReferralOut:
    """Let a referral that was withdrawn by mistake count again."""
    step = Step("corrected", lambda kept: rules.withdrawn(kept, None))
    return await journey.change(step, must_name_version=True)
