"""docker-compose.yml read as Compose reads it: anchors, merges, variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[1]
FILE = REPOSITORY / "docker-compose.yml"
EXAMPLE = REPOSITORY / ".env.example"
SERVICES = ("intake", "measures", "stories", "aggregation")
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?P<rest>[^}]*)\})")

Compose = dict[str, Any]


class MissingVariable(LookupError):
    """The file asks for a variable that nobody has set."""


def read_compose() -> Compose:
    """Return the file with its anchors merged and its variables as they stand."""
    content: Compose = yaml.safe_load(FILE.read_text())
    return content


def interpolate(content: Compose, values: Mapping[str, str]) -> Compose:
    """Return `content` with `${A}`, `${A:-default}` and `${A:?why}` filled in.

    Raises:
        MissingVariable: a `:?` variable has no value, or an empty one.
    """

    def fill(node: object) -> object:
        if isinstance(node, dict):
            return {key: fill(value) for key, value in node.items()}
        if isinstance(node, list):
            return [fill(item) for item in node]
        if isinstance(node, str):
            return VARIABLE.sub(lambda found: _value(found, values), node)
        return node

    return {key: fill(value) for key, value in content.items()}


def variables(content: Compose) -> dict[str, bool]:
    """Return the variables that `content` asks for, and whether each is required."""
    return {
        found["name"]: found["rest"].startswith(":?")
        for found in VARIABLE.finditer(yaml.safe_dump(content, width=10_000))
        if found["name"]
    }


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    value, rest = values.get(found["name"], ""), found["rest"]
    if rest and rest[:2] not in (":?", ":-"):
        raise ValueError(f"{found[0]} is a form this reader does not know")
    if value:
        return value
    if rest.startswith(":?"):
        raise MissingVariable(found["name"])
    return rest[2:]
