"""Which figures a file holds: indicators, one breakdown at most, and whose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import Field

from services.aggregation import api, view
from services.aggregation.disclosure import Gate
from services.aggregation.exports.snapshot import Snapshot, freeze
from services.aggregation.indicators import INDICATORS, Indicator
from services.aggregation.problems import BadQuestion, TooManyExports
from services.aggregation.queries import Standing
from services.aggregation.schemas import FiguresOut, Question
from shared.access import Caller, MaybeCaller
from shared.database import InDatabase
from shared.problems import FieldProblem

SYSTEM = "The whole system"


class Asked(api.Asked):
    """The parameters of a file of figures."""

    indicators: str | None = Field(
        None, description="Codes, separated by commas; all that can be asked by `by`"
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures.

    Attributes:
        name: Of the place, or the organisation's code; empty for the system.
        title: As people know it.
        members: Codes of the organisations in it.
        standing: Of what moment they are.
    """

    kind: Literal["system", "place", "organisation"]
    name: str
    title: str
    members: list[str]
    standing: Standing

    @property
    def key(self) -> str:
        """Return how cells name it."""
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
class Answer:
    """Figures of one indicator and scope, as the gate let them through."""

    indicator: Indicator
    scope: Scope
    figures: FiguresOut


@dataclass(frozen=True, slots=True)
class Export:
    """All questions of one file, and the moment of which they are answered."""

    snapshot: Snapshot
    gate: Gate
    indicators: Sequence[tuple[Indicator, str | None]]
    scopes: Sequence[Scope]
    first: date
    last: date

    def questions(self) -> Iterator[tuple[Scope, Question]]:
        """Yield every question, in the order of the file."""
        for indicator, by in self.indicators:
            for scope in self.scopes:
                question = Question(
                    indicator,
                    scope.key,
                    scope.members,
                    by,
                    self.first,
                    self.last,
                    scope.standing.release,
                )
                yield scope, question

    async def answers(self) -> AsyncIterator[Answer]:
        """Yield figures, a question at a time; nothing of them is kept."""
        reads, gate = self.snapshot.reads, self.gate
        for scope, question in self.questions():
            figures = await view.answer(reads, gate, question, scope.standing, ())
            yield Answer(question.indicator, scope, figures)


def chosen(asked: Asked) -> list[tuple[Indicator, str | None]]:
    """Return the indicators, each with the breakdown it is asked by.

    Of those that nobody named, the ones that cannot be asked by `by` are left out.

    Raises:
        BadQuestion: 422, there is no such indicator, or it cannot be asked by that.
    """
    if asked.indicators is None:
        by = asked.by
        found = [
            one
            for one in INDICATORS.values()
            if by is None or by in api.breakdowns_of(one)
        ]
        if not found:
            raise refused("/by", "a breakdown of GET /indicators")
    else:
        codes = dict.fromkeys(asked.indicators.split(","))
        if not codes.keys() <= INDICATORS.keys():
            raise refused("/indicators", "codes of GET /indicators, between commas")
        found = [INDICATORS[code] for code in codes]
    return [(one, api.breakdown_for(one, asked.by)) for one in found]


def refused(pointer: str, detail: str) -> BadQuestion:
    """Make the problem of one parameter."""
    field = FieldProblem(pointer=pointer, detail=detail)
    return BadQuestion("One parameter is not valid.", [field])


def scopes_for(asked: Asked, caller: Caller | None, snapshot: Snapshot) -> list[Scope]:
    """Return the scopes that a caller may see, or the one that was asked for.

    Those who work here see this moment, everyone else the latest releases.
    """
    partners, now = snapshot.partners, snapshot.standing
    everyone = [partner.code for partner in partners]
    places: dict[str, list[str]] = {}
    for partner in partners:
        places.setdefault(partner.place, []).append(partner.code)
    scopes = [Scope("system", "", SYSTEM, everyone, now)]
    scopes += [Scope("place", p, p, places[p], now) for p in sorted(places)]
    if not api.sees_now(caller):
        scopes = [
            replace(scope, standing=snapshot.releases[scope.key])
            for scope in scopes
            if scope.key in snapshot.releases
        ]
    scopes += [
        Scope("organisation", partner.code, partner.name, [partner.code], now)
        for partner in partners
        if caller and api.sees(caller, partner.code)
    ]
    if asked.place:
        return [s for s in scopes if (s.kind, s.name) == ("place", asked.place)]
    if asked.organisation:
        wanted = ("organisation", asked.organisation)
        return [s for s in scopes if (s.kind, s.name) == wanted]
    return scopes


async def exported(
    asked: Annotated[Asked, Query()],
    standing: api.Counted,
    caller: MaybeCaller,
    database: InDatabase,
    request: Request,
) -> AsyncIterator[Export]:
    """Yield what a file is made of; its moment is let go once the file is sent.

    Raises:
        TooManyExports: 503, others are being written; who has a token does not wait
            for those who have none.
    """
    indicators = chosen(asked)
    first, last = api.period(asked.first, asked.last, standing)
    await api.scope_for(database, caller, asked.place, asked.organisation)
    state = request.app.state
    room: asyncio.Semaphore = state.exports["public" if caller is None else "known"]
    if room.locked():
        raise TooManyExports("Other files are being written. Try again shortly.")
    codes = [indicator.code for indicator, _ in indicators]
    breakdowns = {"", *(by or "" for _, by in indicators)}
    async with room, freeze(state.settings, codes, sorted(breakdowns)) as snapshot:
        yield Export(
            snapshot=snapshot,
            gate=api.gate_for(request, caller),
            indicators=indicators,
            scopes=scopes_for(asked, caller, snapshot),
            first=first,
            last=last,
        )
