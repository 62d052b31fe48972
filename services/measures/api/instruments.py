"""GET /instruments: what can be measured, by which rules, from which sources."""

from __future__ import annotations

from fastapi import APIRouter

from services.measures.instruments import INSTRUMENTS
from services.measures.instruments.definition import Definition
from services.measures.schemas import InstrumentPage
from shared.access import AnyCaller
from shared.problems import NotFound, NoToken, documented

router = APIRouter(prefix="/instruments", tags=["instruments"])


@router.get("", responses=documented(NoToken))
async def list_instruments(_: AnyCaller) -> InstrumentPage:
    """List the instruments; items are numbered, their wording is the licensor's."""
    return InstrumentPage(instruments=list(INSTRUMENTS.values()))


@router.get("/{code}", responses=documented(NotFound, NoToken))
async def read_instrument(code: str, _: AnyCaller) -> Definition:
    """Read one instrument: ranges, rules and thresholds, each with its source."""
    if code not in INSTRUMENTS:
        raise NotFound(f"The instruments are: {', '.join(INSTRUMENTS)}.")
    return INSTRUMENTS[code]
