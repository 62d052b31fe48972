"""What a chart shows, as a Vega-Lite specification; a hidden figure is a gap.

A gap is marked at the foot of the chart and never drawn as zero. Marks differ in shape,
not in colour alone, so a chart reads the same in print.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from textwrap import wrap
from typing import Any, Final

from services.aggregation.disclosure import SUPPRESSED, Figure
from services.aggregation.indicators.definition import Unit
from services.aggregation.schemas import FiguresOut

WIDTH: Final = 380
HEIGHT: Final = 250
BAR_STEP: Final = 36
LINE_CHARACTERS: Final = 18
# Browsers' fonts are wider than the one that the library measures with.
NAMES_WIDTH: Final = 138
ROOM_FOR_LABELS: Final = 1.25
BAR_AXIS: Final = 60
ACCENT: Final = "#1b6b62"
INK: Final = "#1f2a33"
SOFT: Final = "#51606b"
UNUSUAL: Final = "#8a4b00"
GRID: Final = "#e3ddd2"
AXIS_TITLES: Final = {
    "people": "People",
    "stories": "Stories",
    "percent": "In 100",
    "days": "Days",
}
CONFIG: Final = {
    "background": "#ffffff",
    "padding": 6,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "labelColor": SOFT,
        "titleColor": SOFT,
        "gridColor": GRID,
        "domainColor": SOFT,
        "tickColor": SOFT,
    },
}
GROUP_AXIS: Final = {
    "title": None,
    "labelExpr": "split(datum.label, '\\n')",
    "labelFontSize": 12,
    "labelLimit": 0,
    "minExtent": NAMES_WIDTH,
    "maxExtent": NAMES_WIDTH,
    "domain": False,
    "ticks": False,
}
Specification = dict[str, Any]


def by_month(answer: FiguresOut) -> Specification:
    """Return a chart of months: an XmR chart where a trend can be told."""
    rows = [_row(figure, answer) for figure in answer.figures]
    month = {
        "field": "month",
        "type": "temporal",
        "axis": {
            "title": None,
            "format": "%b %Y",
            "labelOverlap": True,
            "grid": False,
            "tickCount": {"interval": "month", "step": _step(len(rows))},
            "labelFlush": True,
        },
    }
    value = {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": True, "nice": True, **_domain(answer)},
        "axis": {"title": AXIS_TITLES[answer.unit], "tickCount": 5, "tickMinStep": 1},
    }
    layers = [
        *_usual(answer),
        {
            "mark": {"type": "line", "color": ACCENT, "strokeWidth": 2},
            "encoding": {"x": month, "y": value},
        },
        _points(month, value),
        _gaps(month),
    ]
    return _chart(rows, HEIGHT, layers)


def by_group(answer: FiguresOut, name_of: Callable[[str], str]) -> Specification:
    """Return a chart of a year's groups as bars, in the order of their list.

    Args:
        answer: To a question by groups.
        name_of: Gives a group's name in plain words.
    """
    rows = [
        {
            "group": wrapped(name_of(figure.group or "")),
            "value": None if figure.value == SUPPRESSED else figure.value,
            "label": label(figure, answer.unit),
        }
        for figure in answer.totals
    ]
    group = {
        "field": "group",
        "type": "nominal",
        "sort": [row["group"] for row in rows],
        "axis": GROUP_AXIS,
    }
    value = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domainMin": 0, "domainMax": _end_of(answer), "nice": False},
        "axis": {"title": AXIS_TITLES[answer.unit], "tickCount": 4, "tickMinStep": 1},
    }
    layers = [
        {
            "mark": {"type": "bar", "color": ACCENT},
            "encoding": {"y": group, "x": value},
        },
        _beside(group, {"field": "value", "type": "quantitative"}, "!=="),
        _beside(group, {"datum": 0}, "==="),
    ]
    return _chart(rows, height_of_groups(answer), layers)


def _end_of(answer: FiguresOut) -> float:
    """Return where the scale of bars ends: beyond what stands beside the longest."""
    shown = [int(one.value) for one in answer.totals if one.value != SUPPRESSED]
    return max([*shown, 1]) * ROOM_FOR_LABELS


def _beside(group: Specification, x: Specification, is_null: str) -> Specification:
    """Return what is written beside the bars, or at the foot of those that are none."""
    return {
        "transform": [{"filter": f"datum.value {is_null} null"}],
        "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 13},
        "encoding": {
            "y": group,
            "x": x,
            "text": {"field": "label"},
            "color": {"value": INK},
        },
    }


def height_of_groups(answer: FiguresOut) -> int:
    """Return how high a chart of groups is."""
    return BAR_STEP * len(answer.totals) + BAR_AXIS


def wrapped(name: str) -> str:
    """Return a name in lines that fit beside the bars."""
    lines = wrap(
        name,
        LINE_CHARACTERS,
        max_lines=2,
        placeholder=" …",
        break_on_hyphens=False,
    )
    return "\n".join(lines)


def label(figure: Figure, unit: Unit) -> str:
    """Return what stands beside a bar; a share that rounds to 0 is not nothing."""
    if figure.value == SUPPRESSED:
        return "too few to show"
    if unit == "percent" and not figure.value:
        return "under 1"
    return f"{figure.value:,}"


def unusual_months(answer: FiguresOut) -> frozenset[str]:
    """Return the months that lie outside of what is usual, or in a long run."""
    signals = answer.trend.signals if answer.trend else []
    return frozenset(
        figure.month or ""
        for figure in answer.figures
        for signal in signals
        if signal.first <= (figure.month or "") <= signal.last
    )


def _row(figure: Figure, answer: FiguresOut) -> dict[str, Any]:
    month = figure.month or ""
    is_over = answer.as_of is None or month < answer.as_of.strftime("%Y-%m")
    kind = "usual" if is_over else "not over yet"
    if month in unusual_months(answer):
        kind = "unusual"
    return {
        "month": date.fromisoformat(f"{month}-01").isoformat(),
        "value": None if figure.value == SUPPRESSED else figure.value,
        "kind": kind,
    }


def _step(months: int) -> int:
    return 3 if months <= 15 else 6


def _domain(answer: FiguresOut) -> dict[str, float]:
    """Return where the scale ends: beyond all points and the upper limit."""
    shown = [int(f.value) for f in answer.figures if f.value != SUPPRESSED]
    high = answer.trend.high if answer.trend and answer.trend.high else 0
    return {"domainMin": 0, "domainMax": max([*shown, high, 5]) * 1.05}


def _usual(answer: FiguresOut) -> list[Specification]:
    """Return the lines of the mean and of the limits, where a trend can be told."""
    trend = answer.trend
    if trend is None or trend.mean is None:
        return []
    lines = [(trend.mean, [1, 0])]
    lines += [(limit, [5, 4]) for limit in (trend.low, trend.high) if limit]
    return [
        {
            "mark": {"type": "rule", "color": SOFT, "strokeDash": dash},
            "encoding": {"y": {"datum": height}},
        }
        for height, dash in lines
    ]


def _points(month: Specification, value: Specification) -> Specification:
    kinds = ["usual", "unusual", "not over yet"]
    scale = {"domain": kinds}
    return {
        "transform": [{"filter": "datum.value !== null"}],
        "mark": {"type": "point", "size": 46, "opacity": 1, "strokeWidth": 2},
        "encoding": {
            "x": month,
            "y": value,
            "shape": {
                "field": "kind",
                "scale": scale | {"range": ["circle", "diamond", "circle"]},
                "legend": None,
            },
            "stroke": {
                "field": "kind",
                "scale": scale | {"range": [ACCENT, UNUSUAL, ACCENT]},
                "legend": None,
            },
            "fill": {
                "field": "kind",
                "scale": scale | {"range": [ACCENT, UNUSUAL, "#ffffff"]},
                "legend": None,
            },
            "size": {
                "field": "kind",
                "scale": scale | {"range": [40, 130, 46]},
                "legend": None,
            },
        },
    }


def _gaps(month: Specification) -> Specification:
    """Return a cross at the foot of each month that is hidden."""
    return {
        "transform": [{"filter": "datum.value === null"}],
        "mark": {
            "type": "text",
            "text": "×",
            "fontSize": 17,
            "color": SOFT,
            "baseline": "bottom",
        },
        "encoding": {"x": month, "y": {"value": "height"}},
    }


def _chart(
    rows: Sequence[dict[str, Any]], height: int, layers: Sequence[Specification]
) -> Specification:
    return {
        "width": WIDTH,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": rows},
        "config": CONFIG,
        "layer": layers,
    }
