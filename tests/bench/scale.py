"""How long and how much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of the measures; rounds alternate between ceiling and service.

    Attributes:
        seconds: Of one round of posts.
        most_single: Requests a second that are made beforehand.
        most_batched: Records a second that are made beforehand.
        imported: Rows of the file that is imported.
        told: Stories of the organisation at whose desk is asked.
        demos: New data folders in which the demonstration is started.
    """

    rounds: int = 3
    seconds: float = 8.0
    most_single: int = 5_000
    most_batched: int = 40_000
    imported: int = 1_000_000
    rescored: int = 100_000
    events: int = 420_000
    assessments: int = 1_000_000
    view_seconds: float = 10.0
    freshness_seconds: float = 30.0
    told: int = 10_000
    desk_seconds: float = 2.0
    demos: int = 3


WHOLE = Scale()
QUICK = Scale(
    seconds=3.0,
    imported=100_000,
    rescored=20_000,
    events=80_000,
    assessments=100_000,
    view_seconds=4.0,
    freshness_seconds=8.0,
    told=2_000,
    desk_seconds=1.0,
    demos=1,
)
