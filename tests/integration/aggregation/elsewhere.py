"""The facts and definitions on DuckDB, as a system that outgrew PostgreSQL has them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import duckdb

from services.aggregation.exports.facts import export, view_of
from services.aggregation.facts import FACTS
from services.aggregation.indicators import INDICATORS
from services.aggregation.rules import BREAKDOWNS
from services.aggregation.settings import Settings
from tests.integration.aggregation.brute import Cells, Key


async def exported(settings: Settings, folder: Path) -> duckdb.DuckDBPyConnection:
    """Export, and run the definitions as they are on DuckDB."""
    await export(settings, folder)
    engine = duckdb.connect()
    for fact in FACTS:
        path = folder / f"{fact}.parquet"
        engine.execute(f"create view {fact} as select * from '{path}'")
    engine.execute((folder / "definitions.sql").read_text(encoding="utf-8"))
    return engine


def of_figures(cells: Cells) -> Cells:
    """Leave out the cells that say which rules made the scores."""
    return {key: counts for key, counts in cells.items() if key[0] in INDICATORS}


def counted_by_hand(engine: duckdb.DuckDBPyConnection) -> Cells:
    """Count what every definition says, without the SQL that the service counts by."""
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for code, indicator in INDICATORS.items():
        rows = engine.sql(f"select * from {view_of(code)}")
        for values in rows.fetchall():
            row = dict(zip(rows.columns, values, strict=True))
            groups = [("", ""), *((name, row[name]) for name in BREAKDOWNS)]
            if indicator.own:
                groups.append((indicator.own.breakdown, row["own_group"]))
            for kind, scope in (
                ("system", "system"),
                ("place", row["place"] and f"place:{row['place']}"),
                ("organisation", f"organisation:{row['organisation']}"),
            ):
                if scope is None or row["only_scope"] not in ("each", kind):
                    continue
                for breakdown, group in groups:
                    key = (code, scope, breakdown, row["month"], group, row["value"])
                    found[key][0] += row["numerator"]
                    found[key][1] += row["denominator"]
    return {key: (n, d) for key, (n, d) in found.items() if n or d}


def counted(engine: duckdb.DuckDBPyConnection) -> Cells:
    """Count with the SQL that the service counts by."""
    rows = engine.sql("select * from cell where numerator <> 0 or denominator <> 0")
    return {tuple(row[:6]): tuple(row[6:]) for row in rows.fetchall()}
