"""Figures asked for by a framework: of its places, with its words beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from services.aggregation.frameworks import queries
from services.aggregation.frameworks.definition import FrameworkIn
from services.aggregation.frameworks.report import Where, parts_of, scopes_of
from services.aggregation.frameworks.versions import Span, Version
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


def versions_asking(
    frameworks: Mapping[str, Sequence[Version]],
    code: str | None,
    places: Collection[str],
    months: tuple[date, date],
) -> dict[str, list[str]]:
    """Return which versions in effect in some months ask for an indicator.

    Args:
        frameworks: The versions of each, in order of publication.
        code: Of the indicator; None for any.
        places: What the figures are of; of the whole system none, and then only a
            framework that looks at all of it asks.
        months: First day of the first and of the last month.
    """
    found = {}
    for name, versions in frameworks.items():
        spans = parts_of(versions, None, *months)
        asking = [
            span.version.name
            for span in spans
            if _is_within(span.version.content.places, places)
            and (code is None or code in _codes_of(span.version.content))
        ]
        if asking:
            found[name] = asking
    return found


def _is_within(looked_at: Collection[str], places: Collection[str]) -> bool:
    return not looked_at or bool(places and set(places) <= set(looked_at))


def _codes_of(content: FrameworkIn) -> set[str]:
    return {one.code for one in content.measures() if one.not_measured_yet is None}


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
