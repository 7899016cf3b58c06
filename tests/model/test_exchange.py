"""A contact as JSON: every key of the form, every reason against it, and the way back."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoc.guidance.pack import load
from spoc.model.documents import contact_from_json, given_values
from spoc.model.documents.contact_from_json import ContactInput, Rules, read
from spoc.model.documents.contact_to_json import StoredContact, contact_json
from spoc.model.errors import BadInput
from spoc.model.forms.forms import CONTACT_FORM, Field
from spoc.model.forms.sheet import NO_NAMES, UNBORN
from spoc.model.rules.clock import Hours, parse_week
from spoc.model.values import jsontext

HOURS = Hours(parse_week("Mon-Fri 09:00-17:00"), frozenset(), frozenset(), date(2030, 12, 31))
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
RULES = Rules(CONTACT_FORM, load("generic"), HOURS, NOW)
WHOLE: dict[str, Any] = {
    "ref": "mail-17",
    "received_at": "2026-11-19T16:30",
    "channel": "ei",
    "caller": {"name": "Nora Nurse", "service": "ED", "role": "nurse", "phone": "01632 960111", "verified": "known-number"},
    "children": [{"name": "Molly Mulberry", "dob": "29/2/2024", "nhs_number": "999 000 0018"}],
    "category": "physical",
    "answers": {"considered": "yes"},
    "where_now": "ed",
    "issues": ["burn"],
    "actions": [{"code": "hd", "by": "ward", "due": "24h"}],
    "outcome": "advice-accepted",
    "record_number": "R-1",
    "notes": "Scald.\n",
}  # fmt: skip


def refused(**changes: Any) -> list[str]:
    """The reasons against the whole contact with these changes."""
    found = read(WHOLE | changes, RULES)
    assert isinstance(found, list), found
    return found


def taken(**changes: Any) -> ContactInput:
    found = read(WHOLE | changes, RULES)
    assert isinstance(found, ContactInput), found
    return found


def test_a_whole_contact_becomes_a_sheet() -> None:
    given = taken()
    sheet = given.sheet
    assert (given.ref, given.open, given.words) == ("mail-17", False, ())
    assert sheet.values["channel"] == "EMAIL-IN" and sheet.values["callback"] == "01632 960111"
    assert sheet.received_at == "2026-11-19T16:30:00.000Z" and sheet.values["hours"] == "in-hours"
    assert sheet.children[0].nhs_number == "9990000018" and sheet.children[0].dob == "2024-02-29"
    assert sheet.many == {"issues": ("burn",)} and sheet.notes == "Scald.\n"
    action = sheet.actions[0]
    assert (action.code, action.who, action.due) == ("hold-discharge", "ward", "24h")
    assert action.at == sheet.received_at, "due times count from when it was received"


def test_a_new_field_of_the_form_is_a_key_at_once() -> None:
    form = (
        *CONTACT_FORM,
        Field("last_place", "Last place", "code", "place"),
        Field("seen_at", "Seen", "when"),
    )
    more = {"last_place": "ed", "seen_at": "2026-11-18T10:00Z"}
    found = read(WHOLE | more, replace(RULES, form=form))
    assert isinstance(found, ContactInput)
    assert found.sheet.values["last_place"] == "ed"
    assert found.sheet.values["seen_at"] == "2026-11-18T10:00:00.000Z"
    assert refused(last_place="ed") != []


def test_an_unknown_field_or_code_is_named_with_the_nearest() -> None:
    assert refused(chanel="EMAIL-IN") == ["there is no field “chanel”; near it: channel."]
    (said,) = refused(issues=["burn", "hed-injury"])
    assert said.startswith("issues: “hed-injury” is not a code there; near it: ")
    assert "head-injury-under-1 (Head injury, under 1 year)" in said
    assert refused(caller={"fone": "1"})[0].startswith(
        "caller: there is no field “fone”; near it: phone"
    )
    assert refused(actions=[{"who": "x"}])[-1] == "actions 1: it has no code."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"received_at": "2026-11-20T09:01Z"}, "still to come"),
        ({"received_at": "2026-03-29T01:30"}, "did not exist"),
        ({"received_at": "2026-11-20"}, "is not a time"),
        ({"received_at": "0001-01-01T00:00+14:00"}, "is not a time"),
        ({"received_at": "2026-13-01T10:00"}, "is not a time"),
        ({"children": [{"name": "A", "dob": "2019-02-29"}]}, "children 1 dob: “2019-02-29” is not a date"),
        ({"children": [{"name": "A", "dob": "2027-01-01"}]}, "still to come"),
        ({"children": [{"name": "A", "dob": "13/13/2019"}]}, "there is no month 13"),
        ({"children": [{"name": "A", "dob": "2019-01-01", "edd": "2027-01-01"}]}, "not both"),
        ({"children": [{"name": "A", "nhs_number": "9990000019"}]}, "a digit is wrong"),
        ({"children": [{}]}, "says nothing of the child"),
        ({"children": [{"edd": "2027-01-01", "mother": {}}]}, "she needs a name"),
        ({"children": {"name": "A"}}, "it is a list"),
        ({"children": ["A"]}, "children 1: it is an object"),
        ({"identity": "no-names"}, "yet there are children"),
        ({"actions": [{"code": "hd", "due": "whenever"}]}, "actions 1 due: “whenever”"),
        ({"actions": [{"code": "hd", "due": "0001-01-01T00:00+14:00"}]}, "is not a time"),
        ({"role": "doctor-registrar"}, "role: it is given twice"),
        ({"notes": 7}, "notes: it is text"),
        ({"notes": "\ud800"}, "half a character"),
        ({"open": "yes"}, "open: write true or false"),
    ],
)  # fmt: skip
def test_what_is_bad_is_refused_with_the_sentence(changes: dict[str, Any], words: str) -> None:
    assert any(words in said for said in refused(**changes)), refused(**changes)


def test_every_reason_is_given_at_once() -> None:
    assert len(refused(channel="?", outcome="?", colour="red")) == 3
    assert read(["no object"], RULES) == ["A contact is an object, in braces."]


def test_an_hour_that_comes_twice_is_said() -> None:
    given = taken(received_at="2026-10-25T01:30")
    assert given.sheet.received_at == "2026-10-25T00:30:00.000Z"
    assert given.words == ("received_at: that time came twice; taken as the first, BST",)
    assert taken(received_at="2026-10-25T01:30+00:00").words == ()


def test_a_field_given_twice_is_refused_and_not_chosen_from() -> None:
    (value,) = jsontext.objects('{"ref": "a", "ref": "b"}')
    assert read(value, RULES) == ["a field is given twice."]


def test_nothing_is_defaulted_that_somebody_ought_to_say() -> None:
    found = read({}, RULES)
    assert isinstance(found, ContactInput)
    assert found.sheet.received_at == found.sheet.opened_at
    assert found.sheet.values == {"hours": "in-hours"} and not found.sheet.actions
    action = read({"actions": [{"code": "verbal-csc-caller"}]}, RULES)
    assert isinstance(action, ContactInput) and not action.sheet.actions[0].due


def test_an_unborn_baby_has_a_due_date_and_a_mother() -> None:
    given = taken(
        children=[{"edd": "2027-02-12", "mother": {"name": "Ola Oak", "dob": "1/1/1999"}}]
    )
    (child,) = given.sheet.children
    assert (child.name, child.kind, child.edd) == ("Unborn baby of Ola Oak", UNBORN, "2027-02-12")
    assert child.mother and child.mother.kind == "adult" and given.sheet.identity == UNBORN
    assert taken(children=[], identity="no-names").sheet.identity == NO_NAMES


def test_the_same_child_twice_is_there_once() -> None:
    assert len(taken(children=WHOLE["children"] * 2).sheet.children) == 1


def a_held(given: ContactInput) -> StoredContact:
    """What the store would hold of it."""
    sheet = given.sheet
    values: dict[str, Any] = dict(sheet.values) | {
        key: list(codes) for key, codes in sheet.many.items()
    }
    values |= {
        "received_at": sheet.received_at,
        "identity": sheet.identity,
        "ref": given.ref,
        "closed_at": "x",
    }
    return StoredContact("0" * 32, values, sheet.caller.name, sheet.children, sheet.actions, sheet.outcome, sheet.notes, sheet.answers, sheet.prompts)  # fmt: skip


def test_what_is_told_is_read_as_the_same_contact() -> None:
    for contact in (
        taken(),
        taken(children=[{"kind": "unborn"}, {"edd": "2027-02-12", "mother": {"name": "Ola Oak"}}]),
        taken(children=[], identity="no-names", caller={"service": "ED"}),
    ):
        said = json.loads(
            json.dumps(contact_json(a_held(contact), CONTACT_FORM, RULES.pack, identifiers=True))
        )
        assert read(said, RULES) == contact


def test_without_identifiers_only_times_and_codes_are_told() -> None:
    given = taken()
    held = a_held(
        replace(
            given,
            sheet=replace(given.sheet, values={**given.sheet.values, "service": "Dr Patel's ward"}),
        )
    )
    said = json.dumps(contact_json(held, CONTACT_FORM, RULES.pack, identifiers=False))
    for word in (
        "Nora",
        "Molly",
        "9990000018",
        "2024-02-29",
        "01632",
        "R-1",
        "Scald",
        "Patel",
        "ward",
        "mail-17",
    ):
        assert word not in said
    assert "EMAIL-IN" in said and "burn" in said


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1), ("nonsense", 1, 1), ('[{"a": 1},\n {"b" 2}]', 2, 7), ("[{}", 1, 4), ("[{},]", 1, 5),
        ("{} {}", 1, 4), ('{"a": "\n"}', 1, 8), ("[" * 100_000, 1, 2), ('{"a": ' + "9" * 5000 + "}", 1, 1),
    ],
)  # fmt: skip
def test_bad_json_is_named_by_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(jsontext.BadJson) as bad:
        jsontext.objects(text)
    assert (bad.value.line, bad.value.column) == (line, column)


def test_bad_json_is_refused_before_the_first_value_is_given() -> None:
    assert list(jsontext.objects(' [ {} , {"a": [1]} ]\n')) == [{}, {"a": [1]}]
    assert list(jsontext.objects("[]")) == []
    with pytest.raises(jsontext.BadJson):
        jsontext.objects('[{"ref": "1"}, oops]')


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(contact_from_json.fields(CONTACT_FORM)), _JSON))
def test_whatever_stands_in_a_field_is_read_or_refused_in_words(said: dict[str, Any]) -> None:
    found = read(said, RULES)
    assert isinstance(found, ContactInput) or all(each and each.endswith(".") for each in found)


@given(st.text(alphabet="0123456789-+:TZ /.thwdmonjan", max_size=25))
def test_no_time_or_day_fails_but_in_words(text: str) -> None:
    for parse in (
        lambda: given_values.instant(text),
        lambda: given_values.day(text, NOW.date(), past=True),
        lambda: given_values.due_rule(text, NOW, HOURS),
    ):
        try:
            parse()
        except BadInput as refusal:
            assert str(refusal)
