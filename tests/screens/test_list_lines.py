"""A contact as one line of a list: labels, whole words, and nothing lost at 80 columns."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from spoc.guidance.pack import load
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import Person, Sheet
from spoc.screens.contacts.list_lines import contact_line, draft_line, heading, when
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.contacts.reading.rows import ContactRow
from spoc.widgets.pages.cells import cropped, people

PACK = load("somerset")
TODAY = date(2026, 11, 26)


def row(**but: object) -> ContactRow:
    said = {
        "id": b"1", "received_at": "2026-11-25T16:52:00Z", "logged_at": "2026-11-25T16:52:00Z", "late": False,
        "open": False, "service": "ED-MPH", "category": "physical", "issues": ("bruise-nonmobile",),
        "identity": "named", "children": ("Brook, Tyler",), "caller": "Reed, Amy",
        "outcome": "advice-accepted", "amended": False,
    }  # fmt: skip
    return ContactRow(**(said | but))  # type: ignore[arg-type]


def test_a_line_says_in_labels_what_a_heading_names() -> None:
    narrow, wide = (str(contact_line(row(), PACK, TODAY, width)) for width in (77, 117))
    assert narrow.split("  ")[0] == "Wed 16:52"
    for words in ("Brook, Tyler", "Bruise, not mobile", "Reed, Amy", "Advice accepted"):
        assert words in narrow and words in wide
    assert "Reed, Amy · ED Musgrove" in wide
    assert "bruise-nonmobile" not in wide and "ED-MPH" not in wide
    for width, line in ((77, narrow), (117, wide)):
        heads = str(heading(width))[2:]  # beside the mark
        for head, words in (("Child", "Brook"), ("Worry", "Bruise"), ("Who rang", "Reed")):
            assert heads.index(head) == line.index(words)


@pytest.mark.parametrize(
    ("sheet", "worry"),
    [
        ({"many": {"issues": ("bruise-nonmobile", "burn")}}, "Bruise, not mobile +1"),
        ({"values": {"category": "physical"}}, "Physical abuse"),
        ({}, ""),
    ],
)
def test_a_call_that_waits_has_its_worry_under_the_worries_and_where_one_stopped_at_the_end(
    sheet: dict[str, Any], worry: str
) -> None:
    at = "2026-11-26T09:14:00.000Z"
    held = Sheet(
        opened_at=at,
        caller=Person("Reed, Amy"),
        parked_at=at,
        slot="notes",
        notes="On the sofa.",
        **sheet,
    )
    draft = Draft(b"1", b"2", held, at)
    for width, end in ((77, "Notes “On the…"), (117, "Notes “On the sofa.”, Ada Shah")):
        line = str(draft_line(draft, 1, "Ada Shah", CONTACT_FORM, TODAY, width, PACK))
        heads = str(heading(width))[2:]  # beside the mark
        about = line[heads.index("Worry") : heads.index("Who rang")].strip()
        assert about == worry and line[heads.index("Where") :].startswith(end)


def test_every_worry_and_every_outcome_stands_whole_at_80_columns() -> None:
    for issue, outcome in product(PACK.lists["issue"], PACK.lists["outcome"]):
        line = str(contact_line(row(issues=(issue.code,), outcome=outcome.code), PACK, TODAY, 77))
        assert issue.in_brief in line
        assert outcome.in_brief in line


def test_what_is_open_late_or_amended_says_so_in_a_word() -> None:
    line = str(contact_line(row(open=True, late=True), PACK, TODAY, 117))
    assert "OPEN, late" in line
    assert "Advice accepted, amended" in str(contact_line(row(amended=True), PACK, TODAY, 117))


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-11-26T08:01:00Z", "08:01"),
        ("2026-11-25T23:59:00Z", "Wed 23:59"),
        ("2026-11-20T09:00:00Z", "Fri 09:00"),
        ("2026-11-19T09:00:00Z", "19 Nov"),
        ("2025-11-26T09:00:00Z", "26 Nov 2025"),
    ],
)
def test_an_older_line_says_its_day(at: str, words: str) -> None:
    assert when(at, TODAY) == words


@pytest.mark.parametrize(
    ("text", "size", "words"),
    [
        ("Parental mental health", 22, "Parental mental health"),
        ("Parental mental health", 18, "Parental mental…"),
        ("Featherstonehaugh", 9, "Feathers…"),
    ],
)
def test_text_is_cut_at_a_word(text: str, size: int, words: str) -> None:
    assert cropped(text, size) == words


@pytest.mark.parametrize(
    ("text", "size", "words"),
    [
        ("Kovács, Shanice; Kovács, Tia", 28, "Kovács, Shanice; Kovács, Tia"),
        ("Kovács, Shanice; Kovács, Tia", 18, "Kovács, Shanice +1"),
        ("Kovács, Shanice; Kovács, Tia", 14, "Kovács, S. +1"),
        ("Fernández, Yara", 14, "Fernández, Y."),
        ("Unborn baby of Lane, Amy", 24, "Unborn baby of Lane, Amy"),
        ("Unborn baby of Lane, Amy", 17, "baby of Lane, Amy"),
        ("Unborn baby of Lane, Amy", 16, "baby of Lane, A."),
        ("Featherstonehaugh, Ty", 12, "Feather…, T."),
        ("Featherstonehaugh, Ty", 11, "Feathersto…"),
        ("no names", 6, "no na…"),
    ],
)
def test_people_are_shortened_before_they_are_cut(text: str, size: int, words: str) -> None:
    assert people(text, size) == words
