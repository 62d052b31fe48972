"""Files of figures: the same figures as over HTTP, hidden where they are hidden."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from fhir.resources.R4B.measurereport import MeasureReport

from services.aggregation.exports.columns import COLUMNS, NUMBERS
from services.aggregation.indicators import INDICATORS
from services.aggregation.rules import GROUPS
from tests.integration.aggregation.asking import ask, fill, seen
from tests.integration.aggregation.exporting import csv_rows, export, parquet, reports
from tests.integration.aggregation.states import a_story

SCOPES = (("system", ""), ("place", "Hillside"), ("place", "Riverside"))
FEW_AND_MANY = seen(1, 12, ethnicity="A") + seen(20, 9, ethnicity="M")


def as_told(number: int | str | None) -> str:
    return "" if number is None else str(number)


async def test_a_file_holds_every_figure_that_the_public_may_ask_for(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, FEW_AND_MANY, [a_story(number) for number in range(8)])
    found = {
        tuple(row[name] for name in ("indicator", "scope", "scope_name", "month")): row
        for row in await csv_rows(api)
        if not row["breakdown"]
    }
    names = [column.name for column in COLUMNS]
    for code in ("access_count", "wait_days", "magic_rate", "still_waiting"):
        for kind, name in SCOPES:
            answer = await ask(api, code, None, **({"place": name} if name else {}))
            for figure in answer["figures"]:
                row = found[code, kind, name, figure["month"]]
                assert list(row) == names
                assert row["unit"] == answer["unit"]
                for number in (column.name for column in NUMBERS):
                    assert row[number] == as_told(figure[number])
    assert {key[0] for key in found} == {
        code for code, one in INDICATORS.items() if one.only_breakdown is None
    }


async def test_one_breakdown_divides_those_that_can_be_divided_by_it(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, FEW_AND_MANY)
    rows = await csv_rows(api, by="source", place="Riverside")
    assert {row["breakdown"] for row in rows} == {"source"}
    assert {row["group"] for row in rows} == set(GROUPS["source"])
    assert "source_mix" in {row["indicator"] for row in rows}
    assert "theme_mix" not in {row["indicator"] for row in rows}
    march = {
        row["group"]: row["value"]
        for row in rows
        if (row["indicator"], row["month"]) == ("source_mix", "2026-03")
    }
    answer = await ask(api, "source_mix", place="Riverside")
    told = {
        f["group"]: f["value"] for f in answer["figures"] if f["month"] == "2026-03"
    }
    assert march == {group: str(value) for group, value in told.items()}


async def test_a_hidden_number_is_a_value_of_its_own_in_csv(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, FEW_AND_MANY)
    for row in await csv_rows(api, by="ethnicity"):
        assert row["value"] not in {"", "0"}
        assert row["is_suppressed"] == str(row["value"] == "suppressed").lower()
        assert "0" not in {row["numerator"], row["denominator"]}
        assert "" not in {row["numerator"], row["denominator"]}


async def test_a_hidden_number_is_null_with_its_reason_in_parquet(
    database: asyncpg.Connection, api: httpx.AsyncClient, tmp_path: Path
) -> None:
    await fill(database, FEW_AND_MANY)
    engine = await parquet(api, tmp_path, by="ethnicity")
    rows = await csv_rows(api, by="ethnicity")
    names = [column.name for column in NUMBERS]
    statuses = [f"{name}_status" for name in names]
    for name, status in zip(names, statuses, strict=True):
        found = engine.sql(
            f"select distinct {name} is null, {status} from figures"
        ).fetchall()
        assert set(found) <= {
            (False, "shown"),
            (True, "suppressed"),
            (True, "not_applicable"),
        }
    assert engine.sql("select count(*) from figures where value = 0").fetchall() == [
        (0,)
    ]
    columns = ", ".join(
        f"coalesce({name}::text, replace({status}, 'not_applicable', ''))"
        for name, status in zip(names, statuses, strict=True)
    )
    told = engine.sql(
        f"select indicator, scope_name, \"group\", strftime(month, '%Y-%m'),"
        f" is_suppressed::text, {columns} from figures"
    ).fetchall()
    keys = ("indicator", "scope_name", "group", "month", "is_suppressed", *names)
    assert told == [tuple(row[key] for key in keys) for row in rows]


async def test_parquet_opens_in_duckdb_in_one_line(
    database: asyncpg.Connection, api: httpx.AsyncClient, tmp_path: Path
) -> None:
    await fill(database, FEW_AND_MANY)
    engine = await parquet(api, tmp_path, indicators="access_count")
    engine.execute(f"set file_search_path = '{tmp_path}'")
    query = "select sum(value) from 'figures.parquet' where scope = 'system'"
    assert engine.sql(query).fetchall() == [(20,)]
    described = engine.sql("select column_name, column_type from (describe figures)")
    types = dict(described.fetchall())
    assert types["month"] == "DATE"
    assert types["value"] == "BIGINT"
    assert types["is_suppressed"] == "BOOLEAN"
    assert types["as_of"] == "TIMESTAMP WITH TIME ZONE"


@pytest.mark.parametrize("by", [None, "gender"])
async def test_every_line_of_fhir_is_a_measure_report(
    database: asyncpg.Connection, api: httpx.AsyncClient, by: str | None
) -> None:
    await fill(database, FEW_AND_MANY, [a_story(number) for number in range(8)])
    codes = ["access_count", "still_waiting", "wait_days", "ineligible_rate"]
    if by is None:
        codes += ["source_mix", "turned_away_reasons", "theme_mix"]
    asked = {"indicators": ",".join(codes)} | ({"by": by} if by else {})
    found = await reports(api, None, **asked)
    ids = set()
    for content in found:
        report = MeasureReport.model_validate(content)
        assert report.type == "summary"
        ids.add(report.id)
    assert len(ids) == len(found)


def numbers_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every element of a report that holds a number, or says why it does not."""
    found = []
    for group in report["group"]:
        strata = [s for one in group.get("stratifier", []) for s in one["stratum"]]
        for part in strata or [group]:
            found += [*part["population"], part["measureScore"]]
    return found


async def test_a_hidden_number_is_masked_in_fhir(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, FEW_AND_MANY)
    found = [n for one in await reports(api, by="ethnicity") for n in numbers_of(one)]
    shown = [n.get("count", n.get("value")) for n in found]
    masked = [n.get("_count", n.get("_value")) for n in found]
    assert any(masked)
    assert any(shown)
    for number, reason in zip(shown, masked, strict=True):
        assert (number is None) == (reason is not None)
        assert number != 0
        assert reason is None or reason["extension"][0]["valueCode"] == "masked"


async def test_fhir_tells_populations_and_scores_as_over_http(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, FEW_AND_MANY)
    answer = await ask(api, "wait_days")
    found = await reports(api, indicators="wait_days")
    assert len(found) == 3 * len(answer["figures"])
    [march] = [
        one
        for one in found
        if one["period"]["start"] == "2026-03-01"
        and one["reporter"]["identifier"]["value"] == "system"
    ]
    assert march["period"]["end"] == "2026-03-31"
    assert march["improvementNotation"]["coding"][0]["code"] == "decrease"
    [figure] = [one for one in answer["figures"] if one["month"] == "2026-03"]
    scores = {
        group["code"]["coding"][0]["code"]: group["measureScore"]["value"]
        for group in march["group"]
    }
    assert scores == {name: figure[name] for name in ("value", "p90", "within_28")}
    [people] = march["group"][0]["population"]
    assert people["count"] == figure["denominator"]


async def test_the_shape_of_mhsds_hides_with_a_star(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, FEW_AND_MANY)
    rows = await csv_rows(
        api, "mhsds.csv", by="ethnicity", indicators="wait_days,ineligible_rate"
    )
    assert {row["MEASURE_ID"] for row in rows} == {
        *("wait_days", "wait_days_denominator", "wait_days_p90", "wait_days_within_28"),
        *(
            "ineligible_rate",
            "ineligible_rate_numerator",
            "ineligible_rate_denominator",
        ),
    }
    assert {row["BREAKDOWN"] for row in rows} == {
        "System; Ethnicity",
        "Place; Ethnicity",
    }
    values = {row["MEASURE_VALUE"] for row in rows}
    assert "*" in values
    assert values.isdisjoint({"", "0", "suppressed"})
    [white] = [
        row
        for row in rows
        if row["REPORTING_PERIOD_START"] == "2026-03-01"
        and (row["PRIMARY_LEVEL"], row["SECONDARY_LEVEL"]) == ("System", "white")
        and row["MEASURE_ID"] == "wait_days"
    ]
    assert white["MEASURE_VALUE"] == "14"
    assert white["REPORTING_PERIOD_END"] == "2026-03-31"
    [everybody] = [
        row
        for row in await csv_rows(
            api, "mhsds.csv", indicators="access_count", place="Riverside"
        )
        if row["REPORTING_PERIOD_START"] == "2026-03-01"
    ]
    assert everybody["MEASURE_VALUE"] == "20"
    assert everybody["SECONDARY_LEVEL"] == "NONE"


async def test_the_dictionary_says_what_everything_means(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [])
    answer = await export(api, "dictionary.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    of_kind: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows:
        of_kind.setdefault(row["kind"], {})[row["name"]] = row
    assert list(of_kind["column"]) == [column.name for column in COLUMNS]
    assert list(of_kind["indicator"]) == list(INDICATORS)
    assert set(of_kind["breakdown"]) == {*GROUPS, "reason", "theme", "half_year"}
    catalogue = (await api.get("/indicators")).json()["indicators"]
    for told in catalogue:
        row = of_kind["indicator"][told["code"]]
        assert row["title"] == told["title"]
        assert row["caveat"] == told["caveat"]
        assert row["breakdowns"] == ", ".join(told["breakdowns"])
        kind = INDICATORS[told["code"]].kind
        assert row["numerator"]
        assert row["source"]
        assert bool(row["denominator"]) == (kind not in ("count", "stock", "wait"))
    assert of_kind["indicator"]["pairing_rate"]["source"] == "assessments, referrals"
