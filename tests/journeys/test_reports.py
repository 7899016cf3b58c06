"""Monday's chart and the month's return, with the program as it is started, in a real terminal."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
WORDS = "four plain words here"
TODAY = date.today()
MONDAY = TODAY - timedelta(days=TODAY.weekday())


def contact(ref: str, day: date, **changes: Any) -> dict[str, Any]:
    caller = {"name": "Nora Nurse", "service": "ED", "role": "nurse", "verified": "known-number"}
    return {
        "ref": ref, "received_at": f"{day}T10:00", "channel": "TEL-IN", "hours": "in-hours", "caller": caller,
        "children": [{"name": f"Child {ref}", "dob": "2019-02-03"}], "category": "physical",
        "answers": {"considered": "yes"}, "where_now": "ed", "issues": ["burn"],
        "actions": [{"code": "advice-only"}], "outcome": "advice-accepted", "notes": "Scald, seen at once.",
    } | changes  # fmt: skip


def spoc(folder: Path, *arguments: str) -> str:
    """Run a command as IT's script runs it; gives what it printed."""
    ran = subprocess.run(
        [sys.executable, "-m", "spoc", "--store", str(folder), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "SPOC_PASSPHRASE": WORDS},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def add(folder: Path, *said: dict[str, Any]) -> None:
    file = folder.parent / "in.json"
    file.write_text(json.dumps(said))
    spoc(folder, "contact", "add", "--json", str(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk with three contacts in each of six whole weeks, five in the last."""
    made = tmp_path / "store"
    named = ("--service", "Northshire", "--desk", "Northtown", "--name", "Ada Shah")
    spoc(made, "init", *named)
    weeks = [3, 3, 3, 3, 3, 5]
    days = [
        (week, number, MONDAY - timedelta(weeks=len(weeks) - week) + timedelta(days=number))
        for week, count in enumerate(weeks)
        for number in range(count)
    ]
    add(made, *(contact(f"w{week}-{number}", day) for week, number, day in days))
    return made


@pytest.mark.long
def test_mondays_chart_a_point_the_contacts_behind_it_and_a_note(folder: Path) -> None:
    with Terminal(folder, columns=80, rows=24) as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(WORDS, "<enter>")
        terminal.wait_for("new call")
        terminal.type("a")
        terminal.wait_for("6 whole weeks")
        assert "Contacts without maternity" in terminal.text
        terminal.type("<enter>")
        terminal.wait_for("5 contacts")
        terminal.wait_for("Trial limits")
        assert "┤" in terminal.text
        terminal.type("<left>")
        terminal.wait_for("3 contacts")
        terminal.type("<enter>")
        terminal.wait_for("Behind the number")
        terminal.wait_for("Child w4-2")
        assert terminal.text.count("Child w4-") == 3
        terminal.type("<escape>")
        terminal.wait_for("what is behind")
        terminal.type("n")
        terminal.wait_for("A note on the chart")
        terminal.type("Second clinic opened", "<enter>")
        terminal.wait_for("Second clinic opened (Ada Shah)")


@pytest.mark.long
def test_the_months_return_signed_frozen_a_late_entry_and_the_restatement(folder: Path) -> None:
    month = f"{MONDAY - timedelta(weeks=6):%Y-%m}"
    out = folder.parent / "out"
    inside = out / "return.json"
    said = spoc(
        folder,
        "report",
        "return",
        "--period",
        month,
        "--out",
        str(out),
        "--freeze",
        "--signed-by",
        "Nora Named",
    )
    assert "Frozen, signed by Nora Named." in said
    before = {cell["id"]: cell["value"] for cell in json.loads(inside.read_text("utf-8"))["cells"]}
    assert {each.name for each in (out / "send").iterdir()} == {
        f"return-{month}.csv", f"return-{month}.xlsx",
    }  # fmt: skip
    add(folder, contact("late", MONDAY - timedelta(weeks=6), category="neglect"))
    said = spoc(folder, "report", "return", "--period", month, "--compare")
    assert f"contacts  Contacts: {before['contacts']} -> {before['contacts'] + 1}" in said
    assert "contacts-by-category/neglect" in said and "Ada Shah" in said
    assert "contacts-by-category/physical" not in said
    behind = spoc(folder, "report", "explain", "contacts-by-category/neglect", "--period", month)
    assert "1 contact" in behind and "Child late" in behind
