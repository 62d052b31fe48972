"""What happens on a referral's journey: decision, contacts, circumstances, closure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.intake import queries, rules
from services.intake.api.referrals import out, today
from services.intake.problems import ContactDiffers
from services.intake.schemas import (
    CircumstanceIn,
    ClosureIn,
    ContactIn,
    DecisionIn,
    Kept,
    ReferralOut,
)
from shared.access import Caller, Partner
from shared.database import Database, InDatabase
from shared.identity import Identity
from shared.problems import InvalidContent, NotAllowed, NotFound, NoToken, documented

router = APIRouter(prefix="/referrals/{reference}", tags=["journey"])
RESPONSES = documented(InvalidContent, NotFound, NoToken, NotAllowed)


class Journey:
    """One referral of the caller, about to be changed."""

    def __init__(
        self,
        reference: str,
        caller: Caller,
        database: Database,
        request: Request,
        response: Response,
    ) -> None:
        self._reference = reference
        self._caller = caller
        self._database = database
        self._request = request
        self._response = response

    async def change(
        self, happening: str, rule: Callable[[Kept], Kept | None]
    ) -> ReferralOut:
        """Apply `rule` and answer where the referral stands.

        Raises:
            NotFound: 404, the caller has no such referral.
        """
        identity: Identity = self._request.app.state.identity
        caller = self._caller
        stored = await queries.change_referral(
            self._database,
            queries.writing_referrals(caller, self._request.headers.get("traceparent")),
            identity.entity_id(caller.organisation, "referral", self._reference),
            queries.Step(happening, rule),
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


@router.put("/decision", responses=RESPONSES)
async def decide(body: DecisionIn, journey: ThisJourney) -> ReferralOut:
    """Say whether the person will be seen, or where they went instead."""
    rules.check_not_ahead(body.decided_on, "/decided_on", today())
    return await journey.change("decided", lambda kept: rules.decided(kept, body))


@router.post(
    "/contacts", status_code=201, responses=RESPONSES | documented(ContactDiffers)
)
async def add_contact(body: ContactIn, journey: ThisJourney) -> ReferralOut:
    """Add a contact; it counts, and stops the clock, if the person attended.

    Raises:
        ContactDiffers: 409, this contact is stored with other content.
    """
    if body.attended:
        rules.check_not_ahead(body.contact_on, "/contact_on", today())

    def rule(kept: Kept) -> Kept | None:
        try:
            return rules.contacted(kept, body)
        except rules.ContactKnown as known:
            raise ContactDiffers(
                "Another contact of this reference is stored. Send a new reference."
            ) from known

    return await journey.change("contacted", rule)


@router.post("/circumstances", status_code=201, responses=RESPONSES)
async def tell_circumstances(body: CircumstanceIn, journey: ThisJourney) -> ReferralOut:
    """Tell housing and work on one day; told again, the later telling holds."""
    rules.check_not_ahead(body.recorded_on, "/recorded_on", today())
    return await journey.change("changed", lambda kept: rules.found_in(kept, body))


@router.put("/closure", responses=RESPONSES)
async def close(body: ClosureIn, journey: ThisJourney) -> ReferralOut:
    """Close the referral."""
    rules.check_not_ahead(body.closed_on, "/closed_on", today())
    return await journey.change("closed", lambda kept: rules.closed(kept, body))
