"""A person's own page: their goals, scores and words, opened by a link; no script."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from starlette.responses import HTMLResponse

from services.measures import queries
from services.measures.instruments import Instruments
from services.measures.pages import words
from services.measures.pages.chart import HEIGHT, WIDTH
from services.measures.pages.own_goals import goals_of
from services.measures.pages.own_scores import answers_of, instruments_of
from shared.audit.reading import Reading
from shared.database import InDatabase
from shared.links import links_of, open_link
from shared.links.pages import Pages, day

pages = Pages(Path(__file__).parent, width=WIDTH, height=HEIGHT)
router = pages.router()


@router.get("/my/{token}")
async def show_progress(
    token: str, request: Request, database: InDatabase
) -> HTMLResponse:
    """Show the person their own goals, scores and words; opening it is audited."""
    link = await open_link(database, links_of(request), token)
    instruments: Instruments = request.app.state.instruments
    scope = link.scope.referrals
    reading = Reading("assessment", link.caller)
    assessments = await queries.assessments_of(database, reading, *scope)
    goals = await queries.goals_of(database, Reading("goal", link.caller), *scope)
    return pages.answer(
        request,
        "progress.html",
        goals=goals_of(goals),
        instruments=instruments_of(instruments, assessments),
        answers=answers_of(instruments, assessments),
        limits=words.texts().limits.always,
        next=link.next,
        until=day(link.expires_at.date()),
    )
