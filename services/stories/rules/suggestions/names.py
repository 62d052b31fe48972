"""Where a text may name somebody: by rules and a list of given names, no model.

Libraries that find names well need a language model of hundreds of megabytes, which
a service of this size cannot hold. This finds what follows a title or a word such as
"called" or "my worker", a given name of the list with what follows it, and several
capitalised words in a row within a sentence. It misses rare names that stand alone,
and takes some places and organisations for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LONGEST = 4
TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "doctor",
        "prof",
        "professor",
        "sir",
        "rev",
        "reverend",
        "father",
        "nurse",
        "sister",
        "matron",
        "imam",
        "rabbi",
        "aunt",
        "auntie",
        "aunty",
        "uncle",
        "pc",
        "sgt",
        "councillor",
        "cllr",
    ]
)
CUES = frozenset(
    [
        "called",
        "named",
        "worker",
        "nurse",
        "friend",
        "doctor",
        "gp",
        "psychologist",
        "psychiatrist",
        "therapist",
        "counsellor",
        "manager",
        "colleague",
        "neighbour",
        "brother",
        "sister",
        "son",
        "daughter",
        "husband",
        "wife",
        "partner",
        "mum",
        "mam",
        "dad",
        "mother",
        "father",
        "cousin",
        "boyfriend",
        "girlfriend",
        "volunteer",
        "carer",
        "coach",
        "navigator",
        "practitioner",
        "receptionist",
        "landlord",
        "name's",
    ]
)
# A name after two words: "my name is Jo", "I am Jo", "thanks to Jo".
CUE_PAIRS = frozenset({("name", "is"), ("i", "am"), ("thanks", "to"), ("it", "was")})
NO_NAMES = frozenset(
    [
        "i",
        "i'm",
        "i'd",
        "i've",
        "i'll",
        "i’m",
        "i’d",
        "i’ve",
        "i’ll",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "christmas",
        "easter",
        "ramadan",
        "eid",
        "diwali",
        "god",
        "living",
        "well",
        "english",
        "british",
        "welsh",
        "scottish",
        "irish",
        "england",
        "wales",
        "scotland",
        "ireland",
        "britain",
        "the",
        "a",
        "an",
        "and",
        "but",
        "or",
        "so",
        "then",
        "at",
        "in",
        "on",
        "he",
        "she",
        "they",
        "we",
        "you",
        "it",
        "when",
        "what",
        "who",
        "my",
        "this",
        "that",
        "there",
    ]
)
WITHIN_A_NAME = re.compile(r" |\. |’|'")
AFTER_A_CUE = re.compile(r"[,:(]? [(\"“‘']?|\. ")
SENTENCE_ENDS = frozenset('.!?:;\n"“”‘(*•-–')


@lru_cache
def given_names() -> tuple[frozenset[str], frozenset[str]]:
    """Return given names, and those that are common words as well, in lower case."""
    lines = Path(__file__).with_name("given_names.txt").read_text("utf-8").splitlines()
    groups: dict[str, list[str]] = {"[names]": [], "[words]": []}
    group = groups["[names]"]
    for line in lines:
        if line in groups:
            group = groups[line]
        elif not line.startswith("#"):
            group += line.split()
    return frozenset(groups["[names]"]), frozenset(groups["[words]"])


def names(text: str) -> Iterator[tuple[int, int]]:
    """Return where a text may name somebody, from first to last word."""
    words = list(WORD.finditer(text))
    place = 0
    while place < len(words):
        last = _last_word(text, words, place)
        if last is None:
            place += 1
            continue
        yield words[place].start(), words[last].start() + len(_bare(words[last][0]))
        place = last + 1


def _last_word(text: str, words: list[re.Match[str]], place: int) -> int | None:
    """Return the last word of a name that begins at a word, or None."""
    word = _bare(words[place][0])
    certain, doubtful = given_names()
    if word.lower() in TITLES:
        return None
    is_cued = _is_capital(word) and _is_cued(text, words, place)
    starts = _starts_a_sentence(text, words[place].start())
    last = _extended(text, words, place)
    if is_cued or word.lower() in certain:
        return last
    if not _is_capital(word) or starts:
        return None
    is_in_a_row = last > place and len(word) > 1
    return last if is_in_a_row or word.lower() in doubtful else None


def _extended(text: str, words: list[re.Match[str]], place: int) -> int:
    """Return the last of the capitalised words in a row."""
    last = place
    while last + 1 < len(words) and last - place < LONGEST - 1:
        gap = text[words[last].end() : words[last + 1].start()]
        is_initial = gap == ". " and len(words[last][0]) == 1
        is_possessive = _bare(words[last][0]) != words[last][0]
        if is_possessive or not (gap == " " or is_initial):
            break
        if not _is_capital(_bare(words[last + 1][0])):
            break
        last += 1
    return last


def _is_cued(text: str, words: list[re.Match[str]], place: int) -> bool:
    if place == 0:
        return False
    before, word = words[place - 1], words[place]
    gap, cue = text[before.end() : word.start()], before[0].lower()
    if cue in TITLES and gap in {" ", ". "}:
        return True
    if gap == ". " or not AFTER_A_CUE.fullmatch(gap):
        return False
    pair = (words[place - 2][0].lower() if place > 1 else "", cue)
    return cue in CUES or pair in CUE_PAIRS


def _starts_a_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 20) : start].rstrip(" \t\u00a0")
    return not before or before[-1] in SENTENCE_ENDS


def _is_capital(word: str) -> bool:
    """Say whether a word is written as a name; what is all capitals is none."""
    is_shouted = len(word) > 1 and word.isupper()
    return word[0].isupper() and not is_shouted and word.lower() not in NO_NAMES


def _bare(word: str) -> str:
    return word[:-2] if word.lower().endswith(("'s", "’s")) else word
