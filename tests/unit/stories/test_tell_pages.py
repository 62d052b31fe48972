"""The pages for telling, rendered without a database."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from fastapi import Request

from services.stories.pages import tell_answers, words
from services.stories.pages.tell_answers import Telling
from services.stories.pages.tell_form import asked_by, empty_form, fields_of, form_again
from services.stories.problems import StoryDiffers, TooManyTold
from services.stories.rules import codes, tell_form
from services.stories.team_link_queries import TeamLink
from shared.problems import FieldProblem, InvalidContent, Problem
from shared.records import Stored

TODAY = date(2026, 11, 24)
TOKEN = "t" * 32 + "." + "s" * 43
TEMPLATES = Path(tell_answers.__file__).parent / "templates"
LANGUAGES = sorted(words.languages())


def telling(accept: str = "text/html", **asked: str) -> Telling:
    app = SimpleNamespace(state=SimpleNamespace(help=[]))
    headers = [(b"accept", accept.encode())]
    request = Request({"type": "http", "app": app, "headers": headers})
    link = TeamLink(uuid4(), TOKEN, "RX1", "Tuesday <group>", datetime.now(UTC))
    known = {"way": "", "language": "", "paper": ""} | asked
    return Telling(request, asked_by(TOKEN, **known), link)


def html(answer: Any) -> str:  # noqa: ANN401
    return bytes(answer.body).decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", ["bubble", "story"])
def test_a_form_is_shown_in_every_language(way: str, language: str) -> None:
    shown = telling(way=way, language=language)
    page = html(tell_answers.form_page(shown, empty_form(TODAY)))
    assert words.texts(language).telling.says["title"] in page.replace("&#39;", "'")
    assert "Tuesday &lt;group&gt;" in page
    assert 'value="none" checked' in page
    assert "style=" not in page


def test_what_was_typed_is_shown_again_and_escaped() -> None:
    fields = fields_of(b"way=story&text=%3Cb%3E&moment-3-text=Tea&consent=public")
    shown = telling(way="story")
    page = html(tell_answers.form_page(shown, form_again(fields, TODAY)))
    assert "&lt;b&gt;</textarea>" in page
    assert 'name="moment-3-text"' in page
    assert 'value="public" checked' in page


@pytest.mark.parametrize(
    ("problem", "status", "said"),
    [
        (StoryDiffers("x", [FieldProblem(pointer="/text", detail="x")]), 409, "before"),
        (TooManyTold("x"), 429, "wait a minute"),
        (
            InvalidContent("x", [FieldProblem(pointer="/text", detail="x")]),
            422,
            'href="#at-text"',
        ),
    ],
)
def test_a_refusal_shows_the_form_again(
    problem: Problem, status: int, said: str
) -> None:
    fields = fields_of(b"way=bubble&text=Tea&kind=magic&step=support")
    answer = tell_answers.refused(telling(), fields, problem)
    assert answer.status_code == status
    assert said in html(answer)
    assert "Tea" in html(answer)


def test_a_program_gets_a_problem_document() -> None:
    answer = tell_answers.refused(telling("application/json"), {}, TooManyTold("x"))
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "60"


def test_thanks_say_who_reads_it_and_the_code() -> None:
    fields = fields_of(b"way=bubble&text=Tea&kind=magic&step=support&consent=partners")
    body = tell_form.story_of(fields, TODAY)
    stored = Stored(uuid4(), 1, True, None, None)
    answer = tell_answers.thanks(telling(), body, stored, None)
    assert answer.status_code == 201
    assert tell_form.receipt_code(body.reference) in html(answer)
    assert "You agreed that partner organisations may read it too" in html(answer)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_all_that_english_says_and_no_more(language: str) -> None:
    mine, english = words.texts(language), words.texts()
    assert mine.telling.says.keys() == english.telling.says.keys()
    for known, name in (
        (("magic", "mixed", "miserable"), "kinds"),
        (("none", "internal", "partners", "public"), "consents"),
        (codes.STEPS, "steps"),
        (codes.STRENGTHS, "strengths"),
        (codes.ASPIRATIONS, "aspirations"),
    ):
        assert set(getattr(mine.telling, name)) == set(known)
    assert mine.steps.keys() == english.steps.keys()
    assert set(codes.STEPS) <= mine.steps.keys()


def test_the_pages_say_nothing_that_is_not_in_the_texts() -> None:
    sources = [*TEMPLATES.glob("*.html"), Path(tell_answers.__file__)]
    said = {
        name
        for file in sources
        for name in re.findall(r"\bsays\.([a-z_]+)", file.read_text("utf-8"))
    } - {"get"}
    assert said
    assert said <= words.texts().telling.says.keys()
