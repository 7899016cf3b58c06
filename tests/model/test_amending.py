"""Amending: what closing asks for, amending asks for; nothing is emptied or taken by a slip."""

from datetime import UTC, datetime

import pytest

from spoc.guidance.pack import load
from spoc.model.errors import BadInput
from spoc.model.forms.amendment import amended
from spoc.model.hearing.code_match import Meant, meant
from spoc.model.ledger.records import tables
from spoc.model.rules.clock import Hours, parse_week

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TABLES = tables()
HOURS = Hours(parse_week("Mon-Fri 09:00-17:00"), frozenset(), frozenset(), NOW.date())


@pytest.mark.parametrize(
    ("tbl", "name"),
    [
        ("contact", "received_at"),
        ("contact", "service"),
        ("person", "name"),
        ("outcome", "code"),
        ("note", "text"),
    ],
)
def test_what_a_closed_contact_holds_cannot_be_emptied(tbl: str, name: str) -> None:
    column = TABLES[tbl].column(name)
    assert column
    with pytest.raises(BadInput, match="cannot be left empty"):
        amended(column, "2026-11-20T08:00:00.000Z", "-", None, NOW, HOURS)


def test_a_number_that_was_wrong_can_be_taken_away() -> None:
    column = TABLES["person"].column("nhs_number")
    assert column
    assert amended(column, "9990000018", "-", None, NOW, HOURS) == {"nhs_number": None}


def test_a_due_time_is_read_as_in_a_call_and_counts_from_when_it_was_agreed() -> None:
    column = TABLES["action"].column("due")
    assert column
    agreed = datetime(2026, 11, 19, 12, tzinfo=UTC)
    assert amended(column, "3wd", "24h", None, NOW, HOURS, agreed) == {
        "due": "24h",
        "due_at": "2026-11-20T12:00:00.000Z",
    }
    with pytest.raises(BadInput):
        amended(column, "3wd", "24h-", None, NOW, HOURS, agreed)


@pytest.mark.parametrize("name", ["issue", "service", "category", "outcome"])
@pytest.mark.parametrize("typed", ["-", "/", "(", "..."])
def test_a_sign_alone_means_no_code(name: str, typed: str) -> None:
    assert meant(typed, load("somerset").codes(name, NOW.date())) == Meant()
