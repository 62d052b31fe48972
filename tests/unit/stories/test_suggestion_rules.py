"""Places that may tell who somebody is: found, surest first, and nothing else moved."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stories.rules.suggestions import places_in, suggestions_for
from services.stories.schemas import Kept
from tests.builders import a_story

MARK = "[…]"


def found(text: str) -> list[tuple[str, str]]:
    """Return what is found in a text: the words and their category, in order."""
    return [(text[p.start : p.end], p.category) for p in places_in(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 999 123 4578.", ("999 123 4578", "nhs_number")),
        ("No9991234578", ("9991234578", "nhs_number")),
        ("my 2 numbers 5 999-123-4578", ("999-123-4578", "nhs_number")),
        ("ring 07700 900123 now", ("07700 900123", "phone")),
        ("or +44 (0)20 7946 0018", ("+44 (0)20 7946 0018", "phone")),
        ("0161 496 0000", ("0161 496 0000", "phone")),
        ("write to j.o+x@nhs.example.org.", ("j.o+x@nhs.example.org", "email")),
        ("at M1 1AE, it", ("M1 1AE", "postcode")),
        ("at sw1a1aa it", ("sw1a1aa", "postcode")),
        ("in EC1A 1BB", ("EC1A 1BB", "postcode")),
        ("on 12/03/2024 it", ("12/03/2024", "date")),
        ("on 2024-03-12 it", ("2024-03-12", "date")),
        ("on 3rd of March 2024 it", ("3rd of March 2024", "date")),
        ("on 3 march", ("3 march", "date")),
        ("on March 3rd, 2024", ("March 3rd, 2024", "date")),
        ("then Dr Mokoena came", ("Mokoena", "name")),
        ("then Mrs. J. O'Brien came", ("J. O'Brien", "name")),
        ("a man called Xolani helped", ("Xolani", "name")),
        ("my worker, Bex, rang", ("Bex", "name")),
        ("my name is Blodwen", ("Blodwen", "name")),
        ("Sarah's kindness", ("Sarah", "name")),
        ("and sarah rang", ("sarah", "name")),
        ("I met Thandiwe Mokoena there", ("Thandiwe Mokoena", "name")),
        ("I met Rose there", ("Rose", "name")),
        ("my friend Zoë-Ann Müller", ("Zoë-Ann Müller", "name")),
    ],
)
def test_what_may_tell_who_somebody_is_is_found(
    text: str, expected: tuple[str, str]
) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nobody rang. Then Sunday lunch happened.",
        "In March 2024 the CPN and my GP were rude, and the NHS did nothing.",
        "999 123 4579",
        "It took 12 weeks, 3 calls and 40 minutes; I scored 19 of 40.",
        "May I say: Will it help? Rose petals. Hope is what I had.",
        "Living Well is what I needed. I told my worker. She listened.",
        "He said @home and a@b.",
    ],
)
def test_criticism_and_ordinary_words_are_left_alone(text: str) -> None:
    phones = [one for one in found(text) if one[1] != "phone"]
    assert phones == []


def test_of_two_that_overlap_the_surer_one_is_suggested() -> None:
    assert found("999 123 4578") == [("999 123 4578", "nhs_number")]
    assert found("sarah.jones@example.org") == [("sarah.jones@example.org", "email")]


def test_offsets_are_code_points() -> None:
    text = "👩🏽‍🦱 é é Sarah 07700 900123"
    assert found(text) == [("Sarah", "name"), ("07700 900123", "phone")]
    assert text.encode("utf-32-le")[4 * places_in(text)[0].start :].startswith(
        "Sarah".encode("utf-32-le")
    )


PIECES = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                "Sarah Jones",
                "Dr O'Brien",
                "999 123 4578",
                "07700 900123",
                "a@example.org",
                "M1 1AE",
                "3 March 2024",
                "12/03/24",
                " ",
                "\n",
                "👩🏽‍🦱",
                "my worker",
            ]
        ),
    ),
    max_size=25,
).map(" ".join)


@given(PIECES, st.data())
def test_applying_any_of_them_leaves_the_rest_byte_for_byte(
    text: str, data: st.DataObject
) -> None:
    places = places_in(text)
    assert all(0 <= p.start < p.end <= len(text) for p in places)
    assert all(a.end <= b.start for a, b in pairwise(places))
    chosen = [p for p in places if data.draw(st.booleans())]
    edited = text
    for place in reversed(chosen):
        edited = edited[: place.start] + MARK + edited[place.end :]
    rest, begin = [], 0
    for place in chosen:
        rest.append(text[begin : place.start])
        begin = place.end
    rest.append(text[begin:])
    assert edited == MARK.join(rest)
    position = 0
    for piece in rest:
        assert edited[position : position + len(piece)] == piece
        position += len(piece) + len(MARK)
    assert position == len(edited) + len(MARK)


@pytest.mark.parametrize(
    "piece",
    ["9", "1 ", "a", "A ", "a.", "a@", "0161 496 0000 ", "(1-", "3 March ", "Sarah "],
)
def test_no_text_takes_long(piece: str) -> None:
    began = time.monotonic()
    places_in((piece * 100_000)[:100_000])
    assert time.monotonic() - began < 5


def test_suggestions_are_of_the_words_that_others_would_read() -> None:
    moments = [
        {"kind": "magic", "step": "support"},
        {"kind": "magic", "step": "support", "text": "Sarah came."},
    ]
    told = a_story(text="Ring Sarah.", moments=moments)
    kept = Kept.model_validate({"told": told})
    parts = [(one.part, one.start, one.end) for one in suggestions_for(kept)]
    assert parts == [("/text", 5, 10), ("/moments/1/text", 0, 5)]
    edits = {"text": "Ring.", "moments": [None, "Sarah."], "reasons": ["name"]}
    edited = Kept.model_validate({"told": told, "redaction": edits})
    assert [one.part for one in suggestions_for(edited)] == ["/moments/1/text"]


def test_nothing_is_loaded_before_somebody_asks() -> None:
    code = (
        "import sys, services.stories.app\n"
        "assert 'phonenumbers' not in sys.modules, 'loaded at import'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
