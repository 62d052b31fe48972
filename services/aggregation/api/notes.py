"""Endpoints of notes: what people put beside figures, and what they take back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.aggregation import notes
from services.aggregation.api.indicators import between, read_month, scope_for
from services.aggregation.indicators import INDICATORS
from services.aggregation.notes import Note, NoteIn, NoteOut, NotePage
from services.aggregation.problems import BadQuestion, NoSuchIndicator, NoSuchNote
from shared.access import Caller, MaybeCaller, holding
from shared.bodies import Limit
from shared.database import InDatabase
from shared.identity import Identity
from shared.problems import (
    FieldProblem,
    InvalidContent,
    NotAllowed,
    NoToken,
    documented,
)

router = APIRouter(prefix="/notes", tags=["notes"])
Writer = Annotated[Caller, Depends(holding("steward", "partner"))]
After = Annotated[int, Query(ge=0, lt=2**63, description="`next` of the page before")]


@router.post(
    "",
    status_code=201,
    responses=documented(InvalidContent, NoSuchIndicator, NoToken, NotAllowed),
)
async def make_note(
    body: NoteIn,
    caller: Writer,
    database: InDatabase,
    request: Request,
    response: Response,
) -> NoteOut:
    """Put a note beside figures: a steward anywhere, a partner beside its own.

    Every reader of those figures sees it, with the organisation and the day. The same
    note again answers 200 and changes nothing.

    Raises:
        BadQuestion: 422, no such indicator, or no period.
        NotAllowed: 403, a partner's note about more than its own organisation.
    """
    if body.indicator is not None and body.indicator not in INDICATORS:
        field = FieldProblem(pointer="/indicator", detail="GET /indicators lists them")
        raise BadQuestion("One field is not valid.", [field])
    begin, end = between(read_month(body.first, "from"), read_month(body.last, "to"))
    if body.organisation is None and "steward" not in caller.roles:
        raise NotAllowed("A partner notes what concerns its own organisation.")
    scope, _ = await scope_for(database, caller, body.place, body.organisation)
    note = Note(body.indicator, scope, begin, end, body.text)
    identity: Identity = request.app.state.identity
    made, is_new = await notes.make_note(database, note, caller, identity)
    if not is_new:
        response.status_code = 200
    return made


@router.get("", responses=documented(InvalidContent, NoSuchIndicator, NoToken))
async def list_notes(
    caller: MaybeCaller,
    database: InDatabase,
    place: str | None = None,
    organisation: str | None = None,
    after: After = 0,
    limit: Limit = 100,
) -> NotePage:
    """List the notes that stand beside the figures of a scope, the newest first.

    Those of the whole system stand beside all figures, those of a place beside its
    organisations' too, and an organisation's beside its own alone.
    """
    scope, _ = await scope_for(database, caller, place, organisation)
    return await notes.notes_of(database, scope, after, limit)


@router.delete(
    "/{note}", responses=documented(InvalidContent, NoSuchNote, NoToken, NotAllowed)
)
async def withdraw_note(note: UUID, caller: Writer, database: InDatabase) -> NoteOut:
    """Withdraw a note: a steward any, a partner its own; again changes nothing.

    Raises:
        NoSuchNote: 404, not there, or not this caller's.
    """
    owner = None if "steward" in caller.roles else caller.organisation
    withdrawn = await notes.withdraw_note(database, note, caller, owner)
    if withdrawn is None:
        raise NoSuchNote("There is no such note that you may withdraw.")
    return withdrawn
