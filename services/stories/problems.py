"""The errors that stories can answer with, beside those of `shared.problems`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from shared.problems import Differs, NotFound, Problem


class StoryDiffers(Differs):
    """409: this reference is stored with other content."""

    slug = "story-differs"
    title = "This story is stored with other content"


class ReplyDiffers(Differs):
    """409: this reply's reference is stored with other content."""

    slug = "reply-differs"
    title = "This reply is stored with other content"


class LabDiffers(Differs):
    """409: this lab's reference is stored with other content."""

    slug = "lab-differs"
    title = "This lab is stored with other content"


class LabPartDiffers(Differs):
    """409: the reference of this idea or trial is stored with other content."""

    slug = "lab-part-differs"
    title = "This idea or trial is stored with other content"


class ConsentOutdated(Problem):
    """409: the consent sent is not later than the one that is held."""

    status = 409
    slug = "consent-outdated"
    title = "A later consent is held"


class TransitionRefused(Problem):
    """409: moderation does not lead from the state the story is in to this one."""

    status = 409
    slug = "transition-refused"
    title = "Moderation cannot take this step"


class SecondPersonNeeded(Problem):
    """409: who approved a public story may not publish it too."""

    status = 409
    slug = "second-person-needed"
    title = "A second person has to publish this story"


class NoText(NotFound):
    """404: no such story, or its text is not for this caller; which, is not said."""

    headers: ClassVar[Mapping[str, str]] = {"Cache-Control": "no-store"}


class StoryWithdrawn(Problem):
    """410: consent was withdrawn; nobody can read the text any more."""

    status = 410
    slug = "story-withdrawn"
    title = "This story was withdrawn"
    headers: ClassVar[Mapping[str, str]] = {"Cache-Control": "no-store"}


class CodebookDiffers(Differs):
    """409: this version of the codebook is published with other content."""

    slug = "codebook-differs"
    title = "This version is published with other content"


class CodebookOutOfTurn(Problem):
    """409: another version of the codebook is the next one."""

    status = 409
    slug = "codebook-out-of-turn"
    title = "Another version is the next one"


class TooManyTold(Problem):
    """429: too much came by one link in a minute; nothing was stored, send it again."""

    status = 429
    slug = "too-many-told"
    title = "Too much came by this link just now"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "60"}
