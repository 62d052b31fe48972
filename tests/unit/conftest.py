"""Generated examples are few and the same in every run: all of it is fast."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile(
    "unit", max_examples=25, deadline=None, derandomize=True, database=None
)
settings.load_profile("unit")
