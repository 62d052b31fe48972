"""A person's stories, in their own words, with who may read each of them now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.stories.pages import words
from services.stories.rules import consent, reading, redaction
from services.stories.rules.replies import replies_of
from services.stories.schemas import Kept, MomentIn
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
class DatedView:
    """Something that was answered or changed, and the day of it."""

    day: str
    text: str


@dataclass(frozen=True, slots=True)
class EditedView:
    """A story as others read it, with why it was edited."""

    said: words.Edits
    language: str | None
    text: str
    moments: Sequence[MomentView]
    reasons: Sequence[str]
    wishes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoryView:
    """One story as the person who told it reads it; withdrawn, it has no words.

    Attributes:
        edited: What others read, where these are not the person's own words.
    """

    id: UUID
    sequence: int
    title: str
    told_on: str
    language: str | None
    text: str
    moments: Sequence[MomentView]
    wishes: Sequence[str]
    answers: Sequence[DatedView]
    changes: Sequence[DatedView]
    edited: EditedView | None
    readers: str
    agreed_on: str | None
    agreed_until: str | None
    ended_on: str | None
    withdrawn_on: str | None


def stories_of(
    found: Sequence[tuple[Stored, Kept]], owner: str, today: date
) -> list[StoryView]:
    """Return stories to read, the latest first, those that were withdrawn last."""
    ordered = sorted(found, key=lambda one: one[1].told.told_on, reverse=True)
    views = [story_view(stored, kept, owner, today) for stored, kept in ordered]
    return sorted(views, key=lambda one: one.withdrawn_on is not None)


def story_view(stored: Stored, kept: Kept, owner: str, today: date) -> StoryView:
    """Return a story to read."""
    told, is_withdrawn = kept.told, kept.moderation == "withdrawn"
    last = kept.consents[-1] if kept.consents else None
    language = language_of(kept)
    ends_on = last.expires_on if last else None
    return StoryView(
        id=stored.id,
        sequence=stored.sequence,
        title=words.texts().kinds[told.kind],
        told_on=day(told.told_on),
        language=language,
        text="" if is_withdrawn else told.text,
        moments=[] if is_withdrawn else moments_of(told.moments),
        wishes=reading.recommendations(kept),
        answers=answers_to(kept),
        changes=changes_after(kept),
        edited=None if is_withdrawn else edited_view(kept),
        readers=readers_of(kept, owner, today),
        agreed_on=day(last.given_on) if last else None,
        agreed_until=day(ends_on) if ends_on and ends_on > today else None,
        ended_on=day(ends_on) if ends_on and ends_on <= today else None,
        withdrawn_on=day(last.given_on) if last and is_withdrawn else None,
    )


def language_of(kept: Kept) -> str | None:
    """Return the language a story was told in, where it is written as one."""
    language = kept.told.language or ""
    return language if LANGUAGE_TAG.fullmatch(language) else None


def edited_view(kept: Kept) -> EditedView | None:
    """Return what others read; None where that is what was told."""
    if kept.redaction is None or not redaction.is_redacted(kept):
        return None
    reasons = words.texts().reasons
    return EditedView(
        said=words.texts().edits,
        language=language_of(kept),
        text=redaction.shared_text(kept),
        moments=moments_of(redaction.shared_moments(kept)),
        reasons=[reasons[one] for one in dict.fromkeys(kept.redaction.reasons)],
    )


def moments_of(moments: Sequence[MomentIn]) -> list[MomentView]:
    """Return the moments of a story to read."""
    said = words.texts().moments
    return [
        MomentView(one.kind, said[one.kind], words.step(one.step), one.text or "")
        for one in moments
    ]


def answers_to(kept: Kept) -> list[DatedView]:
    """Return what the team answered, the earliest first."""
    return [DatedView(day(one.replied_on), one.text) for one in replies_of(kept)]


def changes_after(kept: Kept) -> list[DatedView]:
    """Return what changed because of a story, the earliest first."""
    told = [one.change for one in replies_of(kept) if one.change]
    told.sort(key=lambda change: change.changed_on)
    return [DatedView(day(change.changed_on), change.what) for change in told]


def readers_of(
    kept: Kept, owner: str, today: date, language: str = words.ENGLISH
) -> str:
    """Say who may read a story now, by the very rule that lets them."""
    level, said = consent.held_consent(kept, today).level, words.texts(language).readers

    def may_read(caller: Caller | None) -> bool:
        return reading.may_read(level, kept.moderation, caller, owner) == "read"

    if may_read(None):
        return said.public
    if may_read(A_VIEWER):
        return said.partners_public_later if level == "public" else said.partners
    if level == "public":
        return said.team_public_later
    return said.team_partners_later if level == "partners" else said.team
