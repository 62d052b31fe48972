"""The indicators: one file per family, each indicator one small definition.

A definition is plain SQL over the facts (tables `fact_…`)
that says what each fact adds to which month; scopes, breakdowns, counting and
disclosure are the same for all.
"""

from __future__ import annotations

from hashlib import sha256

from services.aggregation.indicators import (
    access,
    circumstances,
    crises,
    doors,
    outcomes,
    voices,
)
from services.aggregation.indicators.definition import Indicator

INDICATORS: dict[str, Indicator] = {
    indicator.code: indicator
    for family in (access, doors, circumstances, outcomes, crises, voices)
    for indicator in family.INDICATORS
}

# Of all definitions together.
DEFINITIONS_VERSION = sha256(
    repr([(one.code, one.version) for one in INDICATORS.values()]).encode()
).hexdigest()[:12]

__all__ = ["DEFINITIONS_VERSION", "INDICATORS", "Indicator"]
