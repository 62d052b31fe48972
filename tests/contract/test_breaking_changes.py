"""The gate of the schemas sees every kind of change, also deep inside."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.breaking import breaking_changes

Document = dict[str, Any]
Mutation = Callable[[Document], object]

REFERRAL: Document = {
    "$id": "/schemas/referral",
    "$defs": {
        "Closure": {
            "type": "object",
            "properties": {
                "closed_on": {"type": "string", "format": "date"},
                "reason": {"enum": ["01", "02"], "type": "string"},
            },
            "required": ["closed_on"],
        }
    },
    "type": "object",
    "description": "A referral.",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "source": {"type": "string", "minLength": 2, "maxLength": 2, "pattern": "^A"},
        "age": {"anyOf": [{"type": "integer", "maximum": 130}, {"type": "null"}]},
        "contacts": {"type": "integer", "minimum": 0, "default": 0},
        "kind": {"const": "gbo", "type": "string"},
        "closure": {"anyOf": [{"$ref": "#/$defs/Closure"}, {"type": "null"}]},
        "closures": {"type": "array", "items": {"$ref": "#/$defs/Closure"}},
        "scores": {"type": "object", "additionalProperties": {"type": "number"}},
    },
    "required": ["id", "source"],
}


def field(name: str) -> Callable[[Document], Document]:
    def get(schema: Document) -> Document:
        found: Document = schema["properties"][name]
        return found

    return get


def closure(schema: Document) -> Document:
    found: Document = schema["$defs"]["Closure"]
    return found


BREAKING: list[tuple[Mutation, list[str]]] = [
    (lambda s: s["properties"].pop("age"), ["/age: field removed"]),
    (
        lambda s: field("id")(s).update(type="integer"),
        ["/id: string is no longer possible", "/id: integer is possible now"],
    ),
    (
        lambda s: field("source")(s).update(type=["string", "null"]),
        ["/source: null is possible now"],
    ),
    (
        lambda s: field("age")(s)["anyOf"].pop(1),
        ["/age: null is no longer possible"],
    ),
    (
        lambda s: field("age")(s)["anyOf"].append({"type": "string"}),
        ["/age: string is possible now"],
    ),
    (
        lambda s: field("age")(s)["anyOf"][0].update(type="number"),
        ["/age: integer is no longer possible", "/age: number is possible now"],
    ),
    (lambda s: s["required"].remove("source"), ["/source: may be absent now"]),
    (
        lambda s: s["required"].append("age"),
        ["/age: required, and messages of before do not have it"],
    ),
    (
        lambda s: (
            s["properties"].update(site={"type": "string"}),
            s["required"].append("site"),
        ),
        ["/site: required, and messages of before do not have it"],
    ),
    (
        lambda s: closure(s)["properties"]["reason"]["enum"].append("03"),
        ['/closure/reason: value "03" added', '/closures[]/reason: value "03" added'],
    ),
    (
        lambda s: closure(s)["properties"]["reason"]["enum"].remove("01"),
        [
            '/closure/reason: value "01" removed',
            '/closures[]/reason: value "01" removed',
        ],
    ),
    (
        lambda s: closure(s)["properties"]["reason"].pop("enum"),
        ["/closure/reason: any value now", "/closures[]/reason: any value now"],
    ),
    (
        lambda s: field("kind")(s).update(const="gas"),
        ['/kind: value "gbo" removed', '/kind: value "gas" added'],
    ),
    (
        lambda s: closure(s)["properties"].pop("closed_on"),
        ["/closure/closed_on: field removed", "/closures[]/closed_on: field removed"],
    ),
    (
        lambda s: closure(s)["required"].clear(),
        [
            "/closure/closed_on: may be absent now",
            "/closures[]/closed_on: may be absent now",
        ],
    ),
    (
        lambda s: field("closures")(s).update(items={"type": "string"}),
        [
            "/closures[]: object is no longer possible",
            "/closures[]: string is possible now",
        ],
    ),
    (
        lambda s: field("closure")(s)["anyOf"].append({"type": "array"}),
        ["/closure: array is possible now"],
    ),
    (
        lambda s: field("scores")(s).update(additionalProperties={"type": "string"}),
        [
            "/scores{}: number is no longer possible",
            "/scores{}: string is possible now",
        ],
    ),
    (
        lambda s: field("scores")(s).pop("additionalProperties"),
        ["/scores: additionalProperties changed from {'type': 'number'} to True"],
    ),
    (
        lambda s: s.update(additionalProperties=False),
        ["/: additionalProperties changed from True to False"],
    ),
    (
        lambda s: field("id")(s).pop("format"),
        ["/id: format changed from uuid to None"],
    ),
    (
        lambda s: closure(s)["properties"]["closed_on"].update(format="date-time"),
        [
            "/closure/closed_on: format changed from date to date-time",
            "/closures[]/closed_on: format changed from date to date-time",
        ],
    ),
    (
        lambda s: field("source")(s).update(maxLength=3),
        ["/source: maxLength changed from 2 to 3"],
    ),
    (
        lambda s: field("source")(s).pop("minLength"),
        ["/source: minLength changed from 2 to None"],
    ),
    (
        lambda s: field("source")(s).update(pattern="^B"),
        ["/source: pattern changed from ^A to ^B"],
    ),
    (
        lambda s: field("age")(s)["anyOf"][0].update(maximum=200),
        ["/age: maximum changed from 130 to 200"],
    ),
    (
        lambda s: field("contacts")(s).update(minimum=-1),
        ["/contacts: minimum changed from 0 to -1"],
    ),
    (
        lambda s: field("contacts")(s).update(default=1),
        ["/contacts: default changed from 0 to 1"],
    ),
    (
        lambda s: field("contacts")(s).pop("default"),
        ["/contacts: default changed from 0 to none"],
    ),
    (
        lambda s: s.update({"$id": "/schemas/case"}),
        ["/: $id changed from /schemas/referral to /schemas/case"],
    ),
    (
        lambda s: field("id")(s).update({"not": {"const": ""}}),
        ["/id: not changed from None to {'const': ''}"],
    ),
]

HARMLESS: list[Mutation] = [
    lambda s: s["properties"].update(site={"type": "string", "default": None}),
    lambda s: closure(s)["properties"].update(place={"type": "string"}),
    lambda s: s.update(description="Other words.", title="Referral"),
    lambda s: field("age")(s)["anyOf"].reverse(),
    lambda s: field("age")(s)["anyOf"][0].update(maximum=120),
    lambda s: field("contacts")(s).update(minimum=1, maximum=9),
    lambda s: closure(s)["properties"]["reason"]["enum"].reverse(),
    lambda s: s["required"].reverse(),
    lambda s: s["$defs"].update(Unused={"type": "string"}),
    lambda s: field("closures")(s).update(items=copy.deepcopy(closure(s))),
    lambda s: field("id")(s).update(type=["string"]),
]


def mutated(document: Document, mutation: Mutation) -> Document:
    after = copy.deepcopy(document)
    mutation(after)
    assert after != document
    return after


@pytest.mark.parametrize(("mutation", "expected"), BREAKING)
def test_a_breaking_change_is_named(mutation: Mutation, expected: list[str]) -> None:
    found = breaking_changes(REFERRAL, mutated(REFERRAL, mutation))
    assert sorted(found) == sorted(expected)


def test_a_second_kind_of_object_is_named() -> None:
    after = mutated(
        REFERRAL, lambda s: field("closure")(s)["anyOf"].append({"type": "object"})
    )
    assert breaking_changes(REFERRAL, after)


@pytest.mark.parametrize("mutation", HARMLESS)
def test_a_harmless_change_is_let_through(mutation: Mutation) -> None:
    assert breaking_changes(REFERRAL, mutated(REFERRAL, mutation)) == []


def test_a_schema_that_contains_itself_is_compared_once() -> None:
    tree: Document = {
        "$defs": {
            "Tree": {
                "type": "object",
                "properties": {
                    "leaf": {"type": "integer"},
                    "branches": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
                },
            }
        },
        "$ref": "#/$defs/Tree",
    }
    other = copy.deepcopy(tree)
    other["$defs"]["Tree"]["properties"]["leaf"]["type"] = "string"
    assert breaking_changes(tree, tree) == []
    assert len(breaking_changes(tree, other)) == 2
