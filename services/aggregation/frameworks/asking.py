"""Figures asked for by a framework: of its places, with its words beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.aggregation.frameworks import queries
from services.aggregation.frameworks.report import Where, parts_of, scopes_of
from services.aggregation.frameworks.versions import Span
from services.aggregation.problems import (
    BadQuestion,
    NoSuchFramework,
    NoSuchIndicator,
)
from services.aggregation.schemas import AskedFor, Question
from shared.database import Database
from shared.problems import FieldProblem


async def asked_by(
    database: Database, framework: str, question: Question
) -> tuple[Question, list[AskedFor]]:
    """Return a question as a framework asks it, and what its versions ask it for.

    Without a place it is about the framework's only one.

    Raises:
        NoSuchFramework: 404, there is none of this name.
        NoSuchIndicator: 404, nobody is registered in its place.
        BadQuestion: 422, it does not look at this indicator, or this place, then.
    """
    versions = await queries.versions(database, framework)
    if not versions:
        raise NoSuchFramework("GET /frameworks lists those that are there.")
    spans = parts_of(versions, None, question.first, question.last)
    code = question.indicator.code
    asked_for = [one for span in spans for one in _asked_for(span, code)]
    if not asked_for:
        raise _bad("framework", "it does not look at this indicator in these months")
    newest = spans[-1].version.content
    if any(span.version.content.places != newest.places for span in spans):
        raise _bad("framework", "its places changed in these months: ask for fewer")
    scope, members = scope_within(question, await scopes_of(database, newest))
    if not members and scope != "system":
        raise NoSuchIndicator("No registered organisation is there.")
    return replace(question, scope=scope, members=members), asked_for


def scope_within(question: Question, scopes: Sequence[Where]) -> Where:
    """Return the scope to answer for, of those that a framework looks at.

    Raises:
        BadQuestion: 422, it looks at others, or one of several must be named.
    """
    asked = question.scope, question.members
    if question.scope.startswith("organisation:"):
        if any(set(question.members) <= set(members) for _, members in scopes):
            return asked
        raise _bad("organisation", "it is in none of the framework's places")
    if scopes[0][0] == "system":
        return asked
    if question.scope == "system" and len(scopes) == 1:
        return scopes[0]
    if question.scope not in [scope for scope, _ in scopes]:
        places = ", ".join(scope.removeprefix("place:") for scope, _ in scopes)
        raise _bad("place", f"one of {places}")
    return asked


def _asked_for(span: Span, code: str) -> list[AskedFor]:
    content = span.version.content
    return [
        AskedFor(
            framework=content.id,
            version=span.version.name,
            first=span.first.strftime("%Y-%m"),
            last=(span.last or span.first).strftime("%Y-%m"),
            outcome=outcome.code,
            words=outcome.words,
            asked_by=measure.asked_by,
            asked_on=measure.asked_on,
            statutory=measure.statutory,
        )
        for outcome in content.outcomes()
        for measure in outcome.indicators
        if measure.code == code and measure.not_measured_yet is None
    ]


def _bad(parameter: str, detail: str) -> BadQuestion:
    field = FieldProblem(pointer=f"/{parameter}", detail=detail)
    return BadQuestion("One parameter is not valid.", [field])
