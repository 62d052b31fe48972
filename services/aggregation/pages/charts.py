"""Charts of figures as pictures; whoever may see the figures may see their chart."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.aggregation import api
from services.aggregation.charts.artist import Artist, digest_of
from services.aggregation.charts.specification import by_group, by_month
from services.aggregation.pages import words
from services.aggregation.pages.about import without_beginning
from services.aggregation.pages.reading import Reread
from services.aggregation.problems import BadQuestion, NoSuchIndicator, NotCounted
from shared.problems import NotAllowed, NoToken, Unavailable, documented

router = APIRouter(tags=["system view"])
SVG = "image/svg+xml"
HEADERS = {
    "Vary": "Cookie, Authorization",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
RESPONSES = documented(
    NoSuchIndicator, BadQuestion, NotCounted, NoToken, NotAllowed, Unavailable
)


@router.get(
    "/charts/{code}.svg",
    response_class=Response,
    responses={200: {"content": {SVG: {}}}, 304: {}, **RESPONSES},
)
async def show_chart(
    code: str,
    request: Request,
    read: Reread,
    by: str | None = None,
    first: Annotated[str | None, Query(alias="from")] = None,
    last: Annotated[str | None, Query(alias="to")] = None,
) -> Response:
    """Draw an indicator's months, or a year's groups with `by`, as SVG.

    A hidden figure is a gap with a mark. The same numbers are in `/indicators/{code}`.

    Raises:
        Unavailable: 503, it cannot be drawn now.
    """
    begin, end = api.period(first, last, read.standing)
    question = read.question(code, by, begin, end)
    answer = without_beginning(await read.answer(question))
    if question.breakdown:
        specification = by_group(answer, words.group_name)
    else:
        specification = by_month(answer)
    tag = f'"{digest_of(json.dumps(specification))}"'
    kept = "private, no-cache" if read.reader else "no-cache"
    headers = {**HEADERS, "Cache-Control": kept, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    artist: Artist = request.app.state.artist
    svg = await artist.draw(specification)
    return Response(svg, media_type=SVG, headers=headers)
