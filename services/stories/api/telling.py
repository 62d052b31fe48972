"""POST and GET /stories: tell stories and read back one's own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from services.stories import queries
from services.stories.codebook_queries import codes_ever_published
from services.stories.problems import StoryDiffers
from services.stories.rules import coding, consent, reading, replies, states
from services.stories.rules.entries import story_entry
from services.stories.rules.states import StoryAddress
from services.stories.schemas import Kept, StoryDetail, StoryIn, StoryOut, StoryPage
from services.stories.settings import Settings
from shared import batches
from shared.access import Caller, Partner
from shared.audit.reading import Reading, StatedPurpose, read, read_after
from shared.batches import BATCH_BYTES, BatchOut, parse_batch
from shared.bodies import differences
from shared.database import Database, InDatabase
from shared.identity import Identity
from shared.problems import (
    Erased,
    FieldProblem,
    InvalidContent,
    NotAllowed,
    NotFound,
    NoToken,
    TooManyAtOnce,
    documented,
)
from shared.records import Entry, Stored

router = APIRouter(prefix="/stories", tags=["stories"])
STORIES_IN = TypeAdapter(list[StoryIn])


def latest_date() -> date:
    """Return today's date in London, where it may be an hour later than UTC."""
    return consent.day_of(datetime.now(UTC))


def address_of(reference: str, caller: Caller, request: Request) -> StoryAddress:
    """Return which story the caller's own reference names."""
    identity: Identity = request.app.state.identity
    story = identity.entity_id(caller.organisation, "story", reference)
    return address_at(story, caller.organisation, request)


def address_at(story: UUID, organisation: str, request: Request) -> StoryAddress:
    """Return a story's owner and where its text is asked for."""
    settings: Settings = request.app.state.settings
    return StoryAddress(story, organisation, settings.text_url(story))


def entry_of(body: StoryIn, caller: Caller, request: Request) -> Entry:
    """Return a body as the record it becomes.

    Raises:
        InvalidContent: 422, its consent is dated in the future.
    """
    consent.refuse_future_consent(body.consent, latest_date())
    identity: Identity = request.app.state.identity
    referral_id = None
    if body.referral is not None:
        referral_id = identity.entity_id(caller.organisation, "referral", body.referral)
    address = address_of(body.reference, caller, request)
    return story_entry(body, referral_id, address, datetime.now(UTC))


def differs(stored: Stored, entry: Entry) -> StoryDiffers | None:
    """Say in which fields, never in which words, a stored story differs, if any."""
    sent = Kept.model_validate_json(entry.kept).told.model_dump_json()
    known = Kept.model_validate_json(stored.kept or "").told.model_dump_json()
    fields = differences(known, sent)
    if not fields:
        return None
    return StoryDiffers(
        f"Stored with another value of {', '.join(fields)}. Tell another story under a"
        " reference of its own.",
        [FieldProblem(pointer=f, detail="Stored with another value.") for f in fields],
    )


def out(stored: Stored, reference: str, caller: Caller) -> StoryOut:
    """Answer where a story stands."""
    return StoryOut(
        story_id=stored.id,
        reference=reference,
        organisation=caller.organisation,
        sequence=stored.sequence,
    )


def detail(stored: Stored, reference: str, caller: Caller) -> StoryDetail:
    """Answer with what the owner sent, but for the text."""
    kept = Kept.model_validate_json(stored.kept or "")
    return StoryDetail(
        **out(stored, reference, caller).model_dump(),
        kind=kept.told.kind,
        told_on=kept.told.told_on,
        language=kept.told.language,
        referral=kept.told.referral,
        moments=states.moment_states(kept.told),
        strengths=kept.told.strengths,
        aspirations=kept.told.aspirations,
        recommendations=reading.recommendations(kept),
        consents=kept.consents,
        moderation=kept.moderation,
        replies=replies.replies_of(kept),
        meaning=coding.meaning(kept),
        codings=coding.codings(kept),
    )


@router.post(
    "",
    status_code=201,
    responses=documented(InvalidContent, StoryDiffers, Erased, NoToken, NotAllowed),
)
async def tell_story(
    body: StoryIn,
    caller: Partner,
    database: InDatabase,
    request: Request,
    response: Response,
) -> StoryOut:
    """Store a story and announce it as `story.told`, without its words.

    Story, outbox and audit rows are one statement, committed before the response is
    sent. The same reference with the same content answers 200 and changes nothing.

    Raises:
        StoryDiffers: 409, this reference is stored with other content.
        Erased: 410, what it stood for was erased.
    """
    stored = await store_story(body, caller, database, request)
    if not stored.is_new:
        response.status_code = 200
    response.headers["Location"] = f"/stories/{body.reference}"
    response.headers["ETag"] = f'"{stored.sequence}"'
    return out(stored, body.reference, caller)


async def store_story(
    body: StoryIn, caller: Caller, database: Database, request: Request
) -> Stored:
    """Store a story, or return the one that is stored already.

    Raises:
        StoryDiffers: 409, this reference is stored with other content.
        Erased: 410, what it stood for was erased.
    """
    known = await codes_ever_published(database, [body])
    coding.refuse_strange_meaning(body, known)
    entry = entry_of(body, caller, request)
    writing = queries.writing_stories(caller, request.headers.get("traceparent"))
    stored = (await queries.store_stories(database, writing, [entry]))[entry.id]
    stored.refuse_erased()
    problem = None if stored.is_new else differs(stored, entry)
    if problem:
        raise problem
    return stored


@router.post(
    "/batch",
    max_body_size=BATCH_BYTES,
    openapi_extra=batches.batch_body(StoryIn),
    responses=documented(InvalidContent, TooManyAtOnce, NoToken, NotAllowed),
)
async def tell_stories(
    caller: Partner, database: InDatabase, request: Request, dry_run: bool = False
) -> BatchOut:
    """Store up to 1,000 stories in one statement; each is answered on its own.

    With `dry_run=true` everything is checked and nothing is stored.
    """
    parsed = await parse_batch(request, STORIES_IN)
    told = [one.body for one in parsed if one.body]
    known = await codes_ever_published(database, told)
    writing = queries.writing_stories(caller, request.headers.get("traceparent"))

    async def write(entries: list[Entry]) -> dict[UUID, Stored]:
        if dry_run:
            return {}
        return await queries.store_stories(database, writing, entries)

    def entry(body: StoryIn) -> Entry:
        coding.refuse_strange_meaning(body, known)
        return entry_of(body, caller, request)

    return await batches.answer_batch(parsed, entry, write, differs)


@router.get("", responses=documented(InvalidContent, NoToken, NotAllowed))
async def list_stories(
    caller: Partner,
    database: InDatabase,
    purpose: StatedPurpose = None,
    after: Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> StoryPage:
    """List the caller's own stories, in order of reference; each is noted as read."""
    reading = Reading("story", caller, purpose)
    rows = await read_after(database, reading, after, limit)
    return StoryPage(
        stories=[detail(stored, reference, caller) for reference, stored in rows],
        next=rows[-1][0] if len(rows) == limit else None,
    )


@router.get(
    "/{reference}", responses=documented(InvalidContent, NotFound, NoToken, NotAllowed)
)
async def read_story(
    reference: str,
    caller: Partner,
    database: InDatabase,
    request: Request,
    response: Response,
    purpose: StatedPurpose = None,
) -> StoryDetail:
    """Read one of the caller's own stories; its text is at `/text`."""
    address = address_of(reference, caller, request)
    stored = await read(database, Reading("story", caller, purpose), address.id)
    if stored is None:
        raise NotFound("You have no story of this reference.")
    response.headers["ETag"] = f'"{stored.sequence}"'
    return detail(stored, reference, caller)
