"""`python -m services.intake.republish`: publish again what the topics lack."""

from __future__ import annotations

from services.intake.settings import Settings
from shared.events import ORGANISATIONS, REFERRALS
from shared.republish import main

TABLES = {"organisation": ORGANISATIONS, "referral": REFERRALS}

if __name__ == "__main__":
    main(Settings(), TABLES)
