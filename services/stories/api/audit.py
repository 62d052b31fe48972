"""GET /audit: who looked at stories, when, and why."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.stories import queries
from shared.access import Steward
from shared.audit.asking import AfterEntry, AuditPage, audit_page
from shared.bodies import Limit
from shared.database import InDatabase
from shared.problems import InvalidContent, NotAllowed, NoToken, documented

router = APIRouter(prefix="/audit", tags=["audit"])

ReferralId = Annotated[
    UUID, Query(description="A referral's id, as intake tells it for a person")
]


@router.get("", responses=documented(InvalidContent, NoToken, NotAllowed))
async def show_audit(
    _: Steward,
    database: InDatabase,
    referral: ReferralId | None = None,
    record: UUID | None = None,
    after: AfterEntry = 0,
    limit: Limit = 100,
) -> AuditPage:
    """Show who wrote and read the stories of a referral, or one record.

    Who the person is, only intake knows. After an erasure a referral leads to nothing
    here; a record still does.

    Raises:
        InvalidContent: 422, neither or both of `referral` and `record` are given.
    """
    if record is not None and referral is None:
        records = [record]
    elif referral is not None and record is None:
        records = await queries.ids_of(database, referral)
    else:
        raise InvalidContent("Give either referral or record.")
    return await audit_page(database, records, after, limit)
