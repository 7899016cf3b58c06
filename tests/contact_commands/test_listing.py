"""Contacts are listed, shown and opened to one more by a command, to whom they may be."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from contact_commands.conftest import (
    HOSTILE,
    OTHER,
    WORDS,
    Run,
    desk_of,
    held,
    set_up,
    spoc,
    whole,
)
from samples import joined

from spoc.cli.commands import commands
from spoc.model.errors import DiskFull
from spoc.model.rules.access import ROLES
from spoc.storage.contacts import contacts
from spoc.storage.contacts.reading import listing

# -- list ------------------------------------------------------------------------------------------


def test_what_is_listed_as_json_is_added_to_another_store_as_the_same(
    add: Run, run: Run, tmp_path: Path, folder: Path
) -> None:
    add(
        whole("a"),
        whole("b", children=[{"edd": "2027-02-12", "mother": {"name": "Ola Oak", "dob": "1/1/1999"}}, {"kind": "unborn"}]),
        whole("c", children=[], identity="no-names", received_at="2026-10-25T01:30+00:00"),
        whole("d", outcome=None, issues=["burn", "neglect-medical"]),
        whole("e", open=True, notes="two\nlines\n"),
        *(whole(f"h{n}", children=[{"name": name}], notes=name) for n, name in enumerate(HOSTILE)),
        whole(None),
    )  # fmt: skip
    listed = run("list", "--format", "json")[1]
    other = set_up(tmp_path / "other")
    (tmp_path / "out.json").write_text(listed)
    code, out, _ = run("add", "--json", str(tmp_path / "out.json"), store=other)
    assert code == 0 and out.count("\tadded") + out.count("\topen") == 15
    again = run("list", "--format", "json", store=other)[1]

    def bare(text: str) -> dict[str, dict[str, Any]]:
        """Each contact by its ref, or by its id where it has none."""
        return {
            each.pop("ref", each["id"]): each | {"id": "", "reference": ""}
            for each in json.loads(text)
        }

    assert bare(again) == bare(listed) and len(bare(listed)) == 15
    code, out, _ = run("add", "--json", str(tmp_path / "out.json"), store=folder)
    assert code == 0 and out.count("already there") == 15, "what came from here is here"


def test_filters_take_what_people_type_and_days_are_local(add: Run, run: Run) -> None:
    add(
        whole("before", received_at="2026-10-18T23:59"),
        whole("first", received_at="2026-10-19T00:00"),
        whole("last", received_at="2026-10-19T23:59"),
        whole("after", received_at="2026-10-20T00:00", category="neglect", outcome=None),
    )

    def refs(*arguments: str) -> list[str]:
        code, out, err = run("list", "--format", "json", *arguments)
        assert code == 0, err
        return [each["ref"] for each in json.loads(out)]

    assert refs("--since", "19/10/2026", "--until", "2026-10-19") == ["last", "first"]
    assert refs("--since", "19 oct 2026", "--limit", "2") == ["after", "last"]
    assert refs("--category", "n") == refs("--open") == ["after"]
    assert len(refs("--issue", "burn", "--service", "ed", "--advisor", "ada SHAH")) == 4
    assert refs("--outcome", "advice-accepted", "--limit", "1") == ["last"]
    assert refs("--issue", "fgm") == []
    for wrong, near in (("--issue", "brun"), ("--advisor", "Ada Sha"), ("--since", "31/2/2026")):
        code, out, err = run("list", wrong, near)
        assert code == 3 and not out
        assert {"--issue": "burn (Burn or scald)", "--advisor": "Ada Shah", "--since": "no 31 Feb"}[
            wrong
        ] in err
    assert run("list", "--since", "2026-10-20", "--until", "2026-10-19")[0] == 3


def test_every_contact_is_listed_once_however_they_fall_on_pages(
    add: Run, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(*(whole(f"m-{n}", received_at=f"2026-10-{10 + n // 5}T10:00") for n in range(23)))
    monkeypatch.setattr(listing, "PAGE", 4)
    for limit, many in (("100", 23), ("23", 23), ("8", 8), ("1", 1)):
        said = json.loads(run("list", "--format", "json", "--limit", limit)[1])
        assert len({each["id"] for each in said}) == len(said) == many
    assert [each["received_at"] for each in said] == ["2026-10-14T09:00:00.000Z"]


def test_the_table_fits_and_names_are_shown_as_typed(add: Run, run: Run) -> None:
    add(*(whole(f"m-{n}", children=[{"name": name}]) for n, name in enumerate(HOSTILE)), whole("z"))
    out = run("list")[1]
    assert all(len(line) <= 80 for line in out.splitlines()) and len(out.splitlines()) == 11
    assert "[red]" in out and "[/]" in out and "\x1b" not in out and "␛[31m" in out
    assert run("list", "--issue", "fgm")[1:] == ("", "No contacts match.\n")


def test_csv_opens_in_a_spreadsheet_and_holds_no_formula(add: Run, run: Run) -> None:
    add(
        *(whole(f"m-{n}", children=[{"name": name}], notes=name) for n, name in enumerate(HOSTILE)),
        whole("z", notes="one\r\ntwo, \"three\"", caller={"name": "=1+1", "phone": "+44 1632"}),
    )  # fmt: skip
    out = run("list", "--format", "csv")[1]
    assert out[0] == "\ufeff"
    rows = list(csv.DictReader(io.StringIO(out[1:], newline="")))
    assert len(rows) == 10
    cells = {cell for row in rows for cell in row.values()}
    assert not any(cell.startswith(tuple("=+-@\t\r")) for cell in cells)
    by = {row["ref"]: row for row in rows}
    assert [by[f"m-{n}"]["notes"] for n in range(9)] == [
        "[red]Molly", "[/]", "'=HYPERLINK(1)", "'@SUM(1)", "'-1+1", "'+44", "'␉Tab", "␛[31mred", 'a;b,"c"',
    ]  # fmt: skip
    assert (by["z"]["notes"], by["z"]["phone"]) == ('one\ntwo, "three"', "'+44 1632")
    assert "apostrophe" in run("list", "--help")[1]


def test_an_analyst_is_given_no_identifier_and_an_administrator_nothing(
    add: Run, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(
        whole(
            "patient 9990000018",
            children=[{"name": "Molly Mulberry", "dob": "2024-02-29", "nhs_number": "9990000018"}],
        )
    )
    desk = desk_of(folder)
    for role in ("analyst", "admin"):
        joined(desk, role, role, OTHER)
    desk.close()
    capsys.readouterr()
    monkeypatch.setenv("SPOC_PASSPHRASE", OTHER)
    for form in ("table", "json", "csv"):
        assert (
            commands(
                ["--store", str(folder), "contact", "list", "--format", form, "--user", "analyst"]
            )
            == 0
        )
        said = capsys.readouterr()
        assert ("Burn or scald" if form == "table" else "burn") in said.out
        for word in ("Molly", "Nora", "9990000018", "01632 ", "2024", "Scald", "the ward", "R-1"):
            assert word not in said.out + said.err, (form, word)
        assert (
            commands(
                ["--store", str(folder), "contact", "list", "--format", form, "--user", "admin"]
            )
            == 3
        )
    for role in ("analyst", "admin"):
        assert commands(["--store", str(folder), "contact", "show", "0000", "--user", role]) == 3
        assert commands(["--store", str(folder), "contact", "add", "--json", str(folder.parent / "in.json"), "--user", role]) == 3  # fmt: skip
    assert "Molly" not in "".join(capsys.readouterr())
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    assert held(folder, "SELECT count(*) FROM audit WHERE kind = 'export'") == [(0,)]
    assert set(ROLES) >= {"analyst", "admin"}


def test_a_list_with_names_leaves_an_entry_before_it_goes_out(
    add: Run, run: Run, folder: Path
) -> None:
    add(whole("a"), whole("b"))
    run("list", "--format", "csv", "--category", "physical", "--limit", "1")
    kept = held(folder, "SELECT audit.purpose, audit.detail, user.name FROM audit JOIN user ON user.id = audit._by WHERE kind = 'export'")  # fmt: skip
    assert kept == [("command", "csv, 1 contacts, category=physical limit=1", "Ada Shah")]


def test_a_reader_who_leaves_early_ends_the_list_quietly(add: Run, folder: Path) -> None:
    add(*(whole(f"m-{n}", notes="long " * 3000) for n in range(20)))
    going = spoc(folder, "list", "--format", "json")
    assert going.stdout and going.stderr
    going.stdout.read(10)
    going.stdout.close()
    assert going.wait(60) != 70
    assert b"error in the program" not in going.stderr.read()
    going.stderr.close()


# -- show ------------------------------------------------------------------------------------------


def test_a_contact_is_shown_with_its_history_by_any_name_of_it_and_recorded(
    add: Run, run: Run, folder: Path
) -> None:
    record = add(whole(notes="Scald.\x1b[2J\nSeen [red]at once[/]."))[1].split("\t")[1]
    desk = desk_of(folder)
    part = contacts.get(desk.store, desk.actor, bytes.fromhex(record))[0]
    contacts.amend(
        desk.store, desk.actor, part, {"category": "neglect"}, "caller rang back"
    ).result()
    contacts.add_note(desk.store, desk.actor, bytes.fromhex(record), "Rang the ward.").result()
    desk.close()
    for name in (record, record.upper(), record[:4], record[-8:]):
        code, out, err = run("show", name)
        assert code == 0, err
    for words in (
        "Mon 19 Oct 2026 16:30", "Molly Mulberry, born 29 Feb 2024, NHS number 999 000 0018", "Nora Nurse",
        "Hold discharge  by the ward  due Tue 20 Oct 2026 16:30", "Rang the ward.", "Scald.␛[2J", "[red]at once[/]",
        "category: was “Physical abuse”, now “Neglect”, because caller rang back", "Neglect", "(m-1)",
    ):  # fmt: skip
        assert words in out, words
    said = json.loads(run("show", record, "--format", "json")[1])
    assert said["history"][0]["why"] == "caller rang back" and len(said["entries"]) == 2
    assert said["advisor"] == "Ada Shah" and said["category"] == "neglect"
    kept = held(folder, "SELECT purpose, hex(subject) FROM audit WHERE kind = 'view'")
    assert kept == [("command", record.upper())], "the same view within a quarter of an hour is one"


def test_an_id_that_is_none_or_several_is_refused_in_words(add: Run, run: Run) -> None:
    add(*(whole(f"m-{n}") for n in range(2)))
    for name, words in (
        ("0000", "No contact"), ("01a", "4 to 32"), ("wxyz", "4 to 32"), ("%%%%", "4 to 32"),
    ):  # fmt: skip
        code, out, err = run("show", name)
        assert (code, out) == (3, "") and words in err
    first = json.loads(run("list", "--format", "json")[1])[0]["id"]
    assert run("show", first[:4])[0] == 3


# -- restricted ------------------------------------------------------------------------------------


def test_a_restricted_contact_is_listed_as_one_shown_to_few_and_opened_to_one_more(
    add: Run, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of(folder)
    for name, role in (
        ("Nora Named", "named-professional"),
        ("Pat Jones", "named-professional"),
        ("Kim Field", "advisor"),
    ):
        joined(desk, name, role, OTHER)
    desk.close()
    said = whole(
        "r-1", restricted="staff-allegation", about_staff="Pat Jones", issues=["staff-allegation"]
    )
    other = whole("m-2", children=[{"name": "Ty Brook"}])
    assert add(said, other, user="Ada Shah")[0] == 0
    record = json.loads(run("list", "--format", "json", "--user", "Ada Shah")[1])
    (sealed,) = [each["id"] for each in record if each.get("sealed")]

    def by(name: str) -> tuple[str, ...]:
        monkeypatch.setenv("SPOC_PASSPHRASE", WORDS if name == "Ada Shah" else OTHER)
        return ("--user", name)

    for form in ("table", "json", "csv"):
        code, out, _ = run("list", "--format", form, *by("Pat Jones"))
        assert code == 0 and "Molly" not in out and "Ty Brook" in out and "allegation" not in out
        assert "restricted" in out or "sealed" in out
    for name in ("Pat Jones", "Kim Field"):
        code, out, error = run("show", sealed, *by(name))
        assert (code, out) == (3, "")
        assert "it is opened to 2 people. You are not among them" in error
        assert run("open-to", sealed, name, *by(name))[0] == 3
    for name in ("Ada Shah", "Nora Named"):
        code, out, _ = run("show", sealed, *by(name))
        assert code == 0 and "Molly Mulberry" in out and "opened to Ada Shah, Nora Named" in out
    assert run("open-to", sealed, "Pat Jones", *by("Nora Named"))[0] == 3
    code, out, _ = run("open-to", sealed, "Kim Field", *by("Nora Named"))
    assert code == 0 and "Ada Shah, Nora Named, Kim Field" in out
    assert run("show", sealed, *by("Kim Field"))[0] == 0
    by("Ada Shah")
    refused = held(folder, "SELECT count(*) FROM audit WHERE kind = 'refused'")
    assert refused == [(2,)]
    assert held(folder, "SELECT count(*) FROM person WHERE name LIKE '%Molly%'") == [(0,)]


def test_after_the_recovery_code_another_opens_it_again(
    add: Run, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = tmp_path / "other"
    made = [
        "init",
        "--service",
        "S",
        "--desk",
        "D",
        "--name",
        "Ada Shah",
        "--role",
        "named-professional",
    ]
    assert commands(["--store", str(folder), *made]) == 0
    (tmp_path / "code").write_text(capsys.readouterr().out.split("Recovery code")[1].split()[0])
    desk = desk_of(folder)
    joined(desk, "Nora Named", "named-professional", OTHER)
    desk.close()
    said = whole("r-1", restricted="own-child", about_staff="nobody-here")
    assert add(said, store=folder, user="Ada Shah")[0] == 0
    shown = json.loads(run("list", "--format", "json", "--user", "Ada Shah", store=folder)[1])
    new = ["recover", "--user", "Ada Shah", "--code-file", str(tmp_path / "code")]
    monkeypatch.setenv("SPOC_PASSPHRASE", "six new words for this one")
    assert commands(["--store", str(folder), *new]) == 0
    capsys.readouterr()
    code, _, error = run("show", shown[0]["id"], "--user", "Ada Shah", store=folder)
    assert code == 3 and "since your passphrase was reset" in error
    monkeypatch.setenv("SPOC_PASSPHRASE", OTHER)
    opened = run("open-to", shown[0]["id"], "Ada Shah", "--user", "Nora Named", store=folder)
    assert opened[0] == 0
    monkeypatch.setenv("SPOC_PASSPHRASE", "six new words for this one")
    assert run("show", shown[0]["id"], "--user", "Ada Shah", store=folder)[0] == 0


def test_a_list_that_cannot_be_recorded_is_not_shown(
    run: Run, add: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spoc.storage.ledger import audit

    recorded = audit.record

    def full(store: Any, actor: Any, kind: str, **said: Any) -> Any:
        if kind == "export":
            raise DiskFull("There is no room left on the disk.")
        return recorded(store, actor, kind, **said)

    assert add(whole("full-1"))[0] == 0
    monkeypatch.setattr(audit, "record", full)
    for command in (("list", "--format", "csv"), ("list", "--format", "json")):
        code, out, error = run(*command)
        assert (code, out) == (3, "") and "Nothing was shown, as it could not be recorded." in error
