"""Pages for everyone: the whole system or one place, and the same in easy words."""

from __future__ import annotations

from datetime import date

from fastapi import Request
from starlette.responses import HTMLResponse

from services.aggregation import queries
from services.aggregation.pages import easy, words
from services.aggregation.pages.cards import card_of, shares_of
from services.aggregation.pages.frame import page, router
from services.aggregation.pages.known import known_problems
from services.aggregation.pages.reading import Read
from services.aggregation.pages.worse import YearsApart
from shared.database import InDatabase

SHOWN = (
    "access_count",
    "wait_days",
    "still_waiting",
    "ineligible_rate",
    "reliable_improvement",
    "pairing_rate",
    "goals_attained",
    "magic_rate",
    "answered_rate",
)
SOURCES = "source_mix"


def first_of(month: str) -> date:
    """Return the first day of a month, YYYY-MM."""
    return date.fromisoformat(f"{month}-01")


@router.get("/")
async def show_system(
    database: InDatabase, read: Read, request: Request
) -> HTMLResponse:
    """Show the whole system, or one place of it: numbers with moments beside them."""
    found = await read.year((*SHOWN, SOURCES))
    asked = found["access_count"]
    years_apart: YearsApart = request.app.state.years_apart
    worse = await years_apart.worse(read, SHOWN)
    moments = await read.moments(first_of(asked.first), first_of(asked.last))
    return page(
        "system.html",
        is_signed_in=read.reader is not None,
        read=read,
        cards={code: card_of(found[code]) for code in SHOWN},
        sources=shares_of(found[SOURCES]),
        known=known_problems({code: found[code] for code in SHOWN}, worse),
        quotes=await read.quotes(moments),
        places=await queries.places(database),
        partners=await queries.partners(database, read.members),
        first=words.month(asked.totals_first or ""),
        last=words.month(asked.totals_last or ""),
    )


@router.get("/easy")
async def show_easily(database: InDatabase, read: Read) -> HTMLResponse:
    """Show the same figures in easy words: short sentences, one idea each."""
    found = await read.year(SHOWN)
    return page(
        "easy.html",
        is_signed_in=read.reader is not None,
        read=read,
        parts_shown=[easy.part_of(found[code]) for code in easy.SENTENCES],
        places=await queries.places(database),
        first=words.month(found["access_count"].totals_first or ""),
        last=words.month(found["access_count"].totals_last or ""),
    )
