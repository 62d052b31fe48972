"""Endpoints of aggregation: figures, and what is asked for beside them."""

from __future__ import annotations

from services.aggregation.api.indicators import (
    Asked,
    Asking,
    Counted,
    between,
    breakdown_for,
    breakdowns_of,
    counted,
    period,
    question_of,
    read_month,
    router,
    scope_for,
    shown_to,
)
from services.aggregation.api.rights import gate_for, levels_for, sees, sees_now

__all__ = [
    "Asked",
    "Asking",
    "Counted",
    "between",
    "breakdown_for",
    "breakdowns_of",
    "counted",
    "gate_for",
    "levels_for",
    "period",
    "question_of",
    "read_month",
    "router",
    "scope_for",
    "sees",
    "sees_now",
    "shown_to",
]
