"""A consent with an end holds until that day, and ends by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.stories.pages.own_stories import readers_of, stories_of
from services.stories.problems import SecondPersonNeeded
from services.stories.rules import states
from services.stories.rules.consent import (
    consented,
    day_of,
    expired,
    given_level,
    held_consent,
)
from services.stories.rules.moderation import moderated
from services.stories.schemas import ConsentIn, Kept
from shared.records import Stored
from tests.builders import a_story
from tests.unit.stories.test_story_state import ADDRESS

LAST_DAY = date(2026, 3, 9)
END = date(2026, 3, 10)


def a_consent(level: str = "partners", **changes: Any) -> ConsentIn:  # noqa: ANN401
    body = {"level": level, "given_on": "2026-03-01", "expires_on": str(END)}
    return ConsentIn.model_validate(body | changes)


def kept(*consents: ConsentIn, **changes: Any) -> Kept:  # noqa: ANN401
    return Kept.model_validate(
        {
            "told": a_story(told_on="2026-03-01", consent=None),
            "consents": list(consents),
            **changes,
        }
    )


def test_a_consent_holds_until_the_day_it_ends() -> None:
    story = kept(a_consent())
    held, gone = held_consent(story, LAST_DAY), held_consent(story, END)
    assert (held.level, held.given_on) == ("partners", date(2026, 3, 1))
    assert (gone.level, gone.given_on) == ("none", END)
    assert held_consent(story, END + timedelta(days=1)) == gone


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires_on": "2026-03-01"},
        {"expires_on": "2026-02-28"},
        {"level": "none"},
        {"expires_on": "2026-02-30"},
    ],
)
def test_an_end_that_makes_no_sense_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        a_consent(**wrong)


def test_what_was_kept_before_there_were_ends_still_reads() -> None:
    old = {
        "told": a_story(consent={"level": "public", "given_on": "2026-04-20"}),
        "consents": [{"level": "public", "given_on": "2026-04-20"}],
    }
    assert held_consent(Kept.model_validate(old), date.max).level == "public"


def test_the_state_of_an_expired_story_carries_nothing_and_no_new_field() -> None:
    story = kept(a_consent(), moderation="published")
    before = states.story_state(story, ADDRESS, datetime(2026, 3, 9, 12, tzinfo=UTC))
    after = states.story_state(story, ADDRESS, datetime(2026, 3, 10, 12, tzinfo=UTC))
    assert before.moments
    assert before.dataref
    assert (after.moments, after.dataref, after.referral) == ([], None, None)
    assert after.model_dump(mode="json")["consent"] == {
        "level": "none",
        "given_on": "2026-03-10",
    }


def test_the_day_is_that_of_london_in_summer() -> None:
    assert day_of(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == date(2026, 7, 2)
    assert day_of(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == date(2026, 7, 1)


def test_an_expiry_is_announced_once() -> None:
    story = kept(a_consent())
    assert expired(story, LAST_DAY) is None
    announced = expired(story, END)
    assert announced is not None
    assert announced.told == story.told
    assert expired(announced, END) is None
    assert expired(kept(), END) is None
    assert expired(kept(a_consent(expires_on=None)), date.max) is None


def test_a_later_consent_takes_an_end_away_or_sets_another() -> None:
    endless = consented(kept(a_consent()), a_consent(expires_on=None))
    assert endless is not None
    assert held_consent(endless, date.max).level == "partners"
    later = consented(kept(a_consent()), a_consent(expires_on="2026-04-01"))
    assert later is not None
    assert held_consent(later, END).level == "partners"


def test_what_was_public_before_its_consent_ended_is_published_again() -> None:
    story = kept(a_consent("public"), moderation="published", approved_by="u1")
    renewed = consented(
        story, a_consent("public", given_on="2026-03-20", expires_on=None)
    )
    assert renewed is not None
    assert renewed.moderation == "approved"


def test_two_people_are_needed_even_while_a_public_consent_has_ended() -> None:
    story = kept(a_consent("public"), moderation="approved", approved_by="u1")
    assert given_level(story) == "public"
    with pytest.raises(SecondPersonNeeded):
        moderated(story, "published", "u1")


def test_the_teller_is_told_until_when_and_that_it_ended() -> None:
    story = kept(a_consent(), moderation="approved")
    assert "people at the partner organisations" in readers_of(story, "RX1", LAST_DAY)
    assert readers_of(story, "RX1", END).startswith("Only the team")
    found = [(Stored(ADDRESS.id, 7, False, None, None), story)]
    [held], [gone] = stories_of(found, "RX1", LAST_DAY), stories_of(found, "RX1", END)
    assert (held.agreed_until, held.ended_on) == ("10 March 2026", None)
    assert (gone.agreed_until, gone.ended_on) == (None, "10 March 2026")
