"""How far coders agree, and the stories that they may want to talk about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from services.stories import codebook_queries
from services.stories.api.counting import Asked, InCounting
from services.stories.api.telling import address_of
from services.stories.pages.desk.coding import coder_of
from services.stories.pages.desk.frame import AtDesk, desk_router, page
from services.stories.rules.codebook import known_book
from services.stories.schemas.codebook import LAST_VERSION, Disagreement, ThemeAgreement
from shared.access import Caller
from shared.audit.reading import Reading
from shared.bodies import After
from shared.database import InDatabase

STORIES = 20

router = desk_router()


@dataclass(frozen=True, slots=True)
class Talk:
    """A story that coders disagree about.

    Attributes:
        is_coded: Whether the reader coded it; others' codings would lead who did not.
    """

    id: UUID
    reference: str
    is_coded: bool
    themes: Sequence[tuple[str, Sequence[str], Sequence[str]]]


@router.get("/agreement")
async def show_agreement(
    moderator: AtDesk,
    database: InDatabase,
    counting: InCounting,
    request: Request,
    version: Annotated[int | None, Query(ge=1, le=LAST_VERSION)] = None,
    first: bool = False,
    after: After = "",
) -> HTMLResponse:
    """Show the same as `GET /codebook/{version}/agreement`, of the newest if none."""
    books = await codebook_queries.codebooks(database)
    book = known_book(version or max(books), books)
    asked = Asked(book, first, after, STORIES)
    reading = Reading("story", moderator, "quality")
    found = await counting.agreement(database, reading, asked)
    return page(
        request,
        "desk_agreement.html",
        moderator,
        asked=asked,
        found=found,
        versions=sorted(books, reverse=True),
        names={theme.code: theme.name for theme in book.themes},
        reasons=reasons_in(found.themes),
        talks=talks_about(found.disagreements, moderator, request),
    )


def reasons_in(themes: Sequence[ThemeAgreement]) -> list[str]:
    """Return why there is no value, where there is none; each reason once."""
    figures = (figure for one in themes for figure in (one.kappa, one.alpha))
    return list(dict.fromkeys(figure.reason for figure in figures if figure.reason))


def talks_about(
    found: Sequence[Disagreement], moderator: Caller, request: Request
) -> list[Talk]:
    """Return the stories that coders disagree about, as the reader is told of them."""
    coder = coder_of(moderator, request.app.state.identity)
    by_story: dict[str, list[Disagreement]] = {}
    for one in found:
        by_story.setdefault(one.reference, []).append(one)

    def who(coders: Sequence[str]) -> list[str]:
        return ["you" if one == coder else one for one in coders]

    return [
        Talk(
            id=address_of(reference, moderator, request).id,
            reference=reference,
            is_coded=coder in (*disagreements[0].yes, *disagreements[0].no),
            themes=[(one.theme, who(one.yes), who(one.no)) for one in disagreements],
        )
        for reference, disagreements in by_story.items()
    ]
