"""The sample's stories and bubbles, of all consent levels and moderation states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from deploy.local.sample.chances import days_later, pick
from deploy.local.sample.people import ORGANISATIONS
from deploy.local.sample.records import (
    FIRST_DAY,
    LAST_DAY,
    Moment,
    Referral,
    Story,
)
from deploy.local.sample.words import read_words

STORIES = 600
PUBLIC_STORIES = 40
WITHDRAWN_STORIES = 22
ON_THEIR_OWN = 0.15
KINDS = {"bubble": 60, "story": 29, "interview": 11}
MOMENTS = {"bubble": (1, 1), "story": (2, 3), "interview": (3, 4)}
CONSENTS = {"partners": 54, "public": 19, "internal": 17, "none": 10}
MOMENT_KINDS = {"magic": 50, "miserable": 34, "mixed": 16}
STEPS = {"introduction": 17, "first_contact": 22, "getting_to_know_you": 19}
STEPS |= {"support": 24, "review": 9, "ending": 9}
OTHER_STATES = {"submitted": 66, "in_review": 14, "changes_proposed": 6, "approved": 14}


def make_stories(referrals: Sequence[Referral], rng: Random) -> tuple[Story, ...]:
    """Return the stories in the order they were told; some withdrawn, some public."""
    seen = [r for r in referrals if r.attended_on]
    told = [_story(rng.choice(seen), rng) for _ in range(STORIES)]
    told.sort(key=lambda story: (story.told_on, story.organisation, story.text))
    numbered = [
        replace(story, reference=f"ST-{number:04}")
        for number, story in enumerate(told, 1)
    ]
    return tuple(_moderated(numbered, rng))


def _story(referral: Referral, rng: Random) -> Story:
    words, about = read_words("words"), read_words("stories")
    is_linked = rng.random() > ON_THEIR_OWN
    kind = pick(rng, KINDS)
    moments = _moments(rng.randint(*MOMENTS[kind]), rng)
    return Story(
        reference="",
        organisation=referral.organisation
        if is_linked
        else rng.choice(ORGANISATIONS).code,
        kind=kind,
        told_on=_told_on(referral, rng) if is_linked else _any_day(rng),
        text=_text(kind, moments, rng),
        moments=moments,
        consent=pick(rng, CONSENTS),
        referral=referral if is_linked else None,
        strengths=tuple(rng.sample(words["story_strengths"], rng.randint(0, 2))),
        aspirations=tuple(rng.sample(words["aspirations"], rng.randint(0, 2))),
        recommendations=tuple(rng.sample(about["recommendations"], rng.choice((0, 1)))),
    )


def _told_on(referral: Referral, rng: Random) -> date:
    return min(days_later(rng, referral.attended_on[-1], 0, 40), LAST_DAY)


def _any_day(rng: Random) -> date:
    return days_later(rng, FIRST_DAY, 0, (LAST_DAY - FIRST_DAY).days)


def _moments(count: int, rng: Random) -> tuple[Moment, ...]:
    """Return distinct moments in the order of the steps."""
    steps = list(STEPS)
    chosen = sorted((pick(rng, STEPS) for _ in range(count)), key=steps.index)
    moments: list[Moment] = []
    for step in chosen:
        kind = pick(rng, MOMENT_KINDS)
        texts = read_words("stories")["moments"][step][kind]
        told = {moment.text for moment in moments}
        text = rng.choice([text for text in texts if text not in told])
        moments.append(Moment(kind, step, text))
    return tuple(moments)


def _text(kind: str, moments: Sequence[Moment], rng: Random) -> str:
    about = read_words("stories")
    words = [moment.text for moment in moments]
    if kind == "bubble":
        return " ".join(words)
    opening, closing = rng.choice(about["openings"]), rng.choice(about["closings"])
    return "\n\n".join([opening, *words, closing])


def _moderated(stories: Sequence[Story], rng: Random) -> Iterator[Story]:
    """Yield the stories with what moderators and tellers did later.

    The public ones are the latest whose moments nobody else has told in the same
    words, as far as there are enough of them.
    """
    withdrawn = _withdrawn(stories, rng)
    public = _to_publish([s for s in stories if s.reference not in withdrawn])
    for story in stories:
        if story.reference in withdrawn:
            later = story.told_on + timedelta(days=rng.randint(20, 90))
            state = "published" if story.consent == "public" else "approved"
            yield replace(story, moderation=state, withdrawn_on=later)
        elif story.reference in public:
            yield replace(story, moderation="published")
        elif story.consent in {"partners", "public"}:
            yield replace(story, moderation=pick(rng, OTHER_STATES))
        else:
            yield story


def _withdrawn(stories: Sequence[Story], rng: Random) -> set[str]:
    latest = LAST_DAY - timedelta(days=90)
    shared = [s for s in stories if s.consent in {"partners", "public"}]
    old = [s.reference for s in shared if s.told_on <= latest]
    return set(rng.sample(old, WITHDRAWN_STORIES))


def _to_publish(stories: Sequence[Story]) -> set[str]:
    chosen: list[Story] = []
    told: set[str] = set()
    public = [story for story in reversed(stories) if story.consent == "public"]
    for story in public:
        words = {moment.text for moment in story.moments}
        if len(chosen) < PUBLIC_STORIES and told.isdisjoint(words):
            chosen.append(story)
            told |= words
    rest = [story for story in public if story not in chosen]
    chosen += rest[: PUBLIC_STORIES - len(chosen)]
    return {story.reference for story in chosen}
