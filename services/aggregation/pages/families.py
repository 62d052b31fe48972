"""The families of figures, as people look for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.aggregation.indicators import (
    Indicator,
    access,
    circumstances,
    crises,
    doors,
    outcomes,
    voices,
)


@dataclass(frozen=True, slots=True)
class Family:
    """Figures that belong together."""

    title: str
    indicators: Sequence[Indicator]


FAMILIES = (
    Family("Who asks for help, and who waits", access.INDICATORS),
    Family("Who is turned away, and what comes after", doors.INDICATORS),
    Family("Homes and work", circumstances.INDICATORS),
    Family("Whether life gets better", (*outcomes.INDICATORS, *crises.INDICATORS)),
    Family("What people tell", voices.INDICATORS),
)
