"""Pages for people: the system view, rendered on the server, no script needed."""

from __future__ import annotations

from services.aggregation.pages import (
    about,
    charts,
    everyone,
    partners,
    team,
    words,
)
from services.aggregation.pages.frame import HERE, PageRoute, page, router, templates

__all__ = [
    "HERE",
    "PageRoute",
    "about",
    "charts",
    "everyone",
    "page",
    "partners",
    "router",
    "team",
    "templates",
    "words",
]
