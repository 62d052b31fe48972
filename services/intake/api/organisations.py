"""PUT and GET /organisations: the partners of the system."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from services.intake import queries
from services.intake.schemas import OrganisationIn, OrganisationOut
from shared.access import AnyCaller, Steward
from shared.bodies import After, Limit, OrganisationCode
from shared.database import InDatabase
from shared.identity import Identity
from shared.problems import InvalidContent, NotAllowed, NoToken, documented
from shared.records import Stored

router = APIRouter(prefix="/organisations", tags=["organisations"])


class OrganisationPage(BaseModel):
    """One page of partners, in order of code."""

    organisations: list[OrganisationOut]
    next: str | None = None


def _out(code: str, stored: Stored, body: OrganisationIn) -> OrganisationOut:
    return OrganisationOut(
        code=code,
        organisation_id=stored.id,
        sequence=stored.sequence,
        **body.model_dump(),
    )


@router.put("/{code}", responses=documented(InvalidContent, NoToken, NotAllowed))
async def register_organisation(
    code: Annotated[OrganisationCode, Path()],
    body: OrganisationIn,
    caller: Steward,
    database: InDatabase,
    request: Request,
    response: Response,
) -> OrganisationOut:
    """Register a partner or change one; the same content again changes nothing."""
    identity: Identity = request.app.state.identity
    entity = identity.entity_id(code, "organisation", code)
    stored = await queries.store_organisation(database, caller, code, body, entity)
    response.headers["ETag"] = f'"{stored.sequence}"'
    return _out(code, stored, body)


@router.get("", responses=documented(NoToken))
async def list_organisations(
    _: AnyCaller,
    database: InDatabase,
    after: After = "",
    limit: Limit = 100,
) -> OrganisationPage:
    """List the partners, in order of code."""
    rows = await queries.organisations_after(database, after, limit)
    return OrganisationPage(
        organisations=[
            _out(code, s, OrganisationIn.model_validate_json(s.kept or ""))
            for code, s in rows
        ],
        next=rows[-1][0] if len(rows) == limit else None,
    )
