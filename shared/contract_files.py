"""Generates the contract that partners read, from `events.py`.

`python -m shared.contract_files` writes it; with `--check` it compares and fails.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.events import (
    DEAD_LETTER_TYPE,
    DEAD_LETTERS,
    FILLER_TYPE,
    PARTITIONS,
    TOPICS,
    TYPE_PREFIX,
    Topic,
)
from shared.kafka import DEAD_LETTER_CONFIG, TABLE_CONFIG

CONTRACT = Path(__file__).parent / "contract"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
BINDING_VERSION = "0.5.0"
DEAD_LETTER_ENTITY = DEAD_LETTER_TYPE.split(".")[2]
PARTITIONER = "murmur2_random"
KEY = {
    "type": "string",
    "format": "uuid",
    "description": "The entity's id in its 36-character form, as UTF-8 text",
}

ABOUT = """\
Every topic is a compacted table: a message's key is the entity's id, its value the
entity's whole current state, its headers a CloudEvents 1.0 envelope in binary mode.

To read: start at the beginning, read committed messages only, and keep of each key the
state with the highest `ce_sequence`; a message whose sequence is not higher than the
one kept changes nothing, so repeats are harmless. Between keys there is no order: join
when you read. Ignore fields and event types that you do not know: states grow by
optional fields, and every message of a topic carries the same kind of state.

An erasure is a tombstone: the value is null and `ce_type` ends in `.erased`. Delete
what you hold of that key, but keep its id and sequence, or a repeated older message
would bring it back. Compaction removes older messages of a key, and tombstones 30 days
after that: a reader that was away for longer empties its table and starts again.

A filler (`ce_type` uk.livingwell.filler.appended.v1) is of no entity: its key is one of
its partition's own, its value null. It makes the broker close a file, so that what was
erased leaves the disk. Ignore it; taken for an erasure of its key, it does no harm.

To publish: the owner named in `ce_source` publishes its own entities only, with an
idempotent producer and the partitioner `murmur2_random` (the Java client's default;
librdkafka needs `partitioner=murmur2_random`), or the same key lands in two partitions
and both its states survive.

Nothing here holds a person's name, an NHS number, a partner's reference or free text.
"""


class DeadLetter(BaseModel):
    """A message that was refused: where it is and why, never its value."""

    topic: str
    partition: int
    offset: int
    reason: str
    key: str
    headers: dict[str, str]


def schemas() -> dict[str, dict[str, Any]]:
    """Return the standalone JSON Schema (2020-12) of each entity, by entity."""
    models: dict[str, type[BaseModel]] = {t.entity: t.state for t in TOPICS}
    models[DEAD_LETTER_ENTITY] = DeadLetter
    return {
        entity: {
            "$schema": DRAFT,
            "$id": f"/schemas/{entity}",
            **model.model_json_schema(mode="serialization"),
        }
        for entity, model in models.items()
    }


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document: one file that needs no other."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Living Well events",
            "version": "1.0.0",
            "description": ABOUT,
        },
        "defaultContentType": "application/json",
        "channels": dict(_channels()),
        "operations": dict(_operations()),
        "components": {"schemas": _component_schemas(), "messages": dict(_messages())},
    }


def _component_schemas() -> dict[str, Any]:
    models: list[type[BaseModel]] = [*(topic.state for topic in TOPICS), DeadLetter]
    _, found = models_json_schema(
        [(model, "serialization") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    return {
        **found["$defs"],
        "Envelope": _envelope(),
        "Tombstone": {
            "type": "null",
            "description": "No value: the entity is erased. Keep its id and sequence.",
        },
        "Filler": {
            "type": "null",
            "description": "No value, and no entity: ignore it.",
        },
    }


def _envelope() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    properties = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": text | {"format": "uuid", "description": "UUIDv7 of this message"},
        "ce_source": text
        | {
            "pattern": "^/livingwell/[a-z]+/.+$",
            "description": "/livingwell/<service>/<owner's ODS code or charity number>",
        },
        "ce_type": text | {"description": "What happened"},
        "ce_subject": text | {"format": "uuid", "description": "The key again"},
        "ce_time": text | {"format": "date-time", "description": "When it was stored"},
        "ce_dataschema": text | {"description": "The `$id` of the value's JSON Schema"},
        "ce_sequence": text
        | {
            "pattern": "^[0-9]{1,19}$",
            "description": "Version of the entity, a 64-bit number that only grows",
        },
        "content-type": {"type": "string", "const": "application/json"},
    }
    trace = text | {"description": "W3C trace context, where there is one"}
    return {
        "type": "object",
        "description": "CloudEvents attributes; each header's value is UTF-8 text",
        "required": sorted(properties),
        "properties": {**properties, "ce_traceparent": trace},
    }


def _types(topic: Topic) -> Iterator[tuple[str, str, str]]:
    """Yield name, event type and payload of each message of `topic`."""
    for happening in topic.happenings:
        payload = "Tombstone" if happening == "erased" else topic.state.__name__
        yield f"{topic.entity}.{happening}", topic.event_type(happening), payload
    yield f"{topic.entity}.filler", FILLER_TYPE, "Filler"


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    for topic in TOPICS:
        for name, event_type, payload in _types(topic):
            yield name, _message(event_type, topic.entity, payload)
    name = DEAD_LETTER_TYPE.removeprefix(f"{TYPE_PREFIX}.").removesuffix(".v1")
    yield name, _message(DEAD_LETTER_TYPE, DEAD_LETTER_ENTITY, DeadLetter.__name__)


def _message(event_type: str, entity: str, payload: str) -> dict[str, Any]:
    entity_of, happening = event_type.split(".")[2:4]
    return {
        "name": event_type,
        "title": f"{entity_of} {happening}",
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "allOf": [_component("schemas", "Envelope")],
            "properties": {
                "ce_type": {"type": "string", "const": event_type},
                "ce_dataschema": {"type": "string", "const": f"/schemas/{entity}"},
            },
        },
        "payload": _component("schemas", payload),
        "bindings": {
            "kafka": {
                "key": KEY,
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _channels() -> Iterator[tuple[str, dict[str, Any]]]:
    for topic in TOPICS:
        names = [name for name, _, _ in _types(topic)]
        about = (
            f"The table of every {topic.entity}, kept by {topic.owner}."
            f" {topic.state.__doc__}"
        )
        yield _channel(topic.name, about, names, TABLE_CONFIG)
    name = DEAD_LETTER_TYPE.removeprefix(f"{TYPE_PREFIX}.").removesuffix(".v1")
    about = "Messages that can never be applied; for those who run the system."
    yield _channel(DEAD_LETTERS, about, [name], DEAD_LETTER_CONFIG)


def _channel(
    address: str, about: str, names: list[str], config: dict[str, str]
) -> tuple[str, dict[str, Any]]:
    settings: dict[str, Any] = {
        key: int(value) if value.isdecimal() else value
        for key, value in sorted(config.items())
    }
    settings["cleanup.policy"] = config["cleanup.policy"].split(",")
    return _channel_id(address), {
        "address": address,
        "description": about,
        "messages": {name: _component("messages", name) for name in names},
        "bindings": {
            "kafka": {
                "topic": address,
                "partitions": PARTITIONS,
                "topicConfiguration": settings,
                "bindingVersion": BINDING_VERSION,
                "x-partitioner": PARTITIONER,
            }
        },
    }


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    owners = {topic.name: topic.owner for topic in TOPICS}
    for address in [*owners, DEAD_LETTERS]:
        channel = _channel_id(address)
        owner = owners.get(address, "aggregation")
        reader = "data platforms" if address in owners else "those who run the system"
        for action, who in (("send", owner), ("receive", reader)):
            yield (
                f"{action}-{channel}",
                {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{channel}"},
                    "summary": f"What {who} may do",
                    "tags": [{"name": who}],
                },
            )


def _channel_id(address: str) -> str:
    return address.rpartition(".")[2]


def _component(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def files() -> dict[str, str]:
    """Return the text of every file of the contract, by path inside `contract`."""
    found = {f"schemas/{entity}.json": schema for entity, schema in schemas().items()}
    found["asyncapi.json"] = asyncapi()
    return {path: json.dumps(value, indent=2) + "\n" for path, value in found.items()}


def differing(directory: Path = CONTRACT) -> list[str]:
    """Return which files are missing, out of date, or not part of the contract."""
    wanted = files()
    there = {
        str(path.relative_to(directory)): path.read_text(encoding="utf-8")
        for path in directory.rglob("*.json")
    }
    return sorted(p for p in wanted.keys() | there if wanted.get(p) != there.get(p))


def main() -> None:
    """Write the contract, or say how the committed one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        if found := differing():
            parser.exit(1, "generate the contract again: " + ", ".join(found) + "\n")
        return
    for path, text in files().items():
        (CONTRACT / path).parent.mkdir(parents=True, exist_ok=True)
        (CONTRACT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
