"""`python -m services.measures.republish`: publish again what the topics lack."""

from __future__ import annotations

from services.measures.settings import Settings
from shared.events import ASSESSMENTS, GOALS
from shared.republish import main

TABLES = {"assessment": ASSESSMENTS, "goal": GOALS}

if __name__ == "__main__":
    main(Settings(), TABLES)
