"""What a form for telling says, as a story: what it takes and what it refuses."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stories.pages.tell_form import Way, faults_of, fields_of, form_again
from services.stories.pages.words import texts
from services.stories.rules.tell_form import (
    Fields,
    first,
    receipt_code,
    reference_of,
    story_of,
)
from services.stories.schemas import StoryIn
from shared.problems import FieldProblem, InvalidContent

TODAY = date(2026, 11, 24)
BUBBLE = {"way": "bubble", "kind": "mixed", "step": "other", "text": "Tea."}
NAMES = st.sampled_from(
    ["way", "kind", "step", "text", "told_on", "reference", "code", "consent", "add"]
    + ["strength", "aspiration", "wishes", "back", "other"]
    + [f"moment-{n}-{part}" for n in (0, 1, 2, 50, 51) for part in ("kind", "text")]
)
SAID = st.one_of(
    st.text(max_size=30), st.sampled_from(["story", "magic", "support", "public"])
)


def told(**changes: str) -> StoryIn:
    return story_of(sent(**changes), TODAY)


def sent(**changes: str) -> Fields:
    return fields_of(urlencode(BUBBLE | changes).encode())


def pointers(**changes: str) -> list[str]:
    with pytest.raises(InvalidContent) as refused:
        told(**changes)
    return [error.pointer for error in refused.value.errors]


def test_a_bubble_is_one_moment_with_consent_none() -> None:
    story = told()
    assert (story.kind, story.told_on, story.text) == ("bubble", TODAY, "Tea.")
    assert [(m.kind, m.step, m.text) for m in story.moments] == [
        ("mixed", "other", None)
    ]
    assert story.consent
    assert (story.consent.level, story.consent.given_on) == ("none", TODAY)
    assert story.referral is None


def test_a_story_has_the_moments_that_say_something_in_their_order() -> None:
    story = told(
        **{"way": "story", "moment-4-kind": "magic", "moment-4-step": "ending"},
        **{"moment-2-kind": "miserable", "moment-2-step": "review"},
        **{"moment-2-text": " a\r\nb ", "moment-3-text": "  "},
        wishes="One.\r\n\r\n Two. ",
        strength="humour",
        consent="public",
    )
    moments = [(m.kind, m.step, m.text) for m in story.moments]
    assert moments == [("miserable", "review", "a\nb"), ("magic", "ending", None)]
    assert story.recommendations == ["One.", "Two."]
    assert story.strengths == ["humour"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "poem"}, "/moments/0/kind"),
        ({"kind": ""}, "/moments/0/kind"),
        ({"step": "Dr_Zanzibar"}, "/moments/0/step"),
        ({"text": " \r\n "}, "/text"),
        ({"text": "a\x00"}, "/text"),
        ({"text": "x" * 2_001}, "/text"),
        ({"told_on": "2026-11-25"}, "/told_on"),
        ({"told_on": "1899-12-31"}, "/told_on"),
        ({"told_on": "today"}, "/told_on"),
        ({"reference": "S-1"}, "/reference"),
        ({"reference": str(uuid4()).upper()}, "/reference"),
        ({"code": "3F9A"}, "/reference"),
        ({"code": "3F9A-22G1"}, "/reference"),
        ({"strength": "Zanzibar"}, "/strengths"),
        ({"aspiration": "Zanzibar"}, "/aspirations"),
        ({"consent": "everyone"}, "/consent/level"),
        ({"way": "story", "moment-1-text": "x" * 5_001}, "/moments/0/text"),
    ],
    ids=range(17),
)
def test_what_is_refused_is_pointed_at(change: dict[str, str], pointer: str) -> None:
    assert pointer in pointers(**change)


def test_all_that_is_missing_is_said_at_once() -> None:
    missing = pointers(kind="", step="", text="")
    assert {"/moments/0/kind", "/moments/0/step", "/text"} <= set(missing)


def test_a_sheet_is_the_same_story_however_its_code_is_typed() -> None:
    for typed in ("3F9A-22C1", "3f9a22c1", " 3F9A – 22C1 "):
        assert reference_of(sent(code=typed)) == "paper-3f9a22c1"
    assert receipt_code("paper-3f9a22c1") == "3F9A-22C1"


@given(st.lists(st.tuples(NAMES, SAID), max_size=30))
def test_any_form_is_a_story_or_is_refused_and_can_be_shown_again(
    pairs: list[tuple[str, str]],
) -> None:
    fields = fields_of(urlencode(pairs).encode())
    form = form_again(fields, TODAY)
    assert 1 <= len(form.numbers) <= 50
    story, errors = outcome_of(fields)
    way: Way = "story" if first(fields, "way") == "story" else "bubble"
    shown = faults_of(errors, fields, way, texts().telling.says)
    assert (story is None) == bool(shown)
    assert story is None or story.told_on <= TODAY


def outcome_of(fields: Fields) -> tuple[StoryIn | None, list[FieldProblem]]:
    try:
        return story_of(fields, TODAY), []
    except InvalidContent as problem:
        return None, problem.errors


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form(body: bytes) -> None:
    assert isinstance(fields_of(body), dict)


def test_a_form_of_too_many_fields_says_nothing() -> None:
    assert fields_of(b"&".join(b"a=1" for _ in range(10_000))) == {}
