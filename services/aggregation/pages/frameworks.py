"""Pages of frameworks: what was agreed, who asked for it, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import FileResponse, HTMLResponse, Response

from services.aggregation.disclosure import NOTE_BEGINS, SUPPRESSED, Figure
from services.aggregation.frameworks.answers import (
    FrameworkList,
    FrameworkOut,
    ReportOut,
    SharedOutcome,
)
from services.aggregation.frameworks.definition import MeasureIn, OutcomeIn
from services.aggregation.frameworks.report import Shared, matches_of, unmatched_of
from services.aggregation.indicators import INDICATORS
from services.aggregation.pages import HERE, PageRoute, page, router, templates, words
from services.aggregation.quotes import Quoter
from services.aggregation.schemas import FiguresOut
from shared.links.pages import Handler

MOST_QUOTES = 4
BIG_THREE = {
    1: "Recover and stay well",
    2: "Make own choices and reach own goals",
    3: "Take part in daily life on an equal footing",
}


def is_for_people(request: Request) -> bool:
    """Say whether a page is asked for: by its address, or by a browser."""
    if request.url.path.endswith(".html"):
        return True
    return "text/html" in request.headers.get("accept", "")


class EitherRoute(PageRoute):
    """Tells people in a page, and programs in a document, that there is no figure."""

    def get_route_handler(self) -> Handler:
        """Return the handler for whoever asks."""
        for_people = super().get_route_handler()
        for_programs = APIRoute.get_route_handler(self)

        async def handle(request: Request) -> Response:
            kindly = is_for_people(request)
            return await (for_people if kindly else for_programs)(request)

        return handle


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a report, as a person reads it."""

    name: str
    value: str
    is_hidden: bool
    sentence: str


def rows_of(answer: FiguresOut) -> list[Row]:
    """Return the figures of the whole period; of a mix, those that can be shown."""
    if answer.breakdown is None:
        return [_row(answer, answer.totals[0])] if answer.totals else []
    shown = [one for one in answer.totals if one.value != SUPPRESSED]
    return [_row(answer, figure) for figure in sorted(shown, key=_largest_first)]


def _largest_first(figure: Figure) -> int:
    return 0 if figure.value == SUPPRESSED else -figure.value


def _row(answer: FiguresOut, figure: Figure) -> Row:
    return Row(
        name=group_name(figure.group),
        value=words.value(figure.value, answer.unit),
        is_hidden=figure.value == SUPPRESSED,
        sentence=sentence(answer, figure),
    )


def sentence(answer: FiguresOut, figure: Figure) -> str:
    """Say what stands behind a figure, or why there is none.

    What is hidden may be nobody: that nothing was measured is not told apart from a
    few people, or it would tell of them.
    """
    if figure.value == SUPPRESSED or figure.denominator == SUPPRESSED:
        return "Not measured yet, or of too few people to show. It is not zero."
    if answer.unit == "days":
        longest = (
            ""
            if figure.p90 in (None, SUPPRESSED)
            else f"; one in ten waited longer than {figure.p90} days"
        )
        return (
            f"Half of about {figure.denominator:,} waited this long or less{longest}."
        )
    if answer.unit == "percent":
        return f"Out of about {figure.denominator:,}."
    return "Rounded."


def has_shown(answer: FiguresOut) -> bool:
    """Say whether any month of an answer that is not divided by groups can be shown."""
    months = [one for one in answer.figures if answer.breakdown is None]
    return any(one.value != SUPPRESSED for one in months)


def when_of(answer: FiguresOut) -> str:
    """Return the months that an answer's sum is of; nothing where there is none."""
    if answer.totals_first is None or answer.totals_last is None:
        return ""
    last = words.month(answer.totals_last)
    if answer.totals_first == answer.totals_last:
        return f"At the end of {last}"
    return f"{words.month(answer.totals_first)} to {last}"


def as_of(report: ReportOut) -> str:
    """Return of what moment a report's oldest figures are, in words."""
    moments = [
        answer.as_of
        for part in report.parts
        for aim in part.aims
        for outcome in aim.outcomes
        for measure in outcome.indicators
        for answer in measure.figures
        if answer.as_of
    ]
    return f"As of {min(moments):%-d %B %Y, %H:%M} UTC." if moments else ""


def group_name(group: str | None) -> str:
    """Return a group in plain words."""
    if group is None:
        return ""
    return words.SOURCES.get(group, group.replace("_", " ").capitalize())


def place_of(answer: FiguresOut) -> str:
    """Return of where an answer is, in words."""
    kind, _, name = answer.scope.partition(":")
    return name if kind == "place" else "The whole system"


def notes_of(answers: Sequence[FiguresOut]) -> list[str]:
    """Return what to know of some answers, once, without what holds for all figures."""
    notes = dict.fromkeys(note for answer in answers for note in answer.notes)
    return [note for note in notes if not note.startswith(NOTE_BEGINS)]


def who_asked(measure: MeasureIn) -> str:
    """Say where a measure came from."""
    when = f", {day(measure.asked_on)}" if measure.asked_on else ""
    if measure.statutory:
        by = f": {measure.asked_by}" if measure.asked_by else ""
        return f"Required by law{by}{when}."
    return f"Asked for by {measure.asked_by}{when}."


def title_of(measure: MeasureIn) -> str:
    """Return the catalogue's title of an indicator, or its code in words."""
    indicator = INDICATORS.get(measure.code)
    return indicator.title if indicator else group_name(measure.code)


def site_of(site: str, places: Sequence[str]) -> str:
    """Return a site with its places, each said once."""
    others = [place for place in places if place != site]
    return f"{site}: {', '.join(others)}" if others else site


def day(given: date) -> str:
    """Return a day as people write it."""
    return given.strftime("%-d %B %Y")


templates.globals |= {
    "rows_of": rows_of,
    "place_of": place_of,
    "when_of": when_of,
    "has_shown": has_shown,
    "as_of": as_of,
    "notes_of": notes_of,
    "who_asked": who_asked,
    "title_of": title_of,
    "day": day,
    "site_of": site_of,
    "big_three": BIG_THREE,
}


def show_frameworks(found: FrameworkList) -> HTMLResponse:
    """Show which frameworks there are."""
    titles = {one.id: one.title for one in found.frameworks}
    return _page("frameworks.html", frameworks=found.frameworks, titles=titles)


def show_framework(found: FrameworkOut, shared: Shared) -> HTMLResponse:
    """Show what a framework says."""
    this = next(one for one in found.versions if one.version == found.version)
    content = found.content

    def matches(outcome: OutcomeIn) -> list[SharedOutcome] | str | None:
        return matches_of(outcome, shared)

    return _page(
        "framework.html",
        framework=content,
        this=this,
        versions=found.versions,
        questions={question.code: question for question in content.questions},
        for_the_system=sum(q.count for q in content.questions if q.serves == "system"),
        matches=matches,
        unmatched=unmatched_of(content, shared),
        shared_title=shared.title,
    )


async def show_report(request: Request, found: ReportOut) -> HTMLResponse:
    """Show a framework's report, so that it prints well."""
    moments = [moment for part in found.parts for moment in part.moments][-MOST_QUOTES:]
    quoter: Quoter = request.app.state.quoter
    told = await quoter.quotes(moments)
    return _page("framework_report.html", report=found, quotes=told)


@router.get("/static/frameworks.css")
async def show_style() -> FileResponse:
    """Show the style sheet of these pages, which comes after the one of all."""
    return FileResponse(HERE / "static" / "frameworks.css", media_type="text/css")


def _page(template: str, **what: object) -> HTMLResponse:
    answer = page(template, is_signed_in=False, **what)
    answer.headers["Vary"] = "Accept"
    return answer
