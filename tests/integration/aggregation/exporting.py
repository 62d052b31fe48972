"""Asks for files of figures, and reads them as their users would."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import httpx

from tests.integration.aggregation.asking import PERIOD

Headers = dict[str, str] | None


async def export(
    api: httpx.AsyncClient, name: str, headers: Headers = None, **more: str
) -> httpx.Response:
    """Ask for a file of the usual period."""
    answer = await api.get(f"/exports/{name}", params=PERIOD | more, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


async def csv_rows(
    api: httpx.AsyncClient,
    name: str = "figures.csv",
    headers: Headers = None,
    **more: str,
) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    answer = await export(api, name, headers, **more)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{name}"' in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def parquet(
    api: httpx.AsyncClient, folder: Path, headers: Headers = None, **more: str
) -> duckdb.DuckDBPyConnection:
    """Save the Parquet file; return DuckDB beside it, with it as view `figures`."""
    answer = await export(api, "figures.parquet", headers, **more)
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    path = folder / "figures.parquet"
    path.write_bytes(answer.content)
    engine = duckdb.connect()
    engine.execute(f"create view figures as select * from '{path}'")
    return engine


async def reports(
    api: httpx.AsyncClient, headers: Headers = None, **more: str
) -> list[dict[str, Any]]:
    """Return the MeasureReports of the FHIR file."""
    answer = await export(api, "figures.fhir", headers, **more)
    assert answer.headers["content-type"] == "application/fhir+ndjson"
    return [json.loads(line) for line in answer.content.decode().splitlines()]
