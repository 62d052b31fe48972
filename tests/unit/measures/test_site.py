"""A site sets what is left to it, and what it set is on every score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr

from services.measures.app import create_app
from services.measures.instruments import Instruments, read
from services.measures.instruments.scoring import score
from services.measures.instruments.site import SiteError
from services.measures.rules.assessments import assessment_state, withdrawn
from services.measures.rules.change import compared
from services.measures.rules.pairing import Period
from services.measures.schemas import KeptAssessment, WithdrawalIn
from services.measures.settings import Settings
from shared.events import AssessmentState
from shared.problems import InvalidContent
from tests.unit.measures.answering import scored
from tests.unit.measures.definitions import INSTRUMENTS
from tests.unit.measures.test_assessments import IDENTITY, NOW, an_assessment

CHOICES = [4, 0, 3, 1, 1, 4, 0, 1, 3, 1]
KEY = "[reqol10.choices]\nreverse_items = [1, 3, 6, 9]\n"


def with_site(folder: Path, text: str) -> Instruments:
    file = folder / "site.toml"
    file.write_text(text, "utf-8")
    return read(site_file=file)


def with_wording(folder: Path, text: str, name: str = "words.toml") -> Instruments:
    file = folder / name
    file.write_text(text, "utf-8")
    return read(wording_file=file)


def state_with(instruments: Instruments) -> AssessmentState:
    kept = KeptAssessment(recorded=an_assessment())
    return assessment_state(kept, "RTEST", IDENTITY, instruments, NOW)


def test_the_key_of_a_site_turns_choices_that_came_without_one(tmp_path: Path) -> None:
    reqol10 = with_site(tmp_path, KEY).questionnaires["reqol10"]
    assert score(reqol10, {"choices": CHOICES}).exact == 6
    own = {"choices": CHOICES, "reverse_items": []}
    assert score(reqol10, own).exact == sum(CHOICES)


def test_what_a_site_set_is_in_the_scoring_version_of_that_instrument_only(
    tmp_path: Path,
) -> None:
    site = with_site(tmp_path, KEY)
    version = state_with(site).scoring_version
    base, _, digest = version.partition("+site.")
    assert base == state_with(INSTRUMENTS).scoring_version == "1"
    assert len(digest) == 8
    int(digest, 16)
    assert site.by_code["reqol20"].scoring_version == "1"


def test_the_same_settings_have_the_same_version_and_others_another(
    tmp_path: Path,
) -> None:
    def version(text: str) -> str:
        return with_site(tmp_path, text).by_code["reqol10"].scoring_version

    again = "# another comment\n[reqol10]\nchoices = { reverse_items = [1, 3, 6, 9] }\n"
    assert version(KEY) == version(again)
    assert version(KEY) != version(KEY.replace("9", "10"))


def test_a_threshold_of_a_site_classifies_mansa(tmp_path: Path) -> None:
    text = '[mansa.reliable_change]\nthreshold = 0.8\nsource = "our own audit"\n'
    mansa = with_site(tmp_path, text).questionnaires["mansa"]
    assert mansa.reliable_change is not None
    assert float(mansa.reliable_change.threshold) == 0.8
    assert mansa.reliable_change.source == "chosen: by this site (our own audit)"


def test_a_reference_group_of_a_site_gives_mansa_an_index(tmp_path: Path) -> None:
    text = (
        "[mansa.reference_group]\nsd = 0.9\nreliability = 0.81\n"
        'reliability_kind = "test_retest"\n'
    )
    group = with_site(tmp_path, text).questionnaires["mansa"].reference_group
    assert group is not None
    assert (float(group.sd), float(group.reliability)) == (0.9, 0.81)
    assert group.source == "chosen: by this site"


def test_missing_rules_cut_offs_and_bands_that_are_not_verified_can_be_set(
    tmp_path: Path,
) -> None:
    site = with_site(
        tmp_path,
        """
        [phq9.missing]
        most = 0
        [dialog.scales.qol_mean.missing]
        most = 0
        [reqol20.cut_off]
        value = 48
        [swemwbs.bands]
        steps = [{ name = "low", at_least = 7 }, { name = "high", above = 19.25 }]
        [gbo.mean_change]
        threshold = 3
        """,
    ).questionnaires
    assert scored(site["phq9"], [None, *[1] * 8]).status == "not_scorable"
    assert scored(site["dialog"], [None, *[4] * 10]).status == "partial"
    at_48 = scored(site["reqol20"], [3, 3, 2, 2] * 4 + [2, 2, 2, 2])
    assert at_48.scores["range"] == "general_population"
    assert scored(site["swemwbs"], [3] * 7).scores["category"] == "low"
    assert scored(site["swemwbs"], [4, *[3] * 6]).scores["category"] == "high"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[reqol10.cut_off]\nvalue = 20", "reqol10.cut_off.value"),
        ("[reqol10.reliable_change]\nthreshold = 4", "reqol10.reliable_change"),
        ("[phq9.bands]\nfield = 'severity'", "phq9.bands"),
        ("[dialog.reliable_change]\nthreshold = 2", "dialog.reliable_change"),
        ("[dialog.scales.qol_mean]\nlast = 7", "dialog.scales.qol_mean.last"),
        ("[gas.correlation]\nrho = 0.2", "of gas, nothing is"),
        ("[gbo.rating]\nhighest = 5", "gbo.rating"),
        ("[mansa]\nscoring_version = '7'", "mansa.scoring_version"),
        ("[mansa]\nreliable_change = 1", "mansa.reliable_change"),
        ("[mansa.wording]\n'mansa.q01' = 'an item'", "mansa.wording"),
        ("[horoscope.missing]\nmost = 1", "horoscope"),
        ("reqol10 = 5", "[reqol10.…]"),
        ("[mansa.reference_group]\nsd = 0.9", "reliability"),
        ("[mansa.reference_group]\nsd = nan\nreliability = 0.8", "sd"),
        ("[mansa.missing]\nmost = 12", "at least one answer"),
        ("[reqol10.choices]\nreverse_items = [11]", "numbered 1 to 10"),
        ("[reqol10.choices]\nreverse_items = ['1']", "reverse_items"),
        ("[reqol10.missing]\nmost = 2\nnever = 1", "never"),
        ("this is no TOML", "cannot be read"),
    ],
)
def test_what_is_not_left_to_a_site_is_refused_by_name(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(SiteError) as refused:
        with_site(tmp_path, text)
    assert named in str(refused.value)


def test_a_site_sets_a_threshold_or_a_reference_group_and_not_both(
    tmp_path: Path,
) -> None:
    text = (
        "[mansa]\nreliable_change = { threshold = 1 }\nreference_group = { sd = 0.9,"
        ' reliability = 0.81, reliability_kind = "alpha" }\n'
    )
    with pytest.raises(SiteError, match="not both"):
        with_site(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="MEASURES_SITE"):
        read(site_file=tmp_path / "none.toml")
    with pytest.raises(SiteError, match="MEASURES_WORDING"):
        read(wording_file=tmp_path / "none.json")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("words.toml", '"phq9.q01" = "first words"\n"gad7.q02" = "second words"\n'),
        ("words.toml", '[phq9]\nq01 = "first words"\n[gad7]\nq02 = "second words"\n'),
        (
            "words.json",
            json.dumps({"phq9.q01": "first words", "gad7": {"q02": "second words"}}),
        ),
    ],
)
def test_the_words_that_a_site_may_show_are_given_by_item(
    tmp_path: Path, name: str, text: str
) -> None:
    site = with_wording(tmp_path, text, name)
    assert site.wording_of("phq9.q01") == "first words"
    assert site.by_code["gad7"].wording == {"gad7.q02": "second words"}
    assert site.wording_of("gad7.q01") is None
    assert site.wording_of("reqol10.q01") is None
    assert site.wording_of("nothing") is None
    assert site.by_code["phq9"].scoring_version == "1"


@pytest.mark.parametrize(
    "text",
    [
        '"phq9.q10" = "an item too many"',
        '"horoscope.q01" = "no instrument"',
        '"phq9.q01" = 5',
        '"phq9.q01" = " "',
        '"gbo.q01" = "goals have no items"',
        '[phq9]\n"q01.more" = "no item either"',
        "phq9 = []",
    ],
)
def test_words_of_no_item_and_no_words_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SiteError, match="MEASURES_WORDING"):
        with_wording(tmp_path, text)


def test_answers_stored_under_a_key_that_was_taken_back_count_as_not_scorable() -> None:
    body = an_assessment(responses={"choices": CHOICES})
    kept = KeptAssessment(recorded=body)
    [one] = compared(INSTRUMENTS, [kept], Period())
    assert [use.used_as for use in one.uses] == ["not_scorable"]
    with pytest.raises(InvalidContent):
        assessment_state(kept, "RTEST", IDENTITY, INSTRUMENTS, NOW)
    gone = withdrawn(kept, WithdrawalIn(), NOW.date())
    assert gone is not None
    state = assessment_state(gone, "RTEST", IDENTITY, INSTRUMENTS, NOW)
    assert (state.status, state.is_withdrawn) == ("not_scorable", True)
    assert state.scores == {"reason": "wrong_shape"}


def settings_with(**changes: Any) -> Settings:  # noqa: ANN401
    return Settings(
        database_url=SecretStr("postgresql://nowhere"),
        kafka_bootstrap_servers="nowhere:1",
        token_issuer="https://nowhere",
        token_jwks_url="https://nowhere/keys",
        secret=SecretBytes(b"00" * 32),
        secret_id="k",
        **changes,
    )


def test_a_service_does_not_start_with_what_a_site_may_not_set(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text("[phq9.cut_off]\nvalue = 9\n", "utf-8")
    with pytest.raises(SiteError, match=r"phq9\.cut_off\.value is not left to a site"):
        create_app(settings_with(site=file))


def test_empty_settings_are_no_files() -> None:
    settings = settings_with(site="", wording="")
    assert (settings.site, settings.wording) == (None, None)
    assert create_app(settings).state.instruments == INSTRUMENTS


def test_the_whole_api_can_be_described(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(KEY, "utf-8")
    described = create_app(settings_with(site=file)).openapi()
    assert "Questionnaire" in described["components"]["schemas"]
