"""The committed contract is the generated one, and it is valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator

from shared import contract_files
from shared.events import DEAD_LETTERS, FILLER_TYPE, PARTITIONS, TOPICS
from shared.kafka import DEAD_LETTER_CONFIG, TABLE_CONFIG

OFFICIAL = Path(__file__).parent / "asyncapi" / "3.0.0.json"
DOCUMENT = contract_files.asyncapi()


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def followed(reference: str, document: dict[str, Any]) -> dict[str, Any]:
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_the_committed_files_are_the_generated_ones() -> None:
    assert contract_files.differing() == []


def test_a_file_that_differs_is_missing_or_is_left_over_is_named(
    tmp_path: Path,
) -> None:
    for name, text in contract_files.files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "schemas" / "goal.json").write_text("{}")
    (tmp_path / "schemas" / "story.json").unlink()
    (tmp_path / "old.json").write_text("{}")
    assert contract_files.differing(tmp_path) == [
        "old.json",
        "schemas/goal.json",
        "schemas/story.json",
    ]


def test_the_document_is_valid_by_the_official_schema_of_asyncapi() -> None:
    official = Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))
    official.check_schema(official.schema)
    found = [error.json_path for error in official.iter_errors(DOCUMENT)]
    assert found == []
    assert list(official.iter_errors({**DOCUMENT, "channels": {"a": {"address": 1}}}))


def test_every_reference_resolves_inside_the_document() -> None:
    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        assert followed(reference, DOCUMENT)


def test_every_schema_is_valid_2020_12_and_means_the_same_in_draft_7() -> None:
    """AsyncAPI reads schemas as draft 7, so they use only what both drafts share."""
    in_document = DOCUMENT["components"]["schemas"].values()
    for schema in [*contract_files.schemas().values(), *in_document]:
        Draft202012Validator.check_schema(schema)
        Draft7Validator.check_schema(schema)
        assert not {"prefixItems", "unevaluatedProperties", "$dynamicRef"} & set(
            keywords(schema)
        )


def keywords(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        for value in node.values():
            yield from keywords(value)
    elif isinstance(node, list):
        for value in node:
            yield from keywords(value)


def test_the_schemas_in_the_document_are_the_standalone_ones() -> None:
    for topic in TOPICS:
        alone = contract_files.schemas()[topic.entity]
        within = json.loads(
            json.dumps(DOCUMENT["components"]["schemas"][topic.state.__name__]).replace(
                "#/components/schemas/", "#/$defs/"
            )
        )
        assert within == {
            key: value
            for key, value in alone.items()
            if key not in ("$schema", "$id", "$defs")
        }


def test_every_topic_and_event_type_has_its_channel_and_message() -> None:
    channels = {c["address"]: c for c in DOCUMENT["channels"].values()}
    assert channels.keys() == {*(topic.name for topic in TOPICS), DEAD_LETTERS}
    for topic in TOPICS:
        messages = [
            followed(message["$ref"], DOCUMENT)
            for message in channels[topic.name]["messages"].values()
        ]
        names = [message["name"] for message in messages]
        events = [topic.event_type(word) for word in topic.happenings]
        assert names == [*events, FILLER_TYPE]


def test_the_channels_say_how_the_topics_are_made() -> None:
    for channel in DOCUMENT["channels"].values():
        kafka = channel["bindings"]["kafka"]
        config = {
            key: ",".join(value) if isinstance(value, list) else str(value)
            for key, value in kafka["topicConfiguration"].items()
        }
        is_table = channel["address"] != DEAD_LETTERS
        assert config == (TABLE_CONFIG if is_table else DEAD_LETTER_CONFIG)
        assert kafka["partitions"] == PARTITIONS
        assert kafka["x-partitioner"] == "murmur2_random"


def test_each_channel_is_sent_by_one_service_and_received() -> None:
    for name in DOCUMENT["channels"]:
        for action in ("send", "receive"):
            operation = DOCUMENT["operations"][f"{action}-{name}"]
            assert operation["action"] == action
            assert operation["channel"] == {"$ref": f"#/channels/{name}"}
