"""How far a story may travel: given, narrowed, widened, withdrawn, expired."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.stories.problems import ConsentOutdated
from services.stories.schemas import ConsentIn, Kept
from shared.events import Consent, ConsentLevel, ModerationState
from shared.problems import InvalidContent

LONDON_AHEAD_OF_UTC = timedelta(hours=1)


def day_of(moment: datetime) -> date:
    """Return the day it is in London, where it may be an hour later than in UTC."""
    return (moment + LONDON_AHEAD_OF_UTC).date()


def held_consent(kept: Kept, today: date) -> Consent:
    """Return the consent that holds on a day; nothing else decides it.

    If none was given, `none` since it was told; if it expired, `none` since that day.
    """
    last = kept.consents[-1] if kept.consents else None
    return consent_on(today, last, kept.told.told_on)


def consent_on(today: date, last: ConsentIn | None, told_on: date) -> Consent:
    """Return the consent that holds on a day, of the one that was given last."""
    if last is None:
        return Consent(level="none", given_on=told_on)
    if last.expires_on and last.expires_on <= today:
        return Consent(level="none", given_on=last.expires_on)
    return Consent(level=last.level, given_on=last.given_on)


def given_level(kept: Kept) -> ConsentLevel:
    """Return the level last given, expired or not: what moderation works towards."""
    return kept.consents[-1].level if kept.consents else "none"


def expired(kept: Kept, today: date) -> Kept | None:
    """Return the story whose consent has expired, or None where that was announced."""
    expires_on = kept.consents[-1].expires_on if kept.consents else None
    if expires_on is None or expires_on > today or expires_on == kept.expired_on:
        return None
    return kept.model_copy(update={"expired_on": expires_on})


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
        "moderation": moderation_under(kept, consent),
    }
    return kept.model_copy(update=after)


def moderation_under(kept: Kept, consent: ConsentIn) -> ModerationState:
    """Return the moderation state once `consent` holds.

    What is public again after a gap is published again.
    """
    if consent.level == "none":
        return "withdrawn"
    if kept.moderation == "withdrawn":
        return "submitted"
    before = held_consent(kept, consent.given_on)
    is_widened = consent.level == "public" and before.level != "public"
    if is_widened and kept.moderation == "published":
        return "approved"
    return kept.moderation
