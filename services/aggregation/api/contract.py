"""Endpoints of the event contract."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import FileResponse

from services.aggregation.problems import NoSuchIndicator
from shared.contract_files import CONTRACT
from shared.problems import documented

router = APIRouter(tags=["event contract"])


@router.get("/asyncapi.json", include_in_schema=False)
async def show_contract() -> FileResponse:
    """Show the event contract as an AsyncAPI document."""
    return FileResponse(CONTRACT / "asyncapi.json", media_type="application/json")


@router.get("/schemas/{name}", responses=documented(NoSuchIndicator))
async def show_schema(name: str) -> FileResponse:
    """Show the JSON Schema of one entity's state."""
    path = CONTRACT / "schemas" / f"{name}.json"
    if not name.isalpha() or not path.is_file():
        raise NoSuchIndicator("There is no such schema.")
    return FileResponse(path, media_type="application/schema+json")
