"""What a typist types: all that happens to people, with a mark in every field."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.marks import DAY, LEFT_OUT
from tests.e2e.typist import ORGANISATION, Typist
from tests.frameworks import a_measure

SHARED = {"level": "partners", "given_on": DAY}
PERSON = {"/person/nhs_number": LEFT_OUT}
MONTH = DAY[:7]
CONTACT = "/referrals/{reference}/contacts"
CRISIS = "/referrals/{reference}/crisis-contacts"
# An organisation's code is no word: it is published.
DECISION = {"/onward_organisation": "RX1"}


async def plant(typist: Typist) -> None:
    """Type into every body, form and file that there is."""
    await plant_organisation(typist)
    await plant_referrals(typist)
    await plant_assessments(typist)
    await plant_goals(typist)
    await plant_stories(typist)
    await plant_codebook(typist)
    await plant_answers(typist)
    await plant_pages(typist)
    await plant_labs(typist)
    await plant_notes(typist)
    await plant_framework(typist)
    await plant_files(typist)


async def plant_organisation(typist: Typist) -> None:
    typist.names["code"] = ORGANISATION
    fixed = {"/left_on": LEFT_OUT}
    await typist.fill_in("intake", "PUT", "/organisations/{code}", fixed)


async def plant_referrals(typist: Typist) -> None:
    await typist.fill_in("intake", "POST", "/referrals/batch", _in_batch(PERSON))
    sent = (await typist.fill_in("intake", "POST", "/referrals", PERSON))["sent"]
    typist.names["reference"] = reference = sent["reference"]
    await typist.fill_in("intake", "PUT", "/referrals/{reference}/decision", DECISION)
    contact = (await typist.fill_in("intake", "POST", CONTACT))["sent"]["reference"]
    typist.names["contact_reference"] = contact
    await _read(typist, "intake", "/referrals/{reference}")
    await typist.fill_in(
        "intake", "PUT", f"{CONTACT}/{{contact_reference}}", {"/reference": contact}
    )
    await typist.fill_in("intake", "POST", "/referrals/{reference}/circumstances")
    crisis = (await typist.fill_in("intake", "POST", CRISIS))["sent"]
    typist.names |= {"kind": crisis["kind"], "on": crisis["on"]}
    await _read(typist, "intake", "/referrals/{reference}")
    await typist.send(("intake", "DELETE", f"{CRISIS}/{{kind}}/{{on}}"))
    await typist.fill_in("intake", "PUT", "/referrals/{reference}/closure")
    same = {**PERSON, "/reference": reference}
    await _read(typist, "intake", "/referrals/{reference}")
    await typist.fill_in("intake", "PUT", "/referrals/{reference}", same)
    await typist.fill_in("intake", "PUT", "/referrals/{reference}/withdrawal")
    for path in ("/audit/searches", "/erasures"):
        whose = {**PERSON, "/organisation": ORGANISATION}
        await typist.fill_in("intake", "POST", path, whose)


async def plant_assessments(typist: Typist) -> None:
    answer = {"text": typist.marks.new("an answer to an open question")}
    fixed = {"/instrument": "safety", "/responses": answer}
    await typist.fill_in("measures", "POST", "/assessments/batch", _in_batch(fixed))
    sent = (await typist.fill_in("measures", "POST", "/assessments", fixed))["sent"]
    typist.names["reference"] = sent["reference"]
    page = "/assessments/{reference}"
    await _read(typist, "measures", page)
    same = {**fixed, "/reference": sent["reference"]}
    right = (await typist.fill_in("measures", "PUT", page, same))["sent"]
    await typist.fill_in("measures", "PUT", page + "/codes")
    await typist.fill_in("measures", "PUT", page + "/withdrawal")
    own = {"/referrals": [right["referral"]], "/next": LEFT_OUT}
    link = await typist.fill_in("measures", "POST", "/links", own)
    await typist.fill_in_forms("measures", link["url"])
    await typist.fill_in(
        "measures", "POST", "/erasures", {"/organisation": ORGANISATION}
    )


async def plant_goals(typist: Typist) -> None:
    unweighed = {"/importance": LEFT_OUT, "/difficulty": LEFT_OUT}
    sent = (await typist.fill_in("measures", "POST", "/goals", unweighed))["sent"]
    typist.names["reference"] = sent["reference"]
    page = "/goals/{reference}"
    await _read(typist, "measures", page)
    same = {**unweighed, "/reference": sent["reference"]}
    await typist.fill_in("measures", "PUT", page, same)
    await typist.fill_in("measures", "POST", page + "/ratings")
    await typist.fill_in("measures", "PUT", page + "/dropping")


async def plant_stories(typist: Typist) -> None:
    book = (await typist.client("stories").get("/codebook")).json()
    themes = [book["themes"][0]["code"]]
    fixed = {"/consent": SHARED, "/meaning/themes": themes}
    await typist.fill_in("stories", "POST", "/stories/batch", _in_batch(fixed))
    told = await typist.fill_in("stories", "POST", "/stories", fixed)
    typist.names |= {
        "reference": told["sent"]["reference"],
        "story_id": told["story_id"],
    }
    page = "/stories/{reference}"
    await typist.fill_in("stories", "PUT", page + "/consent", {"": SHARED})
    await _read(typist, "stories", page)
    await typist.fill_in("stories", "PUT", page + "/redaction")
    codes = {"/codebook": book["version"], "/themes": themes}
    await typist.fill_in("stories", "POST", page + "/codings", codes)
    await typist.fill_in("stories", "PUT", page + "/moderation")
    await typist.fill_in("stories", "PUT", page + "/moderation", {"/state": "approved"})


async def plant_codebook(typist: Typist) -> None:
    book = (await typist.client("stories").get("/codebook")).json()
    typist.names["version"] = str(book["version"] + 1)
    crosswalk = {theme["code"]: ["kept"] for theme in book["themes"]}
    fixed = {"/themes/0/code": "kept", "/crosswalk": crosswalk}
    await typist.fill_in("stories", "PUT", "/codebook/{version}", fixed)


async def plant_answers(typist: Typist) -> None:
    replies = "/stories/{reference}/replies"
    reply = (await typist.fill_in("stories", "POST", replies))["sent"]["reference"]
    typist.names["reply_reference"] = reply
    await _read(typist, "stories", "/stories/{reference}")
    same = {"/reference": reply}
    await typist.fill_in("stories", "PUT", replies + "/{reply_reference}", same)
    await typist.fill_in(
        "stories", "POST", "/erasures", {"/organisation": ORGANISATION}
    )


async def plant_pages(typist: Typist) -> None:
    """Type into the pages: a person's own, those for telling, the desk, the view."""
    stories = {"/referrals": [], "/stories": [typist.names["reference"]]}
    own = await typist.fill_in(
        "stories", "POST", "/links", {**stories, "/next": LEFT_OUT}
    )
    typist.names["token"] = own["url"].rpartition("/")[2]
    await typist.fill_in_forms("stories", own["url"])
    link = await typist.fill_in("stories", "POST", "/team-links")
    typist.names["token"] = link["url"].rpartition("/")[2]
    for query in ("", "?way=story", "?paper=1", "?paper=1&way=story"):
        await typist.fill_in_forms("stories", link["url"] + query, code="")
    await typist.fill_in_forms("stories", link["url"] + "/paper")
    await typist.fill_in_forms("stories", "/desk")
    story = f"/desk/stories/{typist.names['story_id']}"
    for part in ("", "/coding", "/words", "/answers"):
        await typist.fill_in_forms("stories", story + part, changed_on=DAY)
    await typist.fill_in_forms("aggregation", "/")
    await _read(typist, "stories", "/stories/{reference}")
    approved = {"/state": "approved"}
    await typist.fill_in("stories", "PUT", "/stories/{reference}/moderation", approved)


async def plant_labs(typist: Typist) -> None:
    """Type into learning labs, by calls and at the desk."""
    figures = {"/figures/0/from": MONTH, "/figures/0/to": MONTH}
    about = {**figures, "/stories": [typist.names["reference"]]}
    lab = (await typist.fill_in("stories", "POST", "/labs", about))["sent"]
    typist.names["reference"] = lab["reference"]
    page = "/labs/{reference}"
    await _read(typist, "stories", page)
    await typist.fill_in(
        "stories", "PUT", page, {**about, "/reference": lab["reference"]}
    )
    idea = (await typist.fill_in("stories", "POST", page + "/ideas"))["sent"]
    out_of = {"/idea": idea["reference"]}
    trial = (await typist.fill_in("stories", "POST", page + "/trials", out_of))["sent"]
    typist.names["trial"] = trial["reference"]
    await _read(typist, "stories", page)
    await typist.fill_in("stories", "PUT", page + "/trials/{trial}/outcome")
    rows = await typist.system.fetch("stories", "select id from lab")
    typist.names["lab_id"] = lab_id = str(rows[0][0])
    at_desk = {"until": DAY, "held_on": DAY, "from": MONTH, "to": MONTH}
    for part in ("new", f"{lab_id}/change", lab_id):
        await typist.fill_in_forms("stories", f"/desk/labs/{part}", **at_desk)


async def plant_notes(typist: Typist) -> None:
    """Put a note beside the figures, once they know of the organisation."""
    await typist.system.quiet()
    about = {"/indicator": "magic_rate", "/place": LEFT_OUT, "/from": MONTH}
    whose = {"/organisation": ORGANISATION, "/to": MONTH}
    await typist.fill_in("aggregation", "POST", "/notes", {**about, **whose})


async def plant_framework(typist: Typist) -> None:
    """Write down what a site looks for: known, and not measured yet."""
    place = ("aggregation", "PUT", "/frameworks/{framework}")

    def mark(at: str) -> str:
        return typist.marks.new(f"{' '.join(place)} /indicators/{at}")

    unknown = {"asks": [], "not_measured_yet": mark("not_measured_yet")}
    outcome = "/aims/0/outcomes/0/"
    typist.names["framework"], typist.etag = "marked", ""
    fixed = {
        "/id": "marked",
        "/places": LEFT_OUT,
        "/valid_from": "2026-01-01",
        "/valid_to": LEFT_OUT,
        "/shared": LEFT_OUT,
        "/questions/0/code": "asked",
        "/question_budget": 9,
        outcome + "matches": LEFT_OUT,
        outcome + "indicators": [
            a_measure(asked_by=mark("asked_by"), asks=["asked"]),
            a_measure(mark("code"), **unknown),
        ],
    }
    await typist.fill_in(*place, fixed)


async def plant_files(typist: Typist) -> None:
    """Send a file of each kind with a mark in every cell."""
    for service in ("intake", "measures"):
        place = (service, "POST", "/imports")
        known = (await typist.client(service).get("/imports/templates")).json()
        for template in known["templates"]:
            resource = template["resource"]
            names = [column["name"] for column in template["columns"]]
            cells = [typist.marks.new(f"{service} {resource} {one}") for one in names]
            rows = f"{','.join(names)}\n{','.join(cells)}\n"
            answer = await typist.send(
                place,
                headers={"content-type": "text/csv"},
                params={"resource": resource},
                content=rows,
            )
            assert answer.status_code == 202, answer.text
        typist.typed[place] = None


def _in_batch(fixed: dict[str, Any]) -> dict[str, Any]:
    return {f"/0{pointer}": value for pointer, value in fixed.items()}


async def _read(typist: Typist, service: str, path: str) -> None:
    """Read a record, and with it the version that a correction names."""
    answer = await typist.send((service, "GET", path))
    assert answer.is_success, answer.text
    assert json.loads(answer.text)
