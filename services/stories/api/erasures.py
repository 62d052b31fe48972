"""POST and GET /erasures: stories leave no trace."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.stories import lab_queries, queries
from services.stories.schemas import ErasureIn
from shared.database import InDatabase
from shared.erasure.erasing import (
    Eraser,
    Receipt,
    erase,
    find_receipt,
    organisation_of,
)
from shared.identity import Identity
from shared.links import close_links_of
from shared.problems import InvalidContent, NotAllowed, NotFound, NoToken, documented

router = APIRouter(prefix="/erasures", tags=["erasures"])


@router.post(
    "",
    status_code=201,
    responses=documented(InvalidContent, NotAllowed, NoToken),
)
async def erase_records(
    body: ErasureIn,
    caller: Eraser,
    database: InDatabase,
    request: Request,
    response: Response,
) -> Receipt:
    """Erase stories, and all stories of referrals, and say when each part is done.

    A partner erases its own records; a steward names the organisation. Sent again, it
    erases nothing more. What was erased is not taken again under its reference, nor is
    anything new of these referrals. Learning labs forget the stories that they looked
    at; what is written in them are words of staff, who name nobody, and stays.

    Raises:
        InvalidContent: 422, a steward names no organisation.
        NotAllowed: 403, a partner names another organisation.
    """
    organisation = organisation_of(caller, body.organisation)
    if organisation is None:
        raise InvalidContent("Say whose references these are: name the organisation.")
    identity: Identity = request.app.state.identity
    referrals = [
        identity.entity_id(organisation, "referral", one) for one in body.referrals
    ]
    stories = [identity.entity_id(organisation, "story", one) for one in body.stories]
    doomed = queries.doomed(stories, referrals, organisation)
    await close_links_of(database, referrals, stories)
    receipt, _ = await erase(database, caller, doomed, referrals)
    await lab_queries.take_out_erased(database, organisation)
    response.headers["Location"] = f"/erasures/{receipt.erasure_id}"
    return receipt


@router.get("/{erasure_id}", responses=documented(InvalidContent, NotFound, NoToken))
async def read_receipt(
    erasure_id: UUID, caller: Eraser, database: InDatabase
) -> Receipt:
    """Read how far an erasure is: rows, tombstones, and the files of the topics."""
    return await find_receipt(database, caller, erasure_id)
