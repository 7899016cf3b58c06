"""``spoc followup``, ``spoc due`` and the settings of the calendar, as another program uses them."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spoc.cli.commands import commands
from spoc.storage import sealing

Run = Callable[..., tuple[int, str, str]]
PAST, SOON = "2026-10-19T16:30", "2h"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", "four plain words here")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on a store that Ada Shah has set up; gives exit code, stdout and stderr."""

    def ran(*arguments: str) -> tuple[int, str, str]:
        code = commands(["--store", str(tmp_path / "desk"), *arguments])
        return code, *capsys.readouterr()

    made = ["init", "--service", "Somerset", "--desk", "Musgrove Park", "--name", "Ada Shah"]
    assert ran(*made)[0] == 0
    return ran


def add(run: Run, tmp_path: Path, *actions: dict[str, str], **changes: Any) -> None:
    contact = {
        "received_at": PAST,
        "channel": "EMAIL-IN",
        "caller": {"name": "=Nora Nurse", "service": "ED", "role": "nurse", "verified": "known-number"},
        "children": [{"name": "Molly Mulberry", "dob": "2024-02-29"}],
        "category": "physical",
        "where_now": "ed",
        "issues": ["burn"],
        "actions": list(actions),
        "outcome": "advice-accepted",
        "open": True,
    } | changes  # fmt: skip
    (tmp_path / "in.json").write_text(json.dumps([contact]))
    code, _, err = run("contact", "add", "--json", str(tmp_path / "in.json"))
    assert code == 0, err


def listed(run: Run, *options: str) -> list[dict[str, Any]]:
    code, out, err = run("followup", "list", "--format", "json", *options)
    assert code == 0, err
    found: list[dict[str, Any]] = json.loads(out)
    return found


HOLD = {"code": "hold-discharge", "by": "the ward", "due": "24h"}


def test_what_was_promised_and_is_late_is_listed_until_it_is_done(run: Run, tmp_path: Path) -> None:
    add(run, tmp_path, HOLD)
    (late,) = listed(run, "--overdue")
    assert (late["code"], late["state"], late["children"], late["who"]) == (
        "hold-discharge", "overdue", ["Molly Mulberry"], "the ward",
    )  # fmt: skip
    assert late["due_at"] == "2026-10-20T15:30:00.000Z"
    assert listed(run, "--due") == [late] and listed(run, "--mine") == []
    code, out, _ = run("followup", "done", late["id"][-8:])
    assert (code, out) == (0, "Done: Hold discharge\n")
    assert listed(run) == []
    code, _, err = run("followup", "done", late["id"])
    assert code == 3 and "already ended" in err


def test_what_is_not_done_says_why_and_the_count_traces_both_to_the_ledger(
    run: Run, tmp_path: Path
) -> None:
    add(run, tmp_path, HOLD, {"code": "gp-letter", "by": "desk", "due": "3wd"})
    hold = next(each for each in listed(run) if each["code"] == "hold-discharge")
    assert run("followup", "done", hold["id"], "--not-done", "gone home")[0] == 0
    code, out, _ = run("followup", "count", "--explain", "--format", "json")
    told = json.loads(out)
    assert code == 0 and (told["not-done"], told["late"]) == (1, 1)
    (said,) = told["followups"]["not-done"]
    assert [event["set"] for event in said["events"]][1:] == [
        "ended, ended_at, ended_by, ended_why"
    ]


def test_the_spreadsheet_holds_no_formula_and_the_table_is_for_people(
    run: Run, tmp_path: Path
) -> None:
    add(run, tmp_path, HOLD | {"by": "=HYPERLINK(1)"})
    code, out, _ = run("followup", "list", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out.lstrip("\ufeff")))
    assert code == 0 and row["who"] == "'=HYPERLINK(1)" and row["children"] == "Molly Mulberry"
    assert "! Hold discharge" in run("followup", "list")[1]


def test_an_empty_queue_is_an_empty_array_and_a_word(run: Run) -> None:
    assert listed(run) == []
    assert run("followup", "list")[1] == "Nothing is open.\n"


def test_an_id_that_names_nothing_is_refused_in_a_sentence(run: Run) -> None:
    for wrong in ("abcd1234", "x", ""):
        code, _, err = run("followup", "done", wrong)
        assert code == 3 and "nothing was changed" in err


def test_a_verbal_request_starts_its_clocks_each_with_its_own_time(
    run: Run, tmp_path: Path
) -> None:
    verbal = {"code": "verbal-csc-caller", "by": "Nora", "due": "2h"}
    add(run, tmp_path, verbal, received_at="2026-10-16T16:00")  # a Friday
    found = {each["code"]: (each["agreed_at"], each["due_at"]) for each in listed(run)}
    assert {code: due for code, (_, due) in found.items()} == {
        "verbal-csc-caller": "2026-10-16T17:00:00.000Z",
        "confirm-csc-rung": "2026-10-16T17:00:00.000Z",
        "written-referral": "2026-10-17T15:00:00.000Z",
        "csc-decision": "2026-10-19T16:00:00.000Z",
        "csc-chase": "2026-10-21T16:00:00.000Z",
    }
    assert {at for at, _ in found.values()} == {"2026-10-16T15:00:00.000Z"}


def test_a_clock_that_was_agreed_as_an_action_is_not_there_twice(run: Run, tmp_path: Path) -> None:
    verbal = {"code": "verbal-csc-spoc", "by": "desk", "due": "2h"}
    add(run, tmp_path, verbal, {"code": "csc-decision", "by": "desk", "due": "24h"})
    codes = [each["code"] for each in listed(run)]
    assert sorted(codes) == ["csc-chase", "csc-decision", "verbal-csc-spoc", "written-referral"]


def test_requests_are_listed_with_their_clocks_and_counted_with_both_numbers(
    run: Run, tmp_path: Path
) -> None:
    assert run("request", "list")[1] == "No request is open.\n"
    verbal = {"code": "verbal-csc-spoc", "by": "desk", "due": "2h"}
    add(run, tmp_path, verbal, received_at="2026-10-16T16:00")
    code, out, _ = run("request", "list", "--format", "json")
    (said,) = json.loads(out)
    assert code == 0 and (said["how"], said["decision"], said["open"]) == ("telephone", None, True)
    assert {each["code"]: each["verdict"] for each in said["clocks"]} == {
        "verbal-csc-spoc": "late", "written-referral": "late", "csc-decision": "late", "csc-chase": "late",
    }  # fmt: skip
    code, out, _ = run("request", "count", "--format", "json")
    told = json.loads(out)
    assert code == 0 and set(told) == {"all", "telephone", "eha"}
    assert (told["all"]["requests"], told["all"]["decided"], told["all"]["undecided"]) == (1, 0, 1)
    assert (
        "1 request about 1 child; accepted 0 of 0 decided; 1 undecided"
        in run("request", "count")[1]
    )


# -- due explain ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "start", "at"),
    [
        ("30m", "2026-11-20T16:45", "2026-11-20T17:15:00+00:00"),
        ("24h", "2027-03-27T16:00", "2027-03-28T17:00:00+01:00"),
        ("3wd", "2027-12-24T16:00", "2027-12-31T17:00:00+00:00"),
        ("1wd", "2027-07-02T16:00Z", "2027-07-05T17:00:00+01:00"),
        ("1mo", "2027-01-31T09:00", "2027-03-01T17:00:00+00:00"),
        ("3mo", "2026-06-01T09:00+01:00", "2026-09-01T17:00:00+01:00"),
        ("1wd", "2028-12-29T16:00", None),
    ],
)
def test_due_explain_needs_no_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str, start: str, at: str | None
) -> None:
    nowhere = ["--store", str(tmp_path / "nowhere"), "due", "explain", rule, "--from", start]
    assert commands([*nowhere, "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["due_at"] == at and said.keys() == {"due_at", "words"}
    assert commands(nowhere) == 0
    assert capsys.readouterr().out == said["words"] + "\n"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "wrong", [("3x", "2027-12-24T16:00"), ("3wd", "soon"), ("1h", "2027-03-28T01:30")]
)
def test_due_explain_refuses_in_a_sentence_what_is_no_rule_and_no_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str]
) -> None:
    assert commands(["--store", str(tmp_path), "due", "explain", wrong[0], "--from", wrong[1]]) == 3
    assert capsys.readouterr().err.startswith("“")


def explained(run: Run, rule: str, start: str) -> dict[str, str]:
    code, out, _ = run("due", "explain", rule, "--from", start, "--format", "json")
    assert code == 0
    said: dict[str, str] = json.loads(out)
    return said


def test_where_there_is_a_store_its_hours_and_closures_hold(run: Run) -> None:
    assert run("setting", "set", "closures", "2027-12-29, 2027-12-30")[0] == 0
    assert run("setting", "set", "hours.desk", "Mon-Fri 08:00-16:30")[0] == 0
    said = explained(run, "1wd", "2027-12-24T16:00")
    assert said["due_at"] == "2027-12-31T16:30:00+00:00"
    assert said["words"].endswith("bank holidays 27 and 28 Dec; closure days 29 and 30 Dec")


def test_without_its_passphrase_the_usual_hours_are_said_to_be_the_usual_ones(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPOC_PASSPHRASE")
    code, out, err = run("due", "explain", "1wd", "--from", "2027-12-24T16:00")
    assert code == 0 and "Wed 29 Dec" in out and "the usual ones" in err


def test_a_closure_that_is_set_moves_what_is_open_and_says_how_much(
    run: Run, tmp_path: Path
) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    add(run, tmp_path, {"code": "gp-letter", "by": "desk", "due": "10wd"}, received_at=now)
    (before,) = listed(run)
    day = before["due_at"][:10]
    code, out, _ = run("setting", "set", "closures", day)
    assert (code, out) == (0, f"closures is now {day}. 1 open due time moved.\n")
    (moved,) = listed(run)
    assert moved["due_at"] > before["due_at"] and moved["moved"].startswith("moved from ")
    assert "closure day" in moved["moved"]
    assert run("setting", "set", "closures", "none")[1].endswith("1 open due time moved.\n")
    assert listed(run)[0]["due_at"] == before["due_at"]


@pytest.mark.parametrize(
    ("key", "value"), [("closures", "31/12"), ("closures", "2027-02-30"), ("hours.csc", "always")]
)
def test_a_calendar_that_does_not_hold_is_refused_and_nothing_changes(
    run: Run, key: str, value: str
) -> None:
    before = run("setting", "list")[1]
    code, _, err = run("setting", "set", key, value)
    assert code == 3 and err.count("\n") == 1
    assert run("setting", "list")[1] == before
