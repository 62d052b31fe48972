"""The columns of a resource, read off the model of its body."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.imports.cells import Column, Kind

ANY_TEXT = r"^[^\x00]*$"
PLAIN: dict[type, Kind] = {bool: "yes_no", int: "whole", date: "date", dict: "json"}


def columns_of(
    model: type[BaseModel],
    digits: Mapping[str, int] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    path: tuple[str, ...] = (),
) -> list[Column]:
    """Return a column for each field, in order; a nested body's fields are columns too.

    A field that is added to a body is a column at once.

    Args:
        model: The body's.
        digits: How many digits a code has, by column.
        kinds: Of columns whose type does not say it.
        path: Of a nested body.
    """
    columns: list[Column] = []
    for name, field in model.model_fields.items():
        [plain, *_], patterns, choices = _types_of(field)
        if isinstance(plain, type) and issubclass(plain, BaseModel):
            columns += columns_of(plain, digits, kinds, (*path, name))
            continue
        kind = (kinds or {}).get(name) or _kind_of(plain, patterns)
        columns.append(
            Column(
                name=name,
                kind=kind,
                path=(*path, name),
                is_required=field.is_required(),
                empty=None
                if field.is_required()
                else field.get_default(call_default_factory=True),
                digits=(digits or {}).get(name, 0),
                choices=choices,
            )
        )
    return columns


def _types_of(field: FieldInfo) -> tuple[list[Any], set[str], tuple[str, ...]]:
    """Return the types a field may have, the patterns of its text, and its choices."""
    patterns = {str(getattr(m, "pattern", None)) for m in field.metadata}
    plain, choices = list[Any](), list[str]()
    for kind, extra in _walk(field.annotation):
        patterns |= {str(getattr(m, "pattern", None)) for m in extra}
        if get_origin(kind) is Literal:
            choices += [str(one) for one in get_args(kind)]
            plain.append(str)
        elif kind is not type(None):
            plain.append(get_origin(kind) or kind)
    return plain, patterns, tuple(choices)


def _walk(annotation: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:  # noqa: ANN401
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        for kind, more in _walk(inner):
            yield kind, (*extra, *more)
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _walk(one)
    else:
        yield annotation, ()


def _kind_of(plain: Any, patterns: set[str]) -> Kind:  # noqa: ANN401
    if plain is list:
        return "list"
    if plain in PLAIN:
        return PLAIN[plain]
    return "words" if ANY_TEXT in patterns else "code"
