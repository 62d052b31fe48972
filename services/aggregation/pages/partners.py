"""The partners' page: system, places and organisations side by side, never ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fastapi import Depends
from starlette.responses import HTMLResponse

from services.aggregation import api
from services.aggregation.api.rights import SEES_ALL_ORGANISATIONS
from services.aggregation.disclosure import SUPPRESSED
from services.aggregation.indicators import INDICATORS
from services.aggregation.pages import queries, words
from services.aggregation.pages.everyone import SHOWN
from services.aggregation.pages.frame import page, router
from services.aggregation.pages.reading import Read, Reading
from services.aggregation.schemas import FiguresOut
from shared.database import InDatabase
from shared.problems import NotAllowed
from shared.signin import Reader

FIRST_SHOWN = "wait_days"
MONTHS_OF_SILENCE = 2
Team = tuple[str, str, str]
Scope = tuple[str, str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One scope beside the others; `share` is its bar, where one says something."""

    name: str
    kind: str
    where: str
    value: str
    is_hidden: bool
    out_of: str
    unusual: str
    share: int | None


async def partner(reader: Reader) -> None:
    """Let in who may see all partners.

    Raises:
        NotAllowed: 403, who signed in may not see other organisations.
    """
    if reader.roles.isdisjoint(SEES_ALL_ORGANISATIONS):
        raise NotAllowed(
            "You are signed in, but not as somebody who sees all partners side by side."
        )


def scopes_of(
    teams: Sequence[Team],
) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield name, kind, place and organisation of all, in the order of the alphabet."""
    yield "The whole system", "system", None, None
    for place in sorted({place for _, _, place in teams}):
        yield place, "place", place, None
        for code, name, where in teams:
            if where == place:
                yield name, "organisation", None, code


@router.get("/partners", dependencies=[Depends(partner)])
async def show_partners(
    read: Read, database: InDatabase, indicator: str = FIRST_SHOWN
) -> HTMLResponse:
    """Show one figure of the system, each place and each organisation side by side."""
    teams = await queries.teams(database)
    readings = [
        (name, kind, await _read(read, place, organisation))
        for name, kind, place, organisation in scopes_of(teams)
    ]
    period = api.period(None, None, read.standing)
    questions = [one.question(indicator, None, *period) for _, _, one in readings]
    found = await read.answers(questions)
    silent = await queries.silent(
        database, [code for code, _, _ in teams], *months_over(read, MONTHS_OF_SILENCE)
    )
    return page(
        "partners.html",
        is_signed_in=True,
        read=read,
        rows=[
            row_of(name, kind, one, answer)
            for (name, kind, one), answer in zip(readings, found, strict=True)
        ],
        answer=found[0],
        choices=[INDICATORS[code] for code in SHOWN],
        silent=silent,
        first=words.month(found[0].totals_first or ""),
        last=words.month(found[0].totals_last or ""),
    )


async def _read(read: Reading, place: str | None, organisation: str | None) -> Reading:
    scope, members = await api.scope_for(
        read.database, read.reader, place, organisation
    )
    return replace(
        read, scope=scope, members=members, place=place, organisation=organisation
    )


def row_of(name: str, kind: str, read: Reading, answer: FiguresOut) -> Row:
    """Return a scope as the page shows it."""
    total = answer.totals[0]
    signals = answer.trend.signals if answer.trend else []
    shown = total.value if total.value != SUPPRESSED else None
    return Row(
        name=name,
        kind=kind,
        where=f"/about/{answer.indicator}{read.where()}",
        value=words.value(total.value, answer.unit),
        is_hidden=shown is None,
        out_of=words.number(total.denominator),
        unusual="; ".join(one.sentence for one in signals),
        share=shown if answer.unit == "percent" else None,
    )


def months_over(read: Reading, count: int) -> tuple[date, date]:
    """Return the first days of the last months that are over."""
    today = read.standing.as_of or read.standing.newest_month or date(2000, 1, 1)
    end = today.year * 12 + today.month - 2
    begin = end - count + 1
    return date(begin // 12, begin % 12 + 1, 1), date(end // 12, end % 12 + 1, 1)
