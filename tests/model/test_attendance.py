"""What a cell, a row and a second row say: rules R0 to R6, case by case."""

from datetime import date, datetime, time, timedelta
from math import inf, nan
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spoc.guidance.intake import columns
from spoc.model.attendance import cell_values
from spoc.model.attendance.columns import find
from spoc.model.attendance.reconcile import StoredAttendance, contradicts, decide, mark
from spoc.model.attendance.row import FIELDS, Attendance, Layout, Rejected, Where, read

NOW = datetime(2026, 11, 26, 17, 0)
KEY = b"k" * 32
HEADINGS = ["Attendance Number", "NHS No", "Hosp no", "Surname", "Forename", "DOB", "Age", "Arrival Date", "Arrival Time", "Presenting complaint", "Diagnosis", "GP code", "Departed"]  # fmt: skip


def row(**said: Any) -> Attendance | Rejected:
    usual = {"number": "A1", "nhs": "999 000 0018", "hosp": "1", "family": "Brook", "given": "Ty", "dob": "19/07/2018",
             "age": "", "day": "25/11/2026", "time": "23:40", "complaint": "fell", "diagnosis": "", "gp": "B83049", "departed": ""} | said  # fmt: skip
    heading = find([HEADINGS], columns())
    assert heading is not None
    return read(list(usual.values()), Where("f", "", 2), Layout(heading, columns(), NOW))


def taken(**said: Any) -> Attendance:
    found = row(**said)
    assert isinstance(found, Attendance), found
    return found


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("", "missing"),
        ("9.99E+09", "malformed"),
        ("9999999999", "repeated"),
        ("999 000 0019", "check-digit"),
        ("0123456789", "placeholder"),
        ("９９９００００018", "malformed"),
    ],
)
def test_a_wrong_nhs_number_never_rejects_the_row(cell: str, kind: str) -> None:
    found = taken(nhs=cell)
    assert found.issue == kind and "nhs_number" not in found.fields


@pytest.mark.parametrize("cell", ["999-000-0018", "999\u00a0000\u00a00018", "999 000 0018 (T)", 9990000018.0, 9990000018])  # fmt: skip
def test_an_nhs_number_is_taken_however_it_is_written(cell: Any) -> None:
    assert taken(nhs=cell).fields["nhs_number"] == "9990000018"


@pytest.mark.parametrize("cell", ["30/02/2018", "13/25/2018", "", "01/01/1900", "27/11/2026", "x"])
def test_an_impossible_birth_is_an_unknown_one_and_never_an_adult(cell: str) -> None:
    found = taken(dob=cell, age="45")
    assert found.months is None and not found.adult and found.fields["age"] == "45"


def test_day_and_month_are_never_swapped() -> None:
    assert "birth_date" not in taken(dob="07/19/2018").fields
    assert taken(dob="07/08/2018").fields["birth_date"] == "2018-08-07"


@pytest.mark.parametrize(
    ("day", "clock", "reason"),
    [
        ("", "", "arrival missing"),
        ("31/11/2026", "10:00", "arrival impossible"),
        ("soon", "", "arrival impossible"),
        ("27/11/2026", "00:10", "arrival in the future"),
        ("26/11/2062", "", "arrival in the future"),
    ],
)
def test_an_arrival_that_cannot_be_rejects_the_row(day: str, clock: str, reason: str) -> None:
    found = row(day=day, time=clock)
    assert isinstance(found, Rejected) and found.reason == reason


@pytest.mark.parametrize(
    ("day", "clock", "arrived"),
    [
        ("25/11/2026", "24:00", "2026-11-26T00:00"),
        ("25/11/2026", "", "2026-11-25"),
        ("25/11/2026", "2340", "2026-11-25T23:40"),
        ("25/11/2026", "7:05 pm", "2026-11-25T19:05"),
        ("25-Nov-2026", time(1, 2), "2026-11-25T01:02"),
        ("2026-11-25", 0.5, "2026-11-25T12:00"),
        (46351.0, timedelta(hours=3), "2026-11-25T03:00"),
        (datetime(2026, 11, 25, 4, 5), "", "2026-11-25T04:05"),
        ("20261125", "0930", "2026-11-25T09:30"),
        ("", "2026-11-25 04:05:06", "2026-11-25T04:05"),
        ("25/10/2026", "01:30", "2026-10-25T01:30"),
    ],
)
def test_an_arrival_is_taken_however_it_is_written(day: Any, clock: Any, arrived: str) -> None:
    assert taken(day=day, time=clock).fields["arrived"] == arrived


def test_a_time_that_the_clocks_skipped_is_imported_and_said() -> None:
    assert "clocks skipped" in taken(day="29/03/2026", time="01:20").notes[0]


@pytest.mark.parametrize(
    ("born", "arrived", "adult"),
    [
        ("26/11/2008", "25/11/2026", False),
        ("25/11/2008", "25/11/2026", True),
        ("29/02/2008", "28/02/2026", False),
        ("29/02/2008", "01/03/2026", True),
    ],
)
def test_eighteen_is_reached_on_the_day_itself(born: str, arrived: str, adult: bool) -> None:
    assert taken(dob=born, day=arrived).adult is adult


@pytest.mark.parametrize(
    ("cell", "months"),
    [
        ("6/52", 1),
        ("11/12", 11),
        (datetime(2025, 12, 11), 11),
        (date(2025, 12, 11), 11),
        ("13/12", 13),
        ("4y 3m", 51),
        ("16y", 192),
        ("23", 276),
        (17.0, 204),
        ("3 weeks", 0),
        ("18 months", 18),
        ("2yr", 24),
        ("", None),
        ("abc", None),
        ("about 4", None),
    ],
)
def test_an_age_is_read_as_it_was_written(cell: Any, months: int | None) -> None:
    assert cell_values.age_in_months(cell) == months


def held(first: Attendance) -> StoredAttendance:
    return StoredAttendance(first.fields, [mark(first, KEY)], first.adult)


def test_the_same_row_again_is_a_duplicate_and_more_of_it_an_update() -> None:
    first = taken()
    assert decide(first, held(first), KEY).kind == "duplicate"
    more = decide(taken(diagnosis="Fracture"), held(first), KEY)
    assert (more.kind, more.changed) == ("updated", {"diagnosis": "Fracture"})


def test_an_empty_cell_never_empties_what_is_known() -> None:
    first = taken(diagnosis="Fracture")
    emptier = decide(taken(nhs="", dob="", gp="", complaint=""), held(first), KEY)
    assert emptier.kind == "duplicate" and not emptier.changed


def test_a_day_without_a_time_takes_no_time_away() -> None:
    assert decide(taken(time=""), held(taken()), KEY).kind == "duplicate"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"nhs": "999 000 0026", "family": "Lane", "given": "Mo", "dob": "01/02/2019", "hosp": "2"}, "conflict"),
        ({"given": "Riley", "nhs": "999 000 0026", "hosp": "2"}, "conflict"),  # a twin
        ({"dob": "20/07/2018"}, "updated"),
        ({"family": "Brook-Lane"}, "updated"),
        ({"nhs": "999 000 0026"}, "updated"),  # name and birth agree: the number was put right
        ({"nhs": "", "hosp": "", "family": "Lane", "given": "Mo", "dob": ""}, "conflict"),
    ],
)  # fmt: skip
def test_another_person_is_a_conflict_and_a_corrected_one_an_update(said: dict[str, str], kind: str) -> None:  # fmt: skip
    assert decide(taken(**said), held(taken()), KEY).kind == kind


def test_unknown_people_get_their_name_later() -> None:
    first = taken(family="Unknown", given="Male", dob="01/01/1900", nhs="")
    assert "name" not in first.fields and first.fields["called"] == "Unknown, Male"
    later = decide(taken(), held(first), KEY)
    assert later.kind == "updated" and later.changed["name"] == "Brook, Ty"


def test_an_adult_is_known_again_by_marks_alone() -> None:
    first = taken(dob="01/01/1980")
    kept = StoredAttendance({}, [mark(first, KEY)], True)
    assert decide(taken(dob="01/01/1980"), kept, KEY).kind == "duplicate"
    assert decide(taken(dob="01/01/1980", diagnosis="x"), kept, KEY).kind == "updated"
    other = {"nhs": "999 000 0026", "family": "Lane", "given": "Mo", "hosp": "2"}
    assert decide(taken(**other), kept, KEY).kind == "conflict"
    assert not any(word in "".join(kept.marks) for word in ("Brook", "9990000018"))


def test_a_site_that_contradicts_is_refused_and_one_of_several_is_not() -> None:
    aliases = {"mph": "ED-MPH", "ydh": "ED-YDH", "musgrovepark": "ED-MPH"}
    assert not contradicts(["MPH"], "ED-MPH", aliases)
    assert not contradicts(["Musgrove Park"], "ED-MPH", aliases)
    assert not contradicts(["MPH", "YDH"], "ED-MPH", aliases)
    assert not contradicts(["RAE01"], "RAE01", aliases)
    assert not contradicts([], "X", aliases)
    assert "YDH" in contradicts(["YDH"], "ED-MPH", aliases)


@given(st.lists(st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.none(), st.booleans(), st.datetimes(), st.dates(), st.times()), min_size=13, max_size=14))  # fmt: skip
@example(["0", "", "", None, "", "", "", nan, inf, "", "", nan, ""])
@example(["0", *[nan] * 12])
@example(["0", *[-inf] * 12])
def test_no_row_of_any_cells_crashes_or_is_lost(said: list[Any]) -> None:
    heading = find([HEADINGS], columns())
    assert heading is not None
    found = read(said, Where("f", "", 2), Layout(heading, columns(), NOW))
    assert isinstance(found, Rejected) or (found.number and set(found.fields) <= set(FIELDS))
