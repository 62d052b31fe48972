"""What the pages for telling answer with: the form, the form again, thanks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, JSONResponse, Response

from services.stories.api.telling import latest_date
from services.stories.pages import pages, words
from services.stories.pages.own_stories import readers_of
from services.stories.pages.tell_form import Asked, Form, faults_of, form_again
from services.stories.rules import states, tell_form
from services.stories.rules.tell_form import Fields
from services.stories.schemas import StoryIn
from services.stories.team_link_queries import TeamLink
from shared.links import PAGE_HEADERS, LinkOut
from shared.links.pages import day
from shared.problems import Problem, render
from shared.records import Stored

# The page's own script and nothing else; it sends to this service alone.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " img-src 'self'; manifest-src 'self'; worker-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MOST_COPIES = 50
NOTICES = {
    "story-differs": "notice_differs",
    "erased": "notice_erased",
    "too-many-told": "notice_busy",
    "unavailable": "notice_away",
}


class ToldOut(BaseModel):
    """A story that was told, and the code by which it is found again."""

    reference: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is asked to answer what, for which team."""

    request: Request
    asked: Asked
    link: TeamLink

    @property
    def says(self) -> dict[str, str]:
        """Return the sentences of the language that is asked for."""
        return words.texts(self.asked.language).telling.says

    @property
    def wants_document(self) -> bool:
        """Say whether a program asks, not a person."""
        return "json" in self.request.headers.get("accept", "")

    def page(self, template: str, status: int, **shown: object) -> HTMLResponse:
        """Answer with a page in the language that is asked for."""
        answer = pages.answer(
            self.request,
            template,
            status,
            asked=self.asked,
            team=self.link.name,
            until=day(self.link.expires_at.date()),
            texts=words.texts(self.asked.language).telling,
            says=self.says,
            languages=words.languages(),
            **shown,
        )
        answer.headers["Content-Security-Policy"] = POLICY
        return answer


def closed_page(request: Request, asked: Asked, status: int) -> HTMLResponse:
    """Answer that the page is closed, with what this device still keeps of it."""
    says = words.texts(asked.language).telling.says
    answer = pages.answer(request, "tell_closed.html", status, says=says)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def form_page(
    telling: Telling, form: Form, status: int = HTTPStatus.OK
) -> HTMLResponse:
    """Answer with the form."""
    return telling.page("tell.html", status, form=form, most=tell_form.MOST_LETTERS)


def refused(telling: Telling, fields: Fields, problem: Problem) -> Response:
    """Answer why nothing was stored: a document, or the form as it was typed."""
    if telling.wants_document:
        return render(problem)
    notice = NOTICES.get(problem.document().type.rpartition(":")[2], "")
    if notice == "notice_differs" and telling.asked.is_paper:
        notice = "notice_differs_paper"
    form = form_again(fields, latest_date(), telling.says.get(notice, ""))
    faults = faults_of(problem.errors, fields, telling.asked.way, telling.says)
    if notice:
        # It points at the fields that differ from the stored ones; none is wrong.
        faults = {}
    answer = form_page(telling, replace(form, faults=faults), problem.status)
    answer.headers.update(problem.headers)
    return answer


def thanks(
    telling: Telling, body: StoryIn, stored: Stored, private: LinkOut | None
) -> Response:
    """Answer that it arrived: who can read it now, and the code."""
    status = HTTPStatus.CREATED if stored.is_new else HTTPStatus.OK
    receipt = tell_form.receipt_code(body.reference)
    if telling.wants_document:
        told = ToldOut(reference=body.reference, receipt=receipt)
        return JSONResponse(told.model_dump(), status, headers=PAGE_HEADERS)
    owner, language = telling.link.organisation, telling.asked.language
    kept = states.told(body, None)
    return telling.page(
        "told.html",
        status,
        receipt=receipt,
        readers=readers_of(kept, owner, latest_date(), language),
        private=private,
        is_new=stored.is_new,
    )


def paper_page(telling: Telling, copies: int) -> HTMLResponse:
    """Answer with sheets to print, each with a code that nobody used."""
    references = [tell_form.new_reference() for _ in range(copies)]
    codes = [tell_form.receipt_code(reference) for reference in references]
    return telling.page(
        "paper.html", HTTPStatus.OK, codes=codes, most_copies=MOST_COPIES
    )
