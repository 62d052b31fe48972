"""Messages that can never be applied: set aside with their origin, never the value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import pytest
from aiokafka.errors import KafkaError

from shared.events import DEAD_LETTERS
from tests.faults.ledger import Ledger, origin_of, version_of
from tests.faults.processes import metric
from tests.faults.sending import Sender
from tests.faults.topics import Found, Headers, plain_producer, read_all
from tests.system import System, until

TOPIC = "livingwell.referrals"
DIRT = "DIRT-ABOUT-A-PERSON"
LAST_DAY = b"9999-12-31T23:59:59.999999-12:00"
KINDS_OF_UNSTORABLE = 5
METRIC = "livingwell_dead_letters_total"
_numbers: Iterator[int] = count(1)


@dataclass(frozen=True)
class Forgery:
    """What is put into the topic, and why it must be refused."""

    key: bytes
    value: bytes | None
    headers: Headers
    reason: str


def changed(good: Found, **fields: object) -> bytes:
    """Return the value of a good message with other fields."""
    state = json.loads(good.value or b"")
    return json.dumps({**state, "person": DIRT, **fields}).encode()


def with_header(good: Found, name: str, value: bytes | None) -> Headers:
    """Return a newer version's headers, with one of them replaced or left out."""
    sequence = str(int(good.header("ce_sequence")) + next(_numbers)).encode()
    headers = {**dict(good.headers), "ce_sequence": sequence}
    headers.pop(name, None)
    return [*headers.items(), *([] if value is None else [(name, value)])]


def forgeries(good: Found) -> list[Forgery]:
    """Return one message of each kind that cannot be applied."""
    key = good.key or b""
    newer = with_header(good, "none", None)
    other = str(uuid4()).encode()

    def without(name: str) -> Headers:
        return with_header(good, name, None)

    return [
        Forgery(key, f"{DIRT} is no JSON".encode(), newer, "content"),
        Forgery(key, b"\xff\xfe" + DIRT.encode(), newer, "content"),
        Forgery(key, b"", newer, "content"),
        Forgery(key, b"null", newer, "content"),
        Forgery(key, json.dumps({"person": DIRT}).encode(), newer, "content"),
        Forgery(key, changed(good, received_on="soon"), newer, "content"),
        Forgery(other, changed(good), newer, "key"),
        Forgery(key, changed(good, id=str(uuid4())), newer, "key"),
        Forgery(key, changed(good, organisation="FAULT9"), newer, "owner"),
        Forgery(
            key,
            changed(good),
            with_header(good, "ce_source", b"/livingwell/intake/FAULT9"),
            "owner",
        ),
        Forgery(
            key,
            changed(good),
            with_header(good, "ce_type", b"uk.livingwell.goal.set.v1"),
            "type",
        ),
        Forgery(key, None, newer, "type"),
        Forgery(b"no-id", changed(good), newer, "envelope"),
        Forgery(b"\xff\x00", changed(good), newer, "envelope"),
        *(
            Forgery(key, changed(good), without(name), "envelope")
            for name in ("ce_sequence", "ce_source", "ce_time")
        ),
        Forgery(
            key, changed(good), with_header(good, "ce_sequence", b"new"), "envelope"
        ),
        Forgery(
            key, changed(good), with_header(good, "ce_time", b"\x00\xff"), "envelope"
        ),
    ]


def random_text(length: int) -> str:
    """Return text that no compression makes short."""
    return "".join(uuid4().hex for _ in range(length // 32))


def unstorable(good: Found, number: int) -> Forgery:
    """Return a message that keeps to the contract and fits into no table."""
    key = good.key or b""
    newer = with_header(good, "none", None)
    return (
        Forgery(key, changed(good), with_header(good, "ce_sequence", b"9" * 30), ""),
        Forgery(key, changed(good), with_header(good, "ce_time", LAST_DAY), ""),
        Forgery(key, changed(good, person=f"{DIRT}\x00"), newer, ""),
        Forgery(key, changed(good, contacts=10**12), newer, ""),
        Forgery(key, changed(good, person=DIRT + random_text(20_000)), newer, ""),
    )[number]


async def good_messages(ledger: Ledger) -> list[Found]:
    """Return the last message of each of a few referrals as they were sent."""
    messages = await read_all(ledger.system)
    good = [m for m in messages if m.topic == TOPIC and ledger.is_sent(m)]
    last = {m.key: m for m in sorted(good, key=lambda m: version_of(m)[1])}
    return [*last.values()][-KINDS_OF_UNSTORABLE:]


async def set_aside(system: System, ledger: Ledger) -> None:
    """Wait until every forgery is a dead letter."""

    async def are_set_aside() -> bool:
        letters = await letters_of(system)
        return len({origin_of(letter) for letter in letters}) >= ledger.forged

    await until(are_set_aside, "all forgeries are set aside")


async def forge(
    system: System,
    ledger: Ledger,
    sender: Sender,
    make: Callable[[list[Found]], list[Forgery]],
) -> list[Forgery]:
    """Put forgeries amid good messages; wait until all is applied or set aside."""
    await sender.live_all(range(KINDS_OF_UNSTORABLE))
    await system.quiet()
    made = make(await good_messages(ledger))
    name = f"{system.name}.{TOPIC}"
    async with plain_producer(system) as producer:
        for number, one in enumerate(made):
            await sender.live(number)
            await producer.send_and_wait(
                name,
                key=one.key,
                value=one.value,
                headers=list(one.headers),
                partition=number % 12,
            )
    ledger.forged += len(made)
    await set_aside(system, ledger)
    await ledger.check()
    return made


async def letters_of(system: System) -> list[Found]:
    return [m for m in await read_all(system) if m.topic == DEAD_LETTERS]


async def test_a_message_that_cannot_be_decoded_is_set_aside_and_the_good_are_applied(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    aggregation = system.services["aggregation"]
    known, counted = await letters_of(system), await metric(aggregation.port, METRIC)
    made = await forge(system, ledger, sender, lambda good: forgeries(good[-1]))
    letters = [m for m in await letters_of(system) if m not in known]
    found = [json.loads(letter.value or b"") for letter in letters]
    assert sorted(one["reason"] for one in found) == sorted(f.reason for f in made)
    assert {one["topic"] for one in found} == {f"{system.name}.{TOPIC}"}
    assert await metric(aggregation.port, METRIC) == counted + len(made)
    assert not any(DIRT.encode() in (letter.value or b"") for letter in letters)
    assert DIRT not in aggregation.child.log.read_text()
    [row] = await system.fetch(
        "aggregation", "select count(*) from referral where person like $1", f"%{DIRT}%"
    )
    assert row[0] == 0


async def test_messages_that_cannot_be_decoded_block_nothing_when_they_come_alone(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    await sender.live(1)
    await system.quiet()
    good = (await good_messages(ledger))[-1]
    name = f"{system.name}.{TOPIC}"
    async with plain_producer(system) as producer:
        for _ in range(3):
            await producer.send_and_wait(name, b"no JSON", key=good.key, partition=0)
    ledger.forged += 3
    await set_aside(system, ledger)
    await ledger.check()


async def test_a_message_that_fits_into_no_table_is_set_aside_and_stops_nothing(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    def make(good: list[Found]) -> list[Forgery]:
        return [unstorable(one, number) for number, one in enumerate(good)]

    made = await forge(system, ledger, sender, make)
    assert len(made) == KINDS_OF_UNSTORABLE
    assert not any(DIRT.encode() in (m.value or b"") for m in await letters_of(system))


async def test_a_message_without_a_key_is_refused_by_the_broker(
    system: System, ledger: Ledger, sender: Sender
) -> None:
    async with plain_producer(system) as producer:
        with pytest.raises(KafkaError):
            await producer.send_and_wait(f"{system.name}.{TOPIC}", b"{}", partition=0)
    await sender.live(1)
    await ledger.check()
