"""Edited words fit the moments that were told, and take an approval back."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from services.stories.problems import StoryWithdrawn
from services.stories.rules.redaction import is_redacted, redacted, shared_moments
from services.stories.schemas import Kept
from services.stories.schemas.redaction import Redaction
from shared.events import ModerationState
from shared.problems import InvalidContent
from tests.builders import a_story

AFTER: dict[ModerationState, ModerationState] = {
    "submitted": "submitted",
    "in_review": "in_review",
    "changes_proposed": "changes_proposed",
    "approved": "in_review",
    "published": "in_review",
}


def kept(moderation: ModerationState = "in_review", **changes: Any) -> Kept:  # noqa: ANN401
    moments = [
        {"kind": "magic", "step": "support", "text": "Tea with Jo."},
        {"kind": "mixed", "step": "review"},
    ]
    return Kept.model_validate(
        {
            "told": a_story(text="Jo came.", moments=moments),
            "moderation": moderation,
            "approved_by": "u1",
            **changes,
        }
    )


def edits(**changes: Any) -> Redaction:  # noqa: ANN401
    body = {"text": "They came.", "moments": ["Tea.", None], "reasons": ["name"]}
    return Redaction.model_validate(body | changes)


@pytest.mark.parametrize("before", AFTER)
def test_edited_words_have_to_be_approved_anew(before: ModerationState) -> None:
    story = kept(before)
    after = redacted(story, edits())
    assert after is not None
    assert after.moderation == AFTER[before]
    is_taken_back = before in {"approved", "published"}
    assert after.approved_by == (None if is_taken_back else "u1")
    assert after.told == story.told


def test_the_table_names_every_state_but_withdrawn() -> None:
    assert {*AFTER, "withdrawn"} == set(get_args(ModerationState))


def test_the_same_edits_again_change_nothing_and_take_no_approval_back() -> None:
    assert redacted(kept("approved", redaction=edits()), edits()) is None


def test_a_withdrawn_story_is_not_edited() -> None:
    with pytest.raises(StoryWithdrawn):
        redacted(kept("withdrawn"), edits())


@pytest.mark.parametrize(
    ("moments", "pointer"),
    [
        ([], "/moments"),
        (["Tea."], "/moments"),
        (["Tea.", None, None], "/moments"),
        (["Tea.", "Words that nobody said."], "/moments/1"),
    ],
)
def test_words_for_moments_that_are_not_there_are_refused(
    moments: list[str | None], pointer: str
) -> None:
    with pytest.raises(InvalidContent) as refused:
        redacted(kept(), edits(moments=moments))
    assert [field.pointer for field in refused.value.errors] == [pointer]


def test_a_moment_may_travel_without_its_words() -> None:
    after = redacted(kept(), edits(moments=[None, None]))
    assert after is not None
    assert [(m.kind, m.text) for m in shared_moments(after)] == [
        ("magic", None),
        ("mixed", None),
    ]


def test_what_was_told_sent_as_an_edit_is_none() -> None:
    undone = redacted(kept(), edits(text="Jo came.", moments=["Tea with Jo.", None]))
    assert undone is not None
    assert not is_redacted(undone)
