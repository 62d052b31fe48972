"""What is searched for at the desk, sealed: an address is kept where words may not be.

Browsers, proxies and their logs remember addresses. Only the session that searched can
read what is sealed, so that going back, or loading the page again, still works.
"""

from __future__ import annotations

from urllib.parse import urlencode

from cryptography.fernet import InvalidToken
from fastapi import Request

from shared.links import links_of
from shared.signin import session_of

LONGEST_SEARCH = 200


def address_of_search(request: Request, words: str, page: str = "/desk") -> str:
    """Return where what was found is shown; without words, the page as it is."""
    sought = words.replace("\0", "").strip()[:LONGEST_SEARCH]
    if not sought:
        return page
    sealed = links_of(request).seal(session_of(request), sought)
    return f"{page}?{urlencode({'found': sealed.decode()})}"


def words_of_search(request: Request, sealed: str) -> str:
    """Return what this session searched for; of anything else, nothing."""
    try:
        return links_of(request).unseal(session_of(request), sealed.encode())
    except InvalidToken:
        return ""
