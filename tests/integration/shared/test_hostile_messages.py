"""No message, however hostile, stops the consumer or the figures."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import services.aggregation
from services.aggregation.figures import empty, recount
from services.aggregation.projections import PROJECTIONS
from shared import kafka
from shared.consumer import Consumer
from shared.database import connect, migrate
from shared.delivery import Unreadable, decode
from shared.events import DEAD_LETTERS, REFERRALS, STORIES
from shared.kafka import Message
from shared.settings import ServiceSettings
from tests.integration.aggregation.states import (
    a_referral,
    an_assessment,
)
from tests.integration.shared.messages import Record, a_message
from tests.integration.shared.topics import settings_for

MIGRATIONS = Path(services.aggregation.__file__).with_name("migrations")
ERASED = {"ce_type": REFERRALS.event_type("erased").encode()}
HOSTILE: dict[str, Message] = {
    "no key": a_message(REFERRALS, key=None),
    "key that is no id": a_message(REFERRALS, key=b"\xff"),
    "no headers": Message(REFERRALS.name, b"x", b"{}", []),
    "no value and no erasure": a_message(REFERRALS, value=None),
    "erasure with a value": a_message(REFERRALS, headers=ERASED),
    "empty value": a_message(REFERRALS, value=b""),
    "not utf-8": a_message(REFERRALS, value=b"\xff\xfe"),
    "deep": a_message(REFERRALS, value=b"[" * 100_000),
    "a list": a_message(REFERRALS, value=b"[]"),
    "missing fields": a_message(REFERRALS, value=b"{}"),
    "another entity": a_message(REFERRALS, key=str(UUID(int=7)).encode()),
    "another owner": a_message(REFERRALS, state={"organisation": "RX9"}),
    "sequence too large": a_message(REFERRALS, 2**63),
    "sequence below zero": a_message(REFERRALS, -1),
    "sequence no number": a_message(REFERRALS, headers={"ce_sequence": b"x"}),
    "sequence null": a_message(REFERRALS, headers={"ce_sequence": None}),
    "time null": a_message(REFERRALS, headers={"ce_time": None}),
    "time without end": a_message(
        REFERRALS, headers={"ce_time": b"0001-01-01T00:00:00+14:00"}
    ),
    "time without zone": a_message(REFERRALS, headers={"ce_time": b"2026-05-02"}),
    "nul in a text": a_message(REFERRALS, state={"person": "a\x00b"}),
    "nul in a source": a_message(REFERRALS, headers={"ce_source": b"/x/y/\x00"}),
    "nul in a header's name": a_message(REFERRALS, value=b"{}", headers={"a\x00": b""}),
    "lone surrogate": a_message(
        REFERRALS,
        value=json.dumps(a_referral(person="SURROGATE").model_dump(mode="json"))
        .replace("SURROGATE", "\\ud800")
        .encode(),
    ),
    "decile of 30": a_message(REFERRALS, state={"imd_decile": 30}),
    "decile of 0": a_message(REFERRALS, state={"imd_decile": 0}),
    "age of 30 digits": a_message(REFERRALS, state={"age": 10**30}),
    "contacts without end": a_message(REFERRALS, state={"contacts": 2**31}),
    "nul in a step": a_message(
        STORIES, state={"moments": [{"kind": "magic", "step": "\x00"}]}
    ),
    "total that is true": a_message(
        next(t for t in PROJECTIONS if t.entity == "assessment"),
        state={"scores": {"total": True}},
    ),
    "total without end": a_message(
        next(t for t in PROJECTIONS if t.entity == "assessment"),
        value=json.dumps(an_assessment().model_dump(mode="json"))
        .replace("19", "1e400")
        .encode(),
    ),
    "total that is no number": a_message(
        next(t for t in PROJECTIONS if t.entity == "assessment"),
        value=json.dumps(an_assessment().model_dump(mode="json"))
        .replace("19", "NaN")
        .encode(),
    ),
    "baseline without end": a_message(
        next(t for t in PROJECTIONS if t.entity == "goal"), state={"baseline": 2**31}
    ),
    "time of nobody's life": a_message(
        REFERRALS, state={"received_on": "0001-01-01", "first_contact_on": "9999-12-31"}
    ),
    "rating without end": a_message(
        next(t for t in PROJECTIONS if t.entity == "goal"),
        state={"ratings": [{"rated_on": "2026-04-10", "value": -(2**31)}]},
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_message_is_applied_or_a_dead_letter_and_stops_nothing(
    projections: tuple[ServiceSettings, asyncpg.Connection], name: str
) -> None:
    settings, connection = projections
    message = HOSTILE[name]
    good = a_message(REFERRALS, 5, key=str(a_referral(77).id).encode())
    good_state = json.dumps(a_referral(77).model_dump(mode="json")).encode()
    partition = kafka.TopicPartition(message.topic, 0)
    other = kafka.TopicPartition(REFERRALS.name, 1)
    bad = Record(message.topic, 0, 8, message.key, message.value, [*message.headers])
    fine = Record(REFERRALS.name, 1, 9, good.key, good_state, [*good.headers])
    consumer = Consumer(settings, "group", PROJECTIONS, empty, 500)
    await consumer.apply(connection, {partition: [bad], other: [fine]}, {})
    assert await connection.fetchval(
        "select count(*) from referral where id = $1", a_referral(77).id
    )
    await recount(connection)
    letters = await connection.fetch("select topic, state from outbox")
    assert len(letters) <= 1
    for letter in letters:
        assert letter["topic"] == DEAD_LETTERS
        told = json.loads(letter["state"])
        assert (told["topic"], told["partition"], told["offset"]) == (bad.topic, 0, 8)
        assert told["reason"]


@pytest.fixture(scope="module")
async def migrated(
    infrastructure: Any,  # noqa: ANN401
) -> ServiceSettings:
    """Return settings of a migrated database without a broker."""
    urls = await infrastructure.databases("hostile")
    settings = settings_for(urls["aggregation"])
    await migrate(settings, MIGRATIONS)
    return settings


@pytest.fixture
async def projections(
    migrated: ServiceSettings,
) -> AsyncIterator[tuple[ServiceSettings, asyncpg.Connection]]:
    """Return settings and a connection to empty projections."""
    connection = await connect(migrated)
    names = ", ".join(topic.entity for topic in PROJECTIONS)
    await connection.execute(f"truncate {names}, stale, outbox")
    yield migrated, connection
    await connection.close()


def test_a_good_message_is_decoded() -> None:
    message = a_message(REFERRALS, 3)
    record = Record(message.topic, 0, 0, message.key, message.value, [*message.headers])
    delivery = decode(REFERRALS, record)
    assert delivery.state == a_referral()
    assert delivery.sequence == 3


def test_of_a_tombstone_only_the_envelope_is_read() -> None:
    message = a_message(REFERRALS, 3, value=None, headers=ERASED)
    record = Record(message.topic, 0, 0, message.key, None, [*message.headers])
    delivery = decode(REFERRALS, record)
    assert delivery.state is None
    assert delivery.id == a_referral().id


def test_unknown_fields_of_a_newer_contract_are_ignored() -> None:
    message = a_message(REFERRALS, state={"new_field": {"a": 1}})
    record = Record(message.topic, 0, 0, message.key, message.value, [*message.headers])
    assert decode(REFERRALS, record).state == a_referral()


def test_what_is_unreadable_says_why_in_a_word() -> None:
    message = a_message(REFERRALS, value=b"Zanzibar")
    record = Record(message.topic, 0, 0, message.key, message.value, [*message.headers])
    with pytest.raises(Unreadable, match=r"^content$"):
        decode(REFERRALS, record)
