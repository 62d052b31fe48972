"""The kinds of records: who owns them, where they go, how they are projected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.events import (
    ASSESSMENTS,
    GOALS,
    ORGANISATIONS,
    REFERRALS,
    STORIES,
    Topic,
)

Fields = dict[str, object]
State = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of record: who owns it, where it is posted, and how it is projected."""

    topic: Topic
    path: str
    projected: Callable[[State], Fields]

    @property
    def name(self) -> str:
        """Return its name, which is that of its table."""
        return self.topic.entity

    @property
    def service(self) -> str:
        """Return the service that owns it."""
        return self.topic.owner


def _part(state: State, name: str, of: str) -> object:
    return (state[name] or {}).get(of)


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            ORGANISATIONS,
            "/organisations",
            lambda state: {
                name: state[name] for name in ("name", "kind", "nation", "place")
            },
        ),
        Kind(
            REFERRALS,
            "/referrals",
            lambda state: {
                "person": state["person"],
                "received_on": state["received_on"],
                "first_contact_on": state["first_contact_on"],
                "contacts": state["contacts"],
                "outcome": _part(state, "decision", "outcome"),
                "closed_on": _part(state, "closure", "closed_on"),
            },
        ),
        Kind(
            ASSESSMENTS,
            "/assessments",
            lambda state: {
                "referral": state["referral"],
                "completed_on": state["completed_on"],
                "score": state["scores"]["total"],
            },
        ),
        Kind(
            GOALS,
            "/goals",
            lambda state: {
                "referral": state["referral"],
                "baseline": state["baseline"],
                "rating": state["ratings"][-1]["value"] if state["ratings"] else None,
            },
        ),
        Kind(
            STORIES,
            "/stories",
            lambda state: {
                "unit": state["referral"] or state["id"],
                "told_on": state["told_on"],
                "consent": state["consent"]["level"],
            },
        ),
    )
}
