"""The four services; none of them imports another."""

import sys
from importlib import import_module

# structlog and httpx would load these, five megabytes, for what only a terminal shows.
COLOURS = ("rich", "pygments")

if not sys.modules.keys() & set(COLOURS):
    sys.modules.update(dict.fromkeys(COLOURS))  # type: ignore[arg-type]
    for name in ("structlog", "httpx"):
        import_module(name)
    for name in COLOURS:
        del sys.modules[name]
