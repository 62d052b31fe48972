"""The desk of moderators and coders: what waits, and each story with the work on it.

Who works here signs in; every story that is opened is noted as read. Each form obeys
the very rule of the call that does the same.
"""

from __future__ import annotations

from fastapi import APIRouter

from services.stories.pages.desk import (
    agreement,
    answering,
    coding,
    editing,
    queue,
    story,
)
from services.stories.pages.desk.frame import AtDesk, DeskRoute, page

__all__ = ["AtDesk", "DeskRoute", "page", "router"]

router = APIRouter()
for part in (queue, story, coding, editing, answering, agreement):
    router.include_router(part.router)
