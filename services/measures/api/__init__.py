"""Endpoints of measures: instruments, assessments, goals, and change."""
