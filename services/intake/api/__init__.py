"""Endpoints of intake: organisations, referrals, and a referral's journey."""
