"""What a person reads of their own stories, and of who may read them."""

from __future__ import annotations

from datetime import date
from typing import get_args
from uuid import uuid4

import pytest

from services.stories.pages import pages
from services.stories.pages.own_stories import StoryView, readers_of, stories_of
from services.stories.pages.words import texts
from services.stories.schemas import Kept
from services.stories.schemas.redaction import Reason
from shared.records import Stored
from tests.builders import a_story

OWNER = "RX1"
TODAY = date(2026, 6, 2)


def kept(level: str | None, moderation: str = "submitted", **told: object) -> Kept:
    consents = [{"level": level, "given_on": "2026-04-20"}] if level else []
    body = a_story(told_on="2026-04-20", consent=None) | told
    return Kept.model_validate(
        {"told": body, "consents": consents, "moderation": moderation}
    )


def view_of(*stories: Kept) -> list[StoryView]:
    found = [(Stored(uuid4(), 7, False, None, None), one) for one in stories]
    return stories_of(found, OWNER, TODAY)


@pytest.mark.parametrize(
    ("level", "moderation", "said"),
    [
        (None, "submitted", "Only the team"),
        ("none", "submitted", "Only the team"),
        ("internal", "approved", "Only the team"),
        ("partners", "submitted", "For now, only the team"),
        ("partners", "approved", "people at the partner organisations of Living Well."),
        ("public", "in_review", "You agreed that anybody may read it; somebody checks"),
        ("public", "approved", "it is not public yet"),
        ("public", "published", "Anybody can read this"),
    ],
)
def test_who_may_read_a_story_is_told_as_the_rule_decides(
    level: str | None, moderation: str, said: str
) -> None:
    assert said in readers_of(kept(level, moderation), OWNER, TODAY)


def test_a_withdrawn_story_comes_last_and_without_words() -> None:
    gone = kept("none", "withdrawn", told_on="2026-06-01", recommendations=["Ring."])
    first, last = view_of(gone, kept("partners"))
    assert first.withdrawn_on is None
    assert first.text
    assert last.withdrawn_on == "20 April 2026"
    assert (last.text, list(last.moments), list(last.wishes)) == ("", [], [])


def test_a_story_is_shown_in_the_words_it_was_told_in() -> None:
    [story] = view_of(kept("partners", text="<i>Tea</i>", language="cy"))
    html = pages.html("stories.html", stories=[story], help_lines=[])
    assert "&lt;i&gt;Tea&lt;/i&gt;" in html
    assert 'lang="cy"' in html
    assert "Sunday lunch together." in html


EDITS = {"text": "At first <b>nobody</b> rang.", "moments": ["Lunch.", None]}


def edited(moderation: str = "in_review", reasons: tuple[str, ...] = ("date",)) -> Kept:
    story = kept("partners", moderation, text="At first Jo did not ring.")
    edits = EDITS | {"reasons": list(reasons)}
    return Kept.model_validate(story.model_dump(mode="json") | {"redaction": edits})


def page_of(story: StoryView) -> str:
    return pages.html("stories.html", stories=[story], help_lines=[])


def test_an_edited_story_shows_what_was_said_and_what_others_read() -> None:
    [story] = view_of(edited(reasons=("staff_name", "date", "date")))
    html = page_of(story)
    assert html.index("What you said") < html.index("At first Jo did not ring.")
    assert html.index("At first Jo") < html.index("What others read")
    others = html[html.index("What others read") : html.index("Who can read this")]
    assert "At first &lt;b&gt;nobody&lt;/b&gt; rang." in others
    assert "changed so that nobody can be recognised" in others
    assert "the name of somebody who works here, a date." in others
    assert "Lunch." in others
    assert "Nobody rang." not in others


def test_a_story_that_others_read_as_it_was_told_is_shown_once() -> None:
    as_told = {"text": "Words.", "moments": [], "reasons": ["other"]}
    told = kept("partners", text="Words.", moments=[]).model_dump(mode="json")
    for story in (kept("partners"), Kept.model_validate(told | {"redaction": as_told})):
        [view] = view_of(story)
        assert view.edited is None
        assert "What others read" not in page_of(view)


def test_after_a_withdrawal_the_edited_words_are_gone_too() -> None:
    [story] = view_of(edited("withdrawn"))
    assert story.edited is None
    assert "rang" not in page_of(story)


def test_every_reason_has_plain_words() -> None:
    assert texts().reasons.keys() == set(get_args(Reason))


@pytest.mark.parametrize("language", [None, "ENGLISH", "0-1", "e"])
def test_what_is_no_language_tag_is_left_out(language: str | None) -> None:
    [story] = view_of(kept("partners", language=language))
    assert story.language is None


def a_reply(reference: str, replied_on: str, changed_on: str | None) -> object:
    change = {"what": "No <i>queue</i>.", "changed_on": changed_on}
    return {
        "reference": reference,
        "replied_on": replied_on,
        "text": f"<b>Thank you</b> from {reference}.",
        "change": change if changed_on else None,
    }


def with_replies(level: str, moderation: str) -> Kept:
    replies = {
        "R-1": a_reply("R-1", "2026-05-10", "2026-05-20"),
        "R-2": a_reply("R-2", "2026-05-02", None),
        "R-3": a_reply("R-3", "2026-05-11", "2026-05-12"),
    }
    one = kept(level, moderation)
    return Kept.model_validate(one.model_dump(mode="json") | {"replies": replies})


def test_what_the_team_answered_and_changed_is_told_by_day() -> None:
    [story] = view_of(with_replies("internal", "submitted"))
    days = [answer.day for answer in story.answers]
    assert days == ["2 May 2026", "10 May 2026", "11 May 2026"]
    assert [change.day for change in story.changes] == ["12 May 2026", "20 May 2026"]
    html = pages.html("stories.html", stories=[story], help_lines=[])
    assert "What the team answered" in html
    assert "What changed because of it" in html
    assert "&lt;b&gt;Thank you&lt;/b&gt; from R-2." in html
    assert "No &lt;i&gt;queue&lt;/i&gt;." in html


def test_a_story_without_replies_says_nothing_of_answers() -> None:
    html = pages.html("stories.html", stories=view_of(kept("partners")), help_lines=[])
    assert "What the team answered" not in html
    assert "What changed" not in html


def test_of_a_withdrawn_story_no_answer_is_shown() -> None:
    [story] = view_of(with_replies("none", "withdrawn"))
    assert (list(story.answers), list(story.changes)) == ([], [])
    html = pages.html("stories.html", stories=[story], help_lines=[])
    assert "Thank you" not in html
