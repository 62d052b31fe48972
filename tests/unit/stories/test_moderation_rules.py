"""Which step moderation may take from where, and by whom."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from services.stories.problems import SecondPersonNeeded, TransitionRefused
from services.stories.rules.moderation import moderated
from services.stories.schemas import ConsentIn, Kept, StoryIn
from shared.events import ConsentLevel, ModerationState

STATES = get_args(ModerationState)
ALLOWED = {
    ("submitted", "in_review"),
    ("in_review", "changes_proposed"),
    ("in_review", "approved"),
    ("changes_proposed", "in_review"),
    ("changes_proposed", "approved"),
    ("approved", "in_review"),
    ("approved", "published"),
    ("published", "in_review"),
}


def a_story(
    moderation: ModerationState,
    level: ConsentLevel = "partners",
    approved_by: str | None = None,
) -> Kept:
    day = "2026-03-01"
    story = {"reference": "S-1", "kind": "bubble", "told_on": day, "text": "words"}
    return Kept(
        told=StoryIn.model_validate(story),
        consents=[ConsentIn.model_validate({"level": level, "given_on": day})],
        moderation=moderation,
        approved_by=approved_by,
    )


@pytest.mark.parametrize(("before", "state"), list(product(STATES, STATES)))
def test_only_the_steps_of_the_table_are_taken(
    before: ModerationState, state: ModerationState
) -> None:
    kept = a_story(before)
    if before == state:
        assert moderated(kept, state, "u1") is None
    elif (before, state) in ALLOWED:
        after = moderated(kept, state, "u1")
        assert after is not None
        assert after.moderation == state
    else:
        with pytest.raises(TransitionRefused, match=f"is {before}"):
            moderated(kept, state, "u1")


def test_who_approved_a_public_story_may_not_publish_it() -> None:
    approved = moderated(a_story("in_review", "public"), "approved", "u1")
    assert approved is not None
    with pytest.raises(SecondPersonNeeded):
        moderated(approved, "published", "u1")
    published = moderated(approved, "published", "u2")
    assert published is not None
    assert published.moderation == "published"


def test_the_last_approval_counts() -> None:
    kept = moderated(a_story("in_review", "public", "u1"), "approved", "u2")
    assert kept is not None
    assert moderated(kept, "published", "u1") is not None


def test_one_person_is_enough_where_the_public_does_not_read() -> None:
    approved = a_story("approved", "partners", "u1")
    assert moderated(approved, "published", "u1") is not None
