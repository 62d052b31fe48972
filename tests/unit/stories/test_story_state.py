"""What is published of a story: codes and dates under a consent, words never."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.stories.rules import consent, states
from services.stories.rules.entries import story_entry
from services.stories.schemas import ConsentIn, Kept, StoryIn
from shared.events import ConsentLevel, StoryState

MARK = "Zanzibar"
STORY = UUID("81775cfa-8a9b-872b-a1d8-16398e039fca")
REFERRAL = UUID("11775cfa-8a9b-872b-a1d8-16398e039fca")
ADDRESS = states.StoryAddress(STORY, "RX1", f"http://stories.test/stories/{STORY}/text")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def a_story(level: ConsentLevel | None) -> Kept:
    """Return a story with the marked word in every field that takes words."""
    day = "2026-03-01"
    story = {
        "reference": f"{MARK}-1",
        "referral": f"{MARK}-2",
        "kind": "interview",
        "told_on": day,
        "text": f"They sent me to {MARK}.",
        "language": "en",
        "moments": [
            {"kind": "magic", "step": "first_contact", "text": f"In {MARK}."},
            {"kind": "mixed", "step": MARK},
        ],
        "strengths": ["humour", MARK],
        "aspirations": [MARK, "work", f"{MARK}-3"],
        "recommendations": [f"Do not send people to {MARK}."],
        "consent": {"level": level, "given_on": day} if level else None,
    }
    return states.told(StoryIn.model_validate(story), REFERRAL)


def a_consent(level: ConsentLevel) -> ConsentIn:
    return ConsentIn.model_validate({"level": level, "given_on": "2026-03-02"})


def state_of(kept: Kept) -> StoryState:
    return states.story_state(kept, ADDRESS, NOW)


@pytest.mark.parametrize("level", ["partners", "public"])
def test_a_shared_story_travels_as_codes_that_are_known(level: ConsentLevel) -> None:
    assert state_of(a_story(level)).model_dump(mode="json") == {
        "id": str(STORY),
        "organisation": "RX1",
        "recorded_at": "2026-03-02T09:00:00Z",
        "kind": "interview",
        "told_on": "2026-03-01",
        "referral": str(REFERRAL),
        "moments": [
            {"kind": "magic", "step": "first_contact"},
            {"kind": "mixed", "step": "UNKNOWN"},
        ],
        "themes": [],
        "strengths": ["humour", "UNKNOWN"],
        "aspirations": ["UNKNOWN", "work"],
        "consent": {"level": level, "given_on": "2026-03-01"},
        "moderation": "submitted",
        "dataref": f"http://stories.test/stories/{STORY}/text",
        "replied_on": None,
        "changed_on": None,
    }


@pytest.mark.parametrize("level", [None, "none", "internal"])
def test_of_a_story_that_is_not_shared_only_its_existence_travels(
    level: ConsentLevel | None,
) -> None:
    state = state_of(a_story(level))
    assert state.consent.level == (level or "none")
    assert (state.referral, state.dataref) == (None, None)
    assert (state.moments, state.strengths, state.aspirations) == ([], [], [])


def test_narrowing_takes_back_what_travelled() -> None:
    kept = consent.consented(a_story("public"), a_consent("internal"))
    assert kept is not None
    assert state_of(kept).moments == []
    assert state_of(kept).dataref is None


def test_a_withdrawn_story_says_so_and_nothing_more() -> None:
    kept = consent.consented(a_story("public"), a_consent("none"))
    assert kept is not None
    state = state_of(kept)
    assert (state.moderation, state.consent.level) == ("withdrawn", "none")
    assert (state.referral, state.dataref, state.moments) == (None, None, [])


@pytest.mark.parametrize("level", [None, "none", "internal", "partners", "public"])
def test_no_word_is_in_what_goes_into_the_outbox(level: ConsentLevel | None) -> None:
    entry = story_entry(a_story(level).told, REFERRAL, ADDRESS, NOW)
    assert entry.kept.count(MARK) == 9
    assert MARK not in entry.state


@pytest.mark.parametrize("expires_on", [None, date(2026, 3, 2), date(2026, 3, 3)])
@pytest.mark.parametrize("level", [None, "none", "internal", "partners", "public"])
@pytest.mark.parametrize("referral", [None, REFERRAL])
def test_what_is_written_is_what_the_rules_derive(
    level: ConsentLevel | None, expires_on: date | None, referral: UUID | None
) -> None:
    body = a_story(level).told
    if body.consent and level != "none":
        ends = body.consent.model_copy(update={"expires_on": expires_on})
        body = body.model_copy(update={"consent": ends})
    entry = story_entry(body, referral, ADDRESS, NOW)
    kept = states.told(body, referral)
    assert json.loads(entry.kept) == kept.model_dump(mode="json")
    assert json.loads(entry.state) == state_of(kept).model_dump(mode="json")


def test_a_story_that_belongs_to_nobody_names_no_referral() -> None:
    kept = a_story("public")
    assert state_of(states.told(kept.told, None)).referral is None
