"""Figures as FHIR R4: a MeasureReport a line, as bulk data is exchanged (NDJSON).

A hidden number has no value but a reason for that: `masked`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.aggregation.disclosure import Figure
from services.aggregation.exports.selection import Answer
from services.aggregation.exports.tables import days_of
from services.aggregation.indicators.definition import Kind, Unit

NDJSON = "application/fhir+ndjson"
OURS = "urn:livingwell:"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
UCUM = "http://unitsofmeasure.org"
MASKED = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "masked",
        }
    ]
}
UNITS: Mapping[Unit, str] = {
    "percent": "%",
    "days": "d",
    "people": "{people}",
    "stories": "{stories}",
}
NOTATIONS = {"higher": "increase", "lower": "decrease"}
POPULATIONS: Mapping[Kind, dict[str, str]] = {
    "count": {"initial-population": "numerator"},
    "stock": {"initial-population": "numerator"},
    "rate": {"denominator": "denominator", "numerator": "numerator"},
    "share": {"denominator": "denominator", "numerator": "numerator"},
    "mix": {"denominator": "denominator", "numerator": "numerator"},
    "wait": {"measure-population": "denominator"},
}
# Each score that a figure has: its field, and its unit if it is not the indicator's.
SCORES: Mapping[Kind, dict[str, Unit | None]] = {
    "count": {"value": None},
    "stock": {"value": None},
    "rate": {"value": None},
    "share": {"value": None},
    "mix": {"value": None},
    "wait": {"value": None, "p90": None, "within_28": "percent"},
}


async def figures(answers: AsyncIterator[Answer]) -> AsyncIterator[bytes]:
    """Yield MeasureReports, one a line: each of one indicator, scope and month."""
    async for answer in answers:
        by_month = groupby(answer.figures.figures, lambda figure: figure.month or "")
        reports = (report(answer, month, of_it) for month, of_it in by_month)
        yield "".join(json.dumps(one) + "\n" for one in reports).encode()


def report(answer: Answer, month: str, found: Iterable[Figure]) -> dict[str, Any]:
    """Return the MeasureReport of one month; groups of people are strata of it."""
    figures, indicator, scope = answer.figures, answer.indicator, answer.scope
    first, last = days_of(month)
    key = "|".join((indicator.code, scope.key, figures.breakdown or "", month))
    content: dict[str, Any] = {
        "resourceType": "MeasureReport",
        "id": str(uuid5(NAMESPACE_URL, OURS + key)),
        "status": "complete",
        "type": "summary",
        "measure": f"{OURS}indicator:{indicator.code}",
        "reporter": {
            "type": "Location" if scope.kind == "place" else "Organization",
            "identifier": {"system": f"{OURS}scope", "value": scope.key},
            "display": scope.title,
        },
        "period": {"start": first.isoformat(), "end": last.isoformat()},
        "group": groups(answer, list(found)),
    }
    if figures.as_of:
        content["date"] = figures.as_of.isoformat()
    if indicator.direction in NOTATIONS:
        system = f"{TERMINOLOGY}measure-improvement-notation"
        code = NOTATIONS[indicator.direction]
        content["improvementNotation"] = coded(code, system)
    return content


def groups(answer: Answer, found: list[Figure]) -> list[dict[str, Any]]:
    """Return a group for each score of an indicator: one, or three where it is days."""
    kind, breakdown = answer.indicator.kind, answer.figures.breakdown
    made = []
    for score, unit in SCORES[kind].items():
        unit = unit or answer.indicator.unit
        parts = [counted(figure, kind, score, unit) for figure in found]
        group: dict[str, Any] = {"code": coded(score, f"{OURS}score")}
        if breakdown is None:
            group |= parts[0]
        else:
            strata = [
                {"value": {"text": figure.group}} | part
                for figure, part in zip(found, parts, strict=True)
            ]
            code = [coded(breakdown, f"{OURS}breakdown")]
            group["stratifier"] = [{"code": code, "stratum": strata}]
        made.append(group)
    return made


def counted(figure: Figure, kind: Kind, score: str, unit: Unit) -> dict[str, Any]:
    """Return populations and score of one figure."""
    return {
        "population": [
            {"code": coded(code, f"{TERMINOLOGY}measure-population")}
            | number("count", getattr(figure, field))
            for code, field in POPULATIONS[kind].items()
        ],
        "measureScore": number("value", getattr(figure, score))
        | {"system": UCUM, "code": UNITS[unit], "unit": unit},
    }


def coded(code: str, system: str) -> dict[str, Any]:
    """Return a concept with one code."""
    return {"coding": [{"system": system, "code": code}]}


def number(name: str, value: int | str | None) -> dict[str, Any]:
    """Return an element with a value, or with the reason why there is none."""
    return {name: value} if isinstance(value, int) else {f"_{name}": MASKED}
