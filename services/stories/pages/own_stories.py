"""A person's stories, in their own words, with who may read each of them now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.stories.pages import words
from services.stories.rules import consent, reading
from services.stories.schemas import Kept
from shared.access import Caller
from shared.links.pages import day
from shared.records import Stored

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# Somebody who sees the partners' system view and belongs to no organisation here.
A_VIEWER = Caller("", "", frozenset({"viewer"}))


@dataclass(frozen=True, slots=True)
class MomentView:
    """One point of a story."""

    kind: str
    title: str
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class StoryView:
    """One story as the person who told it reads it; withdrawn, it has no words."""

    id: UUID
    sequence: int
    title: str
    told_on: str
    language: str | None
    text: str
    moments: Sequence[MomentView]
    wishes: Sequence[str]
    readers: str
    agreed_on: str | None
    withdrawn_on: str | None


def stories_of(found: Sequence[tuple[Stored, Kept]], owner: str) -> list[StoryView]:
    """Return stories to read, the latest first, those that were withdrawn last."""
    ordered = sorted(found, key=lambda one: one[1].told.told_on, reverse=True)
    views = [story_view(stored, kept, owner) for stored, kept in ordered]
    return sorted(views, key=lambda one: one.withdrawn_on is not None)


def story_view(stored: Stored, kept: Kept, owner: str) -> StoryView:
    """Return a story to read."""
    told, is_withdrawn = kept.told, kept.moderation == "withdrawn"
    last = kept.consents[-1] if kept.consents else None
    language = told.language or ""
    return StoryView(
        id=stored.id,
        sequence=stored.sequence,
        title=words.texts().kinds[told.kind],
        told_on=day(told.told_on),
        language=language if LANGUAGE_TAG.fullmatch(language) else None,
        text="" if is_withdrawn else told.text,
        moments=[] if is_withdrawn else moments_of(kept),
        wishes=reading.recommendations(kept),
        readers=readers_of(kept, owner),
        agreed_on=day(last.given_on) if last else None,
        withdrawn_on=day(last.given_on) if last and is_withdrawn else None,
    )


def moments_of(kept: Kept) -> list[MomentView]:
    """Return the moments of a story to read."""
    said = words.texts().moments
    return [
        MomentView(one.kind, said[one.kind], words.step(one.step), one.text or "")
        for one in kept.told.moments
    ]


def readers_of(kept: Kept, owner: str, language: str = words.ENGLISH) -> str:
    """Say who may read a story now, by the very rule that lets them."""
    level, said = consent.held_consent(kept).level, words.texts(language).readers
    if _may_read(kept, None, owner):
        return said.public
    if _may_read(kept, A_VIEWER, owner):
        return said.partners_public_later if level == "public" else said.partners
    if level == "public":
        return said.team_public_later
    return said.team_partners_later if level == "partners" else said.team


def _may_read(kept: Kept, caller: Caller | None, owner: str) -> bool:
    level = consent.held_consent(kept).level
    return reading.may_read(level, kept.moderation, caller, owner) == "read"
