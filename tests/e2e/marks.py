"""Marks that tell where something was typed, and bodies that are full of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MARK = re.compile(r"zq[0-9]{4}zq", re.IGNORECASE)
DAY = "2026-03-10"
LEFT_OUT = object()
# Everybody may read which partners there are, what was read from an answer, what is
# noted beside figures, and what sites agreed to look for.
PUBLIC = (
    "intake PUT /organisations/{code} /name",
    "intake PUT /organisations/{code} /place",
    "intake PUT /organisations/{code} /site",
    "measures PUT /assessments/{reference}/codes /codes/0",
    "aggregation POST /notes /text",
    "aggregation PUT /frameworks/{framework} /",
)


@dataclass
class Marks:
    """Gives each place where something can be typed a mark of its own.

    A mark is a word, a code, a reference and an organisation's code alike.

    Attributes:
        places: Where a mark was typed.
        public: Those of places that everybody may read.
    """

    places: dict[str, str] = field(default_factory=dict)
    public: set[str] = field(default_factory=set)

    def new(self, place: str) -> str:
        """Return the next mark, for a place."""
        mark = f"ZQ{len(self.places):04}ZQ"
        self.places[mark] = place
        if place.startswith(PUBLIC):
            self.public.add(mark)
        return mark

    def found_in(self, text: str) -> list[str]:
        """Return where the marks in a text were typed."""
        found = sorted({mark.upper() for mark in MARK.findall(text)})
        return [f"{mark} {self.places[mark]}" for mark in found]


@dataclass(frozen=True)
class Sheet:
    """A JSON body by its schema, with a mark in every text that it lets through.

    Attributes:
        fixed: What is typed at a JSON pointer instead, where it has to mean something.
    """

    marks: Marks
    where: str
    components: Mapping[str, Any]
    fixed: Mapping[str, object]

    def filled(self, schema: Mapping[str, Any], at: str = "") -> Any:  # noqa: ANN401
        """Return a body of a schema: every field that may be there is there."""
        if at in self.fixed:
            return self.fixed[at]
        schema = self._plain(schema)
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        match schema["type"]:
            case "object":
                return self._object(schema, at)
            case "array":
                return [self.filled(schema["items"], f"{at}/0")]
            case "string":
                return self._text(schema, at)
            case "boolean":
                return True
            case _:
                return int(schema.get("minimum", 1))

    def _plain(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" in schema:
            return self._plain(self.components[schema["$ref"].rpartition("/")[2]])
        for choice in schema.get("anyOf", ()):
            if choice != {"type": "null"}:
                return self._plain(choice)
        return schema

    def _object(self, schema: Mapping[str, Any], at: str) -> dict[str, Any]:
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            return {self.marks.new(f"{self.where} {at}"): self.filled(more, f"{at}/*")}
        names = schema.get("properties", {})
        assert names, f"say what to type at {self.where} {at}"
        filled = {n: self.filled(kind, f"{at}/{n}") for n, kind in names.items()}
        return {name: value for name, value in filled.items() if value is not LEFT_OUT}

    def _text(self, schema: Mapping[str, Any], at: str) -> str:
        if schema.get("format") == "date":
            return DAY
        mark = self.marks.new(f"{self.where} {at}")
        is_let_through = re.search(schema.get("pattern", ""), mark)
        assert is_let_through, f"say what to type at {self.where} {at}"
        assert "format" not in schema, f"say what to type at {self.where} {at}"
        return mark
