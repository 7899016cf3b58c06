"""``spoc contact``: in from other programs once and only once, out to them without harm."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samples import joined

from spoc.cli.commands import commands
from spoc.model.errors import DiskFull
from spoc.model.rules.access import ROLES
from spoc.storage import sealing
from spoc.storage.contacts import contacts, listing
from spoc.storage.desk import Desk, sign_in
from spoc.storage.upkeep import verify

ROOT = Path(__file__).resolve().parent.parent
WORDS, OTHER = "four plain words here", "five other words for you"
HOSTILE = ["[red]Molly", "[/]", "=HYPERLINK(1)", "@SUM(1)", "-1+1", "+44", "\tTab", "\x1b[31mred", "a;b,\"c\""]  # fmt: skip
Run = Callable[..., tuple[int, str, str]]

FOR_TESTS = "999 000 0018 is an NHS number for tests: no patient has it"


def whole(ref: str = "m-1", **changes: Any) -> dict[str, Any]:
    """A contact that lacks nothing."""
    return {
        "ref": ref,
        "received_at": "2026-10-19T16:30",
        "channel": "EMAIL-IN",
        "caller": {"name": "Nora Nurse", "service": "ED", "role": "nurse", "phone": "01632 960111", "verified": "known-number"},
        "children": [{"name": "Molly Mulberry", "dob": "2024-02-29", "nhs_number": "999 000 0018"}],
        "category": "physical",
        "answers": {"considered": "yes"},
        "where_now": "ed",
        "issues": ["burn"],
        "actions": [{"code": "hold-discharge", "by": "the ward", "due": "24h"}],
        "outcome": "advice-accepted",
        "record_number": "R-1",
        "notes": "Scald from a cup of tea.",
    } | changes  # fmt: skip


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", WORDS)
    monkeypatch.setenv("COLUMNS", "80")


def set_up(folder: Path, role: str = "advisor") -> Path:
    made = ["init", "--service", "Somerset", "--desk", "Musgrove Park", "--name", "Ada Shah"]
    made += ["--role", role]
    assert commands(["--store", str(folder), *made]) == 0
    return folder


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = set_up(tmp_path / "desk", "named-professional")
    capsys.readouterr()
    return made


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``spoc contact …``; gives exit code, stdout and stderr."""

    def ran(*arguments: str, store: Path = folder) -> tuple[int, str, str]:
        code = commands(["--store", str(store), "contact", *arguments])
        return code, *capsys.readouterr()

    return ran


@pytest.fixture
def add(run: Run, tmp_path: Path) -> Run:
    """Add these contacts from a file."""

    def added(
        *said: Any, store: Path | None = None, form: str = "text", user: str = ""
    ) -> tuple[int, str, str]:
        (tmp_path / "in.json").write_text(json.dumps(list(said)))
        into = {"store": store} if store else {}
        by = ["--user", user] if user else []
        return run("add", "--json", str(tmp_path / "in.json"), "--format", form, *by, **into)

    return added


def desk_of(folder: Path, name: str = "Ada Shah", words: str = WORDS) -> Desk:
    return sign_in(folder, words, name, window=False)


def held(folder: Path, sql: str, *values: Any) -> list[Any]:
    desk = desk_of(folder)
    try:
        assert not verify.verify(desk.store).findings
        return desk.store.reader.conn.execute(sql, values).fetchall()
    finally:
        desk.close()


def spoc(folder: Path, *arguments: str, **more: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "spoc", "--store", str(folder), "contact", *arguments],
        cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip


# -- add -------------------------------------------------------------------------------------------


def test_a_whole_contact_is_closed_and_counts_no_length_of_a_call(add: Run, folder: Path) -> None:
    code, out, err = add(whole())
    ref, record, result = out.rstrip("\n").split("\t")
    said = f"added ({FOR_TESTS})"
    assert (code, ref, result, err) == (0, "m-1", said, "1 contact: 1 added.\n")
    row = held(folder, "SELECT hex(id), ref, received_at, seconds, closed_at > '' FROM contact")
    assert row == [(record.upper(), "m-1", "2026-10-19T15:30:00.000Z", None, 1)]


def test_what_of_sbar_it_holds_is_kept_as_of_any_other(add: Run, folder: Path) -> None:
    code, _, _ = add(whole(impact="Sore.", answers={"considered": "yes", "worry": "A scald."}))
    assert code == 0
    desk = desk_of(folder)
    (row,) = contacts.recent(desk.store, desk.actor)
    own = contacts.get(desk.store, desk.actor, row.id)[0].values
    desk.close()
    assert set(own["sbar"]) == {"s", "a", "impact"}


def test_what_lacks_something_is_written_open_and_says_what(add: Run, folder: Path) -> None:
    code, out, _ = add(whole("a", outcome=None), whole("b", open=True))
    first, second = out.splitlines()
    assert code == 0 and "\topen: Outcome is empty. (" in first and "\topen (" in second
    assert held(folder, "SELECT count(*) FROM contact WHERE closed_at IS NULL") == [(2,)]


def test_one_that_is_refused_is_not_written_and_the_others_go_on(add: Run, folder: Path) -> None:
    code, out, err = add(whole("a"), whole("b", issues=["brun"], chanel="x"), 7, whole("d"))
    assert code == 1
    assert [line.split("\t")[0] for line in out.splitlines()] == ["a", "b", "contact 3", "d"]
    assert (
        "“chanel”; near it: channel" in out and "“brun” is not a code there; near it: burn" in out
    )
    assert err == "4 contacts: 2 added, 2 refused.\n"
    assert held(folder, "SELECT ref FROM contact ORDER BY ref") == [("a",), ("d",)]


def test_the_same_ref_again_adds_nothing_and_says_so(add: Run, folder: Path) -> None:
    first = add(whole())[1].split("\t")[1]
    code, out, err = add(whole(notes="other"), whole())
    assert code == 0 and err == "2 contacts: 2 already there.\n"
    assert out == f"m-1\t{first}\talready there\n" * 2
    assert held(folder, "SELECT text FROM note") == [("Scald from a cup of tea.",)]


@pytest.mark.long
def test_two_programs_that_add_the_same_at_the_same_time_add_it_once(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.json").write_text(json.dumps([whole(f"m-{n}") for n in range(40)]))
    both = [spoc(folder, "add", "--json", str(tmp_path / "in.json")) for _ in range(2)]
    said = b"".join(each.communicate(timeout=60)[0] for each in both).decode()
    assert [each.returncode for each in both] == [0, 0]
    assert said.count("\tadded") == said.count("already there") == 40
    assert held(folder, "SELECT count(*), count(DISTINCT ref) FROM contact") == [(40, 40)]
    people = held(folder, "SELECT kind, count(*) FROM person GROUP BY kind ORDER BY kind")
    assert people == [("child", 1), ("professional", 1)]


@pytest.mark.long
def test_a_kill_in_the_middle_is_made_good_by_adding_the_file_again(
    folder: Path, tmp_path: Path, add: Run
) -> None:
    every = [whole(f"m-{n}") for n in range(60)]
    (tmp_path / "many.json").write_text(json.dumps(every))
    going = spoc(folder, "add", "--json", str(tmp_path / "many.json"))
    assert going.stdout
    told = [going.stdout.readline() for _ in range(5)]
    going.kill()
    going.communicate()
    assert all(b"\tadded" in line for line in told)
    _, out, _ = add(*every)
    assert out.count("already there") >= 5
    assert held(folder, "SELECT count(*), count(DISTINCT ref) FROM contact") == [(60, 60)]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size to be had")
@pytest.mark.parametrize("room", [4_000, 400_000])
def test_a_full_disk_says_what_was_added_and_what_was_not(
    folder: Path, tmp_path: Path, room: int
) -> None:
    import resource

    desk_of(folder).close()  # brings what was written over into the file
    limit = (folder / "spoc.db").stat().st_size if room > 100_000 else room
    many = [whole(f"m-{number}", notes="word " * 2_000) for number in range(60)]
    (tmp_path / "many.json").write_text(json.dumps(many))

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    child = spoc(folder, "add", "--json", str(tmp_path / "many.json"), preexec_fn=full)
    said, told = (each.decode() for each in child.communicate(timeout=60))
    assert child.returncode == 3 and "disk is full" in told
    assert "0 contacts" not in told and "restore" not in told
    added = len(said.splitlines())
    if room < 100_000:
        assert added == 0 and "the store was not opened" in told
        return
    if added:
        assert f"Stopped after {added} contact" in told and f"{added} added" in told
    else:
        assert "no contact was added" in told
    assert len(held(folder, "SELECT id FROM contact")) == added
    assert "add the file again" in told


def test_the_standard_input_is_read_with_a_dash(folder: Path) -> None:
    going = spoc(folder, "add", "--json", "-", stdin=subprocess.PIPE)
    out, err = going.communicate(b"\xef\xbb\xbf" + json.dumps(whole()).encode(), timeout=60)
    assert (going.returncode, err) == (0, b"1 contact: 1 added.\n")
    assert out.startswith(b"m-1\t") and out.endswith(f"\tadded ({FOR_TESTS})\n".encode())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'[{"ref": "a"},\n {"name" "Molly"}]', "line 2, column 10: expecting ':' delimiter"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (None, "no such file"),
    ],
)
def test_a_file_that_is_no_json_adds_nothing_and_is_wrong_usage(
    run: Run, tmp_path: Path, folder: Path, data: bytes | None, words: str
) -> None:
    if data is not None:
        (tmp_path / "bad.json").write_bytes(data)
    code, out, err = run("add", "--json", str(tmp_path / "bad.json"))
    assert code == 2 and not out and words in err and "Molly" not in err
    assert held(folder, "SELECT count(*) FROM contact") == [(0,)]


def test_a_person_is_attached_by_number_and_birth_and_never_by_less(add: Run, folder: Path) -> None:
    def child(ref: str, **said: str) -> dict[str, Any]:
        return whole(ref, children=[said])

    number = {"nhs_number": "9990000018"}
    _, out, _ = add(
        child("first", name="Molly Mulberry", dob="2024-02-29", **number),
        child("same", name="MULBERRY, Molly", dob="29/2/2024", nhs_number="999 000 0018"),
        child("other name", name="Ben Birch", dob="2024-02-29", **number),
        child("other day", name="Molly Mulberry", dob="2024-02-28", **number),
        child("no number", name="Molly Mulberry", dob="2024-02-29"),
        child("near", name="Moly Mulberry", dob="2024-02-29"),
        child("stranger", name="Ben Birch", dob="2019-01-01"),
    )
    said = dict(line.split("\t")[::2] for line in out.splitlines())
    ids = held(
        folder,
        "SELECT contact.ref, hex(contact_person.person) FROM contact JOIN contact_person"
        " ON contact_person.contact = contact.id AND part = 'child' ORDER BY contact.n",
    )
    assert ids[0][1] == ids[1][1] and len({each[1] for each in ids}) == 6
    assert said["first"] == said["same"] == f"added ({FOR_TESTS})" and said["stranger"] == "added"
    short = ids[0][1][-8:].lower()
    for ref, reason, against in (
        ("other name", "same NHS number, same date of birth", "another first name (Ben, Molly)"),
        ("other day", "same name, same NHS number", "not the same date of birth"),
        ("no number", "same name, same date of birth)", ""),
        ("near", "a near spelling (Moly, Molly)", "not spelt the same (Moly, Molly)"),
    ):
        assert f"(children 1 may be person {short}: " in said[ref], ref
        assert reason in said[ref] and against in said[ref], said[ref]
    assert held(folder, "SELECT name FROM person WHERE hex(id) = ?", ids[0][1]) == [
        ("Molly Mulberry",)
    ]


def test_a_caller_is_attached_by_name_and_service_and_stays_as_remembered(
    add: Run, folder: Path
) -> None:
    who = whole()["caller"]
    add(
        whole("a"),
        whole("b", caller=who | {"name": "NORA nurse", "phone": "01632 960222"}),
        whole("c", caller=who | {"service": "CAMHS"}),
        whole("d", caller=who | {"name": "ZOË 'O\" Straße"}),
        whole("e", caller=who | {"name": "zoë 'o\" strasse"}),
    )
    found = held(
        folder, "SELECT name, service, callback FROM person WHERE kind = 'professional' ORDER BY n"
    )
    assert found == [
        ("Nora Nurse", "ED", "01632 960111"),
        ("Nora Nurse", "CAMHS", "01632 960111"),
        ("ZOË 'O\" Straße", "ED", "01632 960111"),
    ]
    assert held(folder, "SELECT callback FROM contact WHERE ref = 'b'") == [("01632 960222",)]


def test_machines_are_given_json(add: Run) -> None:
    _, out, _ = add(whole("a", outcome=None), {"colour": 1}, form="json")
    first, second = json.loads(out)
    assert (first["ref"], first["result"], first["lacks"]) == ("a", "open", ["Outcome is empty."])
    assert second["result"] == "refused" and second["number"] == 2
    assert json.loads(add(form="json")[1]) == []


def test_an_open_contact_of_a_file_can_be_gone_on_with_and_keeps_its_ref(
    add: Run, folder: Path
) -> None:
    from dataclasses import replace

    from spoc.storage.contacts import sheets

    record = bytes.fromhex(add(whole(outcome=None))[1].split("\t")[1])
    desk = desk_of(folder)
    draft = sheets.take_over(desk.store, desk.actor, record).result()
    sheet = replace(draft.sheet, outcome="advice-accepted")
    contacts.close(desk.store, desk.actor, draft, sheet).result()
    desk.close()
    assert held(folder, "SELECT ref, closed_at > '' FROM contact") == [("m-1", 1)]


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
        assert "burn" in said.out
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


# -- how old -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"age": "4/12"}, {"age": "4m", "age_on": "2026-10-19"}),
        ({"age": "15y", "age_on": "2026-10-01"}, {"age": "15y", "age_on": "2026-10-01"}),
        ({"age": "3/52", "age_on": "1 oct 2026"}, {"age": "3w", "age_on": "2026-10-01"}),
        ({"age": "30+2"}, {"edd": "2026-12-26"}),
        ({"age": "30 weeks", "kind": "unborn"}, {"edd": "2026-12-28"}),
    ],
)
def test_an_age_that_is_given_is_kept_as_an_age_and_comes_back_so(
    run: Run, add: Run, given: dict[str, str], kept: dict[str, str]
) -> None:
    child = {"name": "Molly Mulberry"} | given
    code, _, err = add(whole(children=[child]))
    assert code == 0, err
    listed = json.loads(run("list", "--format", "json")[1])
    assert listed[0]["children"] == [{"name": "Molly Mulberry"} | kept]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"age": "soon"}, "“soon” is not an age"),
        ({"age": "4/12", "dob": "2026-01-01"}, "an age or a date, not both"),
        ({"age_on": "2026-01-01"}, "it goes with an age"),
        ({"age": "4/12", "age_on": "2099-01-01"}, "still to come"),
        ({"dob": "2099-01-01"}, "still to come"),
        ({"dob": "4/12/7"}, "is not a date"),
    ],
)
def test_an_age_that_cannot_be_is_refused(add: Run, given: dict[str, str], why: str) -> None:
    code, out, err = add(whole(children=[{"name": "Molly Mulberry"} | given]))
    assert code == 1 and why in out + err


@pytest.mark.parametrize(
    ("child", "says"),
    [
        ({"dob": "1985-03-12"}, "Born 12 Mar 1985, which makes 41 years: is that right?"),
        ({"age": "41"}, "41 years old: is that right for a child?"),
        ({"edd": "2027-12-12"}, "Due 12 Dec 2027"),
    ],
)
def test_what_is_unlikely_of_a_birth_is_written_open_with_the_sentence(
    run: Run, add: Run, child: dict[str, str], says: str
) -> None:
    given = whole(children=[{"name": "Molly Mulberry"} | child])
    _, out, _ = add(given, form="json")
    added = json.loads(out)
    added = added[0] if isinstance(added, list) else added
    assert added["result"] == "open" and any(says in each for each in added["lacks"]), added


def test_an_nhs_number_for_tests_is_taken_with_a_word(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(whole()), "utf-8")
    code, out, _ = run("add", "--json", str(file), "--format", "json")
    assert code == 0
    assert json.loads(out)[0]["notes"] == [FOR_TESTS]
    child = {"name": "Ash, Rowan", "dob": "2019-02-01", "nhs_number": "943 476 5919"}
    file.write_text(json.dumps(whole("m-2", children=[child])), "utf-8")
    code, out, _ = run("add", "--json", str(file), "--format", "json")
    assert code == 0 and json.loads(out)[0]["notes"] == []
    file.write_text(json.dumps(whole("m-3")), "utf-8")
    assert run("add", "--json", str(file))[1].endswith(f"\tadded ({FOR_TESTS})\n")


def test_one_number_for_two_children_is_kept_in_doubt_and_said(run: Run, add: Run) -> None:
    child = {"name": "Molly Mulberry", "dob": "2024-02-29", "nhs_number": "9990000018"}
    other = {"name": "Kit Lane", "dob": "2020-01-01", "nhs_number": "9990000018"}
    assert add(whole("one", children=[child]))[0] == 0
    code, out, _ = add(whole("two", children=[other]))
    assert code == 0 and "it is kept, in doubt" in out
    code, out, _ = add(whole("three", children=[child, other]))
    assert code == 0 and "an earlier child has the same NHS number" in out
    listed = json.loads(run("list", "--format", "json")[1])
    doubts = [each.get("in_doubt") for said in listed for each in said["children"]]
    assert doubts.count(["nhs_number"]) >= 2
    shown = run("show", next(each["id"] for each in listed if each["ref"] == "two"))[1]
    assert "(in doubt)" in shown
