"""`python -m services.stories.republish`: publish again what the topics lack."""

from __future__ import annotations

from services.stories.settings import Settings
from shared.events import STORIES
from shared.republish import main

TABLES = {"story": STORIES}

if __name__ == "__main__":
    main(Settings(), TABLES)
