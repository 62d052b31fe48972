"""How far a story travels: consent, moderation, and who reads its text."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from services.stories import queries
from services.stories.api.telling import address_of, latest_date, out
from services.stories.problems import (
    ConsentOutdated,
    NoText,
    StoryWithdrawn,
    TransitionRefused,
)
from services.stories.queries import Step
from services.stories.rules import consent, moderation, reading, redaction, replies
from services.stories.schemas import (
    ConsentIn,
    Kept,
    ModerationIn,
    StoryOut,
    StoryText,
)
from shared.access import Caller, MaybeCaller, Moderator, Partner
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

router = APIRouter(prefix="/stories", tags=["sharing"])
RESPONSES = documented(InvalidContent, NotFound, NoToken, NotAllowed)


class Sharing:
    """One story, about to be changed by a caller of its organisation."""

    def __init__(
        self,
        reference: str,
        database: Database,
        request: Request,
        response: Response,
    ) -> None:
        self._reference = reference
        self._database = database
        self._request = request
        self._response = response

    async def change(self, caller: Caller, step: Step) -> StoryOut:
        """Take a step and answer where the story stands.

        Raises:
            NotFound: 404, the caller's organisation has no such story.
        """
        stored = await queries.change_story(
            self._database,
            queries.writing_stories(caller, self._request.headers.get("traceparent")),
            address_of(self._reference, caller, self._request),
            step,
        )
        if stored is None:
            raise NotFound("Your organisation has no story of this reference.")
        if not stored.is_new:
            self._response.status_code = 200
        self._response.headers["ETag"] = f'"{stored.sequence}"'
        return out(stored, self._reference, caller)


async def _sharing(
    reference: str, database: InDatabase, request: Request, response: Response
) -> Sharing:
    return Sharing(reference, database, request, response)


# A dependency is an async function: a class would be called in a thread.
ThisStory = Annotated[Sharing, Depends(_sharing)]


@router.put("/{reference}/consent", responses=RESPONSES | documented(ConsentOutdated))
async def change_consent(
    body: ConsentIn, caller: Partner, story: ThisStory
) -> StoryOut:
    """Replace the consent by a later one; `none` withdraws the story at once.

    Raises:
        ConsentOutdated: 409, it is not later than the one that is held.
    """
    consent.refuse_future_consent(body, latest_date())
    happening = "withdrawn" if body.level == "none" else "consent-changed"
    return await story.change(
        caller, Step(happening, lambda kept: consent.consented(kept, body))
    )


@router.put(
    "/{reference}/moderation",
    responses=RESPONSES | documented(TransitionRefused, Stale, NoVersionNamed),
)
async def moderate(
    body: ModerationIn,
    caller: Moderator,
    story: ThisStory,
    if_match: Annotated[str | None, Header()] = None,
) -> StoryOut:
    """Take the story one step on: review, approve, publish, or back to review.

    To approve or publish words that were edited, `If-Match` carries the ETag read with
    them: nobody approves words that they have not seen.

    Raises:
        TransitionRefused: 409, moderation does not lead there from where it is.
        SecondPersonNeeded: 409, who approved a public story may not publish it.
        NoVersionNamed: 428, the words were edited and `If-Match` is absent.
        Stale: 412, the story changed since.
    """

    def check(stored: Stored, kept: Kept) -> None:
        is_bound = kept.redaction is not None and body.state in redaction.CHECKED
        if is_bound or if_match is not None:
            version_check(if_match)(stored)

    def rule(kept: Kept) -> Kept | None:
        return moderation.moderated(kept, body.state, caller.subject)

    return await story.change(caller, Step("moderated", rule, check))


@router.get(
    "/{story_id}/text",
    responses=documented(InvalidContent, NoText, StoryWithdrawn, NoToken),
)
async def read_text(
    story_id: UUID,
    caller: MaybeCaller,
    database: InDatabase,
    response: Response,
    purpose: StatedPurpose = None,
) -> StoryText:
    """Read a story's words, if consent and moderation allow it at this moment.

    That it was read is noted, of the public too; not that it was refused.

    Raises:
        NoText: 404, there is no such story or its text is not for this caller.
        StoryWithdrawn: 410, consent was withdrawn.
    """
    found = await queries.story_with_owner(database, story_id)
    if found is None:
        raise NoText("There is no text here that you may read.")
    owner, kept = found
    words = reading.words_for(kept, caller, owner, latest_date())
    if words == "gone":
        raise StoryWithdrawn("Consent was withdrawn. Delete any copy that you hold.")
    if words == "not_yet" or not await read(
        database, Reading("story", caller, purpose, words.noted_as), story_id
    ):
        raise NoText("There is no text here that you may read.")
    response.headers["Cache-Control"] = "no-store"
    return StoryText(
        story_id=story_id,
        language=kept.told.language,
        is_redacted=words.is_redacted,
        text=words.text,
        moments=words.moments,
        replies=replies.replies_to_read(kept, words.audience),
    )
