"""Reads what was answered: whole numbers in range or null, and nothing unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from services.measures.instruments.definition import Questionnaire
from services.measures.instruments.pieces import Range
from shared.events import ScoreValue

Reason = Literal[
    "not_integer",
    "out_of_range",
    "wrong_item_count",
    "wrong_shape",
    "unknown_field",
    "not_text",
]
Responses = Mapping[str, object]


class InvalidResponses(ValueError):
    """What was answered breaks the instrument's rules; nothing may be stored.

    Attributes:
        reason: Which rule, as a code.
        pointer: Where, as a JSON pointer into the responses.
    """

    def __init__(self, reason: Reason, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.pointer = pointer
        self.detail = detail


def check_value(value: object, lowest: int, highest: int, pointer: str) -> None:
    """Refuse what is neither a whole number in range nor null.

    Raises:
        InvalidResponses: it is not; a boolean is no number.
    """
    if value is None:
        return
    if type(value) is not int:
        detail = "a whole number or null is needed"
        raise InvalidResponses("not_integer", pointer, detail)
    if not lowest <= value <= highest:
        detail = f"it must be from {lowest} to {highest}"
        raise InvalidResponses("out_of_range", pointer, detail)


def check_in(value: object, allowed: Range, pointer: str) -> None:
    """Refuse what is neither a whole number in the range nor null.

    Raises:
        InvalidResponses: it is not.
    """
    check_value(value, allowed.lowest, allowed.highest, pointer)


def item_scores(instrument: Questionnaire, responses: Responses) -> list[int | None]:
    """Return the item scores in order, turned round where choices were sent.

    A code for a declined question stays what it is: see `Items.declined`.

    Raises:
        InvalidResponses: a value, a field or the number of values is not allowed.
    """
    known = instrument.answer_fields
    if not responses.keys() <= known:
        detail = f"there is a field that is none of {', '.join(sorted(known))}"
        raise InvalidResponses("unknown_field", "", detail)
    items = instrument.items
    if instrument.choices is not None:
        if (items.field in responses) == ("choices" in responses):
            detail = "give either `items` or `choices` with `reverse_items`"
            raise InvalidResponses("wrong_shape", f"/{items.field}", detail)
        if "choices" in responses:
            return _turned(instrument, responses)
        if "reverse_items" in responses:
            detail = "`items` are scores already; only `choices` are reversed"
            raise InvalidResponses("wrong_shape", "/reverse_items", detail)
    elif items.field not in responses:
        detail = "this list of answers is needed"
        raise InvalidResponses("wrong_shape", f"/{items.field}", detail)
    return _values(responses[items.field], items.field, instrument)


def yes_no(instrument: Questionnaire, responses: Responses) -> list[int | None]:
    """Return the facts beside the items, 1 for yes and 0 for no; all may be missing.

    Raises:
        InvalidResponses: a value, or the number of values, is not allowed.
    """
    asked = instrument.yes_no
    if asked is None:
        return []
    sent = responses.get("yes_no")
    values = [None] * asked.count if sent is None else sent
    checked = _of_count(values, "yes_no", asked.count)
    for index, value in enumerate(checked):
        check_value(value, 0, 1, f"/yes_no/{index}")
    return checked


def separate_items(
    instrument: Questionnaire, responses: Responses
) -> dict[str, ScoreValue]:
    """Return the items that are reported alone.

    Raises:
        InvalidResponses: a value is not allowed.
    """
    separate: dict[str, ScoreValue] = {}
    for name, allowed in instrument.separate_items.items():
        value = responses.get(name)
        if type(value) is not int or not allowed.lowest <= value <= allowed.highest:
            check_in(value, allowed, f"/{name}")
        separate[name] = value  # type: ignore[assignment]  # it was just looked at
    return separate


def _of_count(values: object, name: str, count: int) -> list[int | None]:
    if not isinstance(values, list):
        raise InvalidResponses("wrong_shape", f"/{name}", "a list is needed")
    if len(values) != count:
        detail = f"{count} values are needed, not {len(values)}"
        raise InvalidResponses("wrong_item_count", f"/{name}", detail)
    return values


def _values(values: object, name: str, instrument: Questionnaire) -> list[int | None]:
    items = instrument.items
    lowest, highest, declined = items.lowest, items.highest, items.declined
    checked = _of_count(values, name, items.count)
    for index, value in enumerate(checked):
        if value is None or (type(value) is int and lowest <= value <= highest):
            continue
        if declined is None or type(value) is not int or value != declined:
            check_value(value, lowest, highest, f"/{name}/{index}")
    return checked


def _turned(instrument: Questionnaire, responses: Responses) -> list[int | None]:
    choices = _values(responses["choices"], "choices", instrument)
    key = instrument.choices.reverse_items if instrument.choices else None
    turned = _reverse_key(responses.get("reverse_items", key), instrument.items.count)
    both_ends = instrument.items.lowest + instrument.items.highest
    return [
        both_ends - choice if choice is not None and number in turned else choice
        for number, choice in enumerate(choices, 1)
    ]


def _reverse_key(listed: object, count: int) -> set[int]:
    if not isinstance(listed, list):
        detail = "`choices` need the list of reversed items of your licensed form"
        raise InvalidResponses("wrong_shape", "/reverse_items", detail)
    numbers = set()
    for index, number in enumerate(listed):
        pointer = f"/reverse_items/{index}"
        if type(number) is not int:
            raise InvalidResponses("not_integer", pointer, "an item number is needed")
        if not 1 <= number <= count:
            detail = f"items are numbered 1 to {count}"
            raise InvalidResponses("out_of_range", pointer, detail)
        numbers.add(number)
    return numbers
