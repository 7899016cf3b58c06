"""A change in words: what a history, a page of text and two values at odds call a field and its codes."""

from typing import Any

import pytest
from samples import GENERIC

from spoc.model.documents.change_words import ADDED, change_words, field_label, value_words
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.records import tables

TABLES = tables()


@pytest.mark.parametrize(
    ("table", "field", "before", "value", "words"),
    [
        ("contact", "category", "physical", "neglect", "category: was “Physical abuse”, now “Neglect”"),
        ("contact", "record_number", None, "H-77", "number: was “nothing”, now “H-77”"),
        ("contact", "received_at", "2026-11-20T09:00:00.000Z", "2026-11-20T08:10:00.000Z",
         "received: was “Fri 20 Nov 2026 09:00”, now “Fri 20 Nov 2026 08:10”"),
        ("contact", "issues.burn", None, True, "issues: Burn or scald added"),
        ("contact", "issues.burn", True, None, "issues: Burn or scald taken out"),
        ("person", "nhs_number", "9990000018", "", "NHS number: was “9990000018”, now “nothing”"),
        ("action", "due", "24h", "3wd", "by when: was “24h”, now “3wd”"),
        ("action", ADDED, None, "hold-discharge", "action added: Hold discharge"),
        ("action", VOID, None, "hold-discharge", "action taken out: Hold discharge"),
        ("contact_person", VOID, None, "Brook, Ty", "Brook, Ty taken out"),
        ("answer", "danger", "no", "yes", "immediate danger: was “no”, now “yes”"),
    ],
)  # fmt: skip
def test_a_change_names_its_field_and_its_codes_by_their_labels(
    table: str, field: str, before: Any, value: Any, words: str
) -> None:
    assert change_words(TABLES[table], field, before, value, CONTACT_FORM, GENERIC) == words


def test_a_value_that_stands_against_another_is_in_words_too() -> None:
    contact = TABLES["contact"]
    assert value_words(contact, "category", "neglect", GENERIC) == "Neglect"
    assert value_words(contact, "issues.burn", False, GENERIC) == "not Burn or scald"
    assert value_words(TABLES["action"], VOID, True, GENERIC) == "taken out"
    assert field_label(TABLES["action"], VOID, CONTACT_FORM, GENERIC) == "action"


def test_no_label_of_the_form_reads_as_a_key() -> None:
    labels = [
        field_label(TABLES["contact"], each.key, CONTACT_FORM, GENERIC) for each in CONTACT_FORM
    ]
    assert [each for each in labels if "_" in each or "." in each.rstrip(".")] == []
