"""Messages as they arrive: decoded, newest per key, or refused with a reason."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError

from shared.events import (
    DEAD_LETTER_TYPE,
    DEAD_LETTERS,
    FILLER_TYPE,
    TYPE_PREFIX,
    State,
    Topic,
)

LONGEST_HEADER = 500
MOST_HEADERS = 30
POSITIONS = UUID("5f0f3c1e-5f4d-4f53-8a53-0a3a4f1d7c11")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A decoded message: the state of `id` at `sequence`, or its erasure (None)."""

    id: UUID
    sequence: int
    state: State | None
    occurred_at: datetime
    record: Any = field(default=None, compare=False, repr=False)


class Unreadable(ValueError):
    """A message that can never be applied; the text names the reason."""


def is_filler(record: Any) -> bool:  # noqa: ANN401 (untyped library)
    """Say whether a message is of no entity and only makes the log move on."""
    return ("ce_type", FILLER_TYPE.encode()) in record.headers


def decode(topic: Topic, record: Any) -> Delivery:  # noqa: ANN401 (untyped library)
    """Decode one message of `topic`.

    Raises:
        Unreadable: it breaks the contract; the reason is a short fixed word.
    """
    headers = dict(record.headers)
    try:
        entity = UUID(record.key.decode())
        sequence = int(headers["ce_sequence"])
        occurred_at = datetime.fromisoformat(headers["ce_time"].decode())
        owner = headers["ce_source"].decode().rpartition("/")[2]
        happening = headers["ce_type"].decode()
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unreadable("envelope") from error
    if not 0 <= sequence < 2**63 or occurred_at.tzinfo is None:
        raise Unreadable("envelope")
    if not happening.startswith(f"{TYPE_PREFIX}.{topic.entity}."):
        raise Unreadable("type")
    if (record.value is None) != happening.endswith(".erased.v1"):
        raise Unreadable("type")
    if record.value is None:
        return Delivery(entity, sequence, None, occurred_at, record)
    try:
        state = topic.state.__pydantic_validator__.validate_json(record.value)
    except ValidationError as error:
        raise Unreadable("content") from error
    if state.id != entity:
        raise Unreadable("key")
    if state.organisation != owner:
        raise Unreadable("owner")
    return Delivery(entity, sequence, state, occurred_at, record)


def newest(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return the newest delivery of each key, in id order (so that no two deadlock)."""
    by_id: dict[UUID, Delivery] = {}
    for delivery in deliveries:
        known = by_id.get(delivery.id)
        if known is None or delivery.sequence > known.sequence:
            by_id[delivery.id] = delivery
    return [by_id[key] for key in sorted(by_id)]


def dead_letter(record: Any, reason: str) -> tuple[Any, ...]:  # noqa: ANN401
    """Make the outbox row that says which message was refused, and why.

    The refused value itself is never copied: it may be about a person.
    """
    position = f"{record.topic}/{record.partition}/{record.offset}"
    headers = {
        printable(name.encode()): printable(value)
        for name, value in record.headers[:MOST_HEADERS]
    }
    letter = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "reason": reason,
        "key": printable(record.key),
        "headers": headers,
    }
    owner = headers.get("ce_source", "").rpartition("/")[2] or "unknown"
    return (
        DEAD_LETTERS,
        uuid5(POSITIONS, position),
        time.time_ns() // 1000,
        DEAD_LETTER_TYPE,
        owner,
        json.dumps(letter),
    )


def printable(raw: bytes | None) -> str:
    """Return bytes as text that a database can store, cut to a bounded length."""
    text = (raw or b"")[:LONGEST_HEADER].decode("utf-8", "replace")
    return text.replace("\x00", "\ufffd")
