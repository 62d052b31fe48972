"""Marked text is typed wherever it can be, and then looked for everywhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from shared.events import DEAD_LETTERS, STORIES
from tests.e2e import looking
from tests.e2e.looking import Found
from tests.e2e.misspelling import misspell
from tests.e2e.planting import plant
from tests.e2e.typist import Typist
from tests.faults.topics import plain_producer
from tests.integration.shared.topics import read_topic_of
from tests.system import System, until

CHANGING = ("POST", "PUT", "PATCH")
# There is nothing to type: an address, and no more.
NOTHING_TO_TYPE = {
    ("aggregation", "POST", "/sign-in/out"),
    ("aggregation", "POST", "/releases"),
    ("stories", "POST", "/sign-in/out"),
}
UNREADABLE = "a message that nobody can read"
HOMES = {
    "table intake.import_refusal",
    "table measures.import_refusal",
    "table intake.organisation",
    "table intake.referral",
    "table measures.assessment",
    "table measures.goal",
    "table stories.story",
    "table stories.codebook",
    "table stories.lab",
    "table stories.team_link",
}


@pytest.fixture(scope="module")
async def typist(system: System) -> AsyncIterator[Typist]:
    """Return somebody who typed everything that there is to type, right and wrong."""
    typist = Typist(system)
    try:
        await plant(typist)
        await misspell(typist)
        await publish_unreadable(typist)
        await system.quiet()
        yield typist
    finally:
        await typist.close()


async def publish_unreadable(typist: Typist) -> None:
    """Publish what nobody can read, and wait until it was set aside."""
    system = typist.system
    value = json.dumps({"text": typist.marks.new(UNREADABLE)}).encode()
    topic = f"{system.name}.{STORIES.name}"
    async with plain_producer(system) as producer:
        await producer.send_and_wait(topic, value, key=b"nobody's")

    async def is_set_aside() -> bool:
        return await read_topic_of(system, DEAD_LETTERS) != []

    await until(is_set_aside, "what cannot be read is set aside")


async def found_in(
    typist: Typist, places: AsyncIterator[Found], *, also_public: bool = False
) -> list[str]:
    """Return which of the places hold a mark, and where that was typed."""
    marks = typist.marks
    return sorted(
        {
            f"{place}: {mark}"
            async for place, said in places
            for mark in marks.found_in(said)
            if also_public or mark.split()[0] not in marks.public
        }
    )


async def test_there_is_no_field_that_nothing_is_typed_into(typist: Typist) -> None:
    changing = {place for place in typist.places() if place[1] in CHANGING}
    assert changing - set(typist.typed) - NOTHING_TO_TYPE == set()


async def test_no_error_and_no_address_says_again_what_was_typed(
    typist: Typist,
) -> None:
    assert typist.echoes == []
    assert typist.failed == []


async def test_nothing_typed_is_in_any_topic(typist: Typist) -> None:
    [found] = await found_in(typist, looking.topics(typist.system))
    # Where it was published, and not among the dead letters.
    assert found.startswith(f"topic {STORIES.name}: ")
    assert found.endswith(UNREADABLE)


async def test_nothing_typed_is_in_any_log(typist: Typist) -> None:
    logs = looking.logs(typist.system)
    assert await found_in(typist, logs, also_public=True) == []


async def test_nothing_typed_is_in_any_metric(typist: Typist) -> None:
    metrics = looking.metrics(typist.system)
    assert await found_in(typist, metrics, also_public=True) == []


async def test_only_a_viewer_reads_a_word_beside_the_figures_and_only_the_edited_one(
    typist: Typist,
) -> None:
    found = await found_in(typist, looking.figures(typist))
    assert found
    for one in found:
        where, _, typed = one.partition(": ")
        assert where.endswith(" for a viewer"), one
        assert "/desk/stories/{story_id}/words" in typed, one


async def test_what_was_typed_is_at_home_and_nowhere_else(typist: Typist) -> None:
    found = await found_in(typist, looking.tables(typist.system))
    assert {one.partition(":")[0] for one in found} == HOMES
