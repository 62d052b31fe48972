"""Measures on a real database."""
