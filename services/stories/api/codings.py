"""POST /stories/{reference}/codings: what a story is about, as a coder sees it."""

from __future__ import annotations

from fastapi import APIRouter

from services.stories import codebook_queries
from services.stories.api.sharing import RESPONSES, ThisStory
from services.stories.problems import StoryWithdrawn
from services.stories.queries import Step
from services.stories.rules import coding
from services.stories.schemas import StoryOut
from services.stories.schemas.codebook import CodingIn
from shared.access import Moderator
from shared.database import InDatabase
from shared.problems import Unavailable, documented

router = APIRouter(prefix="/stories", tags=["coding"])


@router.post(
    "/{reference}/codings",
    responses=RESPONSES | documented(StoryWithdrawn, Unavailable),
)
async def code_story(
    body: CodingIn, caller: Moderator, database: InDatabase, story: ThisStory
) -> StoryOut:
    """Put a coder's themes on a story; what its coders agree on is published.

    There is one coding for each coder and version of the codebook: other themes
    replace it, and what it was at first is kept; the same again changes nothing.

    Raises:
        InvalidContent: 422, there is no such codebook or it has no such theme.
        StoryWithdrawn: 410, consent was withdrawn.
        Unavailable: 503, a codebook was published at this very moment.
    """
    books = await codebook_queries.codebooks(database)
    coding.refuse_strange_coding(body, books)
    step = Step("coded", lambda kept: coding.coded(kept, body, books))
    return await story.change(caller, step)
