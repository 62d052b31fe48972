"""Owns stories with their moments, and the consent that says how far each may travel.

Writes `livingwell.stories`, never the words of a story; reads no topic.
"""
