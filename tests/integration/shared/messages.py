"""Messages of the topics, good ones and changed ones, before and after the broker."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from services.aggregation.projections import PROJECTIONS
from shared.events import Topic
from shared.kafka import Message
from tests.integration.aggregation.states import (
    a_goal,
    a_referral,
    a_story,
    an_assessment,
    an_organisation,
)

GOOD = {
    topic.entity: state
    for topic, state in zip(
        PROJECTIONS,
        (an_organisation(), a_referral(), an_assessment(), a_goal(), a_story()),
        strict=True,
    )
}


def a_message(topic: Topic, sequence: int = 1, **changes: Any) -> Message:  # noqa: ANN401
    """Return a good message of a topic, but for the changes."""
    state = GOOD[topic.entity]
    key = str(state.id).encode()
    headers: dict[str, Any] = {
        "ce_specversion": b"1.0",
        "ce_source": f"/livingwell/x/{state.organisation}".encode(),
        "ce_type": topic.event_type(topic.happenings[0]).encode(),
        "ce_subject": key,
        "ce_time": b"2026-05-02T12:00:00+00:00",
        "ce_sequence": str(sequence).encode(),
    }
    headers |= changes.pop("headers", {})
    value = state.model_dump(mode="json") | changes.pop("state", {})
    raw = changes.pop("value", json.dumps(value).encode())
    sent = changes.pop("key", key)
    return Message(topic.name, sent, raw, list(headers.items()))


@dataclass(frozen=True)
class Record:
    """A message as a consumer gets it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, Any]]
