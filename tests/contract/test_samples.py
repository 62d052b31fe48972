"""Every message that was ever right stays right: one frozen sample per event type.

A sample is never edited. A new event type brings a new one; a changed one keeps the old
under another name (`referral.received.v1.2027.json`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.v1.event import CloudEvent
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

from shared import contract_files
from shared.delivery import Delivery, dead_letter, decode
from shared.events import DEAD_LETTER_TYPE, DEAD_LETTERS, TOPICS, Topic
from shared.outbox import as_message

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))
BY_TYPE = {t.event_type(happening): t for t in TOPICS for happening in t.happenings}
STATES = [path for path in SAMPLES if not path.name.startswith("message.")]
OF_TODAY = [path for path in STATES if path.name.endswith(".v1.json")]
DOCUMENT = contract_files.asyncapi()
SCHEMAS = contract_files.schemas()


@dataclass
class Record:
    """What a Kafka client hands over."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass
class Sample:
    """A frozen message: its headers, key and value as a file has them."""

    headers: dict[str, str]
    key: str
    value: dict[str, Any] | None

    @property
    def topic(self) -> Topic:
        return BY_TYPE[self.headers["ce_type"]]

    @property
    def record(self) -> Record:
        headers = [(name, text.encode()) for name, text in self.headers.items()]
        body = None if self.value is None else json.dumps(self.value).encode()
        return Record(self.topic.name, 7, 41_822, self.key.encode(), body, headers)


def read(path: Path) -> Sample:
    return Sample(**json.loads(path.read_text(encoding="utf-8")))


def name_of(path: Path) -> str:
    return path.stem


every_sample = pytest.mark.parametrize("path", SAMPLES, ids=name_of)
every_state = pytest.mark.parametrize("path", STATES, ids=name_of)


def test_every_event_type_has_a_sample_and_every_sample_an_event_type() -> None:
    types = {read(path).headers["ce_type"] for path in SAMPLES}
    assert types == {*BY_TYPE, DEAD_LETTER_TYPE}
    for path in SAMPLES:
        name = path.name.partition(".v1.")[0]
        assert read(path).headers["ce_type"] == f"uk.livingwell.{name}.v1"


@every_state
def test_a_sample_decodes_to_every_field_it_has(path: Path) -> None:
    sample = read(path)
    delivery = decode(sample.topic, sample.record)
    assert delivery == Delivery(
        UUID(sample.key),
        int(sample.headers["ce_sequence"]),
        delivery.state,
        datetime.fromisoformat(sample.headers["ce_time"]),
    )
    if sample.value is None:
        assert delivery.state is None
        return
    assert isinstance(delivery.state, sample.topic.state)
    kept = json.loads(delivery.state.model_dump_json(exclude_unset=True))
    assert text(kept) == text(sample.value)


@pytest.mark.parametrize("path", OF_TODAY, ids=name_of)
def test_a_sample_of_today_has_every_field_of_its_state(path: Path) -> None:
    sample = read(path)
    if sample.value is not None:
        assert sample.value.keys() == sample.topic.state.model_fields.keys()


@every_state
def test_a_state_decodes_without_its_optional_fields_and_with_unknown_ones(
    path: Path,
) -> None:
    sample = read(path)
    if sample.value is None:
        return
    fields = sample.topic.state.model_fields
    needed = {k: v for k, v in sample.value.items() if fields[k].is_required()}
    sample.value = {**needed, "field_of_2031": {"deep": [1]}}
    state = decode(sample.topic, sample.record).state
    assert state is not None
    assert json.loads(state.model_dump_json(exclude_unset=True)) == needed


def test_erasures_are_tombstones_and_nothing_else_is() -> None:
    for path in SAMPLES:
        sample = read(path)
        assert (sample.value is None) == path.stem.endswith(".erased.v1")


@every_sample
def test_a_sample_is_what_the_relay_publishes(path: Path) -> None:
    sample = read(path)
    _, _, service, organisation = sample.headers["ce_source"].split("/")
    row: Any = {
        "key": UUID(sample.key),
        "message_id": UUID(sample.headers["ce_id"]),
        "organisation": organisation,
        "type": sample.headers["ce_type"],
        "occurred_at": datetime.fromisoformat(sample.headers["ce_time"]),
        "sequence": int(sample.headers["ce_sequence"]),
        "traceparent": sample.headers.get("ce_traceparent"),
        "topic": BY_TYPE.get(sample.headers["ce_type"], TOPICS[0]).name,
        "state": None if sample.value is None else json.dumps(sample.value),
    }
    message = as_message(row, service, "")
    assert {name: raw.decode() for name, raw in message.headers} == sample.headers
    assert message.key == sample.key.encode()
    assert json.loads(message.value or b"null") == sample.value


@every_sample
def test_a_sample_is_valid_by_its_json_schema(path: Path) -> None:
    sample = read(path)
    if sample.value is not None:
        entity = sample.headers["ce_dataschema"].removeprefix("/schemas/")
        check(SCHEMAS[entity], sample.value)


@every_sample
def test_a_sample_is_valid_by_the_asyncapi_document(path: Path) -> None:
    sample = read(path)
    message = DOCUMENT["components"]["messages"][path.name.partition(".v1.")[0]]
    assert message["name"] == sample.headers["ce_type"]
    check({**message["headers"], "components": DOCUMENT["components"]}, sample.headers)
    check({**message["payload"], "components": DOCUMENT["components"]}, sample.value)
    key = message["bindings"]["kafka"]["key"]
    check({**key, "components": DOCUMENT["components"]}, sample.key)


@every_sample
def test_a_sample_is_a_cloudevent_in_binary_mode(path: Path) -> None:
    """By the official SDK, which refuses attributes that break the specification."""
    sample = read(path)
    raw = {name: text.encode() for name, text in sample.headers.items()}
    body = b"" if sample.value is None else json.dumps(sample.value).encode()
    event = from_binary_event(KafkaMessage(raw, sample.key.encode(), body))
    assert isinstance(event, CloudEvent)
    assert event.get_type() == sample.headers["ce_type"]
    assert event.get_source() == sample.headers["ce_source"]
    assert event.get_id() == sample.headers["ce_id"]
    assert event.get_subject() == sample.key
    assert event.get_time() == datetime.fromisoformat(sample.headers["ce_time"])
    assert event.get_dataschema() == sample.headers["ce_dataschema"]
    assert event.get_datacontenttype() == "application/json"
    assert event.get_extension("sequence") == sample.headers["ce_sequence"]
    assert event.get_extension("traceparent") == sample.headers.get("ce_traceparent")
    assert event.get_data() == sample.value


def test_a_dead_letter_is_what_its_schema_says() -> None:
    record = read(STATES[0]).record
    topic, key, _, event_type, _, letter = dead_letter(record, "owner")
    assert (topic, event_type) == (DEAD_LETTERS, DEAD_LETTER_TYPE)
    assert isinstance(key, UUID)
    check(SCHEMAS["message"], json.loads(letter))


def check(schema: dict[str, Any], value: object) -> None:
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)


def text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def test_a_state_is_a_model_that_cannot_be_changed() -> None:
    for topic in TOPICS:
        assert issubclass(topic.state, BaseModel)
        assert topic.state.model_config["frozen"]
        assert topic.state.model_config["extra"] == "ignore"
