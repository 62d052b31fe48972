"""GET /audit: who looked at a person's referrals, when, and why."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from services.intake import queries, rules
from services.intake.schemas import PersonIn
from shared.access import Steward
from shared.audit.asking import AfterEntry, AuditPage, audit_page
from shared.audit.reading import Reading, StatedPurpose
from shared.bodies import In, Limit, OrganisationCode
from shared.database import InDatabase
from shared.identity import Identity
from shared.problems import InvalidContent, NotAllowed, NoToken, documented

router = APIRouter(prefix="/audit", tags=["audit"])
RESPONSES = documented(InvalidContent, NoToken, NotAllowed)

Pseudonym = Annotated[
    str,
    Query(
        pattern=r"^[0-9a-f]{64}$",
        description="A person's pseudonym, as POST /audit/searches tells it",
    ),
]


class SearchIn(In):
    """Whom the audit is asked about; of a local id, whose it is."""

    person: PersonIn
    organisation: OrganisationCode | None = None


class SearchOut(BaseModel):
    """The pseudonym to ask for, and the referrals that are known of the person."""

    person: str
    referrals: list[UUID]


def pseudonym_of(person: PersonIn, organisation: str | None, identity: Identity) -> str:
    """Return a person's pseudonym.

    Raises:
        InvalidContent: 422, a local id without the organisation whose it is.
    """
    if person.local_id is not None and organisation is None:
        raise InvalidContent("A local_id needs the organisation whose it is.")
    return rules.pseudonym(person, organisation or "", identity)


@router.post("/searches", responses=RESPONSES)
async def search_audit(
    body: SearchIn,
    caller: Steward,
    database: InDatabase,
    request: Request,
    purpose: StatedPurpose = None,
) -> SearchOut:
    """Find the pseudonym of a person, whose identifier belongs in no address.

    Each referral that is found is noted as read by the caller.
    """
    identity: Identity = request.app.state.identity
    person = pseudonym_of(body.person, body.organisation, identity)
    reading = Reading("referral", caller, purpose)
    found = await queries.referrals_of(database, reading, person)
    return SearchOut(person=person, referrals=found)


@router.get("", responses=RESPONSES)
async def show_audit(
    _: Steward,
    database: InDatabase,
    person: Pseudonym | None = None,
    record: UUID | None = None,
    after: AfterEntry = 0,
    limit: Limit = 100,
) -> AuditPage:
    """Show who wrote and read a person's referrals, or one record.

    After an erasure a person leads to nothing here; a record still does.

    Raises:
        InvalidContent: 422, neither or both of `person` and `record` are given.
    """
    if (person is None) == (record is None):
        raise InvalidContent("Give either person or record.")
    records = [record] if record else await queries.ids_of(database, person or "")
    return await audit_page(database, records, after, limit)
