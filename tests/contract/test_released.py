"""What was released stays readable: schemas, topics and event types."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared import contract_files
from tests.contract.breaking import breaking_changes

RELEASED = Path(__file__).parent / "released"
Document = dict[str, Any]
Mutation = Callable[[Document], object]

TOPIC = "livingwell.referrals"


def channel(document: Document) -> Document:
    found: Document = document["channels"]["referrals"]
    return found


def kafka(document: Document) -> Document:
    found: Document = channel(document)["bindings"]["kafka"]
    return found


def component(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def message(document: Document, name: str) -> Document:
    found: Document = document["components"]["messages"][name]
    return found


BREAKING_CHANNELS: list[tuple[Mutation, str]] = [
    (lambda d: d["channels"].pop("referrals"), f"{TOPIC}: topic removed or renamed"),
    (
        lambda d: channel(d).update(address="livingwell.cases"),
        f"{TOPIC}: topic removed or renamed",
    ),
    (
        lambda d: channel(d)["messages"].pop("referral.closed"),
        f"{TOPIC}: event type uk.livingwell.referral.closed.v1 removed",
    ),
    (
        lambda d: kafka(d).update(partitions=24),
        f"{TOPIC}: partitions changed from 12 to 24",
    ),
    (
        lambda d: kafka(d).update(topic="cases"),
        f"{TOPIC}: topic changed from {TOPIC} to cases",
    ),
    (
        lambda d: kafka(d).pop("x-partitioner"),
        f"{TOPIC}: x-partitioner changed from murmur2_random to None",
    ),
    (
        lambda d: kafka(d)["topicConfiguration"].update({"cleanup.policy": ["delete"]}),
        f"{TOPIC}: cleanup.policy changed from ['compact'] to ['delete']",
    ),
    (
        lambda d: kafka(d)["topicConfiguration"].update({"delete.retention.ms": 1}),
        f"{TOPIC}: delete.retention.ms changed from 2592000000 to 1",
    ),
    (
        lambda d: message(d, "referral.closed")["bindings"]["kafka"]["key"].update(
            format="uri"
        ),
        "uk.livingwell.referral.closed.v1 key: format changed from uuid to uri",
    ),
    (
        lambda d: component(d, "Envelope")["required"].remove("ce_sequence"),
        "uk.livingwell.referral.closed.v1 headers/ce_sequence: may be absent now",
    ),
    (
        lambda d: component(d, "Envelope")["properties"].pop("ce_time"),
        "uk.livingwell.referral.closed.v1 headers/ce_time: field removed",
    ),
    (
        lambda d: message(d, "referral.erased").update(
            payload={"$ref": "#/components/schemas/ReferralState"}
        ),
        "uk.livingwell.referral.erased.v1 payload: null is no longer possible",
    ),
    (
        lambda d: message(d, "referral.closed").update(contentType="application/avro"),
        "uk.livingwell.referral.closed.v1: content changed from application/json to"
        " application/avro",
    ),
    (
        lambda d: component(d, "Closure")["properties"].pop("closed_on"),
        "uk.livingwell.referral.closed.v1 payload/closure/closed_on: field removed",
    ),
]


def current() -> dict[str, Document]:
    return {name: json.loads(text) for name, text in contract_files.files().items()}


def test_the_contract_breaks_nothing_that_was_released() -> None:
    now = {Path(name).name: document for name, document in current().items()}
    found = {
        path.name: breaking_changes(json.loads(path.read_text()), now[path.name])
        for path in sorted(RELEASED.glob("*.json"))
    }
    assert {name: changes for name, changes in found.items() if changes} == {}


def test_everything_in_the_contract_is_released() -> None:
    released = {path.name for path in RELEASED.glob("*.json")}
    assert released == {Path(name).name for name in current()}


@pytest.mark.parametrize(("mutation", "expected"), BREAKING_CHANNELS)
def test_a_breaking_change_of_a_topic_is_named(
    mutation: Mutation, expected: str
) -> None:
    released = json.loads((RELEASED / "asyncapi.json").read_text())
    after = copy.deepcopy(released)
    mutation(after)
    assert expected in breaking_changes(released, after)


def test_a_new_topic_and_a_new_event_type_break_nobody() -> None:
    released = json.loads((RELEASED / "asyncapi.json").read_text())
    grown = copy.deepcopy(released)
    message = copy.deepcopy(grown["components"]["messages"]["goal.set"])
    message["name"] = "uk.livingwell.goal.shared.v1"
    grown["components"]["messages"]["goal.shared"] = message
    grown["channels"]["goals"]["messages"]["goal.shared"] = {
        "$ref": "#/components/messages/goal.shared"
    }
    grown["channels"]["visits"] = {**grown["channels"]["goals"], "address": "visits"}
    assert breaking_changes(released, grown) == []
