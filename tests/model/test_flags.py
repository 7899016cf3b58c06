"""Flags: what was seen, where and by which rule; what is denied raises none, and words only suggest."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime

import pytest

from spoc.guidance.pack import load
from spoc.model.attendance.flags import History, one_key_clears, raised
from spoc.model.attendance.sharing import subject, whom
from spoc.model.hearing.hearing import Hearing

BOOK = load("somerset").book
USUAL = {"arrived": "2026-11-19T20:10", "departed": "2026-11-19T22:00", "birth_date": "2016-07-19",
         "complaint": "Ear pain 3/7", "diagnosis": "Otitis media", "gp_practice": "B83049", "postcode": "TA1 1AA"}  # fmt: skip


def codes(**said: str) -> set[str]:
    fields = {name: text for name, text in {**USUAL, **said}.items() if text}
    return {each.code for each in raised(fields, BOOK)}


def test_an_ear_ache_raises_nothing() -> None:
    assert codes() == set()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"birth_date": "2026-02-01", "complaint": "fell from bed"}, "UNDER-1-INJURY"),
        ({"birth_date": "2026-07-19", "complaint": "bruise L cheek; not yet rolling"}, "INJURY-AGE"),
        ({"birth_date": "2025-02-01", "diagnosis": "Fracture, femur", "complaint": "walking"}, "INJURY-AGE"),
        ({"complaint": "torn frenulum"}, "INJURY-AGE"),
        ({"birth_date": "2023-10-01", "complaint": "Swallowed tablets of grandmother's"}, "INGESTION"),
        ({"discharge_status": "1066301000000103"}, "LEFT-EARLY"),
        ({"discharge_status": "1066311000000101"}, "LEFT-EARLY"),
        ({"discharge_status": "1066321000000107"}, "LEFT-EARLY"),
        ({"discharge_status": "Left before treatment complete"}, "LEFT-EARLY"),
        ({"discharge_status": "Did not wait"}, "LEFT-EARLY"),
        ({"complaint": "OD paracetamol"}, "SELF-HARM"),
        ({"complaint_code": "248062006", "complaint": ""}, "SELF-HARM"),
        ({"cpis": "CPP current"}, "CP-IS"),
        ({"cpis": "LAC"}, "CP-IS"),
        ({"safeguarding": "Suspected victim of child abuse"}, "SAFEGUARDING"),
        ({"safeguarding": "836881000000105"}, "SAFEGUARDING"),
        ({"gp_practice": "V81997"}, "NO-GP"),
        ({"gp_practice": "V81998"}, "GP-UNKNOWN"),
        ({"gp_practice": "V81999"}, "GP-UNKNOWN"),
        ({"gp_practice": ""}, "GP-UNKNOWN"),
        ({"postcode": "ZZ99 3VZ"}, "NO-ABODE"),
        ({"postcode": "M14 0PU"}, "OUT-OF-AREA"),
        ({"arrival_mode": "Police"}, "POLICE"),
        ({"arrival_mode": "1048001000000106"}, "POLICE"),
        ({"complaint": "mum says domestic violence at home"}, "DOMESTIC-ABUSE"),
        ({"complaint": "vodka in the park"}, "SUBSTANCES"),
        ({"school": "888888"}, "SCHOOL"),
        ({"complaint": "injury to arm two days ago"}, "DELAY"),
        ({"complaint": "", "diagnosis": ""}, "CANNOT-TELL"),
        ({"birth_date": ""}, "CANNOT-TELL"),
        ({"birth_date": "2025-02-01", "complaint": "hit head on table"}, "CANNOT-TELL"),
    ],
)  # fmt: skip
def test_each_thing_that_needs_eyes_raises_its_flag(said: dict[str, str], code: str) -> None:
    assert code in codes(**said)


@pytest.mark.parametrize(
    "said",
    [
        {"safeguarding": "No safeguarding issues identified"},
        {"safeguarding": "No safeguarding concerns"},
        {"safeguarding": "no"},
        {"safeguarding": "Safeguarding concern: No"},
        {"complaint": "denies assault"},
        {"complaint": "No chest pain; no injury; no overdose"},
        {"complaint": "denies self-harm or overdose"},
        {"complaint": "Alcohol: No"},
        {"cpis": "CPP ended <12m"},
        {"cpis": "None found"},
        {"cpis": "Not checked"},
        {"complaint": "without bruising"},
        {"complaint": "No rash, fever or overdose"},
        {"complaint": "Overdose ruled out"},
        {"complaint": "Self-harm - nil"},
        {"complaint": "negative for alcohol"},
        {"complaint": "No h/o self-harm"},
        {"birth_date": "", "age": "10"},
    ],
)
def test_what_is_denied_or_ended_raises_none(said: dict[str, str]) -> None:
    assert codes(**said) - {"OUT-OF-AREA"} == set()


def test_a_no_reaches_no_further_than_its_clause() -> None:
    assert "SELF-HARM" in codes(complaint="no injury; overdose of paracetamol")
    assert "INJURY-AGE" in codes(complaint="no LOC, bruise to ear", diagnosis="Bruise, ear")
    assert "SELF-HARM" in codes(complaint="no LOC after overdose")
    assert "SELF-HARM" in codes(complaint="overdose this morning LOC denied")


@pytest.mark.parametrize(
    ("complaint", "code"),
    [
        ("No explanation for the bruise to ear", "INJURY-AGE"),
        ("overdose not excluded", "SELF-HARM"),
        ("overdose no other injuries seen", "SELF-HARM"),
        ("Not sure whether overdose", "SELF-HARM"),
    ],
)
def test_what_only_looks_like_a_denial_raises_its_flag(complaint: str, code: str) -> None:
    assert code in codes(complaint=complaint)


def test_a_call_and_a_list_hear_a_no_in_the_same_words() -> None:
    pack = load("somerset")
    assert pack.book.denial is pack.denial
    never = replace(pack.denial, before=(*pack.denial.before, "nowt like"))
    text = {**USUAL, "complaint": "nowt like an overdose"}
    assert "SELF-HARM" in {each.code for each in raised(text, pack.book)}
    assert not raised(text, replace(pack.book, denial=never))
    assert not Hearing([("self-harm", "overdose")], denial=never).heard(text["complaint"])


def test_a_flag_quotes_the_phrase_names_its_rule_and_says_that_words_suggest_it() -> None:
    (flag,) = raised({**USUAL, "complaint": "Sore throat. OD paracetamol ?16 after row"}, BOOK)
    assert "“OD paracetamol ?16 after row”" in flag.why and "rule SELF-HARM" in flag.why
    assert flag.suggested and "19 Nov 2026 20:10" in flag.why
    (stated,) = raised({**USUAL, "discharge_status": "Did not wait"}, BOOK)
    assert not stated.suggested


def test_what_a_flag_quotes_stands_in_the_same_order_in_every_run() -> None:
    script = "from spoc.guidance.pack import load; print(*load('generic').book.by_field)"
    orders = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(orders) == 1


def test_a_previous_injury_needs_an_injury_now() -> None:
    before = History([("2026-10-01T10:00", "ED-YDH", ("UNDER-1-INJURY",))])
    now = {**USUAL, "complaint": "fell from swing"}
    (flag,) = (each for each in raised(now, BOOK, before) if each.code == "PREVIOUS-INJURY")
    assert "1 Oct 2026 at ED-YDH" in flag.why
    assert not raised(USUAL, BOOK, before)


@pytest.mark.parametrize(("hours", "known"), [(23, True), (25, False)])
def test_after_a_day_without_a_departure_it_is_not_known(hours: int, known: bool) -> None:
    fields = {name: text for name, text in USUAL.items() if name != "departed"}
    now = datetime(2026, 11, 19, 20, 10).replace(hour=20)
    later = (
        now.replace(day=20, hour=(20 + hours) % 24) if hours < 24 else now.replace(day=20, hour=21)
    )
    found = {each.code for each in raised(fields, BOOK, now=later)}
    assert ("DEPARTURE-UNKNOWN" not in found) is known


def test_one_key_clears_only_what_is_clear() -> None:
    assert one_key_clears(USUAL, raised(USUAL, BOOK)) == ""
    for said in (
        {"birth_date": "2025-01-01"},
        {"birth_date": ""},
        {"complaint": "denies nothing; overdose"},
    ):
        fields = {name: text for name, text in {**USUAL, **said}.items() if text}
        assert one_key_clears(fields, raised(fields, BOOK))


@pytest.mark.parametrize(
    ("born", "team"),
    [
        ("2026-01-01", ["hv", "gp"]),
        ("2021-11-20", ["hv", "gp"]),
        ("2021-11-19", ["hv", "sn", "gp"]),  # 5: both
        ("2020-11-19", ["sn", "gp"]),
        ("2010-11-19", ["sn", "gp"]),  # 16
        ("2009-11-19", ["gp"]),  # 17
    ],
)
def test_who_is_told_goes_by_age_and_meeting_ages_get_both(born: str, team: list[str]) -> None:
    assert whom({**USUAL, "birth_date": born}, load("somerset")) == team


def test_a_social_worker_is_told_first_and_an_unknown_age_reaches_everybody() -> None:
    assert whom({**USUAL, "social_worker": "J Hale"}, load("somerset"))[0] == "sw"
    unknown = {name: text for name, text in USUAL.items() if name != "birth_date"}
    assert whom(unknown, load("somerset")) == ["hv", "sn", "gp"]


@pytest.mark.parametrize(
    ("address", "secure"),
    [("a@nhs.net", False), ("a@x.nhs.net", False), ("a@nhs.net.example.com", True), ("a@gmail.com", True), ("a@trust.nhs.uk", False), ("", True)],
)  # fmt: skip
def test_a_subject_names_nobody_and_is_marked_where_the_address_needs_it(address: str, secure: bool) -> None:  # fmt: skip
    said = subject("Health visitor", 2, address, ["trust.nhs.uk"])
    assert said.startswith("[secure]") is secure and "2 children" in said
