"""Who reads a page, of where, and what they may see of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

from services.aggregation import api, view
from services.aggregation.disclosure import Gate
from services.aggregation.indicators import INDICATORS
from services.aggregation.problems import NoSuchIndicator
from services.aggregation.queries import Standing
from services.aggregation.quotes import Quote, Quoter
from services.aggregation.schemas import FiguresOut, MomentOut, Question
from shared.access import Caller
from shared.database import Database, InDatabase
from shared.signin import Whoever, session_of

ANY = "access_count"
READS_OWN_STORIES = frozenset({"partner", "moderator"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader's look at one scope; every figure and moment of a page comes by it.

    Attributes:
        place: The place that was chosen, or none.
        organisation: The organisation that was chosen, or none.
        release: The release that was chosen; none where it is the newest.
    """

    request: Request
    standing: Standing
    reader: Caller | None
    scope: str
    members: list[str]
    place: str | None = None
    organisation: str | None = None
    release: int | None = None

    @property
    def database(self) -> Database:
        """Return the service's database."""
        database: Database = self.request.app.state.database
        return database

    @property
    def gate(self) -> Gate:
        """Return the gate that figures go through."""
        return api.gate_for(self.request, self.reader)

    @property
    def levels(self) -> list[str]:
        """Return the consent levels of moments that this reader sees here.

        Only a viewer may read the words of other organisations' stories.
        """
        if self.reader is None:
            return api.levels_for(None)
        is_own = self.scope == f"organisation:{self.reader.organisation}"
        may_read = "viewer" in self.reader.roles or (
            is_own and not self.reader.roles.isdisjoint(READS_OWN_STORIES)
        )
        return api.levels_for(self.reader if may_read else None)

    def where(self, **more: str | None) -> str:
        """Return the part of an address that says of where, and what else is asked."""
        asked = {"place": self.place, "organisation": self.organisation} | more
        given = {name: value for name, value in asked.items() if value}
        return f"?{urlencode(given)}" if given else ""

    def here(self, **more: str | None) -> str:
        """Return the same as `where`, of the release that is read."""
        return self.where(release=str(self.release or ""), **more)

    def question(self, code: str, by: str | None, first: date, last: date) -> Question:
        """Return the question about an indicator of this scope.

        Raises:
            NoSuchIndicator: 404, there is none of this code.
            BadQuestion: 422, it cannot be asked by that.
        """
        indicator = INDICATORS.get(code)
        if indicator is None:
            raise NoSuchIndicator("There is no such figure.")
        breakdown = api.breakdown_for(indicator, by)
        where = (self.scope, self.members)
        release = self.standing.release
        return Question(indicator, *where, breakdown, first, last, release)

    async def answer(self, question: Question) -> FiguresOut:
        """Return the figures of one question, without moments."""
        [found] = await self.answers([question])
        return found

    async def answers(self, questions: Sequence[Question]) -> list[FiguresOut]:
        """Return the figures of several questions, without moments."""
        return await view.answers(self.database, self.gate, questions, self.standing)

    async def year(self, codes: Sequence[str]) -> dict[str, FiguresOut]:
        """Return the figures of the latest months, by indicator."""
        first, last = api.period(None, None, self.standing)
        questions = [self.question(code, None, first, last) for code in codes]
        return dict(zip(codes, await self.answers(questions), strict=True))

    async def moments(self, first: date, last: date) -> list[MomentOut]:
        """Return moments of this scope that the reader may see."""
        # Moments are those of a scope and months, whatever the indicator.
        question = self.question(ANY, None, first, last)
        return await view.moments_beside(self.database, question, self.levels)

    async def quotes(self, moments: Sequence[MomentOut]) -> list[Quote]:
        """Return moments with their words, asked for in the reader's own name."""
        quoter: Quoter = self.request.app.state.quoter
        token = session_of(self.request) if self.reader else ""
        return await quoter.quotes(moments, token)


async def reading_of(
    request: Request,
    database: InDatabase,
    reader: Whoever,
    place: str | None = None,
    organisation: str | None = None,
) -> Reading:
    """Return what is read: the system, or the place or organisation of the address.

    Raises:
        NotCounted: 503, figures are being counted.
        NoToken: 401, an organisation's figures are for those who signed in.
        NoSuchIndicator: 404, not there, or not this reader's.
    """
    place, organisation = place or None, organisation or None
    scope, members = await api.scope_for(database, reader, place, organisation)
    standing = await api.shown_to(database, reader, scope)
    return Reading(request, standing, reader, scope, members, place, organisation)


Read = Annotated[Reading, Depends(reading_of)]


async def rereading_of(
    read: Read, release: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
) -> Reading:
    """Return what is read as an old release showed it, if one is asked for.

    Raises:
        NoSuchIndicator: 404, there was no such release of this.
    """
    if release is None:
        return read
    standing = await api.shown_to(read.database, read.reader, read.scope, release)
    return replace(read, standing=standing, release=release)


Reread = Annotated[Reading, Depends(rereading_of)]
