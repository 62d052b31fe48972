"""GET /context: what life is like in the area a place lies in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.aggregation.api.indicators import scope_for
from services.aggregation.context import ContextOut, context_of
from services.aggregation.problems import BadQuestion, NoSuchIndicator
from shared.database import InDatabase
from shared.problems import documented

router = APIRouter(tags=["system view"])


@router.get("/context", responses=documented(BadQuestion, NoSuchIndicator))
async def show_context(
    place: Annotated[str, Query(min_length=1)], database: InDatabase
) -> ContextOut:
    """Show public indicators of a place's area, with their source and period.

    They are context, not cause. A value that its source suppresses or lacks is
    `suppressed` or `missing`, never 0. Nothing is there until a file was loaded.
    """
    await scope_for(database, None, place, None)
    return await context_of(database, place)
