"""Owns assessments and goals, and the instruments that score them.

Writes `livingwell.assessments` and `livingwell.goals`; reads no topic.
"""
