"""A person's own page: their goals, scores and words, opened by a link; no script."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import FileResponse, HTMLResponse

from services.measures import queries
from services.measures.instruments import Instruments
from services.measures.pages import words
from services.measures.pages.chart import HEIGHT, WIDTH
from services.measures.pages.own_goals import goals_of
from services.measures.pages.own_scores import answers_of, instruments_of
from shared.database import InDatabase
from shared.links import PAGE_HEADERS, LinkClosed, links_of, open_link

HERE = Path(__file__).parent

router = APIRouter(include_in_schema=False)
templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals |= {
    "day": words.day,
    "number": words.number,
    "width": WIDTH,
    "height": HEIGHT,
}


@router.get("/my/{token}")
async def show_progress(
    token: str, request: Request, database: InDatabase
) -> HTMLResponse:
    """Show the person their own goals, scores and words; opening it is audited."""
    try:
        link = await open_link(database, links_of(request), token)
    except LinkClosed as closed:
        return page(request, "closed.html", closed.status)
    instruments: Instruments = request.app.state.instruments
    scope = link.scope.referrals
    assessments = await queries.assessments_of(database, link.organisation, *scope)
    goals = await queries.goals_of(database, link.organisation, *scope)
    return page(
        request,
        "progress.html",
        goals=goals_of(goals),
        instruments=instruments_of(instruments, assessments),
        answers=answers_of(instruments, assessments),
        limits=words.texts().limits.always,
        next=link.next,
        until=words.day(link.expires_at.date()),
    )


def page(
    request: Request, template: str, status: int = HTTPStatus.OK, **shown: object
) -> HTMLResponse:
    """Render a page that is kept nowhere and tells nobody where it was."""
    html = templates.get_template(template).render(
        help_lines=request.app.state.help, **shown
    )
    return HTMLResponse(html, status_code=status, headers=PAGE_HEADERS)


@router.get("/static/my.css")
async def show_style() -> FileResponse:
    """Show the style sheet."""
    return FileResponse(HERE / "static" / "my.css", media_type="text/css")
