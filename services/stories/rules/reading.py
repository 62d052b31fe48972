"""Who may read a story's words, decided at the moment of reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.stories.rules.consent import held_consent
from services.stories.rules.redaction import (
    is_redacted,
    shared_moments,
    shared_text,
)
from services.stories.schemas import Kept, MomentIn
from services.stories.schemas.redaction import Audience
from shared.access import Caller
from shared.events import ConsentLevel, ModerationState

Reading = Literal["read", "not_yet", "gone"]
Refusal = Literal["not_yet", "gone"]

SHARED_LEVELS = frozenset({"partners", "public"})
COLLECTING_ROLES = frozenset({"partner", "moderator"})


@dataclass(frozen=True, slots=True)
class Words:
    """What one caller reads of a story, and as whom."""

    audience: Audience
    is_redacted: bool
    text: str
    moments: list[MomentIn]

    @property
    def noted_as(self) -> str:
        """Return what the audit calls it that these words were read."""
        return noted_as(self.audience)


def noted_as(audience: Audience) -> str:
    """Return what the audit calls it that an audience read the words of a story."""
    return f"text-for-{audience}.read"


def words_for(
    kept: Kept, caller: Caller | None, owner: str, today: date
) -> Words | Refusal:
    """Return the words that `caller` (None: the public) may read on a day.

    What was told is for the collecting team alone; where it was edited, all others
    read that.
    """
    level = held_consent(kept, today).level
    may = may_read(level, kept.moderation, caller, owner)
    if may != "read":
        return may
    if is_collecting(caller, owner):
        return Words("team", False, kept.told.text, kept.told.moments)
    is_viewer = caller is not None and "viewer" in caller.roles
    audience: Audience = "partners" if is_viewer else "public"
    return Words(audience, is_redacted(kept), shared_text(kept), shared_moments(kept))


def is_collecting(caller: Caller | None, owner: str) -> bool:
    """Say whether `caller` is of the team that the story was told to."""
    if caller is None or caller.organisation != owner:
        return False
    return not COLLECTING_ROLES.isdisjoint(caller.roles)


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
    if moderation == "withdrawn":
        return "gone"
    if is_collecting(caller, owner):
        return "read"
    if level == "public" and moderation == "published":
        return "read"
    is_checked = moderation in {"approved", "published"}
    if "viewer" in roles and level in SHARED_LEVELS and is_checked:
        return "read"
    return "not_yet"


def recommendations(kept: Kept) -> list[str]:
    """Return what the teller recommends, for the owner; none after a withdrawal."""
    return [] if kept.moderation == "withdrawn" else kept.told.recommendations
