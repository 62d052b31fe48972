"""Where the dots of a small chart are; the same values always stand in a table too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.measures.instruments.pieces import Number
from services.measures.pages import words

WIDTH, HEIGHT = 320, 176
TOP, BOTTOM, RIGHT = 28, 36, 22
LABEL_WIDTH = 26


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a day; None where there were not enough answers."""

    on: date
    value: Number | None
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """What a chart reaches from and to.

    Attributes:
        ticks: Values with their labels, from the lowest to the highest.
        room: For the labels of the ticks.
        has_numbers: Whether the values are numbers to people, or words.
    """

    ticks: Sequence[tuple[int, str]]
    room: int = 28
    has_numbers: bool = True


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart, with what it means."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A value of a day; only some have room for a label."""

    x: float
    y: float
    label: str | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the template draws."""

    left: int
    ticks: Sequence[Tick]
    dots: Sequence[Dot]
    first: str
    last: str | None

    @property
    def line(self) -> str:
        """The line through the dots, as SVG writes points."""
        return " ".join(f"{dot.x:g},{dot.y:g}" for dot in self.dots)


def chart(values: Sequence[Value], scale: Scale) -> Chart | None:
    """Place values, in the order of their days; below two there is nothing to draw."""
    known = [(one.on, one.value) for one in values if one.value is not None]
    if len(known) < 2:
        return None
    begin, end = known[0][0], known[-1][0]
    lowest, highest = scale.ticks[0][0], scale.ticks[-1][0]
    begin_x, end_x = scale.room + 12, WIDTH - RIGHT

    def x(on: date, place: int) -> float:
        if end == begin:  # All of one day: side by side.
            share = place / (len(known) - 1)
        else:
            share = (on - begin).days / (end - begin).days
        return round(begin_x + (end_x - begin_x) * share, 1)

    def y(value: Number) -> float:
        share = float(value - lowest) / (highest - lowest)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    across = [x(on, place) for place, (on, _) in enumerate(known)]
    labelled = with_room(across) if scale.has_numbers else set()
    return Chart(
        left=scale.room,
        ticks=[Tick(y(value), text) for value, text in scale.ticks],
        dots=[
            Dot(
                across[place],
                y(value),
                words.number(value) if place in labelled else None,
            )
            for place, (_, value) in enumerate(known)
        ],
        first=words.short_day(begin),
        last=words.short_day(end) if end != begin else None,
    )


def with_room(across: Sequence[float]) -> set[int]:
    """Return which dots have room for a label: the last, the first, others between."""
    labelled = {len(across) - 1}
    for place, here in enumerate(across):
        if all(abs(here - across[other]) >= LABEL_WIDTH for other in labelled):
            labelled.add(place)
    return labelled
