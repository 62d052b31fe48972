"""The pack of a learning lab: what its audience may read now, to print out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.stories import lab_queries
from services.stories.lab_queries import StoredLab
from services.stories.pages.own_stories import A_VIEWER, language_of
from services.stories.queries import IN_A_PACK
from services.stories.rules.reading import Words, noted_as, words_for
from services.stories.schemas import Kept, MomentIn
from services.stories.schemas.redaction import Audience
from shared.access import Caller
from shared.audit.reading import Reading, note_reads
from shared.database import Database


class LookedAt(NamedTuple):
    """A story that a lab looks at, with its words if the lab's audience may read it."""

    id: UUID
    sequence: int
    kept: Kept
    words: Words | None


@dataclass(frozen=True, slots=True)
class PackedStory:
    """A story in a pack: nothing but its words, and that they were edited."""

    language: str | None
    text: str
    moments: Sequence[MomentIn]
    is_redacted: bool


def reader_of(audience: Audience, team: Caller) -> Caller | None:
    """Return who stands for an audience; for the public, nobody."""
    return {"team": team, "partners": A_VIEWER, "public": None}[audience]


async def looked_at(
    database: Database, moderator: Caller, found: StoredLab, today: date
) -> list[LookedAt]:
    """Return the stories of a lab, each with what its audience may read of it now."""
    owner, lab = moderator.organisation, found.lab
    reader = reader_of(lab.about.audience, moderator)
    stories = await lab_queries.stories_looked_at(database, owner, lab.stories)
    shown = []
    for story, sequence, kept in stories:
        words = words_for(kept, reader, owner, today)
        may_read = words if isinstance(words, Words) else None
        shown.append(LookedAt(story, sequence, kept, may_read))
    return shown


async def packed(
    database: Database, moderator: Caller, found: StoredLab, today: date
) -> tuple[list[PackedStory], int]:
    """Return the stories of a lab's pack, and how many its audience may not read.

    Each is noted as read by the audience, for a pack, and so is the lab: what is on
    paper can't be called back, and receipts tell of it.
    """
    audience = found.lab.about.audience
    stories = await looked_at(database, moderator, found, today)
    shown = [one for one in stories if one.words]
    reading = Reading("story", moderator, IN_A_PACK, noted_as(audience))
    await note_reads(database, reading, [(one.id, one.sequence) for one in shown])
    lab = found.stored
    reading = Reading("lab", moderator, IN_A_PACK, noted_as(audience))
    await note_reads(database, reading, [(lab.id, lab.sequence)])
    pack = [packed_story(one.kept, one.words) for one in shown if one.words]
    return pack, len(stories) - len(shown)


def packed_story(kept: Kept, words: Words) -> PackedStory:
    """Return a story for a pack."""
    return PackedStory(
        language=language_of(kept),
        text=words.text,
        moments=words.moments,
        is_redacted=words.is_redacted,
    )
