"""The data dictionary: what every column, breakdown and indicator means."""

from __future__ import annotations

from collections.abc import Iterator

from services.aggregation import api, rules
from services.aggregation.exports.columns import COLUMNS
from services.aggregation.indicators import INDICATORS, Indicator
from shared.spreadsheets import START, lines_of

HEADER = (
    "kind",
    "name",
    "title",
    "unit",
    "numerator",
    "denominator",
    "direction",
    "caveat",
    "source",
    "breakdowns",
)
BETTER = {"higher": "higher is better", "lower": "lower is better"}


def content() -> str:
    """Return the whole dictionary as CSV."""
    rows = (HEADER, *_columns(), *_breakdowns(), *map(_indicator, INDICATORS.values()))
    return START + "".join(lines_of(rows))


def _columns() -> Iterator[tuple[str, ...]]:
    for one in COLUMNS:
        yield ("column", one.name, one.meaning, one.unit, *[""] * 6)


def _breakdowns() -> Iterator[tuple[str, ...]]:
    for name, groups in rules.GROUPS.items():
        yield ("breakdown", name, ", ".join(groups), *[""] * 7)
    for indicator in INDICATORS.values():
        if indicator.own:
            groups = indicator.own.groups or ("whatever was counted",)
            yield ("breakdown", indicator.own.breakdown, ", ".join(groups), *[""] * 7)


def _indicator(one: Indicator) -> tuple[str, ...]:
    return (
        "indicator",
        one.code,
        one.title,
        one.unit,
        one.numerator,
        one.denominator,
        BETTER.get(one.direction, "neither"),
        one.caveat,
        ", ".join(one.source),
        ", ".join(api.breakdowns_of(one)),
    )
