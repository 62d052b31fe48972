"""A later consent replaces the earlier, `none` withdraws, and nothing is forgotten."""

from __future__ import annotations

from datetime import date

import pytest

from services.stories.problems import ConsentOutdated
from services.stories.rules.consent import (
    consented,
    held_consent,
    refuse_future_consent,
)
from services.stories.rules.reading import recommendations
from services.stories.schemas import ConsentIn, Kept, StoryIn
from shared.events import Consent, ConsentLevel
from shared.problems import InvalidContent

TODAY = date(2026, 6, 2)


def a_consent(level: ConsentLevel, day: int) -> ConsentIn:
    return ConsentIn.model_validate({"level": level, "given_on": f"2026-03-{day:02}"})


def a_story(*consents: ConsentIn, recommended: str = "ring back") -> Kept:
    story = StoryIn.model_validate(
        {
            "reference": "S-1",
            "kind": "story",
            "told_on": "2026-03-01",
            "text": "what happened",
            "recommendations": [recommended],
        }
    )
    return Kept(told=story, consents=list(consents))


def after(kept: Kept, *consents: ConsentIn) -> Kept:
    for consent in consents:
        kept = consented(kept, consent) or kept
    return kept


def test_a_story_told_without_consent_holds_none_and_is_not_withdrawn() -> None:
    kept = a_story()
    assert held_consent(kept, TODAY) == Consent(level="none", given_on=date(2026, 3, 1))
    assert kept.moderation == "submitted"


def test_a_later_consent_replaces_the_earlier_and_both_are_kept() -> None:
    wide, narrow = a_consent("public", 2), a_consent("internal", 3)
    kept = after(a_story(wide), narrow)
    assert held_consent(kept, TODAY).level == "internal"
    assert kept.consents == [wide, narrow]
    assert kept.moderation == "submitted"


def test_the_consent_that_is_held_changes_nothing() -> None:
    consent = a_consent("partners", 2)
    assert consented(a_story(consent), consent) is None


def test_an_earlier_consent_is_refused() -> None:
    with pytest.raises(ConsentOutdated, match="2026-03-05; yours is earlier"):
        consented(a_story(a_consent("internal", 5)), a_consent("public", 4))


def test_consent_can_be_withdrawn_on_the_day_it_was_given() -> None:
    kept = after(a_story(a_consent("public", 2)), a_consent("none", 2))
    assert kept.moderation == "withdrawn"
    assert held_consent(kept, TODAY).level == "none"


def test_a_withdrawal_told_again_changes_nothing() -> None:
    kept = after(a_story(a_consent("public", 2)), a_consent("none", 3))
    assert consented(kept, a_consent("none", 3)) is None


def test_none_withdraws_a_story_that_never_had_consent() -> None:
    assert after(a_story(), a_consent("none", 1)).moderation == "withdrawn"
    told_with_none = a_story(a_consent("none", 1))
    assert after(told_with_none, a_consent("none", 1)).moderation == "withdrawn"


@pytest.mark.parametrize("day", [2, 3])
def test_a_consent_repeated_after_a_withdrawal_does_not_undo_it(day: int) -> None:
    kept = after(a_story(a_consent("public", day)), a_consent("none", 3))
    with pytest.raises(ConsentOutdated):
        consented(kept, a_consent("public", day))


def test_a_new_consent_after_a_withdrawal_submits_the_story_anew() -> None:
    published = a_story(a_consent("public", 2)).model_copy(
        update={"moderation": "published", "approved_by": "u1"}
    )
    kept = after(published, a_consent("none", 3), a_consent("public", 4))
    assert kept.moderation == "submitted"
    assert [consent.level for consent in kept.consents] == ["public", "none", "public"]


def test_what_was_published_to_partners_is_published_again_before_it_is_public() -> (
    None
):
    published = a_story(a_consent("partners", 2)).model_copy(
        update={"moderation": "published", "approved_by": "u1"}
    )
    assert after(published, a_consent("public", 3)).moderation == "approved"
    assert after(published, a_consent("internal", 3)).moderation == "published"


def test_a_public_consent_renewed_leaves_a_published_story_published() -> None:
    published = a_story(a_consent("public", 2)).model_copy(
        update={"moderation": "published"}
    )
    assert after(published, a_consent("public", 3)).moderation == "published"


def test_recommendations_are_gone_after_a_withdrawal() -> None:
    kept = a_story(a_consent("public", 2))
    assert recommendations(kept) == ["ring back"]
    assert recommendations(after(kept, a_consent("none", 3))) == []


def test_a_consent_of_tomorrow_is_refused() -> None:
    today = date(2026, 3, 2)
    refuse_future_consent(None, today)
    refuse_future_consent(a_consent("public", 2), today)
    with pytest.raises(InvalidContent):
        refuse_future_consent(a_consent("public", 3), today)
