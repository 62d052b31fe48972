"""What the sample's coders find in stories; they do not always agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from deploy.local.sample.records import Coding, Story

CODED = 0.8
CODED_TWICE = 0.35
SEEN = 0.85
READ_IN = 0.08
# What stories of each step are mostly about, by the codebook that the system ships.
THEMES: Mapping[str, tuple[str, ...]] = {
    "introduction": ("getting_in", "information", "joined_up"),
    "first_contact": ("waiting", "being_heard"),
    "getting_to_know_you": ("being_heard", "telling_again", "kindness"),
    "support": ("practical_help", "money_home_work", "choice"),
    "review": ("choice", "being_heard"),
    "ending": ("endings", "belonging", "peer_support"),
}
ALL_THEMES = tuple(sorted({one for themes in THEMES.values() for one in themes}))


def with_codings(stories: Sequence[Story], rng: Random) -> tuple[Story, ...]:
    """Return the stories with what one or two coders of the organisation put on them.

    All is drawn before anything is left out, so that no story depends on another.
    """
    return tuple(
        replace(story, codings=tuple(_codings(story, rng))) for story in stories
    )


def _codings(story: Story, rng: Random) -> Iterator[Coding]:
    is_coded, is_coded_twice = rng.random() < CODED, rng.random() < CODED_TWICE
    first, second = _found(story, rng), _found(story, rng)
    if not is_coded or story.moderation == "submitted":
        return
    yield Coding("C-1", first)
    if is_coded_twice:
        yield Coding("C-2", second)


def _found(story: Story, rng: Random) -> tuple[str, ...]:
    """Return what a coder sees in a story: most of what is there, and a little more."""
    there = {rng.choice(THEMES[moment.step]) for moment in story.moments}
    return tuple(
        theme
        for theme in ALL_THEMES
        if rng.random() < (SEEN if theme in there else READ_IN)
    )


def agreed(story: Story) -> list[str]:
    """Return the themes that at least half of a story's coders found in it."""
    found = Counter(theme for coding in story.codings for theme in coding.themes)
    return [theme for theme, n in found.items() if 2 * n >= len(story.codings)]
