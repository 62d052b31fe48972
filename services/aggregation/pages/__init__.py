"""Pages for people: the system view, rendered on the server, no script needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import FileResponse, HTMLResponse, Response

from services.aggregation import api, queries, view
from services.aggregation.disclosure import SUPPRESSED, Figure, Gate, Hidden
from services.aggregation.indicators import INDICATORS
from services.aggregation.pages import words
from services.aggregation.problems import NotCounted
from services.aggregation.queries import Standing
from services.aggregation.quotes import Quote, Quoter
from services.aggregation.schemas import FiguresOut, Question
from shared.access import Caller
from shared.database import Database, InDatabase
from shared.links.pages import Handler
from shared.signin import MaybeReader, session_of

HERE = Path(__file__).parent
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
QUOTED = "magic_rate"
BAR_HEIGHT = 40


class PageRoute(APIRoute):
    """Says in a page, not in a document, that there are no figures yet."""

    def get_route_handler(self) -> Handler:
        """Return the handler with a page for those who come too early."""
        handle = super().get_route_handler()

        async def handle_kindly(request: Request) -> Response:
            try:
                return await handle(request)
            except NotCounted as early:
                html = templates.get_template("counting.html").render()
                return HTMLResponse(html, early.status, headers=early.headers)

        return handle_kindly


router = APIRouter(include_in_schema=False, route_class=PageRoute)
templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals |= {"step": words.step, "month": words.month}


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of a small chart; `height` is None where the figure is hidden."""

    x: int
    height: int | None
    label: str


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator as a person reads it."""

    code: str
    title: str
    value: str
    sentence: str
    caveat: str
    bars: Sequence[Bar]
    figures: Sequence[Figure]


def bars_of(figures: Sequence[Figure]) -> list[Bar]:
    """Scale a year of figures to a small chart that starts at zero."""
    highest = max((f.value for f in figures if f.value != SUPPRESSED), default=0)
    return [
        Bar(index, _height(figure.value, highest), words.month(figure.month or ""))
        for index, figure in enumerate(figures)
    ]


def _height(value: int | Hidden, highest: int | Hidden) -> int | None:
    if value == SUPPRESSED or highest == SUPPRESSED:
        return None
    return max(1, round(BAR_HEIGHT * value / highest)) if highest else 1


def card_of(answer: FiguresOut) -> Card:
    """Put an indicator into plain words."""
    total = answer.totals[0]
    return Card(
        code=answer.indicator,
        title=answer.title,
        value=words.value(total.value, answer.unit),
        sentence=words.sentence(answer.indicator, total),
        caveat=answer.notes[0],
        bars=bars_of(answer.figures),
        figures=answer.figures,
    )


async def answers(
    request: Request,
    standing: Standing,
    where: tuple[str, list[str]],
    levels: Sequence[str],
) -> dict[str, FiguresOut]:
    """Return the figures of the last twelve months, by indicator.

    They are the same for everybody; only the moments depend on the reader's `levels`.
    """
    database: Database = request.app.state.database
    gate: Gate = request.app.state.gate
    first, last = api.period(None, None, standing)
    found = {}
    for code in (*SHOWN, "source_mix"):
        indicator = INDICATORS[code]
        by = indicator.only_breakdown
        question = Question(indicator, *where, by, first, last, standing.release)
        # The page shows the moments of one; for the others none are looked up.
        shown = levels if code == QUOTED else []
        found[code] = await view.answer(database, gate, question, standing, shown)
    return found


def sources_of(answer: FiguresOut) -> list[tuple[str, int]]:
    """Return who introduces people with their share, the largest first."""
    shares = [
        (words.SOURCES[figure.group or ""], figure.value)
        for figure in answer.totals
        if figure.value != SUPPRESSED
    ]
    return sorted(shares, key=lambda share: -share[1])


@router.get("/")
async def show_system(
    request: Request,
    database: InDatabase,
    reader: MaybeReader,
    place: str | None = None,
) -> HTMLResponse:
    """Show the whole system, or one place of it: numbers with moments beside them."""
    where = await api.scope_for(database, None, place or None, None)
    standing = await api.shown_to(database, reader, where[0])
    # Only a viewer may read the words of other organisations' stories.
    is_viewer = reader is not None and "viewer" in reader.roles
    levels = api.levels_for(reader if is_viewer else None)
    found = await answers(request, standing, where, levels)
    page = templates.get_template("system.html").render(
        cards={code: card_of(found[code]) for code in SHOWN},
        sources=sources_of(found["source_mix"]),
        quotes=await _quotes(request, found[QUOTED], reader),
        reader=reader,
        place=place,
        places=await queries.places(database),
        partners=await queries.partners(database, where[1]),
        first=words.month(found["access_count"].totals_first or ""),
        last=words.month(found["access_count"].totals_last or ""),
        as_of=standing.as_of,
    )
    kept = "no-store" if reader else "no-cache"
    return HTMLResponse(page, headers={"Cache-Control": kept, "Vary": "Cookie"})


async def _quotes(
    request: Request, answer: FiguresOut, reader: Caller | None
) -> list[Quote]:
    quoter: Quoter = request.app.state.quoter
    return await quoter.quotes(answer.moments, session_of(request) if reader else "")


@router.get("/static/style.css")
async def show_style() -> FileResponse:
    """Show the style sheet."""
    return FileResponse(HERE / "static" / "style.css", media_type="text/css")
