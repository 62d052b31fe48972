"""Owns organisations and referrals, with all that happens on a referral's journey.

Writes `livingwell.organisations` and `livingwell.referrals`; reads
`livingwell.assessments`, to say who is due for one.
"""
