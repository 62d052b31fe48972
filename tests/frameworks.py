"""Frameworks for tests: a small one that can be published, and its YAML."""

from __future__ import annotations

from typing import Any

import yaml


def a_measure(code: str = "access_count", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an indicator that somebody asked for, and that asks nobody anything."""
    asked = {"asked_by": "the people's panel", "asked_on": "2025-11-03", "asks": []}
    return {"code": code, **asked} | changes


def an_outcome(code: str = "seen", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an outcome with one indicator."""
    outcome = {"code": code, "words": "People are seen.", "level": "system"}
    return outcome | {"indicators": [a_measure()]} | changes


def a_framework(identity: str = "riverside", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a framework of one aim and one outcome, from January 2026 on."""
    framework: dict[str, Any] = {
        "id": identity,
        "title": "What Riverside looks for",
        "site": "Riverside",
        "places": ["Riverside"],
        "valid_from": "2026-01-01",
        "question_budget": 2,
        "aims": [{"words": "Nobody is lost.", "outcomes": [an_outcome()]}],
    }
    return framework | changes


def with_outcomes(*outcomes: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a framework of one aim with these outcomes."""
    aims = [{"words": "Nobody is lost.", "outcomes": list(outcomes)}]
    return a_framework(aims=aims, **changes)


def as_yaml(framework: object) -> bytes:
    """Return a framework as a steward would write it."""

    # Written twice where it is meant twice: anchors are not taken.
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
            return True

    text: str = yaml.dump(framework, Dumper=Plain, sort_keys=False, allow_unicode=True)
    return text.encode()
