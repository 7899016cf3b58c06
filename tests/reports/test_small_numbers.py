"""What is small leaves in no return, and cannot be worked out from what does."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from reported import Add, Report, cells, days, many, opened
from reports.test_returns import OCTOBER, sent, sheets

from spoc.model.measures.measure import Recipient
from spoc.model.measures.period import parse_period
from spoc.model.measures.suppression import Sum, worked_out
from spoc.reports import explaining, returns


def test_nothing_small_leaves_and_what_would_give_it_back_does_not_either(
    add: Add, report: Report, tmp_path: Path
) -> None:
    add(*OCTOBER)
    out = tmp_path / "out"
    report("return", "--period", "2026-10", "--out", out)
    rows = sent(out, "2026-10")
    assert rows["contacts"]["value"] == "37"
    assert rows["contacts-by-service/GP"]["value"] == "suppressed"
    # 35 in hours would give the 2 back.
    assert rows["contacts-by-hours/in-hours"]["value"] == "suppressed"
    small = [
        row
        for row in rows.values()
        for key in ("value", "numerator")
        if row[key].isdigit() and int(row[key]) < 5
    ]
    assert small == []
    inside = cells(json.loads((out / "return.json").read_text("utf-8")))
    assert inside["contacts-by-service/GP"]["value"] == 2
    words = json.dumps(sheets(out, "2026-10"))
    assert "GP" in words and "suppressed" in words
    with zipfile.ZipFile(out / "send/return-2026-10.xlsx") as book:
        everything = "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    assert not any(each in everything for each in inside["contacts"]["contacts"])


@pytest.mark.long
def test_what_is_small_is_said_for_each_recipient(add: Add, desk: Path) -> None:
    add(*many("ed", days("2026-10", 7)), *many("gp", days("2026-10", 3), service="GP"))
    with opened(desk) as found:
        store, actor = found.store, found.actor
        icb = returns.recipient_of(store, "icb")
        span = parse_period("2026-10")

        def shows(to: Recipient, name: str) -> bool:
            made = returns.make(store, actor, span, to)
            return made.shows(explaining.cell_of(made, name))

        assert not shows(icb, "contacts-by-service/GP")
        assert not shows(icb, "contacts-by-service/CAMHS")  # a nought
        board = replace(icb, code="board", under=3, zeros=True)
        assert shows(board, "contacts-by-service/GP") and shows(board, "contacts-by-service/CAMHS")
        assert not shows(replace(icb, code="all", under=11), "contacts")


def test_the_quarter_does_not_give_back_what_a_month_hid(
    add: Add, report: Report, tmp_path: Path
) -> None:
    for month, count in (("2026-07", 14), ("2026-08", 3), ("2026-09", 13)):
        add(
            *many(f"gp{month}", days(month, count), service="GP"),
            *many(f"ed{month}", days(month, 25)),
        )
        add(*many(f"camhs{month}", days(month, 11), service="CAMHS"))
    out = tmp_path / "out"
    for period in ("2026-07", "2026-08", "2026-09", "2026-Q3"):
        report("return", "--period", period, "--out", out)
    shown = {period: sent(out, period) for period in ("2026-07", "2026-08", "2026-09", "2026-Q3")}
    inside = cells(json.loads((out / "return.json").read_text("utf-8")))
    values, gone, sums = {}, set(), []
    for by in ("service", "role", "category", "outcome", "hours"):
        names = [name for name in inside if name.startswith(f"contacts-by-{by}/")]
        for period, rows in shown.items():
            for name in ("contacts", *names):
                text = rows[name]["value"] if name in rows else "0"  # what is not listed has none
                values[period, name] = 0 if text == "suppressed" else int(text)
                if text == "suppressed":
                    gone.add((period, name))
            sums.append(Sum((period, "contacts"), tuple((period, name) for name in names)))
        for name in names:
            sums.append(Sum(("2026-Q3", name), tuple((month, name) for month in list(shown)[:3])))
    assert ("2026-08", "contacts-by-service/GP") in gone
    assert inside["contacts-by-service/GP"]["value"] == 30
    assert ("2026-08", "contacts-by-service/GP") not in worked_out(values, sums, gone)
