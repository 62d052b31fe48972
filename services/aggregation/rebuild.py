"""`python -m services.aggregation.rebuild`: empty all projections and read all again.

Running processes notice, start from the beginning, and show no figure until all is
counted again.
"""

from __future__ import annotations

import asyncio

from services.aggregation.figures import empty
from services.aggregation.projections import PROJECTIONS
from services.aggregation.settings import Settings
from shared import offsets
from shared.database import connect


async def rebuild(settings: Settings) -> None:
    """Empty the projections and forget their offsets, in one transaction."""
    connection = await connect(settings)
    try:
        async with connection.transaction():
            for topic in PROJECTIONS:
                await offsets.forget(connection, topic, settings.topic_prefix, empty)
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(rebuild(Settings()))
