"""POST and GET /erasures: a person's referrals leave no trace."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.intake import queries
from services.intake.api.audit import pseudonym_of
from services.intake.schemas import ErasureIn, ErasureOut, OwnReferrals
from shared.database import InDatabase
from shared.erasure.erasing import (
    Eraser,
    Receipt,
    erase,
    find_receipt,
    organisation_of,
)
from shared.identity import Identity
from shared.imports.jobs import forget_refusals
from shared.problems import InvalidContent, NotAllowed, NotFound, NoToken, documented

router = APIRouter(prefix="/erasures", tags=["erasures"])


@router.post(
    "", status_code=201, responses=documented(InvalidContent, NotAllowed, NoToken)
)
async def erase_person(
    body: ErasureIn,
    caller: Eraser,
    database: InDatabase,
    request: Request,
    response: Response,
) -> ErasureOut:
    """Erase all referrals of a person, and say when each part is done.

    A partner erases its own records of the person; a steward those of the organisation
    that is named, or of all. The answer lists the references that were erased, in the
    shape in which measures and stories take them; they are kept nowhere, so send them
    on now. What was erased is not taken again under its reference. Refused rows of
    imports go, too, whoever they are about.

    Raises:
        InvalidContent: 422, a local id without the organisation whose it is.
        NotAllowed: 403, a partner names another organisation.
    """
    organisation = organisation_of(caller, body.organisation)
    identity: Identity = request.app.state.identity
    person = pseudonym_of(body.person, organisation, identity)
    await forget_refusals(database, organisation)
    receipt, erased = await erase(
        database, caller, queries.doomed(person, organisation)
    )
    response.headers["Location"] = f"/erasures/{receipt.erasure_id}"
    return ErasureOut(
        **dict(receipt),
        erased=[
            OwnReferrals(organisation=owner, referrals=[one.reference for one in own])
            for owner, own in groupby(erased, lambda one: one.organisation)
        ],
    )


@router.get("/{erasure_id}", responses=documented(InvalidContent, NotFound, NoToken))
async def read_receipt(
    erasure_id: UUID, caller: Eraser, database: InDatabase
) -> Receipt:
    """Read how far an erasure is: rows, tombstones, and the files of the topics."""
    return await find_receipt(database, caller, erasure_id)
