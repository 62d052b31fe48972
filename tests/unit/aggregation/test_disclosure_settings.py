"""The rule that a site chooses: none by which a few people would be shown as zero."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.aggregation.app import gate_of
from services.aggregation.settings import Settings

NEEDED = {
    "database_url": "postgresql://nobody@127.0.0.1:9/none",
    "kafka_bootstrap_servers": "127.0.0.1:9",
    "token_issuer": "http://issuer.invalid",
    "token_jwks_url": "http://issuer.invalid/jwks.json",
    "secret": "00" * 32,
    "secret_id": "test-1",
}


@given(st.integers(2, 60), st.integers(1, 119))
def test_by_no_rule_that_is_allowed_a_count_that_is_told_is_zero(
    threshold: int, base: int
) -> None:
    rule = {"disclosure_threshold": threshold, "disclosure_base": base}
    if base >= 2 * threshold:
        with pytest.raises(ValidationError, match="under twice"):
            Settings.model_validate(NEEDED | rule)
        return
    gate = gate_of(Settings.model_validate(NEEDED | rule))
    for one in (gate, gate.about("place:Riverside", 2)):
        assert one.rounded(one.threshold) > 0
        assert one.percent(one.threshold, one.threshold) == 100
