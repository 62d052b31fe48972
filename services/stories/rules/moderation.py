"""From submitted to published, one step at a time."""

from __future__ import annotations

from services.stories.problems import SecondPersonNeeded, TransitionRefused
from services.stories.rules.consent import given_level
from services.stories.schemas import Kept
from shared.events import ModerationState

NEXT_STATES: dict[ModerationState, tuple[ModerationState, ...]] = {
    "submitted": ("in_review",),
    "in_review": ("changes_proposed", "approved"),
    "changes_proposed": ("in_review", "approved"),
    "approved": ("in_review", "published"),
    "published": ("in_review",),
    "withdrawn": (),
}


def moderated(kept: Kept, state: ModerationState, moderator: str) -> Kept | None:
    """Return the story in the moderation state `state`, or None if it is there.

    Raises:
        TransitionRefused: 409, moderation does not lead there from where it is.
        SecondPersonNeeded: 409, it would be public, and `moderator` approved it.
    """
    if kept.moderation == state:
        return None
    following = NEXT_STATES[kept.moderation]
    if state not in following:
        raise TransitionRefused(
            f"The story is {kept.moderation}; it can become"
            f" {' or '.join(following) or 'nothing else without a new consent'}."
        )
    is_public = given_level(kept) == "public"
    if state == "published" and is_public and kept.approved_by == moderator:
        raise SecondPersonNeeded("You approved this story; another person publishes.")
    after: dict[str, object] = {"moderation": state}
    if state == "approved":
        after["approved_by"] = moderator
    if state == "published":
        after["published"] = kept.replies
    return kept.model_copy(update=after)
