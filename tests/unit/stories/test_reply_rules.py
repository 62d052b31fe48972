"""What happens when an organisation answers a story, corrects or takes it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stories.problems import ReplyDiffers, StoryWithdrawn
from services.stories.rules import consent, moderation, replies, states
from services.stories.schemas import ConsentIn, Kept
from services.stories.schemas.redaction import Audience
from services.stories.schemas.replies import ReplyIn
from shared.events import StoryState
from shared.problems import InvalidContent, NotFound
from tests.builders import a_story

TOLD_ON, TODAY = date(2026, 4, 20), date(2026, 6, 1)
MARK = "Zanzibar"


def a_reply(
    reference: str = "R-1",
    replied_on: str = "2026-05-04",
    changed_on: str | None = None,
    text: str = "We hear you.",
) -> ReplyIn:
    change = {"what": f"No {MARK}.", "changed_on": changed_on} if changed_on else None
    return ReplyIn.model_validate(
        {
            "reference": reference,
            "replied_on": replied_on,
            "text": text,
            "change": change,
        }
    )


def kept(level: str = "partners", state: str = "approved") -> Kept:
    return Kept.model_validate(
        {
            "told": a_story(told_on=str(TOLD_ON), consent=None),
            "consents": [{"level": level, "given_on": str(TOLD_ON)}],
            "moderation": state,
        }
    )


def answered(story: Kept, *more: ReplyIn) -> Kept:
    for reply in more:
        after = replies.replied(story, reply, TODAY)
        assert after is not None
        story = after
    return story


def state_of(story: Kept) -> StoryState:
    address = states.StoryAddress(uuid4(), "RX1", "http://stories.test/text")
    return states.story_state(story, address, datetime(2026, 6, 1, tzinfo=UTC))


def test_a_reply_sent_again_changes_nothing_and_another_of_its_name_is_refused() -> (
    None
):
    story = answered(kept(), a_reply())
    assert replies.replied(story, a_reply(), TODAY) is None
    with pytest.raises(ReplyDiffers):
        replies.replied(story, a_reply(text=MARK), TODAY)


@pytest.mark.parametrize(
    ("replied_on", "changed_on", "pointers"),
    [
        ("2026-04-20", "2026-04-20", []),
        ("2026-06-01", "2026-06-01", []),
        ("2026-05-04", "2026-04-30", []),
        ("2026-04-19", None, ["/replied_on"]),
        ("2026-06-02", None, ["/replied_on"]),
        ("2026-05-04", "2026-04-19", ["/change/changed_on"]),
        ("2026-06-02", "2026-06-02", ["/replied_on", "/change/changed_on"]),
    ],
)
def test_days_lie_between_the_story_and_today(
    replied_on: str, changed_on: str | None, pointers: list[str]
) -> None:
    reply = a_reply("R-1", replied_on, changed_on)
    standing = answered(kept(), a_reply(text="So far."))
    assert wrong_days(lambda: replies.replied(kept(), reply, TODAY)) == pointers
    correcting = partial(replies.reply_corrected, standing, reply, TODAY)
    assert wrong_days(correcting) == pointers


def wrong_days(told: Callable[[], Kept | None]) -> list[str]:
    """Return the pointers of refused days."""
    try:
        assert told() is not None
    except InvalidContent as problem:
        return [error.pointer for error in problem.errors]
    return []


def test_a_reply_is_corrected_and_taken_back_by_its_reference() -> None:
    story = answered(kept(), a_reply("R-1"), a_reply("R-2"))
    right = a_reply("R-2", "2026-05-06", "2026-05-20")
    corrected = replies.reply_corrected(story, right, TODAY)
    assert corrected is not None
    assert replies.replies_of(corrected) == [a_reply("R-1"), right]
    assert replies.reply_corrected(corrected, right, TODAY) is None
    left = replies.reply_taken_back(corrected, "R-1")
    assert replies.replies_of(left) == [right]
    with pytest.raises(NotFound):
        replies.reply_taken_back(left, "R-1")
    with pytest.raises(NotFound):
        replies.reply_corrected(left, a_reply("R-1"), TODAY)


def test_a_story_has_no_endless_replies() -> None:
    many = [a_reply(f"R-{number}") for number in range(replies.MOST_REPLIES)]
    story = answered(kept(), *many)
    with pytest.raises(InvalidContent):
        replies.replied(story, a_reply("R-50"), TODAY)
    assert replies.replied(story, many[0], TODAY) is None


def test_the_public_reads_only_replies_that_stood_at_publication() -> None:
    approved = answered(kept("public", "approved"), a_reply("R-1"), a_reply("R-2"))
    story = moderation.moderated(approved, "published", "second")
    assert story is not None
    story = answered(story, a_reply("R-3"))
    right = a_reply("R-2").model_copy(update={"text": "Other words."})
    corrected = replies.reply_corrected(story, right, TODAY)
    assert corrected is not None

    def read_by(audience: Audience, of: Kept) -> list[str]:
        return [one.text for one in replies.replies_to_read(of, audience)]

    assert len(read_by("public", story)) == 2
    assert len(read_by("public", corrected)) == 1
    assert len(read_by("partners", corrected)) == len(read_by("team", corrected)) == 3
    assert read_by("public", replies.reply_taken_back(corrected, "R-1")) == []
    back = moderation.moderated(corrected, "in_review", "first")
    assert back is not None
    again = moderation.moderated(
        back.model_copy(update={"moderation": "approved"}), "published", "second"
    )
    assert again is not None
    assert len(read_by("public", again)) == 3


def test_a_withdrawn_story_shows_no_reply_and_takes_none() -> None:
    story = answered(kept("public", "published"), a_reply("R-1", changed_on=str(TODAY)))
    assert state_of(story).changed_on == TODAY
    withdrawal = {"level": "none", "given_on": str(TODAY)}
    gone = consent.consented(story, ConsentIn.model_validate(withdrawal))
    assert gone is not None
    assert [*replies.replies_of(gone), *replies.replies_to_read(gone, "team")] == []
    assert (state_of(gone).replied_on, state_of(gone).changed_on) == (None, None)
    with pytest.raises(StoryWithdrawn):
        replies.replied(gone, a_reply("R-2"), TODAY)
    with pytest.raises(StoryWithdrawn):
        replies.reply_corrected(gone, a_reply("R-1"), TODAY)
    with pytest.raises(StoryWithdrawn):
        replies.reply_taken_back(gone, "R-1")


@pytest.mark.parametrize("level", ["none", "internal"])
def test_of_a_story_that_is_not_shared_no_answer_travels(level: str) -> None:
    story = answered(kept(level, "submitted"), a_reply("R-1", changed_on=str(TODAY)))
    assert (state_of(story).replied_on, state_of(story).changed_on) == (None, None)


def test_a_story_kept_before_there_were_replies_has_none() -> None:
    before = kept().model_dump(mode="json", exclude={"replies"})
    assert Kept.model_validate(before).replies == {}


DAYS = st.dates(TOLD_ON, TODAY)


@given(st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=6), st.data())
def test_the_first_reply_and_change_that_stand_travel_and_no_word(
    told: list[tuple[date, date | None]], data: st.DataObject
) -> None:
    many = [
        a_reply(f"R-{number}", str(replied), str(changed) if changed else None, MARK)
        for number, (replied, changed) in enumerate(told)
    ]
    gone = {reply.reference for reply in many if data.draw(st.booleans())}
    story = answered(kept(), *many)
    for reference in gone:
        story = replies.reply_taken_back(story, reference)
    standing = [reply for reply in many if reply.reference not in gone]
    changes = [reply.change.changed_on for reply in standing if reply.change]
    state = state_of(story)
    assert state.replied_on == min((r.replied_on for r in standing), default=None)
    assert state.changed_on == min(changes, default=None)
    assert MARK not in state.model_dump_json()
