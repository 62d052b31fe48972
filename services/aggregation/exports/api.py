"""Endpoints of exports: figures in several formats, and what their columns mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from services.aggregation.exports import dictionary, fhir, parquet, tables
from services.aggregation.exports.selection import Export, exported
from services.aggregation.problems import (
    BadQuestion,
    NoSuchIndicator,
    NotCounted,
    TooManyExports,
)
from shared.problems import NotAllowed, NoToken, documented
from shared.spreadsheets import CSV, attachment

PARQUET = "application/vnd.apache.parquet"
LONGEST_SECONDS = 900.0
REFUSED = documented(
    NoSuchIndicator, BadQuestion, NotCounted, TooManyExports, NoToken, NotAllowed
)
Asked = Annotated[Export, Depends(exported)]

router = APIRouter(prefix="/exports", tags=["exports"])


class File(StreamingResponse):
    """A file that is sent as it is made; who reads too slowly is left."""

    async def stream_response(self, send: Send) -> None:
        """Send all of it, or break off: half a file must not look like a whole one."""
        async with asyncio.timeout(LONGEST_SECONDS):
            await super().stream_response(send)


def answers(media_type: str) -> dict[int | str, dict[str, Any]]:
    """Declare a file of some type, and what can be wrong with the question."""
    return {200: {"content": {media_type: {}}}} | REFUSED


def file(content: AsyncIterator[bytes], media_type: str, name: str) -> Response:
    """Answer with a file that browsers save."""
    return attachment(File(content, media_type=media_type), name)


@router.get("/figures.csv", response_class=Response, responses=answers(CSV))
async def export_csv(export: Asked) -> Response:
    """Send figures as CSV: a row for each indicator, scope, group and month.

    Without `place` and `organisation` it holds the system, its places and every
    organisation that the caller may see. All of it is of one moment, `as_of`.
    A hidden number is `suppressed`, and `is_suppressed` is true where `value` is.
    """
    return file(tables.figures(export.answers()), CSV, "figures.csv")


@router.get("/figures.parquet", response_class=Response, responses=answers(PARQUET))
async def export_parquet(export: Asked) -> Response:
    """Send figures as Parquet: the same rows as the CSV.

    A hidden number is null, and the column beside it (`value_status` …) says
    `suppressed`; of others it says `shown` or `not_applicable`.
    """
    return file(parquet.figures(export.answers()), PARQUET, "figures.parquet")


@router.get("/figures.fhir", response_class=Response, responses=answers(fhir.NDJSON))
async def export_fhir(export: Asked) -> Response:
    """Send figures as FHIR R4 MeasureReports, one a line (NDJSON).

    One report for each indicator, scope and month; groups of people are its strata.
    A hidden number has the data absent reason `masked`.
    """
    return file(fhir.figures(export.answers()), fhir.NDJSON, "figures.ndjson")


@router.get("/mhsds.csv", response_class=Response, responses=answers(CSV))
async def export_mhsds(export: Asked) -> Response:
    """Send figures with the columns of NHS England's monthly MHSDS file.

    A row for each number of a figure; a hidden one is `*`. The measures are ours, not
    those of MHSDS.
    """
    return file(tables.mhsds(export.answers()), CSV, "mhsds.csv")


@router.get(
    "/dictionary.csv", response_class=Response, responses={200: {"content": {CSV: {}}}}
)
async def export_dictionary() -> Response:
    """Send what every column, breakdown and indicator means, as CSV."""
    return attachment(Response(dictionary.content(), media_type=CSV), "dictionary.csv")
