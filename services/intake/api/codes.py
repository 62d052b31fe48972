"""GET /codes: which codes there are, what they mean, and where they come from."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from services.intake.codes import LISTS, CodeList
from shared.access import AnyCaller
from shared.problems import NotFound, NoToken, documented

router = APIRouter(prefix="/codes", tags=["codes"])


class NamedList(BaseModel):
    """A code list by the name it is asked for."""

    list: str
    name: str
    source: str
    codes: int


class CodeLists(BaseModel):
    """The code lists that there are."""

    lists: list[NamedList]


@router.get("", responses=documented(NoToken))
async def list_code_lists(_: AnyCaller) -> CodeLists:
    """List the code lists; each is read at `/codes/{list}`."""
    return CodeLists(
        lists=[
            NamedList(
                list=key, name=said.name, source=said.source, codes=len(said.codes)
            )
            for key, said in LISTS.items()
        ]
    )


@router.get("/{code_list}", responses=documented(NotFound, NoToken))
async def read_code_list(code_list: str, _: AnyCaller) -> CodeList:
    """Read one list: codes, labels, groups, each with its source.

    A code that is in no list is not refused: it is kept as it was sent, published as
    `UNKNOWN`, and the referral's `quality` says so.
    """
    if code_list not in LISTS:
        raise NotFound(f"The lists are: {', '.join(LISTS)}.")
    return LISTS[code_list]
