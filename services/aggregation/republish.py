"""`python -m services.aggregation.republish`: publish again what the topic lacks."""

from __future__ import annotations

from services.aggregation.settings import Settings
from shared.events import INDICATORS
from shared.republish import main

TABLES = {"figure": INDICATORS}

if __name__ == "__main__":
    main(Settings(), TABLES)
