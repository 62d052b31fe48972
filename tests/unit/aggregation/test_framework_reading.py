"""YAML from anybody: what is plain is read, and everything else refused."""

from __future__ import annotations

import pytest

from services.aggregation.frameworks.reading import MOST_BYTES, read_framework
from services.aggregation.problems import FrameworkRefused
from shared.problems import TooManyAtOnce
from tests.frameworks import a_framework, as_yaml

GOOD = as_yaml(a_framework()).decode()
BOMB = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 8)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def refusal(text: str | bytes) -> FrameworkRefused:
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(FrameworkRefused) as refused:
        read_framework(content)
    return refused.value


def told(text: str | bytes) -> str:
    return " ".join(one.detail for one in refusal(text).errors)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "anchors"),
        (f"{GOOD}source: &x again\n", "anchors"),
        (f"{GOOD}source: *x\n", "anchors"),
        (f"{GOOD}source: !!python/object/apply:os.system ['true']\n", "tags"),
        (f"{GOOD}source: !!str text\n", "tags"),
        ("[" * 5_000, "deeper"),
        ("a: " + "{a: " * 50 + "1" + "}" * 50, "deeper"),
        (f"{GOOD}---\nid: second\n", "one document"),
        ("id: [unclosed\n", "not YAML"),
        ("\tid: x\n", "not YAML"),
        (b"id: \xff\xfe", "not UTF-8"),
        (b"id: a\x00b", "not YAML"),
        (f'{GOOD}source: "\\ud800"\n', "not YAML"),
        (f'{GOOD}source: "a\\0b"\n', "match pattern"),
        ("", "valid dictionary"),
        ("just words", "valid dictionary"),
        ("- a\n- list\n", "valid dictionary"),
        (f"{GOOD}? [a, list]\n: key\n", "not a word"),
        (f"{GOOD}surprise: 1\n", "Extra inputs"),
    ],
)
def test_what_is_not_plain_is_refused(text: str | bytes, sentence: str) -> None:
    assert sentence in told(text)


def test_a_refusal_points_at_the_line_and_quotes_nothing() -> None:
    secret = told(f"{GOOD}source: *rosebud\n")
    assert secret.startswith(f"Line {GOOD.count(chr(10)) + 1}:")
    assert "rosebud" not in secret
    assert "rosebud" not in told(f"{GOOD}rosebud: 1\n")


def test_a_name_that_is_there_twice_is_refused() -> None:
    twice = GOOD.replace("  outcomes:", "  words: again\n  outcomes:", 1)
    [error] = refusal(twice).errors
    assert error.pointer == "/aims/0"
    assert "there twice" in error.detail


def test_words_stay_words() -> None:
    text = GOOD.replace("- Riverside", "- no\n- 10:30\n- 1_000\n- 0o17\n- 'true'")
    assert read_framework(text.encode()).places == [
        *("no", "10:30", "1_000", "0o17", "true"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ("question_budget: 2", "question_budget: '2'", "/question_budget"),
        ("question_budget: 2", "question_budget: 2.5", "/question_budget"),
        ("question_budget: 2", "question_budget: .inf", "/question_budget"),
        ("question_budget: 2", "question_budget: 99999999999", "/question_budget"),
        ("question_budget: 2", "question_budget: true", "/question_budget"),
        ("2026-01-01", "2026-01-32", "/valid_from"),
        ("2026-01-01", "1 January", "/valid_from"),
        ("level: system", "level: team", "/aims/0/outcomes/0/level"),
        ("id: riverside", "id: River Side", "/id"),
        ("asks: []", "asks: home", "/aims/0/outcomes/0/indicators/0/asks"),
    ],
)
def test_what_has_another_form_is_pointed_at(old: str, new: str, pointer: str) -> None:
    assert old in GOOD or old == "2026-01-01"
    text = GOOD.replace(old, new, 1).replace(f"'{new}'", new)
    assert [one.pointer for one in refusal(text).errors] == [pointer]


def test_more_than_any_framework_needs_is_not_read() -> None:
    comment = "#" * (MOST_BYTES - len(GOOD.encode()))
    assert read_framework(f"{GOOD}{comment}".encode()).id == "riverside"
    with pytest.raises(TooManyAtOnce):
        read_framework(f"{GOOD}#{comment}".encode())
