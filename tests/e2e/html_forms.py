"""The forms of a page, as a browser without scripts would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = ("text", "search", "textarea")


@dataclass
class HtmlForm:
    """One form: where it goes, what is chosen already, and what can be typed.

    Attributes:
        chosen: Values of what is not typed; of several with one name, the first.
        buttons: Names and values of what sends it; without a name it adds nothing.
        texts: Names of the fields that take words.
    """

    method: str
    action: str
    chosen: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def kind(self) -> tuple[str, ...]:
        """Return what tells it from other forms of its page, whatever it is about."""
        buttons = [f"{name}={value}" for name, value in self.buttons]
        return (self.action, self.chosen.get("do", ""), *self.texts, *buttons)

    def sent(self, typed: dict[str, str]) -> dict[str, str]:
        """Return what is sent, by the button that adds nothing if there is one."""
        name, value = min(self.buttons, default=("", ""), key=lambda one: one[0] != "")
        return self.chosen | typed | ({name: value} if name else {})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[HtmlForm] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = True
            method, action = said.get("method", "get"), said.get("action", "")
            self.forms.append(HtmlForm(method.upper(), action))
        elif self._is_inside:
            self._take(tag, said)

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "form"

    def _take(self, tag: str, said: dict[str, str]) -> None:
        form, name, value = self.forms[-1], said.get("name", ""), said.get("value", "")
        kind = said.get("type", "text") if tag == "input" else tag
        if kind == "button" and said.get("type") != "button":
            form.buttons.append((name, value))
        elif name and kind in TYPED:
            form.texts.append(name)
        elif name and tag == "input":
            form.chosen.setdefault(name, value)


def forms_of(html: str) -> list[HtmlForm]:
    """Return the forms of a page, in order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms
