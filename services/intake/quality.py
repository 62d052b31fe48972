"""What to mind of a referral: unknown codes, and dates that do not fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from services.intake.codes import KNOWN
from services.intake.schemas import Kept, Received, ReferralIn
from shared.events import UNKNOWN

Sent = TypeVar("Sent", ReferralIn, Received)
CODED: dict[str, frozenset[str | None]] = {
    "source": KNOWN["source"],
    "primary_reason": KNOWN["primary_reason"] | {None},
    "priority": KNOWN["priority"] | {None},
    "ethnicity": KNOWN["ethnicity"] | {None},
    "gender": KNOWN["gender"] | {None},
    "language": KNOWN["language"] | {None},
}
CODED_MANY = {"reasons": KNOWN["reasons"], "disabilities": KNOWN["disability"]}
_CODED, _CODED_MANY = tuple(CODED.items()), tuple(CODED_MANY.items())


def unknown_codes(sent: ReferralIn | Received) -> list[str]:
    """Return the fields of what was received that hold a code of no list."""
    values = vars(sent)
    unknown = [field for field, known in _CODED if values[field] not in known]
    unknown += [f for f, known in _CODED_MANY if not known.issuperset(values[f])]
    return unknown


def publishable(sent: Sent, unknown: Iterable[str]) -> Sent:
    """Return what was received with UNKNOWN in place of codes that are in no list.

    Such a code may be a name, so it stays with the owner.

    Args:
        sent: What was received.
        unknown: Which of its fields hold such codes (`unknown_codes`).
    """
    known: dict[str, object] = {}
    for field in unknown:
        codes = CODED_MANY.get(field)
        if codes is None:
            known[field] = UNKNOWN
        else:
            mapped = (known_code(code, codes) for code in vars(sent)[field])
            known[field] = list(dict.fromkeys(mapped))
    return sent.model_copy(update=known) if known else sent


def known_code(code: str | None, known: frozenset[str]) -> str | None:
    """Return a code of a list, and UNKNOWN for one that it does not have."""
    return code if code is None or code in known else UNKNOWN


def code_flags(unknown: Iterable[str]) -> list[str]:
    """Return the quality flags of fields with unknown codes."""
    return [f"unknown_code:{field}" for field in unknown]


def flags(kept: Kept) -> list[str]:
    """Return what a reader should mind of a referral; nothing is refused for it."""
    first, decision, closure = kept.received.received_on, kept.decision, kept.closure
    told = kept.circumstances
    attended = [c.contact_on for c in kept.contacts.values() if c.attended]
    later: dict[str, tuple[frozenset[str], list[str | None]]] = {
        "decision_reason": (
            KNOWN["rejection_reason"],
            [decision.reason if decision else None],
        ),
        "accommodation": (KNOWN["accommodation"], [c.accommodation for c in told]),
        "employment": (KNOWN["employment"], [c.employment for c in told]),
        "closure_reason": (
            KNOWN["closure_reason"],
            [closure.reason if closure else None],
        ),
    }
    unknown = unknown_codes(kept.received)
    for field, (known, codes) in later.items():
        if not (known | {None}).issuperset(codes):
            unknown.append(field)
    doubts = {
        "contact_before_received": min(attended, default=first) < first,
        "decision_before_received": decision and decision.decided_on < first,
        "closure_before_received": closure and closure.closed_on < first,
        "contact_after_closure": closure
        and max(attended, default=closure.closed_on) > closure.closed_on,
    }
    return code_flags(unknown) + [doubt for doubt, holds in doubts.items() if holds]
