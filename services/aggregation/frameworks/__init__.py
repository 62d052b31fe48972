"""Outcome frameworks: what a site agreed to look for, and who asked for each measure.

A framework is data, read from YAML. What was published is never changed: a change is a
new version with its own first month, and what was before stays under the old one.
"""

from __future__ import annotations
