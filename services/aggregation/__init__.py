"""Owns projections of all topics, the indicators and the system view.

Writes `livingwell.dead-letters`; reads `livingwell.organisations`, `.referrals`,
`.assessments`, `.goals` and `.stories`.
"""
