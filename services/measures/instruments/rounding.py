"""Numbers as they are published, and exact roots."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from math import isqrt

from services.measures.instruments.pieces import Number

DIGITS_OF_A_ROOT = 50


def rounded(value: Number, decimals: int = 2) -> float:
    """Return a number to publish: two decimals, half away from zero."""
    if isinstance(value, int):
        return float(value)
    ten: int = 10**decimals
    parts, rest = divmod(abs(value.numerator) * ten, value.denominator)
    if 2 * rest >= value.denominator:
        parts += 1
    return (parts if value >= 0 else -parts) / ten


def rounded_or_none(value: Number | None) -> float | None:
    """Return a number to publish, or None where there is none."""
    return None if value is None else rounded(value)


def root(value: Number) -> Fraction:
    """Return a square root: exact where there is one, otherwise to 50 digits."""
    exact = Fraction(value)
    above, below = isqrt(exact.numerator), isqrt(exact.denominator)
    if above * above == exact.numerator and below * below == exact.denominator:
        return Fraction(above, below)
    context = Context(prec=DIGITS_OF_A_ROOT)
    quotient = context.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return Fraction(context.sqrt(quotient))
