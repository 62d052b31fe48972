"""Names every change of the contract that would break somebody who reads it.

A reader was built for the old contract and gets new messages; a new reader gets the old
messages too, for a compacted topic keeps them. So a state may only gain optional
fields. Whatever is not known to be harmless is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]

WORDS_ONLY = {"$schema", "$comment", "title", "description", "examples", "deprecated"}
RESOLVED = {"$ref", "$defs", "allOf"}
UPPER_BOUNDS = {
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
}
LOWER_BOUNDS = {
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
}
COMPARED = {
    *("type", "anyOf", "oneOf", "enum", "const", "properties", "required"),
    *("items", "additionalProperties"),
}
MISSING = object()


def breaking_changes(old: Node, new: Node) -> list[str]:
    """Return what breaks readers of `old`: two schemas, or two AsyncAPI documents."""
    if "asyncapi" in old:
        return list(_channels(old, new))
    return list(_Comparison(old, new).compare("", old, new))


def _channels(old: Node, new: Node) -> Iterator[str]:
    there = {channel["address"]: channel for channel in new["channels"].values()}
    for channel in old["channels"].values():
        address = channel["address"]
        if address not in there:
            yield f"{address}: topic removed or renamed"
            continue
        yield from _kafka(address, channel, there[address])
        yield from _messages(address, channel, there[address], old, new)


def _kafka(address: str, old: Node, new: Node) -> Iterator[str]:
    was, now = old["bindings"]["kafka"], new["bindings"]["kafka"]
    for setting in ("topic", "partitions", "x-partitioner"):
        if was.get(setting) != now.get(setting):
            yield _changed(f"{address}: {setting}", was.get(setting), now.get(setting))
    was, now = was["topicConfiguration"], now["topicConfiguration"]
    if was.get("cleanup.policy") != now.get("cleanup.policy"):
        yield _changed(
            f"{address}: cleanup.policy",
            was.get("cleanup.policy"),
            now.get("cleanup.policy"),
        )
    for setting in ("delete.retention.ms", "retention.ms", "min.compaction.lag.ms"):
        if was.get(setting, 0) > now.get(setting, 0):
            yield _changed(f"{address}: {setting}", was[setting], now.get(setting))


def _messages(
    address: str, old: Node, new: Node, old_root: Node, new_root: Node
) -> Iterator[str]:
    comparison = _Comparison(old_root, new_root)
    known = _by_name(old, old_root)
    there = _by_name(new, new_root)
    for name, was in known.items():
        if name not in there:
            yield f"{address}: event type {name} removed"
            continue
        now = there[name]
        if was["contentType"] != now["contentType"]:
            yield _changed(f"{name}: content", was["contentType"], now["contentType"])
        for part in ("headers", "payload"):
            yield from comparison.compare(f"{name} {part}", was[part], now[part])
        was, now = was["bindings"]["kafka"], now["bindings"]["kafka"]
        yield from comparison.compare(f"{name} key", was["key"], now["key"])


def _by_name(channel: Node, root: Node) -> dict[str, Node]:
    messages = (_resolve(message, root) for message in channel["messages"].values())
    return {message["name"]: message for message in messages}


def _resolve(node: Node, root: Node) -> Node:
    """Follow `$ref` inside the document, and merge `allOf` into one schema."""
    while "$ref" in node:
        target: Any = root
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = {**target, **{k: v for k, v in node.items() if k != "$ref"}}
    for part in node.get("allOf", ()):
        node = _merged(_resolve(part, root), node)
    return node


def _merged(under: Node, over: Node) -> Node:
    both = {**under, **over}
    names = [*under.get("properties", {}), *over.get("properties", {})]
    if names:
        both["properties"] = {
            name: {
                **under.get("properties", {}).get(name, {}),
                **over.get("properties", {}).get(name, {}),
            }
            for name in names
        }
    required = {*under.get("required", ()), *over.get("required", ())}
    return both | ({"required": sorted(required)} if required else {})


@dataclass
class _Comparison:
    """Two documents whose schemas are compared; each resolves its own references."""

    old_root: Node
    new_root: Node

    def compare(
        self, path: str, old: Node, new: Node, inside: frozenset[str] = frozenset()
    ) -> Iterator[str]:
        """Yield what changed between two schemas of the field at `path`."""
        names = {f"{old.get('$ref')} {new.get('$ref')}"} if "$ref" in old else set()
        if names & inside:
            return
        inside |= names
        old, new = _resolve(old, self.old_root), _resolve(new, self.new_root)
        if old.get("default", MISSING) != new.get("default", MISSING):
            yield _changed(f"{_at(path)}: default", _default(old), _default(new))
        was, now = self._alternatives(old, True), self._alternatives(new, False)
        for kind in was.keys() - now.keys():
            yield f"{_at(path)}: {kind} is no longer possible"
        for kind in now.keys() - was.keys():
            yield f"{_at(path)}: {kind} is possible now"
        for kind in sorted(was.keys() & now.keys()):
            yield from self._one_kind(path, was[kind], now[kind], inside)

    def _alternatives(self, node: Node, is_old: bool) -> dict[str, Node]:
        """Return the kinds of value that `node` allows, by the name of their type."""
        root = self.old_root if is_old else self.new_root
        found: list[tuple[str, Node]] = []
        parts = [*node.get("anyOf", ()), *node.get("oneOf", ())] or [node]
        for part in parts:
            resolved = _resolve(part, root)
            if resolved is not node and ("anyOf" in resolved or "oneOf" in resolved):
                found.extend(self._alternatives(resolved, is_old).items())
                continue
            kinds = resolved.get("type", "anything")
            for kind in [kinds] if isinstance(kinds, str) else kinds:
                found.append((kind, resolved))
        kinds = [kind for kind, _ in found]
        return {
            kind if kinds.count(kind) == 1 else f"{kind} {_text(part)}": part
            for kind, part in found
        }

    def _one_kind(
        self, path: str, old: Node, new: Node, inside: frozenset[str]
    ) -> Iterator[str]:
        yield from _values(path, old, new)
        yield from _other_keywords(path, old, new)
        yield from self._fields(path, old, new, inside)
        for keyword, suffix in (("items", "[]"), ("additionalProperties", "{}")):
            was, now = old.get(keyword, True), new.get(keyword, True)
            if isinstance(was, Mapping) and isinstance(now, Mapping):
                yield from self.compare(path + suffix, was, now, inside)
            elif was != now:
                yield _changed(f"{_at(path)}: {keyword}", was, now)

    def _fields(
        self, path: str, old: Node, new: Node, inside: frozenset[str]
    ) -> Iterator[str]:
        was, now = old.get("properties", {}), new.get("properties", {})
        needed, needed_now = set(old.get("required", ())), set(new.get("required", ()))
        for name in was.keys() - now.keys():
            yield f"{path}/{name}: field removed"
        for name in sorted(was.keys() & now.keys()):
            yield from self.compare(f"{path}/{name}", was[name], now[name], inside)
        for name in sorted(needed - needed_now):
            if name in now:
                yield f"{path}/{name}: may be absent now"
        for name in sorted(needed_now - needed):
            yield f"{path}/{name}: required, and messages of before do not have it"


def _values(path: str, old: Node, new: Node) -> Iterator[str]:
    was, now = _allowed(old), _allowed(new)
    if was is None and now is None:
        return
    if was is None or now is None:
        yield f"{_at(path)}: {'any value' if now is None else 'few values'} now"
        return
    for value in sorted(was - now):
        yield f"{_at(path)}: value {value} removed"
    for value in sorted(now - was):
        yield f"{_at(path)}: value {value} added"


def _allowed(node: Node) -> set[str] | None:
    if "const" in node:
        return {_text(node["const"])}
    return {_text(value) for value in node["enum"]} if "enum" in node else None


def _other_keywords(path: str, old: Node, new: Node) -> Iterator[str]:
    """Yield loosened bounds, and any change of a keyword that is not known here."""
    skipped = WORDS_ONLY | RESOLVED | COMPARED | {"default"}
    for keyword in sorted((old.keys() | new.keys()) - skipped):
        was, now = old.get(keyword), new.get(keyword)
        if was == now:
            continue
        if keyword in UPPER_BOUNDS and (was is None or (now is not None and now < was)):
            continue
        if keyword in LOWER_BOUNDS and (was is None or (now is not None and now > was)):
            continue
        yield _changed(f"{_at(path)}: {keyword}", was, now)


def _default(node: Node) -> str:
    return _text(node["default"]) if "default" in node else "none"


def _changed(what: str, old: object, new: object) -> str:
    return f"{what} changed from {old} to {new}"


def _at(path: str) -> str:
    return path or "/"


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
