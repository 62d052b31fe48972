"""The words that may travel: edited by a moderator, beside the original."""

from __future__ import annotations

from services.stories.problems import StoryWithdrawn
from services.stories.schemas import Kept, MomentIn
from services.stories.schemas.redaction import Redaction
from shared.problems import FieldProblem, InvalidContent

CHECKED = frozenset({"approved", "published"})


def redacted(kept: Kept, redaction: Redaction) -> Kept | None:
    """Return the story with other words for others, or None if it has these.

    An approval is of the words as they stood: it has to be given anew.

    Raises:
        StoryWithdrawn: 410, there is nothing left to edit.
        InvalidContent: 422, it does not fit the moments that were told.
    """
    if kept.moderation == "withdrawn":
        raise StoryWithdrawn("Consent was withdrawn. There is nothing left to edit.")
    refuse_other_moments(kept, redaction)
    if redaction == kept.redaction:
        return None
    after: dict[str, object] = {"redaction": redaction}
    if kept.moderation in CHECKED:
        after |= {"moderation": "in_review", "approved_by": None}
    return kept.model_copy(update=after)


def refuse_other_moments(kept: Kept, redaction: Redaction) -> None:
    """Refuse words for moments that are not there, or that were told without any.

    Raises:
        InvalidContent: 422, it points at the moment.
    """
    told = kept.told.moments
    if len(redaction.moments) != len(told):
        detail = f"give one for each of the {len(told)} moments that were told"
        raise InvalidContent(
            "The moments do not fit.", [FieldProblem(pointer="/moments", detail=detail)]
        )
    detail = "this moment was told without words"
    errors = [
        FieldProblem(pointer=f"/moments/{place}", detail=detail)
        for place, (edited, one) in enumerate(zip(redaction.moments, told, strict=True))
        if edited is not None and one.text is None
    ]
    if errors:
        raise InvalidContent("The moments do not fit.", errors)


def shared_text(kept: Kept) -> str:
    """Return the text as others read it, once they may."""
    return kept.redaction.text if kept.redaction else kept.told.text


def shared_moments(kept: Kept) -> list[MomentIn]:
    """Return the moments as others read them, once they may."""
    told = kept.told.moments
    if kept.redaction is None:
        return told
    edited = zip(told, kept.redaction.moments, strict=True)
    return [one.model_copy(update={"text": text}) for one, text in edited]


def is_redacted(kept: Kept) -> bool:
    """Say whether others read other words than were told."""
    told = kept.told
    return (shared_text(kept), shared_moments(kept)) != (told.text, told.moments)
