"""Who sees what: organisations, this moment, partners' stories."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request

from services.aggregation.disclosure import Gate
from shared.access import Caller

SEES_ALL_ORGANISATIONS = frozenset({"viewer", "platform", "steward"})
SEES_NOW = SEES_ALL_ORGANISATIONS | {"partner", "moderator"}
WORKS_THERE = frozenset({"partner", "moderator"})
SEES_PARTNERS_STORIES = frozenset({"viewer", "moderator", "partner"})


def levels_for(caller: Caller | None) -> list[str]:
    """Return the consent levels at which a caller may see moments."""
    if caller is None or caller.roles.isdisjoint(SEES_PARTNERS_STORIES):
        return ["public"]
    return ["partners", "public"]


def sees(caller: Caller, organisation: str) -> bool:
    """Say whether a caller may see an organisation's own figures."""
    is_own = organisation == caller.organisation and "partner" in caller.roles
    return is_own or not caller.roles.isdisjoint(SEES_ALL_ORGANISATIONS)


def sees_now(caller: Caller | None) -> bool:
    """Say whether a caller sees what is counted at this moment."""
    return caller is not None and not SEES_NOW.isdisjoint(caller.roles)


def gate_for(request: Request, caller: Caller | None) -> Gate:
    """Return the disclosure gate as it is for a caller."""
    gate: Gate = request.app.state.gate
    if caller is None or caller.roles.isdisjoint(WORKS_THERE):
        return gate
    return replace(gate, own=caller.organisation)
