"""Who may read a story's text: every level, state and caller, written out by hand."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from services.stories.rules.reading import may_read
from shared.access import Caller, Role
from shared.events import ConsentLevel, ModerationState

OWNER = "RX1"
LEVELS = get_args(ConsentLevel)
STATES = get_args(ModerationState)

CALLERS: dict[str, Caller | None] = {
    "public": None,
    **{
        f"{whose}-{role}": Caller("u1", organisation, frozenset({role}))
        for whose, organisation in (("own", OWNER), ("other", "RX2"))
        for role in (*get_args(Role), "unheard_of")
    },
    "own-nothing": Caller("u1", OWNER, frozenset()),
    "other-nothing": Caller("u1", "RX2", frozenset()),
}

WHO_READS = """
none     submitted        own-partner own-moderator
none     in_review        own-partner own-moderator
none     changes_proposed own-partner own-moderator
none     approved         own-partner own-moderator
none     published        own-partner own-moderator
internal submitted        own-partner own-moderator
internal in_review        own-partner own-moderator
internal changes_proposed own-partner own-moderator
internal approved         own-partner own-moderator
internal published        own-partner own-moderator
partners submitted        own-partner own-moderator
partners in_review        own-partner own-moderator
partners changes_proposed own-partner own-moderator
partners approved         own-partner own-moderator own-viewer other-viewer
partners published        own-partner own-moderator own-viewer other-viewer
public   submitted        own-partner own-moderator
public   in_review        own-partner own-moderator
public   changes_proposed own-partner own-moderator
public   approved         own-partner own-moderator own-viewer other-viewer
public   published        everyone
"""
READERS = {
    (level, state): CALLERS.keys() if readers == ["everyone"] else set(readers)
    for level, state, *readers in map(str.split, WHO_READS.strip().splitlines())
}


def test_the_table_names_every_level_and_state() -> None:
    assert READERS.keys() | set(product(LEVELS, ["withdrawn"])) == set(
        product(LEVELS, STATES)
    )


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize(("level", "state"), READERS)
def test_a_text_is_read_by_those_in_the_table_and_by_nobody_else(
    level: ConsentLevel, state: ModerationState, who: str
) -> None:
    expected = "read" if who in READERS[level, state] else "not_yet"
    assert may_read(level, state, CALLERS[who], OWNER) == expected


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("level", LEVELS)
def test_a_withdrawn_text_is_gone_for_everyone(level: ConsentLevel, who: str) -> None:
    assert may_read(level, "withdrawn", CALLERS[who], OWNER) == "gone"


def test_roles_add_up_but_never_across_organisations() -> None:
    caller = Caller("u1", "RX2", frozenset({"partner", "moderator", "platform"}))
    assert may_read("internal", "published", caller, OWNER) == "not_yet"
    assert may_read("partners", "approved", caller, OWNER) == "not_yet"
