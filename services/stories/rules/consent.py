"""How far a story may travel: given, narrowed, widened, withdrawn."""

from __future__ import annotations

from datetime import date

from services.stories.problems import ConsentOutdated
from services.stories.schemas import ConsentIn, Kept
from shared.events import Consent, ConsentLevel, ModerationState
from shared.problems import InvalidContent


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
