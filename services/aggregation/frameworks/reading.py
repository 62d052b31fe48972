"""Reads a framework from YAML, of which only the plain part is taken.

No object is ever made from a tag, nothing is written once and meant twice (anchors),
and a word is a word: `no` is not false, 10:30 no number, and a day stays as written.
"""

from __future__ import annotations

import re
from typing import Final

import yaml
from pydantic import ValidationError

from services.aggregation.frameworks.definition import FrameworkIn
from services.aggregation.problems import FrameworkRefused
from shared.problems import FieldProblem, TooManyAtOnce, invalid, pointer

MOST_BYTES: Final = 64_000
DEEPEST = 12
WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
PLAIN_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]


def read_framework(content: bytes) -> FrameworkIn:
    """Read a framework.

    Raises:
        TooManyAtOnce: 413, it is larger than any framework needs to be.
        FrameworkRefused: 422, it is no plain YAML, a key is there twice, or something
            has another form than it must.
    """
    faults: list[FieldProblem] = []
    plain = plain_of(_tree(content), (), faults)
    if faults:
        raise FrameworkRefused.of(faults)
    try:
        return FrameworkIn.model_validate(plain)
    except ValidationError as error:
        raise FrameworkRefused.of(invalid(error).errors) from error


def _tree(content: bytes) -> yaml.Node | None:
    """Return the document's tree; nothing in it was built or run."""
    if len(content) > MOST_BYTES:
        raise TooManyAtOnce(f"A framework has {MOST_BYTES:,} bytes at most.")
    try:
        text = content.decode("utf-8-sig")
        _refuse_what_is_not_plain(text)
        tree: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise _unreadable("The text is not UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _unreadable(f"Line {line} is not YAML of one document.") from error
    except yaml.YAMLError as error:
        raise _unreadable("The text is not YAML.") from error
    return tree


def _refuse_what_is_not_plain(text: str) -> None:
    """Refuse anchors, tags and depth before a tree is made of them."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _unreadable(f"Line {line}: anchors (& and *) are not taken.")
        if getattr(event, "tag", None):
            raise _unreadable(f"Line {line}: tags (!) are not taken.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise _unreadable(f"Line {line} is deeper than any framework is.")


def plain_of(
    node: yaml.Node | None, at: tuple[str | int, ...], faults: list[FieldProblem]
) -> Plain:
    """Return what a tree says in lists, names and plain values; add what is wrong."""
    if isinstance(node, yaml.SequenceNode):
        listed = enumerate(node.value)
        return [plain_of(one, (*at, place), faults) for place, one in listed]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Plain] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                faults.append(_fault(at, "A name here is not a word."))
            elif key.value in found:
                line = key.start_mark.line + 1
                faults.append(_fault(at, f"Line {line}: this name is there twice."))
            else:
                found[key.value] = plain_of(value, (*at, key.value), faults)
        return found
    return _value(node) if isinstance(node, yaml.ScalarNode) else None


def _value(node: yaml.ScalarNode) -> Plain:
    text: str = node.value
    if node.style:  # In quotes, or a block of text.
        return text
    if text.lower() in PLAIN_WORDS:
        return PLAIN_WORDS[text.lower()]
    return int(text) if WHOLE_NUMBER.fullmatch(text) else text


def _unreadable(sentence: str) -> FrameworkRefused:
    return FrameworkRefused.of([_fault((), sentence)])


def _fault(at: tuple[str | int, ...], sentence: str) -> FieldProblem:
    return FieldProblem(pointer=pointer(at), detail=sentence)
