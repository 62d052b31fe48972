"""Who may read a story's words, decided at the moment of reading."""

from __future__ import annotations

from typing import Literal

from services.stories.schemas import Kept
from shared.access import Caller
from shared.events import ConsentLevel, ModerationState

Reading = Literal["read", "not_yet", "gone"]

SHARED_LEVELS = frozenset({"partners", "public"})
COLLECTING_ROLES = frozenset({"partner", "moderator"})


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


def recommendations(kept: Kept) -> list[str]:
    """Return what the teller recommends, for the owner; none after a withdrawal."""
    return [] if kept.moderation == "withdrawn" else kept.told.recommendations
