"""Draws charts, a process of its own: a Vega-Lite specification a line in, SVG out.

The library holds a JavaScript engine of some 80 MB, which no service should hold. This
process reads until its input ends, and imports nothing of the service.
"""

from __future__ import annotations

import json
import sys
from typing import TextIO

VEGA_LITE = "6.4"
NO_ADDRESSES: list[str] = []


def draw_all(specifications: TextIO, drawings: TextIO) -> None:
    """Answer each line with a line of JSON: the SVG, or null if it cannot be drawn."""
    import vl_convert

    for line in specifications:
        try:
            svg = vl_convert.vegalite_to_svg(
                line, vl_version=VEGA_LITE, allowed_base_urls=NO_ADDRESSES
            )
        except ValueError:
            svg = None
        drawings.write(json.dumps(svg) + "\n")
        drawings.flush()


if __name__ == "__main__":
    draw_all(sys.stdin, sys.stdout)
