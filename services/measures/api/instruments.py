"""GET /instruments: what can be measured, by which rules, from which sources."""

from __future__ import annotations

from fastapi import APIRouter, Request

from services.measures.instruments import Instruments
from services.measures.instruments.definition import Definition
from services.measures.schemas import InstrumentPage
from shared.access import AnyCaller
from shared.problems import NotFound, NoToken, documented

router = APIRouter(prefix="/instruments", tags=["instruments"])


@router.get("", responses=documented(NoToken))
async def list_instruments(_: AnyCaller, request: Request) -> InstrumentPage:
    """List the instruments; items are numbered, and worded only where a site may."""
    instruments: Instruments = request.app.state.instruments
    return InstrumentPage(instruments=list(instruments.by_code.values()))


@router.get("/{code}", responses=documented(NotFound, NoToken))
async def read_instrument(code: str, _: AnyCaller, request: Request) -> Definition:
    """Read one instrument: ranges, rules and thresholds, each with its source."""
    instruments: Instruments = request.app.state.instruments
    if code not in instruments.by_code:
        raise NotFound(f"The instruments are: {', '.join(instruments.by_code)}.")
    return instruments.by_code[code]
