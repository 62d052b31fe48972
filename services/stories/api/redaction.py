"""The words that others read: edited by a moderator, and who has read them."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from services.stories import queries
from services.stories.api.sharing import ThisStory
from services.stories.api.telling import address_of
from services.stories.problems import StoryWithdrawn
from services.stories.queries import Step
from services.stories.rules import redaction
from services.stories.rules.reading import noted_as
from services.stories.rules.suggestions import suggestions_for
from services.stories.schemas import Kept, StoryOut
from services.stories.schemas.redaction import (
    ReadReceipt,
    ReceiptList,
    Redaction,
    SharedMoment,
    SharedStory,
    SuggestionPage,
)
from shared.access import Caller, Moderator, holding
from shared.audit.reading import Reading, StatedPurpose, read
from shared.database import Database, InDatabase
from shared.problems import (
    InvalidContent,
    NotAllowed,
    NotFound,
    NoToken,
    NoVersionNamed,
    Stale,
    documented,
)
from shared.records import Stored, version_check

router = APIRouter(prefix="/stories", tags=["redaction"])
RESPONSES = documented(InvalidContent, NotFound, StoryWithdrawn, NoToken, NotAllowed)
NO_STORE = "no-store"
AS_TEAM = noted_as("team")

Team = Annotated[Caller, Depends(holding("partner", "moderator"))]


class Words:
    """One story of the caller's organisation, whose words are looked at."""

    def __init__(self, reference: str, database: Database, request: Request) -> None:
        self._reference = reference
        self._database = database
        self._request = request

    async def read(
        self, caller: Caller, purpose: StatedPurpose, response: Response
    ) -> tuple[Stored, Kept]:
        """Return the story and note that it was read.

        Raises:
            NotFound: 404, the caller's organisation has no such story.
            StoryWithdrawn: 410, consent was withdrawn.
        """
        story = address_of(self._reference, caller, self._request).id
        stored = await read(
            self._database, Reading("story", caller, purpose, AS_TEAM), story
        )
        if stored is None:
            raise NotFound("Your organisation has no story of this reference.")
        kept = Kept.model_validate_json(stored.kept or "")
        if kept.moderation == "withdrawn":
            raise StoryWithdrawn("Consent was withdrawn. Its words are not shown.")
        response.headers["ETag"] = f'"{stored.sequence}"'
        response.headers["Cache-Control"] = NO_STORE
        return stored, kept


async def _words(reference: str, database: InDatabase, request: Request) -> Words:
    return Words(reference, database, request)


TheseWords = Annotated[Words, Depends(_words)]


@router.put(
    "/{reference}/redaction", responses=RESPONSES | documented(Stale, NoVersionNamed)
)
async def redact(
    body: Redaction,
    caller: Moderator,
    story: ThisStory,
    if_match: Annotated[str | None, Header()] = None,
) -> StoryOut:
    """Say in which words others read the story; what was told stays as it is.

    `If-Match` carries the ETag read. A story that was approved goes back to review:
    an approval is of the words as they stood. To undo an edit, send what was told.

    Raises:
        StoryWithdrawn: 410, consent was withdrawn.
        NoVersionNamed: 428, `If-Match` is absent.
        Stale: 412, the story changed since.
    """
    check = version_check(if_match)
    step = Step(
        "moderated",
        lambda kept: redaction.redacted(kept, body),
        lambda stored, _: check(stored),
    )
    return await story.change(caller, step)


@router.get("/{reference}/redaction", responses=RESPONSES)
async def read_shared_words(
    caller: Team, story: TheseWords, response: Response, purpose: StatedPurpose = None
) -> SharedStory:
    """Read the words as others read them, once they may; edited or as told.

    Raises:
        StoryWithdrawn: 410, consent was withdrawn.
    """
    stored, kept = await story.read(caller, purpose, response)
    return SharedStory(
        story_id=stored.id,
        sequence=stored.sequence,
        is_redacted=redaction.is_redacted(kept),
        text=redaction.shared_text(kept),
        moments=[SharedMoment(**dict(m)) for m in redaction.shared_moments(kept)],
        reasons=kept.redaction.reasons if kept.redaction else [],
    )


@router.get(
    "/{reference}/receipts",
    responses=documented(InvalidContent, NotFound, NoToken, NotAllowed),
)
async def list_receipts(
    reference: str, caller: Team, database: InDatabase, request: Request
) -> ReceiptList:
    """List which organisations read the words, as whom, how often and when last.

    After a withdrawal too: what they read cannot be called back.

    Raises:
        NotFound: 404, the caller's organisation has no such story.
    """
    story = address_of(reference, caller, request).id
    if await queries.story_with_owner(database, story) is None:
        raise NotFound("Your organisation has no story of this reference.")
    rows = await queries.receipts(database, story, caller.organisation)
    return ReceiptList(story_id=story, receipts=[ReadReceipt(**dict(r)) for r in rows])


@router.get("/{reference}/suggestions", responses=RESPONSES)
async def suggest_edits(
    caller: Moderator,
    story: TheseWords,
    response: Response,
    purpose: StatedPurpose = None,
) -> SuggestionPage:
    """Point at places in the words that may tell who somebody is.

    In the words that others would read: those told, or the edited ones. Nothing is
    applied or stored; names are found by rules that miss some, so read it all.

    Raises:
        StoryWithdrawn: 410, consent was withdrawn.
    """
    stored, kept = await story.read(caller, purpose, response)
    return SuggestionPage(
        story_id=stored.id,
        sequence=stored.sequence,
        is_redacted=redaction.is_redacted(kept),
        # In a thread: a long text may take a second.
        suggestions=await asyncio.to_thread(suggestions_for, kept),
    )
