"""Who reads which words of a story: a table written by hand, and what asks it.

From the domain: the consent ladder (none and internal stay with the collecting team;
partners get checked, edited words; public is for everybody once two people published
it), withdrawal (gone for everyone), and an end of consent, which is like none.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

OWNER, OTHER = "RX1", "RX2"
ROLES = ("none", "partner", "viewer", "moderator", "platform", "steward", "ops")
CONSENTS = ("none", "internal", "partners", "public", "expired")
STATES = (
    "submitted",
    "in_review",
    "changes_proposed",
    "approved",
    "published",
    "withdrawn",
)
TOLD, EDITED = "Nurse Adeyemi was rude.", "Somebody was rude."
TOLD_MOMENT, EDITED_MOMENT = "She shouted at Jo.", "Somebody shouted."

# The team: partners and moderators of the organisation that collected the story.
# A viewer: of any organisation. Anyone: whatever else, or no token at all.
TABLE = """
consent   moderation        team  viewer  anyone
none      submitted         told  hidden  hidden
none      in_review         told  hidden  hidden
none      changes_proposed  told  hidden  hidden
none      approved          told  hidden  hidden
none      published         told  hidden  hidden
none      withdrawn         gone  gone    gone
internal  submitted         told  hidden  hidden
internal  in_review         told  hidden  hidden
internal  changes_proposed  told  hidden  hidden
internal  approved          told  hidden  hidden
internal  published         told  hidden  hidden
internal  withdrawn         gone  gone    gone
partners  submitted         told  hidden  hidden
partners  in_review         told  hidden  hidden
partners  changes_proposed  told  hidden  hidden
partners  approved          told  shared  hidden
partners  published         told  shared  hidden
partners  withdrawn         gone  gone    gone
public    submitted         told  hidden  hidden
public    in_review         told  hidden  hidden
public    changes_proposed  told  hidden  hidden
public    approved          told  shared  hidden
public    published         told  shared  shared
public    withdrawn         gone  gone    gone
expired   submitted         told  hidden  hidden
expired   in_review         told  hidden  hidden
expired   changes_proposed  told  hidden  hidden
expired   approved          told  hidden  hidden
expired   published         told  hidden  hidden
expired   withdrawn         gone  gone    gone
"""
ROWS = {
    (consent, moderation): answers
    for consent, moderation, *answers in map(str.split, TABLE.strip().splitlines()[1:])
}


class Case(NamedTuple):
    """A story as it stands, and who asks for its words."""

    consent: str
    moderation: str
    is_edited: bool
    role: str
    is_own: bool

    @property
    def organisation(self) -> str:
        """Return the asking organisation."""
        return OWNER if self.is_own else OTHER

    @property
    def expected(self) -> str:
        """Return `told`, `edited`, `hidden` or `gone`."""
        team, viewer, anyone = ROWS[self.consent, self.moderation]
        if self.is_own and self.role in {"partner", "moderator"}:
            answer = team
        else:
            answer = viewer if self.role == "viewer" else anyone
        if answer == "shared":
            return "edited" if self.is_edited else "told"
        return answer


def every_case() -> Iterator[Case]:
    """Return every story with every caller."""
    for case in product(CONSENTS, STATES, (False, True), ROLES, (True, False)):
        yield Case(*case)
