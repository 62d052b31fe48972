"""PUT and GET /codebook: the themes, and how far coders agree on them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Response

from services.stories import codebook_queries as queries
from services.stories.api.counting import Asked, InCounting
from services.stories.problems import CodebookDiffers
from services.stories.rules import codebook as rules
from services.stories.schemas.codebook import (
    LAST_VERSION,
    AgreementOut,
    Codebook,
    CodebookIn,
)
from shared.access import Caller, Moderator, holding
from shared.audit.reading import Reading, StatedPurpose
from shared.bodies import After, Limit
from shared.database import InDatabase
from shared.problems import InvalidContent, NotAllowed, NotFound, NoToken, documented

router = APIRouter(prefix="/codebook", tags=["codebook"])

ThisVersion = Annotated[int, Path(ge=1, le=LAST_VERSION)]
IfNoneMatch = Annotated[str | None, Header()]
Publisher = Annotated[Caller, Depends(holding("moderator", "steward"))]


@router.put(
    "/{version}",
    responses=documented(InvalidContent, CodebookDiffers, NoToken, NotAllowed),
)
async def publish_codebook(
    version: ThisVersion,
    body: CodebookIn,
    caller: Publisher,
    database: InDatabase,
    response: Response,
) -> Codebook:
    """Publish the next version of the codebook, for all organisations here.

    It is never changed: the same content again answers 200 and changes nothing. After
    the first version, `crosswalk` says what became of every theme of the one before.

    Raises:
        CodebookDiffers: 409, this version is published with other content.
        CodebookOutOfTurn: 409, another version is the next one.
        InvalidContent: 422, a code is there twice, or the crosswalk has gaps.
    """
    books = await queries.codebooks(database)
    if version not in books:
        rules.refuse_version(version, body, books)
        books = await queries.publish_codebook(database, version, body, caller)
    rules.refuse_difference(books[version], body)
    response.headers["ETag"] = f'"{version}"'
    return books[version]


@router.get(
    "",
    response_model=Codebook,
    responses={304: {"description": "The one you have."}},
)
async def read_newest_codebook(
    database: InDatabase, if_none_match: IfNoneMatch = None
) -> Response:
    """Read the codebook as it is now; it is for everybody to read."""
    books = await queries.codebooks(database)
    return _answer(books[max(books)], if_none_match)


@router.get(
    "/{version}",
    response_model=Codebook,
    responses=documented(InvalidContent, NotFound)
    | {304: {"description": "The one you have."}},
)
async def read_codebook(
    version: ThisVersion, database: InDatabase, if_none_match: IfNoneMatch = None
) -> Response:
    """Read one version of the codebook; it is for everybody to read."""
    books = await queries.codebooks(database)
    return _answer(rules.known_book(version, books), if_none_match)


@router.get(
    "/{version}/agreement",
    responses=documented(InvalidContent, NotFound, NoToken, NotAllowed),
)
async def show_agreement(
    version: ThisVersion,
    caller: Moderator,
    database: InDatabase,
    counting: InCounting,
    as_first_coded: bool = False,
    after: After = "",
    limit: Limit = 100,
    purpose: StatedPurpose = None,
) -> AgreementOut:
    """Show how far the coders of one's organisation agree on each theme.

    Stories count that two coders or more coded by this version, but for those that
    were withdrawn or erased; of more than 5,000, as many taken by chance. With
    `as_first_coded=true` each coding counts as it was before the coder changed it.
    `limit` is how many stories' disagreements are shown, in order of reference; each
    is noted as read.
    """
    books = await queries.codebooks(database)
    asked = Asked(rules.known_book(version, books), as_first_coded, after, limit)
    reading = Reading("story", caller, purpose)
    return await counting.agreement(database, reading, asked)


def _answer(book: Codebook, if_none_match: str | None) -> Response:
    etag = f'"{book.version}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    known = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(
        book.model_dump_json(), media_type="application/json", headers=headers
    )
