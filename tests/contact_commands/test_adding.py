"""Contacts are added from a file: closed, left open or refused, each in words."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from contact_commands.conftest import FOR_TESTS, Run, desk_of, held, spoc, whole

from spoc.storage.contacts import contacts

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
    assert "add the same file again" in told


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
    assert said["first"] == f"added ({FOR_TESTS})" and said["stranger"] == "added"
    assert said["same"].startswith("added (children 1 is person ")
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

    from spoc.storage.contacts.call import sheets

    record = bytes.fromhex(add(whole(outcome=None))[1].split("\t")[1])
    desk = desk_of(folder)
    draft = sheets.take_over(desk.store, desk.actor, record).result()
    sheet = replace(draft.sheet, outcome="advice-accepted")
    contacts.close(desk.store, desk.actor, draft, sheet).result()
    desk.close()
    assert held(folder, "SELECT ref, closed_at > '' FROM contact") == [("m-1", 1)]


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
    _, out, _ = run("add", "--json", str(file))
    assert out.endswith(f" ({FOR_TESTS})\n") and "\tadded (children 1 is person " in out


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
