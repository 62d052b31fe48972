"""POST, GET and PUT /referrals: receive, read and correct."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import TypeAdapter

from services.intake import queries, registers, rules
from services.intake.problems import ReferralDiffers
from services.intake.schemas import (
    Kept,
    ReferralDetail,
    ReferralIn,
    ReferralOut,
    ReferralPage,
    ReferralRead,
)
from shared import batches
from shared.access import Caller, Partner
from shared.audit.reading import Reading, StatedPurpose, read, read_after
from shared.batches import BatchOut, parse_batch
from shared.bodies import After, Limit, differences
from shared.database import InDatabase
from shared.identity import Identity
from shared.problems import (
    Erased,
    InvalidContent,
    NotAllowed,
    NotFound,
    NoToken,
    NoVersionNamed,
    Stale,
    TooManyAtOnce,
    documented,
)
from shared.records import Entry, Stored, version_check

router = APIRouter(prefix="/referrals", tags=["referrals"])
REFERRALS_IN = TypeAdapter(list[ReferralIn])


def today() -> date:
    """Return today's date; the rules allow for a day between time zones."""
    return datetime.now(UTC).date()


def entry_of(body: ReferralIn, caller: Caller, identity: Identity) -> Entry:
    """Return a body as the record it becomes."""
    rules.check_reference(body.reference)
    rules.check_not_ahead(body.received_on, "/received_on", today())
    return queries.referral_entry(
        body, caller.organisation, identity, datetime.now(UTC)
    )


def differs(stored: Stored, entry: Entry) -> ReferralDiffers | None:
    """Say in which fields a stored referral differs from what was sent, if any."""
    sent = Kept.model_validate_json(entry.kept).received.model_dump_json()
    known = Kept.model_validate_json(stored.kept or "").received.model_dump_json()
    fields = differences(known, sent)
    if not fields:
        return None
    return ReferralDiffers(
        f"Stored with another value of {', '.join(fields)}. To correct it, PUT the"
        " referral with If-Match."
    )


def out(
    stored: Stored, reference: str, caller: Caller, sent: Entry | None = None
) -> ReferralOut:
    """Answer where a referral stands; a new one is as it was sent."""
    state = stored.state or (sent.state if sent else None) or "{}"
    return ReferralOut(
        referral_id=stored.id,
        reference=reference,
        organisation=caller.organisation,
        sequence=stored.sequence,
        quality=json.loads(state).get("quality", []),
    )


def detail(stored: Stored, reference: str, caller: Caller) -> ReferralDetail:
    """Answer with all that the owner sent."""
    kept = Kept.model_validate_json(stored.kept or "")
    return ReferralDetail(
        **out(stored, reference, caller).model_dump(),
        received=kept.received,
        decision=kept.decision,
        rule_published=kept.rule_published,
        contacts=sorted(kept.contacts.values(), key=lambda c: c.contact_on),
        circumstances=kept.circumstances,
        crisis_contacts=kept.crisis_contacts,
        closure=kept.closure,
        withdrawal=kept.withdrawal,
    )


@router.post(
    "",
    status_code=201,
    responses=documented(InvalidContent, ReferralDiffers, Erased, NoToken, NotAllowed),
)
async def receive_referral(
    body: ReferralIn,
    caller: Partner,
    database: InDatabase,
    request: Request,
    response: Response,
) -> ReferralOut:
    """Store a referral and announce it as `referral.received`.

    Referral, outbox and audit rows are one statement, committed before the response is
    sent. The same reference with the same content answers 200 and changes nothing.

    Raises:
        ReferralDiffers: 409, this reference is stored with other content.
        Erased: 410, what it stood for was erased.
    """
    entry = entry_of(body, caller, request.app.state.identity)
    writing = queries.writing_referrals(caller, request.headers.get("traceparent"))
    stored = (await queries.store_referrals(database, writing, [entry]))[entry.id]
    stored.refuse_erased()
    if not stored.is_new:
        problem = differs(stored, entry)
        if problem:
            raise problem
        response.status_code = 200
    response.headers["Location"] = f"/referrals/{body.reference}"
    response.headers["ETag"] = f'"{stored.sequence}"'
    return out(stored, body.reference, caller, entry)


@router.post(
    "/batch",
    max_body_size=batches.BATCH_BYTES,
    openapi_extra=batches.batch_body(ReferralIn),
    responses=documented(InvalidContent, TooManyAtOnce, NoToken, NotAllowed),
)
async def receive_referrals(
    caller: Partner, database: InDatabase, request: Request, dry_run: bool = False
) -> BatchOut:
    """Store up to 1,000 referrals in one statement; each is answered on its own.

    With `dry_run=true` everything is checked and nothing is stored.
    """
    parsed = await parse_batch(request, REFERRALS_IN)
    identity: Identity = request.app.state.identity
    writing = queries.writing_referrals(caller, request.headers.get("traceparent"))

    async def write(entries: list[Entry]) -> dict[UUID, Stored]:
        if dry_run:
            return {}
        return await queries.store_referrals(database, writing, entries)

    return await batches.answer_batch(
        parsed, lambda body: entry_of(body, caller, identity), write, differs
    )


@router.get("", responses=documented(InvalidContent, NoToken, NotAllowed))
async def list_referrals(
    caller: Partner,
    database: InDatabase,
    purpose: StatedPurpose = None,
    after: After = "",
    limit: Limit = 100,
) -> ReferralPage:
    """List the caller's own referrals, in order of reference; each is noted as read."""
    reading = Reading("referral", caller, purpose)
    rows = await read_after(database, reading, after, limit)
    return ReferralPage(
        referrals=[detail(stored, reference, caller) for reference, stored in rows],
        next=rows[-1][0] if len(rows) == limit else None,
    )


@router.get(
    "/{reference}", responses=documented(InvalidContent, NotFound, NoToken, NotAllowed)
)
async def read_referral(
    reference: str,
    caller: Partner,
    database: InDatabase,
    request: Request,
    response: Response,
    purpose: StatedPurpose = None,
) -> ReferralRead:
    """Read one of the caller's own referrals, and which others it may duplicate.

    That it was read is noted.
    """
    identity: Identity = request.app.state.identity
    entity = identity.entity_id(caller.organisation, "referral", reference)
    stored = await read(database, Reading("referral", caller, purpose), entity)
    if stored is None:
        raise NotFound("You have no referral of this reference.")
    response.headers["ETag"] = f'"{stored.sequence}"'
    return ReferralRead(
        **dict(detail(stored, reference, caller)),
        possible_duplicates=await registers.duplicates_of(database, entity),
    )


@router.put(
    "/{reference}",
    responses=documented(
        InvalidContent, NotFound, Stale, NoVersionNamed, NoToken, NotAllowed
    ),
)
async def correct_referral(
    reference: str,
    body: ReferralIn,
    caller: Partner,
    database: InDatabase,
    request: Request,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> ReferralOut:
    """Correct what was received; `If-Match` carries the ETag that was read.

    Raises:
        NoVersionNamed: 428, `If-Match` is absent.
        Stale: 412, the referral changed since.
    """
    if body.reference != reference:
        raise InvalidContent("The reference in the body is not the one in the address.")
    rules.check_not_ahead(body.received_on, "/received_on", today())
    right = rules.received(body, caller.organisation, request.app.state.identity)
    identity: Identity = request.app.state.identity
    stored = await queries.change_referral(
        database,
        queries.writing_referrals(caller, request.headers.get("traceparent")),
        identity.entity_id(caller.organisation, "referral", reference),
        queries.Step(
            "corrected",
            lambda kept: rules.corrected(kept, right),
            version_check(if_match),
        ),
    )
    if stored is None:
        raise NotFound("You have no referral of this reference.")
    response.headers["ETag"] = f'"{stored.sequence}"'
    return out(stored, reference, caller)
