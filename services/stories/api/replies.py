"""Answering back: an organisation's replies to a story, and what it changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header

from services.stories.api.sharing import ThisStory
from services.stories.api.telling import latest_date
from services.stories.problems import ReplyDiffers, StoryWithdrawn
from services.stories.queries import Step
from services.stories.rules import replies
from services.stories.schemas import Kept, StoryOut
from services.stories.schemas.replies import ReplyIn
from shared.access import Caller, holding
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

router = APIRouter(prefix="/stories/{reference}/replies", tags=["replies"])
RESPONSES = documented(
    InvalidContent, NotFound, StoryWithdrawn, Stale, NoToken, NotAllowed
)
CORRECTING = RESPONSES | documented(NoVersionNamed)
Team = Annotated[Caller, Depends(holding("partner", "moderator"))]
IfMatch = Annotated[str | None, Header()]


def replying(rule: Callable[[Kept], Kept | None], if_match: str | None) -> Step:
    """Return the step of a rule, of the version that `if_match` names.

    Raises:
        NoVersionNamed: 428, it names none.
    """
    check = version_check(if_match)
    return Step("replied", rule, lambda stored, _: check(stored))


@router.post("", status_code=201, responses=RESPONSES | documented(ReplyDiffers))
async def add_reply(
    body: ReplyIn, caller: Team, story: ThisStory, if_match: IfMatch = None
) -> StoryOut:
    """Answer a story, and say what changed because of it, if anything did.

    Whoever may read the story's words reads the answer too, and so does the teller.
    The same reference with the same content answers 200 and changes nothing. A new
    reply needs no version; where `If-Match` names one, it holds.

    Raises:
        ReplyDiffers: 409, this reply is stored with other content.
        StoryWithdrawn: 410, consent was withdrawn.
    """
    latest = latest_date()

    def rule(kept: Kept) -> Kept | None:
        return replies.replied(kept, body, latest)

    step = Step("replied", rule) if if_match is None else replying(rule, if_match)
    return await story.change(caller, step)


@router.put("/{reply_reference}", responses=CORRECTING)
async def correct_reply(
    reply_reference: str,
    body: ReplyIn,
    caller: Team,
    story: ThisStory,
    if_match: IfMatch = None,
) -> StoryOut:
    """Correct a reply, or add to it what changed; `If-Match` carries the ETag read.

    Raises:
        NotFound: 404, there is no such story, or it has no such reply.
        StoryWithdrawn: 410, consent was withdrawn.
    """
    if body.reference != reply_reference:
        raise InvalidContent("The reference in the body is not the one in the address.")
    latest = latest_date()
    step = replying(lambda kept: replies.reply_corrected(kept, body, latest), if_match)
    return await story.change(caller, step)


@router.delete("/{reply_reference}", responses=CORRECTING)
async def take_back_reply(
    reply_reference: str, caller: Team, story: ThisStory, if_match: IfMatch = None
) -> StoryOut:
    """Take back a reply; `If-Match` carries the ETag read.

    Raises:
        NotFound: 404, there is no such story, or it has no such reply.
        StoryWithdrawn: 410, consent was withdrawn.
    """
    step = replying(
        lambda kept: replies.reply_taken_back(kept, reply_reference), if_match
    )
    return await story.change(caller, step)
