"""create_app(): what aggregation is made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from services.aggregation import api, pages
from services.aggregation.disclosure import Gate
from services.aggregation.figures import Refresher, empty
from services.aggregation.projections import PROJECTIONS
from services.aggregation.quotes import Quoter
from services.aggregation.settings import Settings
from shared.calling import open_client
from shared.consumer import Consumer
from shared.service import Service, Worker, build_service
from shared.signin import pages as signin


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build aggregation from its settings (the environment's, if none are given)."""
    settings = settings or Settings()
    gate = Gate(settings.disclosure_threshold, settings.disclosure_base)
    client = open_client(settings.story_origins)
    return build_service(
        Service(
            name="aggregation",
            title="Living Well aggregation: the system view",
            settings=settings,
            routers=[api.router, pages.router, signin.router],
            migrations=Path(__file__).with_name("migrations"),
            workers=lambda _: workers(settings),
            state={"gate": gate, "http": client, "quoter": Quoter(client, settings)},
        )
    )


def workers(settings: Settings) -> Sequence[Worker]:
    """Build what works beside the requests: the consumer and the refresher."""
    consumer = Consumer(
        settings, settings.consumer_group, PROJECTIONS, empty, settings.consumer_batch
    )
    return [consumer, Refresher(settings, consumer)]
