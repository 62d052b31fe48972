"""What the sample's organisations answer to stories: some soon and often, some not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from deploy.local.sample.chances import days_later, working_day
from deploy.local.sample.records import LAST_DAY, Reply, Story
from deploy.local.sample.words import read_words

TOLD_LATER = 0.5
LATER_DAYS = (20, 90)


@dataclass(frozen=True, slots=True)
class Habit:
    """How an organisation answers.

    Attributes:
        answered: Share of its stories that it answers.
        days: Fewest and most days that it takes.
        changed: Share of what was not good that it changes and tells of.
    """

    answered: float
    days: tuple[int, int]
    changed: float


HABITS: Mapping[str, Habit] = {
    "X0A0N": Habit(0.44, (18, 80), 0.5),
    "X0B0V": Habit(0.92, (1, 16), 0.8),
    "X0C0L": Habit(0.6, (10, 50), 0.4),
    "X0D0P": Habit(0.3, (7, 60), 0.45),
    "X0E0V": Habit(0.8, (2, 25), 0.65),
}


def with_replies(stories: Sequence[Story], rng: Random) -> tuple[Story, ...]:
    """Return the stories with what was answered to them before they were withdrawn."""
    return tuple(
        replace(story, replies=tuple(_replies(story, HABITS[story.organisation], rng)))
        for story in stories
    )


def _replies(story: Story, habit: Habit, rng: Random) -> Iterator[Reply]:
    """Yield the first reply, and a later one where a change took its time.

    All is drawn before anything is left out, so that no story depends on another.
    """
    words = read_words("replies")
    bad = [moment for moment in story.moments if moment.kind != "magic"]
    is_answered, is_changed = rng.random(), rng.random()
    replied_on = working_day(days_later(rng, story.told_on, *habit.days))
    later_on = working_day(days_later(rng, replied_on, *LATER_DAYS))
    first = Reply("R-1", replied_on, rng.choice(words["sorry" if bad else "thanks"]))
    later = Reply("R-2", later_on, rng.choice(words["later"]))
    is_told_later = rng.random() < TOLD_LATER
    latest = _latest(story)
    if is_answered >= habit.answered or replied_on > latest:
        return
    if not bad or is_changed >= habit.changed:
        yield first
        return
    what = rng.choice(words["changes"][bad[0].step])
    if not is_told_later:
        yield _changing(first, what, story.told_on, rng)
        return
    yield first
    if later_on <= latest:
        yield _changing(later, what, replied_on, rng)


def _latest(story: Story) -> date:
    if story.withdrawn_on:
        return story.withdrawn_on - timedelta(days=1)
    return LAST_DAY


def _changing(reply: Reply, what: str, earliest: date, rng: Random) -> Reply:
    """Return the reply with a change that was made before it."""
    changed_on = days_later(rng, earliest, 0, (reply.replied_on - earliest).days)
    return replace(reply, changed_what=what, changed_on=changed_on)
