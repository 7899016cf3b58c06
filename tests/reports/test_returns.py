"""The monthly return: signed, frozen, a late entry, the restatement explained cell by cell."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from reported import WORDS, Add, Report, cells, contact, days, many, opened
from samples import joined

from spoc.model.values.reference import reference
from spoc.storage.contacts import contacts


def sent(out: Path, period: str) -> dict[str, dict[str, str]]:
    """The rows of the CSV that may leave, by cell."""
    text = (out / "send" / f"return-{period}.csv").read_text("utf-8-sig")
    return {row["id"]: row for row in csv.DictReader(io.StringIO(text)) if row["title"]}


def sheets(out: Path, period: str) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(out / "send" / f"return-{period}.xlsx")
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


OCTOBER = [
    *many("ed", days("2026-10", 20)),
    *many("ward", days("2026-10", 9), service="PAED"),
    *many(
        "mw",
        days("2026-10", 6),
        service="MAT-WARD",
        category="unborn-risk",
        issues=["domestic-abuse"],
    ),
    *many("gp", days("2026-10", 2), service="GP", hours="ooh-received-later"),
]


def test_every_contact_of_the_month_is_counted_once_and_the_parts_come_to_the_whole(
    add: Add, report: Report, tmp_path: Path
) -> None:
    add(*OCTOBER, contact("before", "2026-09-30T23:59"), contact("after", "2026-11-01T00:00"))
    add(contact("open", "2026-10-31T23:59", outcome="", open=True))
    add(contact("late at night", "2026-10-01T00:00"))
    report("return", "--period", "2026-10", "--out", tmp_path / "out")
    found = cells(json.loads((tmp_path / "out/return.json").read_text("utf-8")))
    assert found["contacts"]["value"] == 39
    assert len(set(found["contacts"]["contacts"])) == 39
    assert found["contacts-less-maternity"]["value"] == 33
    for by in ("service", "category", "hours", "role", "outcome"):
        parts = [cell for name, cell in found.items() if name.startswith(f"contacts-by-{by}/")]
        assert sum(cell["value"] for cell in parts) == 39
        ids = [each for cell in parts for each in cell["contacts"]]
        assert sorted(ids) == sorted(found["contacts"]["contacts"])
    assert found["contacts-by-service/ED"]["value"] == 22
    assert found["contacts-by-hours/ooh-received-later"]["value"] == 2
    assert found["contacts-by-outcome/not-recorded"]["value"] == 1
    assert found["out-of-hours"]["numerator"] == 2
    assert found["out-of-hours"]["denominator"] == 39


def test_a_restricted_contact_counts_and_stands_under_not_recorded(
    add: Add, report: Report
) -> None:
    add(*many("ed", days("2026-10", 6)))
    add(contact("sealed", "2026-10-20T10:00", restricted="own-child", service="PAED"))
    found = cells(report("return", "--period", "2026-10", "--format", "json"))
    assert found["contacts"]["value"] == found["contacts-less-maternity"]["value"] == 7
    assert found["contacts-by-service/not-recorded"]["value"] == 1
    assert found["contacts-by-service/PAED"]["value"] == 0
    assert found["contacts-by-category/not-recorded"]["value"] == 1
    said = report("explain", "contacts-by-service/not-recorded", "--period", "2026-10")
    assert "restricted" in said and "Child sealed" not in said


def test_a_draft_says_so_and_a_frozen_return_is_signed(
    add: Add, report: Report, tmp_path: Path
) -> None:
    add(*OCTOBER)
    out = tmp_path / "out"
    assert "DRAFT" in report("return", "--period", "2026-10", "--out", out)
    assert json.loads((out / "return.json").read_text())["state"] == "draft"
    for refused in (["--freeze"], ["--signed-by", "Nora Named"]):
        assert "Nothing was made" in report(
            "return", "--period", "2026-10", "--out", out, *refused, fails=3
        )
    said = report(
        "return", "--period", "2026-10", "--out", out, "--freeze", "--signed-by", "Nora Named"
    )
    assert "Frozen, signed by Nora Named." in said
    assert json.loads((out / "return.json").read_text())["signed_by"] == "Nora Named"
    assert "Nothing has changed since" in report("return", "--period", "2026-10", "--compare")


@pytest.mark.parametrize(
    ("period", "heading"),
    [
        ("2026-10", "Oct 2026: 1 Oct 2026 to 31 Oct 2026"),
        (
            "2026-Q4",
            "Calendar quarter 4 of 2026 (NHS quarter 3 of 2026-27): 1 Oct 2026 to 31 Dec 2026",
        ),
        ("2026-27", "Financial year 2026-27: 1 Apr 2026 to 31 Mar 2027"),
        ("2026-27-Q4", "Quarter 4 of the financial year 2026-27: 1 Jan 2027 to 31 Mar 2027"),
        (
            "2027-Q1",
            "Calendar quarter 1 of 2027 (NHS quarter 4 of 2026-27): 1 Jan 2027 to 31 Mar 2027",
        ),
    ],
)
def test_the_heading_spells_the_dates(period: str, heading: str, report: Report) -> None:
    assert report("return", "--period", period, "--format", "json")["heading"][0] == heading


def test_the_heading_says_what_of_the_period_there_can_be(add: Add, report: Report) -> None:
    add(contact("a", "2026-07-10T10:00"))
    for period, said in (
        ("2026-05", "Recording began on 10 Jul 2026, after this period: a 0 here says nothing."),
        ("2026-07", "Recording began on 10 Jul 2026, within the period: it is not whole."),
        ("2090-01", "The period has not begun: there is nothing to count."),
    ):
        assert said in report("return", "--period", period)


def test_each_number_that_is_printed_says_its_unit(add: Add, report: Report) -> None:
    add(
        *many("o", days("2026-10", 2)), contact("n", "2026-10-09T02:00", hours="ooh-received-later")
    )
    printed = report("return", "--period", "2026-10").splitlines()
    found = {line[:58].strip(): line[58:].strip() for line in printed}
    assert found["Contacts"] == "3 contacts"
    assert found["Children"] == "3 children"
    assert found["Contacts and ED concerns"].startswith("–  No list")
    assert found["Requests accepted"] == "–  Nothing to divide by."
    assert found["Out-of-hours worries"] == "33.3 %  (1 of 3 contacts)"


def test_a_cell_is_found_whatever_its_capitals(add: Add, report: Report) -> None:
    add(contact("a", "2026-10-09T10:00"))
    asked = ("--period", "2026-10", "--format", "json")
    said = report("explain", "Contacts-By-Service/ed", *asked)
    assert said["id"] == "contacts-by-service/ED" and said["rows"]


@pytest.mark.parametrize("period", ["2026-13", "2026-Q5", "2026-28", "October", "2026-27-Q5", ""])
def test_what_is_no_period_is_refused(period: str, report: Report) -> None:
    assert "is not a period" in report("return", "--period", period, "--format", "json", fails=3)


def test_a_late_entry_and_an_amendment_show_in_the_restatement_and_nowhere_else(
    add: Add, report: Report, desk: Path, tmp_path: Path
) -> None:
    add(*OCTOBER, *many("nov", days("2026-11", 5)))
    sign = ("--freeze", "--signed-by", "Nora Named")
    report("return", "--period", "2026-10", "--out", tmp_path / "oct", *sign)
    report("return", "--period", "2026-11", "--out", tmp_path / "nov", *sign)
    add(contact("late", "2026-10-15T11:00", service="PAED", category="neglect"))
    with opened(desk) as found:
        store, actor = found.store, found.actor
        (record,) = store.reader.conn.execute(
            "SELECT id FROM contact WHERE ref = 'gp-0'"
        ).fetchone()
        part = contacts.get(store, actor, record)[0]
        contacts.amend(store, actor, part, {"service": "CAMHS"}, "It was CAMHS who rang.").result()
    said = report("return", "--period", "2026-10", "--compare", "--format", "json")
    changed = {each["id"]: each for each in said["changes"]}
    assert said["signed_by"] == "Nora Named"
    assert (changed["contacts"]["was"], changed["contacts"]["now"]) == (37, 38)
    assert (changed["contacts-by-service/GP"]["was"], changed["contacts-by-service/GP"]["now"]) == (
        2,
        1,
    )
    assert changed["contacts-by-service/CAMHS"]["now"] == 1
    assert (
        changed["contacts-by-service/PAED"]["was"],
        changed["contacts-by-service/PAED"]["now"],
    ) == (9, 10)
    assert "contacts-by-service/ED" not in changed
    assert changed["contacts-by-service/GP"]["removed"] == [record.hex()]
    (entry,) = changed["contacts-by-service/GP"]["entries"]
    assert entry["why"] == "It was CAMHS who rang." and entry["by"] == "Ada Shah"
    assert entry["fields"] == ["service"]
    assert "Nothing has changed since" in report("return", "--period", "2026-11", "--compare")
    behind = report("explain", "contacts", "--period", "2026-10")
    assert "38 contacts" in behind and "Frozen as 37" in behind
    words = report("return", "--period", "2026-10", "--compare")
    assert "contacts  Contacts: 37 -> 38" in words
    lines = [line.strip() for line in words.splitlines() if line.startswith("    ")]
    assert f"contact {reference(record)}: contact changed (service), " in words
    assert any(line.endswith("Ada Shah, because: It was CAMHS who rang.") for line in lines)
    assert sum("written down, " in line for line in lines) and not any(
        "channel" in line for line in lines
    )


def test_without_a_folder_it_is_shown_and_written_nowhere(
    add: Add, report: Report, desk: Path
) -> None:
    add(*OCTOBER)
    said = report("return", "--period", "2026-10")
    assert "DRAFT" in said and "No file was written" in said
    with opened(desk) as found:
        held = found.store.reader.conn.execute("SELECT count(*) FROM submission").fetchone()
    assert held == (0,)


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_frozen(
    report: Report, desk: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/send").write_text("a file where a folder should be")
    asked = ("--out", tmp_path / "out", "--freeze", "--signed-by", "Nora Named")
    assert "Name another folder" in report("return", "--period", "2026-10", *asked, fails=3)
    with opened(desk) as found:
        held = found.store.reader.conn.execute("SELECT count(*) FROM submission").fetchone()
    assert held == (0,)


def test_comparing_what_was_never_frozen_says_how_to_freeze(report: Report) -> None:
    said = report("return", "--period", "2026-10", "--compare", fails=3)
    assert "nothing to compare with" in said and "--freeze --signed-by" in said


def test_a_cell_lists_exactly_the_contacts_that_it_counts(add: Add, report: Report) -> None:
    add(*OCTOBER)
    found = cells(report("return", "--period", "2026-10", "--format", "json"))
    for name in (
        "contacts",
        "contacts-by-service/MAT-WARD",
        "contacts-by-hours/ooh-received-later",
    ):
        said = report("explain", name, "--period", "2026-10", "--format", "json")
        assert said["value"] == len(said["contacts"]) == len(said["rows"])
        assert said["contacts"] == found[name]["contacts"]
        assert {row["id"] for row in said["rows"]} == set(said["contacts"])
    text = report("explain", "contacts-by-service/MAT-WARD", "--period", "2026-10")
    assert "1 Oct 2026 to 31 Oct 2026: 6" in text and text.count("Child mw-") == 6
    assert "is not a cell" in report("explain", "contact", "--period", "2026-10", fails=3)


def test_what_others_supply_stands_beside_and_is_corrected_like_any_record(
    add: Add, report: Report, tmp_path: Path
) -> None:
    add(*OCTOBER)
    by = ("--supplier", "Learning and development", "--dated", "2026-11-02")
    numbers = ("--numerator", "410", "--denominator", "480")
    report("supply", "training-compliance", "--period", "2026-10", *numbers, *by)
    found = cells(report("return", "--period", "2026-10", "--format", "json"))
    assert found["training-compliance"]["value"] == 85.4
    assert found["training-compliance"]["origin"] == "supplied"
    assert "Learning and development, as of 2 Nov 2026" in found["training-compliance"]["note"]
    again = ("--numerator", "400", "--denominator", "480")
    assert "Say why" in report(
        "supply", "training-compliance", "--period", "2026-10", *again, *by, fails=3
    )
    report(
        "supply",
        "training-compliance",
        "--period",
        "2026-10",
        *again,
        *by,
        "--why",
        "Counted twice.",
    )
    found = cells(report("return", "--period", "2026-10", "--format", "json"))
    assert found["training-compliance"]["numerator"] == 400
    file = tmp_path / "wren.csv"
    file.write_text(
        "period,value,numerator,denominator\n2026-09,140,,\n2026-10,151,,\n", encoding="utf-8"
    )
    assert "2 periods added" in report("supply", "wren-referrals", "--csv", file, *by)
    file.write_text("period,value\n2026-08,many\n", encoding="utf-8")
    said = report("supply", "wren-referrals", "--csv", file, *by, fails=3)
    assert "“many” is not a number; nothing was added" in said
    file.write_text("period,value\n2026-08,133\n", encoding="utf-8")
    assert "1 period added" in report("supply", "wren-referrals", "--csv", file, *by)
    assert "counts" in report(
        "supply", "contacts", "--period", "2026-10", "--value", "3", *by, fails=3
    )
    assert "percentage" in report(
        "supply", "training-compliance", "--period", "2026-09", "--value", "3", *by, fails=3
    )


def test_no_year_is_compared_with_one_before_recording_began(add: Add, report: Report) -> None:
    add(*OCTOBER)
    found = cells(report("return", "--period", "2026-10", "--format", "json"))
    assert found["contacts-less-maternity/year-before"]["value"] is None
    assert "recording began on 1 Oct 2026" in found["contacts-less-maternity/change"]["note"]
    add(*many("old", days("2025-09", 3)), *many("year", days("2025-10", 25)))
    found = cells(report("return", "--period", "2026-10", "--format", "json"))
    assert found["contacts-less-maternity/year-before"]["value"] == 25
    change = found["contacts-less-maternity/change"]
    assert (change["numerator"], change["denominator"], change["value"]) == (6, 25, 24.0)


def test_a_restated_change_on_the_year_before_lists_what_caused_it_in_either_year(
    add: Add, report: Report, tmp_path: Path
) -> None:
    add(*many("new", days("2026-10", 8)), *many("year", days("2025-10", 5)))
    add(contact("old", "2025-09-15T11:00"))
    by = ("--supplier", "WREN", "--dated", "2026-11-02")
    for period, value in (("2025-10", "120"), ("2026-10", "150")):
        report("supply", "wren-referrals", "--period", period, "--value", value, *by)
    report("return", "--period", "2026-10", "--freeze", "--signed-by", "Nora Named")

    add(contact("late this year", "2026-10-15T11:00"), contact("and before", "2025-10-15T11:00"))
    more = ("--period", "2026-10", "--value", "153", *by, "--why", "three came late")
    assert "1 period corrected" in report("supply", "wren-referrals", *more)
    said = report("return", "--period", "2026-10", "--compare", "--format", "json")
    caused = {each["id"]: [one["entry"] for one in each["entries"]] for each in said["changes"]}
    this_year, before = (caused[f"contacts-less-maternity{each}"] for each in ("", "/year-before"))
    assert this_year and before and not set(this_year) & set(before)
    assert caused["contacts-less-maternity/change"] == [*this_year, *before]
    assert len(caused["wren-referrals"]) == 1
    assert caused["wren-referrals/change"] == caused["wren-referrals"]
    words = report("return", "--period", "2026-10", "--compare")
    assert "change on the year before (%): 60 % (3 of 5) -> 50 % (3 of 6)" in words
    assert words.count("    what was supplied: corrected, ") == 2
    assert words.count("because: three came late") == 2


def test_the_same_return_comes_out_whoever_makes_it_and_however_often(
    add: Add, report: Report, desk: Path, tmp_path: Path
) -> None:
    add(*OCTOBER)
    with opened(desk) as found:
        for name, role in (("Rae Review", "reviewer"), ("Ann Alyst", "analyst")):
            joined(found, name, role, WORDS)
    made = []
    for at, name in enumerate(["Ada Shah", "Rae Review", "Ada Shah"]):
        out = tmp_path / f"out{at}"
        report("return", "--period", "2026-10", "--out", out, "--user", name)
        table = (out / "send/return-2026-10.csv").read_bytes()
        made.append(((out / "return.json").read_bytes(), table))
    assert made[0] == made[1] == made[2]
    refused = report(
        "return", "--period", "2026-10", "--out", tmp_path / "no", "--user", "Ann Alyst", fails=3
    )
    assert "may not make a return" in refused and not (tmp_path / "no").exists()


def test_what_came_after_the_month_had_ended_is_a_number_of_its_own(
    add: Add, report: Report
) -> None:
    add(*OCTOBER)  # all of them are written down today, long after
    found = cells(report("return", "--period", "2026-10", "--format", "json"))
    assert found["late-entries/after-period"]["value"] == 37
    said = report("explain", "late-entries/after-period", "--period", "2026-10", "--format", "json")
    assert sorted(said["after_period"]) == sorted(said["contacts"])
