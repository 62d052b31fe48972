"""What an organisation answers to a story: told, corrected, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from services.stories.problems import ReplyDiffers, StoryWithdrawn
from services.stories.schemas import Kept
from services.stories.schemas.redaction import Audience
from services.stories.schemas.replies import ChangeOut, ReplyIn, ReplyOut
from shared.problems import FieldProblem, InvalidContent, NotFound, sentence

MOST_REPLIES = 50


def replied(kept: Kept, reply: ReplyIn, latest: date) -> Kept | None:
    """Return the story with one more reply, or None if it is there already.

    Raises:
        StoryWithdrawn: 410, there is nothing to answer any more.
        ReplyDiffers: 409, its reference is stored with other content.
        InvalidContent: 422, a day is before the story or after `latest`; or there are
            50 replies.
    """
    _refuse_withdrawn(kept)
    known = kept.replies.get(reply.reference)
    if known == reply:
        return None
    if known is not None:
        raise ReplyDiffers(
            "Another reply of this reference is stored. Send a new reference, or PUT it"
            " to correct it."
        )
    if len(kept.replies) >= MOST_REPLIES:
        raise InvalidContent(f"A story has {MOST_REPLIES} replies at most.")
    return _with(kept, reply, latest)


def reply_corrected(kept: Kept, right: ReplyIn, latest: date) -> Kept | None:
    """Return the story with a reply as it should have been, or None if it is so.

    Raises:
        StoryWithdrawn: 410, there is nothing to answer any more.
        NotFound: 404, the story has no reply of this reference.
        InvalidContent: 422, a day is before the story or after `latest`.
    """
    known = _the_reply(kept, right.reference)
    return None if known == right else _with(kept, right, latest)


def reply_taken_back(kept: Kept, reference: str) -> Kept:
    """Return the story without a reply.

    Raises:
        StoryWithdrawn: 410, there is nothing to answer any more.
        NotFound: 404, the story has no reply of this reference.
    """
    _the_reply(kept, reference)
    others = {key: one for key, one in kept.replies.items() if key != reference}
    return kept.model_copy(update={"replies": others})


def _the_reply(kept: Kept, reference: str) -> ReplyIn:
    _refuse_withdrawn(kept)
    known = kept.replies.get(reference)
    if known is None:
        raise NotFound("The story has no reply of this reference.")
    return known


def _refuse_withdrawn(kept: Kept) -> None:
    if kept.moderation == "withdrawn":
        raise StoryWithdrawn("This story was withdrawn; it can't be answered.")


def _with(kept: Kept, reply: ReplyIn, latest: date) -> Kept:
    _check_days(reply, kept.told.told_on, latest)
    replies = {**kept.replies, reply.reference: reply}
    return kept.model_copy(update={"replies": replies})


def _check_days(reply: ReplyIn, told_on: date, latest: date) -> None:
    days = {"/replied_on": reply.replied_on}
    if reply.change:
        days["/change/changed_on"] = reply.change.changed_on
    wrong = [
        FieldProblem(pointer=pointer, detail=fault)
        for pointer, day in days.items()
        if (fault := _fault(day, told_on, latest))
    ]
    if wrong:
        raise InvalidContent(sentence(len(wrong)), wrong)


def _fault(day: date, told_on: date, latest: date) -> str | None:
    if day < told_on:
        return "this day is before the story was told"
    return "this day has not come yet" if day > latest else None


def replies_of(kept: Kept) -> list[ReplyIn]:
    """Return a story's replies by day; none after a withdrawal."""
    if kept.moderation == "withdrawn":
        return []
    return sorted(kept.replies.values(), key=lambda r: (r.replied_on, r.reference))


def replies_to_read(kept: Kept, audience: Audience) -> list[ReplyOut]:
    """Return the replies for whoever may read the story, by day.

    The public reads those that stood when the story was published: two people have
    looked at them. What was corrected or taken back since is not among them.
    """
    found = replies_of(kept)
    if audience == "public":
        found = [one for one in found if kept.published.get(one.reference) == one]
    return [
        ReplyOut(
            replied_on=reply.replied_on,
            text=reply.text,
            change=ChangeOut(**dict(reply.change)) if reply.change else None,
        )
        for reply in found
    ]


def answering_days(kept: Kept) -> Mapping[str, date | None]:
    """Return when the story was first answered, and when something first changed."""
    replies = kept.replies.values()
    return {
        "replied_on": min((one.replied_on for one in replies), default=None),
        "changed_on": min(
            (one.change.changed_on for one in replies if one.change), default=None
        ),
    }
