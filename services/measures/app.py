"""create_app(): what measures is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.measures import instruments as definitions
from services.measures import pages
from services.measures.api import (
    assessments,
    audit,
    change,
    coding,
    erasures,
    goals,
    instruments,
    links,
)
from services.measures.imports import resources
from services.measures.settings import Settings
from shared.imports import api as imports
from shared.imports.worker import ImportWorker
from shared.imports.worker import state_of as imports_state
from shared.links.help import read_help
from shared.links.tokens import Links
from shared.service import Service, build_service


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build measures from its settings (the environment's, if none are given)."""
    settings = settings or Settings()
    return build_service(
        Service(
            name="measures",
            title="Living Well measures: instruments, assessments and goals",
            settings=settings,
            routers=[
                instruments.router,
                assessments.router,
                coding.router,
                goals.router,
                change.router,
                links.router,
                pages.router,
                imports.router,
                audit.router,
                erasures.router,
            ],
            migrations=Path(__file__).with_name("migrations"),
            workers=lambda app: [ImportWorker(app)],
            state=state_of(settings),
        )
    )


def state_of(settings: Settings) -> dict[str, Any]:
    """Read what the endpoints share: instruments, imports, links, help."""
    known = definitions.read(settings.site, settings.wording)
    return {
        **imports_state(resources(known)),
        "instruments": known,
        "links": Links("measures", settings.secret.get_secret_value()),
        "help": read_help(settings.help),
    }
