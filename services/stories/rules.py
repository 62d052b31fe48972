"""What happens to a story, as pure functions: no database, no clock, no network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.stories.problems import (
    ConsentOutdated,
    SecondPersonNeeded,
    TransitionRefused,
)
from services.stories.schemas import ConsentIn, Kept, StoryIn
from shared.access import Caller
from shared.events import (
    Consent,
    ConsentLevel,
    ModerationState,
    Moment,
    StoryState,
)
from shared.problems import InvalidContent

Reading = Literal["read", "not_yet", "gone"]

SHARED_LEVELS = frozenset({"partners", "public"})
COLLECTING_ROLES = frozenset({"partner", "moderator"})
NEXT_STATES: dict[ModerationState, tuple[ModerationState, ...]] = {
    "submitted": ("in_review",),
    "in_review": ("changes_proposed", "approved"),
    "changes_proposed": ("in_review", "approved"),
    "approved": ("in_review", "published"),
    "published": ("in_review",),
    "withdrawn": (),
}


@dataclass(frozen=True, slots=True)
class StoryAddress:
    """Which story: its id, its owner, and where its text can be asked for."""

    id: UUID
    organisation: str
    text_url: str


def may_read(
    level: ConsentLevel,
    moderation: ModerationState,
    caller: Caller | None,
    owner: str,
) -> Reading:
    """Decide whether `caller` (None: the public) may read a story's text now.

    Source: domain reference, section 4 (consent ladder; withdrawal stops new use at
    once). `gone` after a withdrawal, to everyone; `not_yet` hides that it exists.
    """
    roles = caller.roles if caller else frozenset()
    is_own = caller is not None and caller.organisation == owner
    if moderation == "withdrawn":
        return "gone"
    if is_own and roles & COLLECTING_ROLES:
        return "read"
    if level == "public" and moderation == "published":
        return "read"
    is_checked = moderation in {"approved", "published"}
    if "viewer" in roles and level in SHARED_LEVELS and is_checked:
        return "read"
    return "not_yet"


def told(body: StoryIn, referral_id: UUID | None) -> Kept:
    """Return what is kept of a story that was told."""
    consents = [body.consent] if body.consent else []
    return Kept(told=body, referral_id=referral_id, consents=consents)


def held_consent(kept: Kept) -> Consent:
    """Return the consent that holds: `none` since it was told, if none was given."""
    if kept.consents:
        return Consent(**dict(kept.consents[-1]))
    return Consent(level="none", given_on=kept.told.told_on)


def refuse_future_consent(consent: ConsentIn | None, latest: date) -> None:
    """Refuse a consent dated after `latest`: it would outlast its own withdrawal.

    Raises:
        InvalidContent: 422, it is dated in the future.
    """
    if consent and consent.given_on > latest:
        raise InvalidContent("The consent's given_on is in the future.")


def consented(kept: Kept, consent: ConsentIn) -> Kept | None:
    """Return the story under a later consent, or None if it is held already.

    `none` withdraws the story. Consent after a withdrawal submits it anew. What was
    published to partners becomes public only when it is published again.

    Raises:
        ConsentOutdated: 409, it is not later than the one that is held.
    """
    is_withdrawal = consent.level == "none"
    was_withdrawn = kept.moderation == "withdrawn"
    held = kept.consents[-1] if kept.consents else None
    if held and consent.given_on < held.given_on:
        raise ConsentOutdated(
            f"The consent held was given on {held.given_on}; yours is earlier."
        )
    if held == consent and is_withdrawal == was_withdrawn:
        return None
    if (
        held
        and was_withdrawn
        and not is_withdrawal
        and consent.given_on <= held.given_on
    ):
        raise ConsentOutdated(
            f"Consent was withdrawn on {held.given_on}; a new one needs a later date."
        )
    after = {
        "consents": [*kept.consents, consent],
        "moderation": moderation_under(kept, consent.level),
    }
    return kept.model_copy(update=after)


def moderation_under(kept: Kept, level: ConsentLevel) -> ModerationState:
    """Return the moderation state once consent becomes `level`."""
    if level == "none":
        return "withdrawn"
    if kept.moderation == "withdrawn":
        return "submitted"
    is_widened = level == "public" and held_consent(kept).level != "public"
    if is_widened and kept.moderation == "published":
        return "approved"
    return kept.moderation


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
    is_public = held_consent(kept).level == "public"
    if state == "published" and is_public and kept.approved_by == moderator:
        raise SecondPersonNeeded("You approved this story; another person publishes.")
    approved_by = moderator if state == "approved" else kept.approved_by
    return kept.model_copy(update={"moderation": state, "approved_by": approved_by})


def recommendations(kept: Kept) -> list[str]:
    """Return what the teller recommends, for the owner; none after a withdrawal."""
    return [] if kept.moderation == "withdrawn" else kept.told.recommendations


def story_state(kept: Kept, address: StoryAddress, recorded_at: datetime) -> StoryState:
    """Derive what is published from what is kept: codes and dates, no words.

    While consent is `none` or `internal`, only that there is a story.
    """
    sent, consent = kept.told, held_consent(kept)
    state = StoryState(
        id=address.id,
        organisation=address.organisation,
        recorded_at=recorded_at,
        kind=sent.kind,
        told_on=sent.told_on,
        consent=consent,
        moderation=kept.moderation,
    )
    if consent.level not in SHARED_LEVELS:
        return state
    return state.model_copy(
        update={
            "referral": kept.referral_id,
            "moments": moment_states(sent),
            "strengths": sent.strengths,
            "aspirations": sent.aspirations,
            "dataref": address.text_url,
        }
    )


def moment_states(sent: StoryIn) -> list[Moment]:
    """Return a story's moments without their words."""
    return [Moment(kind=moment.kind, step=moment.step) for moment in sent.moments]
