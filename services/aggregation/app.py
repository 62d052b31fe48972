"""create_app(): what aggregation is made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from services.aggregation import exports, pages
from services.aggregation.api import (
    context,
    contract,
    equity,
    frameworks,
    indicators,
    notes,
    releases,
    updates,
)
from services.aggregation.charts.artist import Artist
from services.aggregation.disclosure import Gate
from services.aggregation.figures import Refresher, empty
from services.aggregation.frameworks.publishing import FrameworkFiles, read_files
from services.aggregation.pages.worse import YearsApart
from services.aggregation.projections import PROJECTIONS
from services.aggregation.quotes import Quoter
from services.aggregation.releases import Releaser
from services.aggregation.settings import Settings
from services.aggregation.updates import Updates
from shared.calling import open_client
from shared.consumer import Consumer
from shared.service import Service, Worker, build_service
from shared.signin import pages as signin

ROUTERS = [
    equity.router,
    exports.router,
    indicators.router,
    notes.router,
    context.router,
    contract.router,
    frameworks.router,
    releases.router,
    updates.router,
    pages.charts.router,
    pages.router,
    signin.router,
]


def gate_of(settings: Settings) -> Gate:
    """Return the disclosure gate as this site has it."""
    return Gate(
        settings.disclosure_threshold,
        settings.disclosure_base,
        small_cohorts=settings.small_cohorts,
    )


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build aggregation from its settings (the environment's, if none are given)."""
    settings = settings or Settings()
    gate = gate_of(settings)
    client = open_client(settings.story_origins)
    files = read_files(settings.frameworks)
    return build_service(
        Service(
            name="aggregation",
            title="Living Well aggregation: the system view",
            settings=settings,
            routers=ROUTERS,
            migrations=Path(__file__).with_name("migrations"),
            workers=lambda app: [*workers(app, settings), FrameworkFiles(app, files)],
            state={
                "gate": gate,
                "http": client,
                "quoter": Quoter(client, settings),
                "artist": Artist(),
                "years_apart": YearsApart(),
                "exports": exports.room(settings.exports_at_once),
            },
        )
    )


def workers(app: FastAPI, settings: Settings) -> Sequence[Worker]:
    """Build what works beside the requests, from the consumer to the artist."""
    app.state.updates = Updates(app.state.database, settings)
    consumer = Consumer(
        settings, settings.consumer_group, PROJECTIONS, empty, settings.consumer_batch
    )
    return [
        consumer,
        Refresher(settings, consumer),
        Releaser(settings, app.state.gate),
        app.state.artist,
        app.state.updates,
    ]
