"""The disclosure gate: every figure leaves through here; no other place makes one.

Source of the rule: NHS England MHSDS monthly statistics (counts under 5, zero
included, are hidden; others are rounded to the nearest 5; a percentage is hidden with
its numerator), with secondary suppression.

Other than there, and only because an attack that solves for hidden counts
(`tests/integration/aggregation/attack.py`) needs it:

- A percentage is computed from the rounded counts, not from true ones, which it would
  narrow, and they, by differences, what was hidden. It is rounded the more coarsely the
  fewer it is of: no finer than it is near.
- What is of fewer than three organisations is hidden under 9, others to the nearest
  10. Under 10, nine would be left as the only value where the system less the others
  comes to nine at least. A partner of a place with one other takes its own numbers
  away from the place's and keeps the other's, uncertain only by the rounding; and a
  reader of all organisations takes all but one away from a place. Who reads about
  their own organisation holds its records, so for them the plain rule is enough.
- A median is told from 10 people on and a 90th percentile from 15, by the count that
  is shown; by the true one, whether it is told would narrow the count. Of fewer than
  three organisations a median is told from 20 on: of ten in a place the middle one
  under 28 days, and of eleven in the system over, tell how long the other waited.
- Completeness by groups is worked out from rounded counts: 100% of true ones would mean
  nobody. It is told in steps of three rounded counts or more, and not of so few that
  none fits: finer, it would be the sum of two or three groups, and narrow each of them.
- Themes have no fixed list: one that was found anywhere stands in every answer, or
  which are there would say where one was told of, and that others were not.

A small cohort, where a prototype works with 8 to 15 people, has no percentages, no
groups and no medians of fewer than 10, or 20; nothing here tells of single people, and
what they say themselves is read in their stories, as far as they agreed.

That an organisation told of nobody at all in a month is no secret: missing data must
be seen. So is every story that its teller agreed to share, and that there is none.
"""

from __future__ import annotations

from services.aggregation.disclosure.figure import (
    SUPPRESSED,
    About,
    Cells,
    Counted,
    Figure,
    Hidden,
)
from services.aggregation.disclosure.gate import Gate
from services.aggregation.disclosure.rule import NOTE_BEGINS

__all__ = [
    "NOTE_BEGINS",
    "SUPPRESSED",
    "About",
    "Cells",
    "Counted",
    "Figure",
    "Gate",
    "Hidden",
]
