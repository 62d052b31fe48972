"""Answering back: an organisation's replies to a story, and what it changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from services.stories import queries
from services.stories.api.telling import address_of, latest_date, out
from services.stories.problems import ReplyDiffers, StoryWithdrawn
from services.stories.queries import Step
from services.stories.rules import replies
from services.stories.schemas import Kept, StoryOut
from services.stories.schemas.replies import ReplyIn
from shared.access import Caller, holding
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
from shared.records import version_check


async def _declare_version(if_match: Annotated[str | None, Header()] = None) -> None:
    """Declare `If-Match` for the documentation; `Answering` reads it."""


router = APIRouter(
    prefix="/stories/{reference}/replies",
    tags=["replies"],
    dependencies=[Depends(_declare_version)],
)
RESPONSES = documented(
    InvalidContent, NotFound, StoryWithdrawn, Stale, NoToken, NotAllowed
)
CORRECTING = RESPONSES | documented(NoVersionNamed)
Team = Annotated[Caller, Depends(holding("partner", "moderator"))]
Rule = Callable[[Kept], Kept | None]


@dataclass(frozen=True, slots=True)
class Answering:
    """One story of the caller's organisation, about to be answered."""

    _reference: str
    _caller: Caller
    _database: Database
    _request: Request
    _response: Response

    async def change(self, rule: Rule, must_name_version: bool = False) -> StoryOut:
        """Apply a rule and answer where the story stands.

        A new reply needs no version; where one is named, it holds.

        Raises:
            NotFound: 404, the caller's organisation has no such story.
            Stale: 412, `If-Match` names an older version.
            NoVersionNamed: 428, a correction without `If-Match`.
        """
        if_match = self._request.headers.get("if-match")
        is_free = if_match is None and not must_name_version
        check = None if is_free else version_check(if_match)
        caller = self._caller
        stored = await queries.change_story(
            self._database,
            queries.writing_stories(caller, self._request.headers.get("traceparent")),
            address_of(self._reference, caller, self._request),
            Step("replied", rule, lambda stored, _: check(stored) if check else None),
        )
        if stored is None:
            raise NotFound("Your organisation has no story of this reference.")
        if not stored.is_new:
            self._response.status_code = 200
        self._response.headers["ETag"] = f'"{stored.sequence}"'
        return out(stored, self._reference, caller)


async def _answering(
    reference: str,
    caller: Team,
    database: InDatabase,
    request: Request,
    response: Response,
) -> Answering:
    return Answering(reference, caller, database, request, response)


# A dependency is an async function: a class would be called in a thread.
ThisStory = Annotated[Answering, Depends(_answering)]


@router.post("", status_code=201, responses=RESPONSES | documented(ReplyDiffers))
async def add_reply(body: ReplyIn, story: ThisStory) -> StoryOut:
    """Answer a story, and say what changed because of it, if anything did.

    Whoever may read the story's words reads the answer too, and so does the teller.
    The same reference with the same content answers 200 and changes nothing.

    Raises:
        ReplyDiffers: 409, this reply is stored with other content.
        StoryWithdrawn: 410, consent was withdrawn.
    """
    latest = latest_date()
    return await story.change(lambda kept: replies.replied(kept, body, latest))


@router.put("/{reply_reference}", responses=CORRECTING)
async def correct_reply(
    reply_reference: str, body: ReplyIn, story: ThisStory
) -> StoryOut:
    """Correct a reply, or add to it what changed; `If-Match` carries the ETag read.

    Raises:
        NotFound: 404, there is no such story, or it has no such reply.
        StoryWithdrawn: 410, consent was withdrawn.
    """
    if body.reference != reply_reference:
        raise InvalidContent("The reference in the body is not the one in the address.")
    latest = latest_date()
    return await story.change(
        lambda kept: replies.reply_corrected(kept, body, latest),
        must_name_version=True,
    )


@router.delete("/{reply_reference}", responses=CORRECTING)
async def take_back_reply(reply_reference: str, story: ThisStory) -> StoryOut:
    """Take back a reply; `If-Match` carries the ETag read.

    Raises:
        NotFound: 404, there is no such story, or it has no such reply.
        StoryWithdrawn: 410, consent was withdrawn.
    """
    return await story.change(
        lambda kept: replies.reply_taken_back(kept, reply_reference),
        must_name_version=True,
    )
