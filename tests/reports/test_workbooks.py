"""The files of a return: numbers, days and units are such, and what somebody typed is no formula."""

import csv
import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

from reported import Add, Report, days, many
from reports.test_returns import OCTOBER, sent, sheets


def test_a_users_words_are_never_a_formula(
    add: Add, report: Report, desk: Path, tmp_path: Path
) -> None:
    add(*OCTOBER)
    bad = '=HYPERLINK("http://x","y")'
    report(
        "supply",
        "wren-referrals",
        "--period",
        "2026-10",
        "--value",
        "151",
        "--supplier",
        bad,
        "--dated",
        "2026-11-02",
    )
    out = tmp_path / "out"
    report("return", "--period", "2026-10", "--out", out, "--freeze", "--signed-by", "=1+1")
    with zipfile.ZipFile(out / "send/return-2026-10.xlsx") as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in book.read(name)
    for line in csv.reader(io.StringIO((out / "send/return-2026-10.csv").read_text("utf-8-sig"))):
        assert not any(cell.startswith(("=", "+", "@")) for cell in line)


def test_an_analyst_reads_numbers_days_and_units_as_such(
    add: Add, report: Report, tmp_path: Path
) -> None:
    add(*many("ed", days("2026-10", 12)))
    by = ("--supplier", "WREN", "--dated", "2026-11-02")
    for period, value in (("2025-10", "160"), ("2026-10", "151")):
        report("supply", "wren-referrals", "--period", period, "--value", value, *by)
    report("return", "--period", "2026-10", "--out", tmp_path)
    rows = sent(tmp_path, "2026-10")
    assert rows["wren-referrals/change"]["value"] == "-5.6"  # a minus is no formula
    assert rows["contacts"]["from"] == "2026-10-01" and rows["contacts"]["to"] == "2026-10-31"
    assert rows["out-of-hours"]["unit"] == "% of contacts"
    assert rows["contacts-by-service/ED"]["title"].startswith("Contacts by service: Emergency")
    found = sheets(tmp_path, "2026-10")
    assert ["Contacts", 12.0, "contact"] in found["Summary"]
    assert ["WREN referrals", 151.0, "referral"] in found["Summary"]
    assert any(line[1:5] == [-5.6, -9.0, 160.0, "per cent"] for line in found["WREN"])


def test_a_workbook_has_a_sheet_a_theme_with_a_native_chart(
    add: Add, report: Report, tmp_path: Path
) -> None:
    start = date(2026, 4, 1)
    for month in range(6):
        first = (start + timedelta(days=31 * month)).strftime("%Y-%m")
        add(*many(f"m{month}", days(first, 12 + month)))
    out = tmp_path / "out"
    report("return", "--period", "2026-09", "--out", out)
    found = sheets(out, "2026-09")
    assert {"Summary", "Contacts", "WREN", "Supervision and training", "Definitions"} <= set(found)
    assert any(
        "Every contact received" in str(cell) for line in found["Definitions"] for cell in line
    )
    with zipfile.ZipFile(out / "send/return-2026-09.xlsx") as book:
        assert any(name.startswith("xl/charts/chart") for name in book.namelist())
